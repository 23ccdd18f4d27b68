"""Signing: a sound profile only, with a key that nobody else can read, and a reason for what became looser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer.main
from editing import read_raw, set_limit
from hypothesis import given
from hypothesis import strategies as st
from signing import trust

from spinal.cell import Direction, changes, load_cell, make_key, read_key
from spinal.cli.app import app
from spinal.errors import CellError
from spinal.run.limits import Signed, sign_limits


def sign(cell: Path, key: Path, *, reason: str | None = None, name: str | None = None, new: bool = False) -> Signed:
    return sign_limits(cell, key_file=key, name=name, reason=reason, is_new_key=new)


def told(signed: Signed) -> dict[str, str]:
    assert signed.changes is not None
    return {change.key: str(change.direction) for change in signed.changes}


@pytest.mark.hazard("H-23")
def test_a_looser_limit_needs_a_reason_and_is_named(cell: Path, key: Path) -> None:
    set_limit(cell, "joints.elbow.torque_max_nm", "140.0")
    sign(cell, key)
    before = (cell / "limits.sig").read_bytes()
    set_limit(cell, "joints.elbow.torque_max_nm", "150.0")
    with pytest.raises(CellError) as caught:
        sign(cell, key)
    assert "joints.elbow.torque_max_nm 140.0 → 150.0" in str(caught.value)
    assert "--reason" in str(caught.value.next_step)
    assert (cell / "limits.sig").read_bytes() == before
    assert told(sign(cell, key, reason="the gripper is lighter")) == {"joints.elbow.torque_max_nm": "looser"}
    raw = read_raw(cell)
    assert raw["reason"] == "the gripper is lighter"
    assert raw["previous_hash"] == json.loads(before)["profile_hash"]
    assert load_cell(cell).signing.is_good


def test_tighter_limits_need_no_reason(cell: Path, key: Path) -> None:
    set_limit(cell, "joints.elbow.velocity_max_rad_s", "1.0")
    set_limit(cell, "joints.wrist_1.position_min_rad", "-3.0")
    signed = sign(cell, key)
    assert set(told(signed).values()) == {"tighter"}
    assert signed.reason == "tighter only"


@pytest.mark.hazard("H-23")
def test_unlimited_in_place_of_a_number_is_looser(cell: Path, key: Path) -> None:
    set_limit(cell, "arm.power_max_w", '"unlimited"')
    with pytest.raises(CellError, match="looser"):
        sign(cell, key)
    assert told(sign(cell, key, reason="measured elsewhere")) == {"arm.power_max_w": "looser"}


def test_a_change_whose_direction_is_not_known_needs_a_reason(cell: Path, key: Path) -> None:
    set_limit(cell, "tick_hz", "2000")
    with pytest.raises(CellError, match="judgement"):
        sign(cell, key)
    assert told(sign(cell, key, reason="quicker ticks")) == {"tick_hz": "changed"}


def test_a_comment_is_signed_anew_without_a_reason(cell: Path, key: Path) -> None:
    with (cell / "limits.toml").open("a", encoding="utf-8") as file:
        file.write("# seen\n")
    signed = sign(cell, key)
    assert signed.changes == ()
    assert signed.reason == "no limit changed"
    assert load_cell(cell).signing.is_good


@pytest.mark.parametrize(
    ("key_name", "value"),
    [
        ("joints.elbow.torque_max_nm", "5.0"),
        ("joints.elbow.torque_max_nm", "151.0"),
        ("joints.elbow.velocity_max_rad_s", "3.2"),
        ("joints.elbow.position_max_rad", "3.2"),
        ("joints.elbow.position_min_rad", "-3.2"),
        ("joints.elbow.jerk_max_rad_s3", "1e9"),
        ("joints.elbow.velocity_max_rad_s", "nan"),
    ],
)
@pytest.mark.hazard("H-23")
def test_a_profile_that_does_not_pass_its_check_is_not_signed(cell: Path, key: Path, key_name: str, value: str) -> None:
    before = (cell / "limits.sig").read_bytes()
    set_limit(cell, key_name, value)
    with pytest.raises(CellError) as caught:
        sign(cell, key, reason="I want it")
    assert "does not pass its check" in caught.value.what
    assert (cell / "limits.sig").read_bytes() == before


def test_after_a_forged_signature_a_reason_is_needed_because_nothing_tells_what_was_signed(
    cell: Path, key: Path
) -> None:
    (cell / "limits.sig").write_text("{}", encoding="utf-8")
    with pytest.raises(CellError, match="nothing that was signed before"):
        sign(cell, key)
    signed = sign(cell, key, reason="read line by line")
    assert signed.changes is None
    assert read_raw(cell)["previous_hash"] is None


def test_a_new_key_is_readable_by_its_owner_only_and_is_never_overwritten(cell: Path, tmp_path: Path) -> None:
    key = tmp_path / "deep" / "new.pem"
    signed = sign(cell, key, reason="mine", name="A. Person", new=True)
    assert key.stat().st_mode & 0o777 == 0o600
    assert not load_cell(cell).signing.is_good
    assert signed.missing_signer is not None
    trust(cell, key, "A. Person")
    assert load_cell(cell).signing.is_good
    before = key.read_bytes()
    with pytest.raises(CellError, match="never overwritten"):
        sign(cell, key, reason="mine", name="A. Person", new=True)
    assert key.read_bytes() == before


def test_nothing_is_left_behind_by_a_signing_that_is_refused(cell: Path, tmp_path: Path) -> None:
    set_limit(cell, "arm.power_max_w", '"unlimited"')
    for name, reason in (("A. Person", None), (None, "mine"), ("  ", "mine")):
        with pytest.raises(CellError):
            sign(cell, tmp_path / "new.pem", reason=reason, name=name, new=True)
        assert not (tmp_path / "new.pem").exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    make_key(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(mode)
    with pytest.raises(CellError, match="others may read") as caught:
        read_key(tmp_path / "key.pem")
    assert caught.value.next_step == f"chmod 600 {tmp_path / 'key.pem'}"


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key_is_one_message(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.pem").write_bytes(content)
    (tmp_path / "key.pem").chmod(0o600)
    with pytest.raises(CellError, match="no private key"):
        read_key(tmp_path / "key.pem")
    with pytest.raises(CellError, match="no signing key"):
        read_key(tmp_path / "none.pem")


def test_a_known_key_signs_under_its_own_name_only(cell: Path, key: Path) -> None:
    with pytest.raises(CellError, match="another name"):
        sign(cell, key, name="Somebody Else")


@pytest.mark.parametrize("reason", ["a\nb", "x" * 501, "\x1b[2J"])
def test_a_reason_is_one_short_plain_line(cell: Path, key: Path, reason: str) -> None:
    before = (cell / "limits.sig").read_bytes()
    with pytest.raises(CellError):
        sign(cell, key, reason=reason)
    assert (cell / "limits.sig").read_bytes() == before


def test_the_command_tells_the_changes_and_exits_with_1_when_a_check_fails(
    cell: Path, key: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = typer.main.get_command(app)
    set_limit(cell, "joints.elbow.velocity_max_rad_s", "1.0")
    assert command.main(["limits", "check", str(cell), "--json"], standalone_mode=False) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["is_sound"]
    assert report["signature"]["state"] == "altered"
    assert not command.main(["limits", "sign", str(cell), "--key", str(key), "--json"], standalone_mode=False)
    signed = json.loads(capsys.readouterr().out)
    assert signed["changes"] == [
        {"key": "joints.elbow.velocity_max_rad_s", "before": 3.14, "after": 1.0, "direction": "tighter"}
    ]
    assert not command.main(["limits", "check", str(cell)], standalone_mode=False)


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e6))
def test_up_and_down_are_opposite(one: float, other: float) -> None:
    for key, looser_when in (("x.speed_max_m_s", 1), ("clearance_min_m", -1)):
        found = changes({key: one}, {key: other})
        back = changes({key: other}, {key: one})
        if one == other:
            assert found == []
            continue
        expected = Direction.LOOSER if (other - one) * looser_when > 0 else Direction.TIGHTER
        assert found[0].direction is expected
        assert back[0].direction is not expected
