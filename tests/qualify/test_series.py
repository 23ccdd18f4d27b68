"""Growth over a series of campaigns, also when picks of one scene fail together."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from campaigns import make_scene, make_terms

from spinal.qualify import (
    SceneResult,
    Series,
    Story,
    crow_amsaa,
    growth_of,
    growth_sentences,
    judge_campaign,
    write_report,
)


def series(*failures: list[int]) -> Series:
    """Return the series of campaigns whose scenes have so many failures each."""
    return growth_of(
        [
            (f"round {n}", [make_scene(index, count) for index, count in enumerate(part)])
            for n, part in enumerate(failures)
        ],
        icc_max=0.2,
        pick_s=5.0,
        repair_s=180.0,
    )


IMPROVING = [[1, 2] * 20, [0, 1] * 20, [0, 0, 0, 1] * 10, [0] * 39 + [1]]


def test_a_cell_that_becomes_better_is_shown_to() -> None:
    found = series(*IMPROVING)
    assert found.is_growing
    assert found.fit is not None
    assert found.fit.events == 60 + 20 + 10 + 1
    assert found.fit.exposure == 4 * 40 * 20
    assert found.fit.rate_low < found.fit.rate < found.fit.rate_high
    assert [stage.picks_before for stage in found.stages] == [0, 800, 1600, 2400]
    assert found.stages[0].upper > found.stages[3].upper
    assert found.availability > found.availability_low > 0.0
    assert "became rarer" in " ".join(growth_sentences(found))


def test_a_cell_that_stays_as_it_is_is_not_shown_to_become_better() -> None:
    found = series([1, 0] * 20, [1, 0] * 20, [1, 0] * 20)
    assert not found.is_growing
    assert "not shown" in " ".join(growth_sentences(found))


@pytest.mark.parametrize("failures", [[[0] * 5, [0] * 5], [[0] * 5, [0, 1]]])
def test_too_few_interventions_are_told_and_no_law_is_drawn(failures: list[list[int]]) -> None:
    found = series(*failures)
    assert found.fit is None
    assert "at least 2" in found.why_not
    assert not found.is_growing
    assert math.isnan(found.availability)
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["fit"] is None


def test_the_interval_covers_the_rate_when_interventions_come_in_bursts_and_would_not_without_the_design_effect() -> (
    None
):
    generator = np.random.default_rng(5)
    exposure, bursts, size, shape = 20_000.0, 40.0, 6, 0.7
    truth = bursts * size * shape / exposure
    hits = {1.0: 0, float(size): 0}
    runs = 1500
    for _ in range(runs):
        at = np.repeat(exposure * generator.random(generator.poisson(bursts)) ** (1.0 / shape), size)
        for effect in hits:
            fit = crow_amsaa(at, exposure, design_effect=effect)
            hits[effect] += fit.rate_low <= truth <= fit.rate_high
    assert hits[float(size)] / runs >= 0.93
    assert hits[1.0] / runs < 0.8


def test_the_interval_of_the_shape_covers_it() -> None:
    generator = np.random.default_rng(6)
    hits = 0
    for _ in range(2000):
        fit = crow_amsaa(1000.0 * generator.random(max(generator.poisson(30.0), 2)) ** (1.0 / 0.6), 1000.0)
        hits += fit.shape_low <= 0.6 <= fit.shape_high
    assert 0.935 <= hits / 2000 <= 0.965


def test_the_page_shows_the_series(tmp_path: Path) -> None:
    scenes: list[SceneResult] = [make_scene(index) for index in range(4)]
    story = Story(
        verdict=judge_campaign(scenes, make_terms()),
        scenes=scenes,
        distribution="d",
        facts={},
        replay="spinal qualify cells/x",
        pictures=tmp_path,
        growth=series(*IMPROVING),
    )
    write_report(story, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("<svg") == text.count("</svg>") == 5
    assert "<h2>Growth</h2>" in text
    assert "round 3" in text
