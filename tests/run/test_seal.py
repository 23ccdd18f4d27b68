"""Final seeds are opened once: it is written down who did, and a second question on them is known as one."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from campaign_process import question
from command_line import copy_cell

from spinal.errors import EvidenceError
from spinal.run.question import open_question
from spinal.run.seal import SEALS, open_seal, read_seals
from spinal.run.sources import PACKAGE, code_sha256


def identity(**changes: Any) -> dict[str, Any]:
    return {"seed": 20_000, "who": "policy", "sha256": {"distribution": "d", "core": "c"}, **changes}


def test_the_first_question_opens_and_the_same_one_goes_on(tmp_path: Path) -> None:
    for _ in range(3):
        assert open_seal(tmp_path, identity(), tmp_path / "a-folder") == ()
    [seal] = read_seals(tmp_path)
    assert (seal.seed, seal.folder) == (20_000, "a-folder")
    assert "@" in seal.who


def test_another_question_on_the_same_seeds_knows_who_saw_them(tmp_path: Path) -> None:
    open_seal(tmp_path, identity(), tmp_path / "first")
    second = open_seal(tmp_path, identity(who="expert"), tmp_path / "second")
    assert [seal.folder for seal in second] == ["first"]
    assert open_seal(tmp_path, identity(who="expert"), tmp_path / "second") == second
    assert open_seal(tmp_path, identity(), tmp_path / "first") == (), "nobody was before the first"
    assert open_seal(tmp_path, identity(seed=20_001), tmp_path / "third") == ()
    other = identity(sha256={"distribution": "e", "core": "c"})
    assert open_seal(tmp_path, other, tmp_path / "fourth") == ()


def test_a_damaged_record_of_openings_is_refused(tmp_path: Path) -> None:
    open_seal(tmp_path, identity(), tmp_path)
    with (tmp_path / SEALS).open("a", encoding="utf-8") as file:
        file.write("{}\n")
    with pytest.raises(EvidenceError, match="line 2"):
        open_seal(tmp_path, identity(), tmp_path)


@pytest.mark.parametrize(("pool", "is_final", "told"), [("final", False, "--final"), ("development", True, "final")])
def test_the_sealed_pool_needs_the_final_command_and_the_final_command_the_sealed_pool(
    tmp_path: Path, pool: str, is_final: bool, told: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        open_question(dataclasses.replace(question(tmp_path / "runs"), pool=pool, is_final=is_final))
    assert told in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_the_command_that_plays_a_final_pick_again_says_that_it_is_final(tmp_path: Path) -> None:
    cell = copy_cell(tmp_path / "cell")
    asked = dataclasses.replace(question(tmp_path / "runs"), cell=cell, pool="final", is_final=True)
    opened = open_question(asked)
    assert "--pool final" in opened.replay
    assert "--final" in opened.replay
    assert not (cell / SEALS).exists(), "asking what would be run opens nothing"


def test_code_that_decides_how_a_scene_goes_is_part_of_what_was_asked(tmp_path: Path) -> None:
    opened = open_question(question(tmp_path))
    assert opened.identity["code_sha256"] == code_sha256()
    for name in ("run/pick.py", "sim/scene.py", "cli/app.py"):
        copy = tmp_path / "spinal" / name
        copy.parent.mkdir(parents=True)
        copy.write_bytes((PACKAGE / name).read_bytes())
    before = code_sha256(tmp_path / "spinal")
    (tmp_path / "spinal" / "cli" / "app.py").write_text("# other words", encoding="utf-8")
    assert code_sha256(tmp_path / "spinal") == before
    (tmp_path / "spinal" / "sim" / "scene.py").write_text("# another scene", encoding="utf-8")
    assert code_sha256(tmp_path / "spinal") != before
