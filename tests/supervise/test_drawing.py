"""The drawings in the docs are the code's own, and every arrow in them is really taken."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_cell import SETTINGS, SmallCell, missing_policy
from small_ladder import LADDER, WITH_LADDER, jobs

from spinal.supervise import Ladder, Phase, Rung, Source, State, Turn
from spinal.supervise.drawing import draw_ladder, draw_phases

ROOT = Path(__file__).parents[2]


def test_the_page_shows_what_the_code_does() -> None:
    loader = importlib.machinery.SourceFileLoader("draw_supervision", str(ROOT / "tools" / "draw-supervision"))
    tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("draw_supervision", loader))
    loader.exec_module(tool)
    page = (ROOT / "docs" / "supervision.md").read_text(encoding="utf-8")
    assert page == tool.drawn(page), "run tools/draw-supervision"
    assert page.count("```mermaid") == 2


def test_every_way_between_phases_is_drawn_once_and_no_other() -> None:
    drawing = draw_phases()
    pairs = {(turn.before, turn.after) for turn in Turn}
    assert {f"{before} --> {after}" for before, after in pairs} == {
        line.split(":")[0].strip() for line in drawing.splitlines()[2:]
    }
    for turn in Turn:
        assert turn.when in drawing


def test_every_way_between_phases_is_really_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: set[Turn] = set()
    take = State.take

    def watched(state: State, turn: Turn, now_ns: int, **changes: Any) -> State:
        taken.add(turn)
        return take(state, turn, now_ns, **changes)

    monkeypatch.setattr(State, "take", watched)
    for story in (_placed, _alarmed, _asked, _unanswered, _resumed):
        story()
    for phase in (Phase.IDLE, Phase.HOMING, Phase.RECOVERING, Phase.PICKING):
        for flag in ("is_stop_requested", "is_cancel_requested", "is_lease_lost"):
            _told_in(phase, flag)
    _something_on_the_cup()
    _worker_gone_on_the_way()
    assert taken == set(Turn)


def _until(cell: SmallCell, phase: Phase) -> SmallCell:
    cell.run(lambda cell: cell.state.phase is phase, seconds_max=300)
    return cell


def _placed() -> None:
    cell = SmallCell(settings=WITH_LADDER)
    cell.run_to_the_end()
    _until(cell, Phase.IDLE)


def _alarmed() -> None:
    cell = SmallCell(seals=False, settings=WITH_LADDER)
    _until(cell, Phase.PICKING).alarm = "alarm"
    cell.run_to_the_end()


def _asked() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER, jobs=jobs(2))
    _until(cell, Phase.ASKING).is_resume_requested = True
    _until(cell, Phase.IDLE)


def _unanswered() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER, jobs=jobs(2))
    _until(cell, Phase.HALTED)


def _resumed() -> None:
    cell = SmallCell(settings=WITH_LADDER)
    _until(cell, Phase.PICKING).is_stop_requested = True
    _until(cell, Phase.HALTED).is_stop_requested = False
    cell.is_resume_requested = True
    _until(cell, Phase.IDLE)


def _told_in(phase: Phase, flag: str) -> None:
    views = tuple(replace(rung, recoveries=LADDER.rungs[1].recoveries) for rung in LADDER.rungs)
    ladder = replace(LADDER, rungs=views) if phase is Phase.RECOVERING else LADDER
    cell = SmallCell(settings=replace(SETTINGS, ladder=ladder), recovers=False)
    setattr(_until(cell, phase), flag, True)
    cell.run_for(0.5)


def _something_on_the_cup() -> None:
    cell = SmallCell(jobs=[], settings=WITH_LADDER)
    cell.is_sealed = cell.is_gripper_on = True
    cell.run_for(3.0)


def _worker_gone_on_the_way() -> None:
    for phase in (Phase.HOMING, Phase.RECOVERING):
        views = tuple(replace(rung, recoveries=LADDER.rungs[1].recoveries) for rung in LADDER.rungs)
        cell = SmallCell(settings=replace(SETTINGS, ladder=replace(LADDER, rungs=views)), recovers=False)
        cell = _until(cell, phase)
        cell.is_policy_ready = cell.is_home_ready = False
        cell.run_for(5.0)


def test_the_ladder_is_drawn_from_its_rules() -> None:
    drawing = draw_ladder(WITH_LADDER)
    assert "    policy --> careful: missed / dropped / timed out / alarmed / interrupted" in drawing
    assert "    skill --> ask: too many orders skipped in a row" in drawing
    assert "    stop --> policy: a person resumes" in drawing
    sticky = replace(
        WITH_LADDER, ladder=replace(LADDER, rungs=(LADDER.rungs[0], replace(LADDER.rungs[1], clears_after=2)))
    )
    one = Ladder(
        rungs=(Rung(name="policy", source=Source.POLICY),), skips_max=0, ask_timeout_ns=1, recover_timeout_ns=1
    )
    assert draw_ladder(sticky) != draw_ladder(WITH_LADDER)
    assert "policy --> ask" in draw_ladder(replace(SETTINGS, ladder=one))
