"""The report: the answer first, everything inside one file, whatever happened in the campaign."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from campaigns import make_scene, make_terms

from spinal.qualify import Comparison, SceneResult, Story, judge_campaign, write_report


def page(tmp_path: Path, scenes: list[SceneResult], comparison: Comparison | None = None) -> str:
    out = tmp_path / "report.html"
    story = Story(
        verdict=judge_campaign(scenes, make_terms()),
        scenes=scenes,
        distribution="declared distribution <d> version 1",
        facts={"seed": "1", "evil": "<script>alert(1)</script>"},
        replay="spinal qualify cells/x",
        pictures=tmp_path,
        against="another" if comparison else None,
        comparison=comparison,
    )
    write_report(story, out)
    return out.read_text(encoding="utf-8")


def test_the_answer_stands_first(tmp_path: Path) -> None:
    good = page(tmp_path, [make_scene(index) for index in range(1000)])
    assert '<h1 class="good">certified</h1>' in good
    assert good.index("certified</h1>") < good.index("<h2>")
    bad = page(tmp_path, [make_scene(index, 1) for index in range(30)])
    assert '<h1 class="bad">NOT CERTIFIED</h1>' in bad
    executive = bad[: bad.index("</section>")]
    for part in ("at most", "calls", "min each, assumed", "availability", "Worst slice", "No claim for hardware"):
        assert part in executive


@pytest.mark.parametrize(
    "scenes", [[make_scene(0)], [make_scene(0, 20)], [make_scene(n, n % 3, axes=("dark",) * (n % 2)) for n in range(9)]]
)
def test_a_page_is_whole_whatever_happened(tmp_path: Path, scenes: list[SceneResult]) -> None:
    text = page(tmp_path, scenes)
    assert text.count("<svg") == text.count("</svg>") == 4
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    for forbidden in ('src="http', "url(http", "@import"):
        assert forbidden not in text


def test_a_failure_has_its_picture_and_the_command_that_plays_it_again(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(b"\xff\xd8picture")
    scene = make_scene(7, 2)
    first = dataclasses.replace(scene.picks[0], picture="one.jpg")
    second = dataclasses.replace(scene.picks[1], picture="gone.jpg")
    text = page(tmp_path, [make_scene(0), dataclasses.replace(scene, picks=(first, second, *scene.picks[2:]))])
    assert "--replay 7:0" in text
    assert "--replay 7:1" in text
    assert text.count("data:image/jpeg;base64,") == 1
    assert "gone.jpg" not in text


def test_a_comparison_stands_in_the_page(tmp_path: Path) -> None:
    comparison = Comparison(
        picks=40,
        scenes=2,
        only_first_failed=9,
        only_second_failed=1,
        difference_per_1000=-200.0,
        p_mcnemar=0.02,
        p_scenes=0.25,
    )
    text = page(tmp_path, [make_scene(0)], comparison)
    assert "Against another" in text
    assert "-200.0 interventions" in text
