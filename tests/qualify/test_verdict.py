"""Certified only when both kinds of failure are shown to be rare: at the first look, or by evidence for many looks."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from campaigns import make_pick, make_scene, make_terms

from spinal.qualify import SceneResult, judge_campaign, sentences

CLEAN = [make_scene(index) for index in range(1000)]


def told(verdict: object) -> str:
    return " ".join(sentences(verdict, "declared distribution d version 1"))  # type: ignore[arg-type]


def test_twenty_thousand_clean_picks_are_certified_below_one_in_a_thousand() -> None:
    verdict = judge_campaign(CLEAN, make_terms())
    found = verdict.as_json()
    assert found["certified"]
    assert (found["picks"], found["scenes"], found["interventions"], found["silent_failures"]) == (20_000, 1000, 0, 0)
    assert 0.7 < found["upper95_per_1000"] < 0.75
    assert found["design_effect"] == pytest.approx(4.8)
    assert found["scenes_needed"] == 0


@pytest.mark.parametrize(("failures", "silent"), [(4, 0), (0, 4)])
def test_neither_too_many_interventions_nor_too_many_silent_failures_are_certified(failures: int, silent: int) -> None:
    scenes = [make_scene(0, failures, silent=silent), *CLEAN[1:]]
    verdict = judge_campaign(scenes, make_terms())
    assert not verdict.is_certified
    more = verdict.scenes_needed
    assert more > 0
    longer = [*scenes, *(make_scene(1000 + index) for index in range(more))]
    assert judge_campaign(longer, make_terms()).is_certified
    assert not judge_campaign(longer[:-1], make_terms()).is_certified


def test_a_silent_failure_is_no_intervention_and_is_counted_by_itself() -> None:
    found = judge_campaign([make_scene(0, 1, silent=2), make_scene(1)], make_terms()).as_json()
    assert (found["interventions"], found["silent_failures"]) == (1, 2)
    assert found["interventions_per_1000"] == pytest.approx(25.0)


def test_a_bound_certifies_at_the_first_look_only() -> None:
    verdict = judge_campaign(CLEAN, make_terms(), looks_before=1)
    assert not verdict.is_certified
    assert "new seed" in told(verdict)


def test_evidence_that_may_be_peeked_at_certifies_at_any_look_and_needs_more() -> None:
    assert not judge_campaign(CLEAN, make_terms(is_anytime=True)).is_certified
    needed = judge_campaign(CLEAN, make_terms(is_anytime=True)).scenes_needed
    many = [make_scene(index, picks=1) for index in range(1000 + needed)]
    assert judge_campaign(many, make_terms(is_anytime=True), looks_before=7).is_certified
    assert not judge_campaign(many[:-1], make_terms(is_anytime=True)).is_certified


def test_a_policy_that_is_shown_to_be_worse_than_the_limit_is_not_told_to_run_more() -> None:
    verdict = judge_campaign([make_scene(index, 3) for index in range(50)], make_terms())
    assert verdict.is_refuted
    assert "become better" in told(verdict)
    assert "more scenes" not in told(verdict)


def test_the_executive_page_names_counts_bound_distribution_and_assumption() -> None:
    text = told(judge_campaign([make_scene(0, 1), *CLEAN[1:100]], make_terms()))
    for part in ("1 interventions", "2,000 simulated picks", "100 scenes", "distribution d version 1", "No claim for"):
        assert part in text
    assert "declared at most 0.20" in text
    assert "Still needed" in text


def test_more_correlation_than_declared_is_said() -> None:
    verdict = judge_campaign([make_scene(0, 20), make_scene(1, 20), *CLEAN[2:50]], make_terms())
    assert verdict.as_json()["is_declared_correlation_contradicted"]
    assert "More was measured than declared" in told(verdict)


def test_a_day_costs_what_interventions_cost() -> None:
    found = judge_campaign([make_scene(index, 1) for index in range(10)], make_terms()).as_json()
    assert found["interventions_a_day"] == pytest.approx(50.0)
    assert found["person_minutes_a_day"] == pytest.approx(150.0)
    assert found["mtbi_picks"] == pytest.approx(20.0)
    assert found["availability"] == pytest.approx(100.0 / (100.0 + 180.0))
    assert found["availability_lower95"] < found["availability"]


def test_slices_count_their_own_picks() -> None:
    scenes = [make_scene(index, 2 * (index % 2), axes=("dark",) * (index % 2)) for index in range(40)]
    verdict = judge_campaign(scenes, make_terms())
    assert [(one.name, one.failures, one.picks) for one in verdict.slices] == [("dark", 40, 400), ("bright", 0, 400)]
    mixed = SceneResult(index=0, axes=(), picks=(make_pick(0, sku="tea", needs_person=True), make_pick(1)))
    terms = make_terms()
    by_sku = judge_campaign(
        [mixed], type(terms)(limit=0.001, icc_max=0.2, slices={"tea": lambda _, sku: sku == "tea"}, minutes=1.0)
    )
    assert (by_sku.slices[0].failures, by_sku.slices[0].picks) == (1, 1)


@pytest.mark.parametrize("scenes", [[], [make_scene(0)], [make_scene(0, 20)], [make_scene(0, 1, picks=1)]])
def test_a_verdict_of_any_size_is_plain_json_and_not_certified(scenes: list[SceneResult]) -> None:
    found = judge_campaign(scenes, make_terms()).as_json()
    assert not found["certified"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_failures_are_named_by_the_axis_that_explains_them() -> None:
    generator = np.random.default_rng(3)
    scenes = []
    for index in range(200):
        axes = [name for name in ("dark", "heavy", "wood") if generator.random() < 0.3]
        failures = 12 if "dark" in axes else 5 if "heavy" in axes else int(generator.random() < 0.05)
        scenes.append(make_scene(index, failures, axes=axes))
    modes = judge_campaign(scenes, make_terms()).modes
    assert [mode.axis for mode in modes] == ["dark", "heavy", None]
    dark, heavy, rest = modes
    assert dark.failures == 12 * sum("dark" in scene.axes for scene in scenes)
    assert heavy.failures == 5 * sum("heavy" in scene.axes and "dark" not in scene.axes for scene in scenes)
    total = sum(pick.is_failure for scene in scenes for pick in scene.picks)
    assert sum(mode.failures for mode in modes) == total
    assert rest.outcomes == {"missed": rest.failures}
    assert dark.p_value is not None
    assert dark.p_value < 1e-6
    assert len(dark.examples) == 4


def test_an_axis_that_has_nothing_to_do_with_failures_is_seldom_blamed() -> None:
    generator = np.random.default_rng(4)
    blamed = 0
    for _ in range(200):
        scenes = [
            make_scene(
                index,
                int(generator.binomial(20, generator.beta(0.4, 3.6))),
                axes=[name for name in "abcde" if generator.random() < 0.3],
            )
            for index in range(40)
        ]
        blamed += any(mode.axis is not None for mode in judge_campaign(scenes, make_terms()).modes)
    assert blamed / 200 <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 200)


def test_nothing_is_certified_on_seeds_that_another_question_saw() -> None:
    scenes = [make_scene(index) for index in range(40)]
    terms = make_terms(0.5)
    assert judge_campaign(scenes, terms).is_certified
    second = judge_campaign(scenes, replace(terms, seen_before=True))
    assert not second.is_certified
    assert any("seen before" in sentence for sentence in sentences(second, "a distribution"))
