"""A safety profile that nobody whom the cell trusts has signed as it stands is told from one that somebody has."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from editing import read_raw, set_limit, write_raw
from hypothesis import given
from hypothesis import strategies as st
from signing import sign_again, trust

from spinal.cell import Cell, SignatureState, check_signed, load_cell, make_key, profile_hash_now, sign
from spinal.cell.profile_hash import hash_files, profile_hash
from spinal.errors import CellError

SHIPPED = Path(__file__).parents[2] / "cells" / "bin-picking"


def state(cell: Path) -> SignatureState:
    return load_cell(cell).signing.state


def refusal(cell: Cell) -> CellError:
    with pytest.raises(CellError) as caught:
        check_signed(cell)
    return caught.value


@pytest.mark.hazard("H-23")
def test_the_shipped_cell_is_signed_as_it_stands() -> None:
    signing = load_cell(SHIPPED).signing
    assert signing.is_good, (
        f"cells/bin-picking: {signing.what}. Somebody who answers for these limits signs them again:\n"
        "    spinal limits sign cells/bin-picking --reason '...'\n"
        "With a key of your own: add --key FILE --name NAME (--new-key makes one), and add its public half, which the "
        "command prints, to [safety] signers in cells/bin-picking/cell.toml."
    )


def test_no_private_key_is_in_the_shipped_cell() -> None:
    for file in SHIPPED.rglob("*"):
        assert not file.is_file() or b"PRIVATE KEY" not in file.read_bytes(), file


def test_the_profile_hash_is_what_its_page_says() -> None:
    files = {"limits.toml": b"a = 1\n", "geometry.toml": b"b = 2\n"}
    lines = "".join(f"{name} {hashlib.sha256(data).hexdigest()}\n" for name, data in files.items())
    assert profile_hash(hash_files(files)) == hashlib.sha256(f"spinal-safety-profile-v1\n{lines}".encode()).digest()


@pytest.mark.hazard("H-23")
@given(st.binary(max_size=64), st.binary(max_size=64), st.binary(max_size=64))
def test_every_byte_of_either_file_and_which_file_it_is_in_counts(first: bytes, second: bytes, other: bytes) -> None:
    def named(**files: bytes) -> bytes:
        return profile_hash(hash_files({f"{name}.toml": data for name, data in files.items()}))

    both = named(limits=first, geometry=second)
    assert both != named(limits=first)
    assert (named(limits=first, geometry=other) == both) == (other == second)
    assert (named(limits=other, geometry=second) == both) == (other == first)
    assert (named(limits=second, geometry=first) == both) == (first == second)
    assert both != hashlib.sha256(first).digest()


def test_a_cell_as_it_was_signed_may_run(cell: Path) -> None:
    loaded = load_cell(cell)
    assert loaded.signing.is_good
    check_signed(loaded)
    assert profile_hash_now(cell) == loaded.limits_hash


@pytest.mark.hazard("H-23")
def test_a_profile_that_nobody_signed_is_refused_with_the_command_that_signs(cell: Path) -> None:
    (cell / "limits.sig").unlink()
    error = refusal(load_cell(cell))
    assert "is not signed" in error.what
    assert f"spinal limits sign {cell}" in str(error.next_step)
    assert "--unsigned" in str(error.next_step)


@pytest.mark.hazard("H-23")
@pytest.mark.parametrize("extra", ["# a comment\n", " ", "\n"])
def test_a_profile_that_changed_by_one_byte_is_refused(cell: Path, extra: str) -> None:
    with (cell / "limits.toml").open("a", encoding="utf-8") as file:
        file.write(extra)
    error = refusal(load_cell(cell))
    assert "changed after it was signed" in error.what
    assert "limits.toml is not as throw-away test key signed it" in str(error.value)


@pytest.mark.hazard("H-23")
def test_a_geometry_that_came_later_is_part_of_the_profile(cell: Path) -> None:
    (cell / "geometry.toml").write_text("# shapes\n", encoding="utf-8")
    before = state_of_files(cell)
    assert before[0] is SignatureState.ALTERED
    assert "geometry.toml" in before[1]


def state_of_files(cell: Path) -> tuple[SignatureState, str]:
    """Return what is known of the signature, without reading what the files mean."""
    from spinal.cell.profile_hash import read_profile_files
    from spinal.cell.signature import examine

    signing = examine(cell, hash_files(read_profile_files(cell)), load_signers(cell))
    return signing.state, signing.what


def load_signers(cell: Path) -> Any:
    import tomllib

    from spinal.cell import SafetyConfig

    raw = tomllib.loads((cell / "cell.toml").read_text(encoding="utf-8"))
    return SafetyConfig.model_validate(raw["safety"]).signers


@pytest.mark.hazard("H-23")
def test_a_signer_whom_the_cell_does_not_name_is_refused(cell: Path, tmp_path: Path) -> None:
    trust(cell, tmp_path / "another.pem", "Somebody Else")
    error = refusal(load_cell(cell))
    assert "does not trust" in error.what
    assert "throw-away test key" in str(error.value)
    assert "Somebody Else" in str(error.allowed)


def test_a_known_key_under_another_name_is_refused(cell: Path, key: Path) -> None:
    trust(cell, key, "Somebody Else")
    assert state(cell) is SignatureState.UNKNOWN_SIGNER


def test_a_cell_that_trusts_nobody_runs_nothing(cell: Path) -> None:
    text = (cell / "cell.toml").read_text(encoding="utf-8")
    start = text.index("signers = ")
    (cell / "cell.toml").write_text(text[:start] + "signers = []\n", encoding="utf-8")
    assert "nobody" in str(refusal(load_cell(cell)).allowed)


@pytest.mark.hazard("H-23")
@pytest.mark.parametrize("field", ["profile_hash", "files", "limits", "signer", "signed_at", "reason", "previous_hash"])
def test_a_signature_file_that_was_changed_in_any_field_is_forged(cell: Path, field: str) -> None:
    raw = read_raw(cell)
    another: dict[str, Any] = {
        "profile_hash": "00" * 32,
        "files": {"limits.toml": "00" * 32},
        "limits": {**raw["limits"], "tick_hz": 2000},
        "signer": "Somebody Else",
        "signed_at": "2020-01-01T00:00:00+00:00",
        "reason": "another",
        "previous_hash": "11" * 32,
    }
    write_raw(cell, raw | {field: another[field]})
    assert state(cell) is SignatureState.FORGED
    assert "forged" in refusal(load_cell(cell)).what


def test_a_signature_by_another_key_than_it_says_is_forged(cell: Path, tmp_path: Path) -> None:
    write_raw(cell, sign(read_raw(cell), make_key(tmp_path / "another.pem")))
    assert state(cell) is SignatureState.FORGED


@pytest.mark.hazard("H-23")
def test_a_signature_taken_from_another_profile_does_not_fit(cell: Path) -> None:
    old = (cell / "limits.sig").read_bytes()
    set_limit(cell, "joints.elbow.velocity_max_rad_s", "1.0")
    sign_again(cell)
    assert state(cell) is SignatureState.SIGNED
    (cell / "limits.sig").write_bytes(old)
    assert state(cell) is SignatureState.ALTERED


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"format": 2}', "[" * 100_000, "\x00", "NaN", '{"format": 1, "x": 1}']
)
def test_a_signature_that_cannot_be_read_is_refused_and_never_a_crash(cell: Path, text: str) -> None:
    (cell / "limits.sig").write_text(text, encoding="utf-8")
    assert state(cell) is SignatureState.UNREADABLE


@pytest.mark.parametrize(
    "public_key", ["", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "ed25519:" + "A" * 43 + "=", "ed25519:é"]
)
def test_a_key_that_is_none_signs_nothing(cell: Path, public_key: str) -> None:
    write_raw(cell, read_raw(cell) | {"public_key": public_key})
    assert state(cell) in (SignatureState.UNREADABLE, SignatureState.FORGED)


@given(st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.floats() | st.text(max_size=8), max_size=8))
def test_whatever_stands_in_a_signature_it_is_not_taken(tmp_path_factory: pytest.TempPathFactory, raw: Any) -> None:
    from spinal.cell.signature import examine

    folder = tmp_path_factory.mktemp("signature")
    (folder / "limits.sig").write_text(json.dumps(raw), encoding="utf-8")
    assert not examine(folder, {"limits.toml": "00" * 32}, ()).is_good
