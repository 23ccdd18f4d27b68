"""What each link of the chain takes off is measured on the same picks, and adds up to what was seen."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from campaigns import make_pick

from spinal.qualify import SceneResult
from spinal.qualify.gap import Arm, Share, judge_arm, matched, measure_links
from spinal.qualify.gap_page import GapStory, write_gap_report

Chances = tuple[float, float, float, float, float, float]


def simulated(chances: Chances, scenes: int, seed: int) -> tuple[tuple[SceneResult, ...], ...]:
    """Return three arms (raw, watched, whole) of a chain whose links work with these chances."""
    f, tpr, fpr, r, v, r0 = chances
    random = np.random.default_rng(seed)
    arms: tuple[list[SceneResult], ...] = ([], [], [])
    for index in range(scenes):
        picks: tuple[list[object], ...] = ([], [], [])
        for number in range(20):
            fails = random.random() < f
            is_alarmed = random.random() < (tpr if fails else fpr)
            is_done = random.random() < ((r if is_alarmed else v) if fails else (r0 if is_alarmed else 1.0))
            alarms = ("support",) if is_alarmed else ()
            picks[0].append(make_pick(number, needs_person=fails))
            picks[1].append(replace(make_pick(number, needs_person=fails or is_alarmed), alarms=alarms))
            picks[2].append(replace(make_pick(number, needs_person=not is_done), alarms=alarms))
        for arm, made in zip(arms, picks, strict=True):
            arm.append(SceneResult(index=index, axes=(), picks=tuple(made)))  # type: ignore[arg-type]
    return tuple(tuple(arm) for arm in arms)


@pytest.mark.parametrize("chances", [(0.4, 0.9, 0.05, 0.9, 0.5, 0.95), (0.05, 0.95, 0.02, 0.95, 0.0, 1.0)])
def test_the_links_add_up_to_the_interventions_that_were_seen(chances: Chances) -> None:
    raw, watched, whole = simulated(chances, 200, seed=3)
    links = measure_links(raw, watched, whole)
    seen = sum(pick.needs_person for scene in whole for pick in scene.picks)
    assert links.interventions_per_1000 == pytest.approx(1000 * seen / 4000)
    for share, true in zip(
        (links.failing, links.true_alarms, links.false_alarms, links.recovered, links.rescued, links.resumed),
        chances,
        strict=True,
    ):
        low, high = share.interval
        assert low - 0.02 <= true <= high + 0.02


def test_the_weakest_link_is_named_first() -> None:
    links = measure_links(*simulated((0.3, 0.9, 0.05, 0.2, 0.9, 0.95), 200, seed=5))
    gains = links.costs_per_1000
    assert next(iter(gains)) == "policy"
    assert list(gains)[1] == "recovery after an alarm"
    assert all(gain >= 0.0 or name == "alarms on failures" for name, gain in gains.items())


def test_without_a_failure_nothing_is_divided_by_nothing() -> None:
    links = measure_links(*simulated((0.0, 0.0, 0.0, 0.0, 0.0, 0.0), 3, seed=1))
    assert links.interventions_per_1000 == 0.0
    assert math.isnan(links.true_alarms.value)


def test_only_picks_that_both_arms_have_are_compared() -> None:
    raw, watched, _ = simulated((0.3, 0.5, 0.1, 0.5, 0.5, 0.5), 6, seed=2)
    assert len(matched(raw, watched[:4])) == 80
    row = judge_arm(Arm(name="A2", title="again", against="A1"), watched[:4], 0.2, raw)
    assert row.comparison is not None
    assert (row.comparison.picks, row.comparison.scenes) == (80, 4)


def test_the_page_says_what_was_not_shown(tmp_path: Path) -> None:
    raw, watched, whole = simulated((0.4, 0.9, 0.05, 0.9, 0.5, 0.95), 30, seed=3)
    arms = [("A1", raw), ("A3", watched), ("A6", whole)]
    story = GapStory(
        rows=[judge_arm(Arm(name=name, title=f"<{name}>"), scenes, 0.2) for name, scenes in arms],
        links=measure_links(raw, watched, whole),
        first="A1",
        last="A6",
        is_certified=False,
        limit=1.0,
        distribution="declared distribution d version 1",
        facts={"evil": "<script>alert(1)</script>"},
        folders={"A1": "runs/x"},
        notes=["shortened"],
    )
    write_gap_report(story, tmp_path / "gap.html")
    text = (tmp_path / "gap.html").read_text(encoding="utf-8")
    assert '<h1 class="bad">NOT CERTIFIED</h1>' in text
    assert "<script" not in text
    assert text.count("<svg") == text.count("</svg>") == 1
    assert text.index("NOT CERTIFIED</h1>") < text.index("Which link holds it back")


def test_a_share_of_nothing_is_not_known() -> None:
    assert Share(hits=0, of=0).interval == (0.0, 1.0)
