"""A scene file that is wrong gets one clear message before anything moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spinal.errors import SceneError
from spinal.sim.distribution import Distribution, Ranges, load_distribution

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"
LAB = (CELL / "lab.toml").read_text(encoding="utf-8")
SHIFTED = 'name = "x"\nversion = 1\ndescription = "x"\nbase = "lab.toml"\n'


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    (tmp_path / "lab.toml").write_text(LAB, encoding="utf-8")

    def written(text: str) -> Path:
        path = tmp_path / "scenes.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def refusal(path: Path) -> SceneError:
    with pytest.raises(SceneError) as caught:
        load_distribution(path)
    assert caught.value.next_step, "every message says what to do next"
    return caught.value


def test_the_shipped_distributions_can_be_read(lab: Distribution, deployment: Distribution) -> None:
    assert [(axis.name, axis.probability) for axis in lab.axes] == [("person", 0.0)]
    assert {axis.name for axis in deployment.axes} >= {"dim-light", "camera", "clutter", "heavy", "sensor-noise"}
    assert deployment.ranges == lab.ranges


@pytest.mark.parametrize("name", list(Ranges.model_fields))
def test_no_range_has_a_default(write: Callable[[str], Path], name: str) -> None:
    lines = [line for line in LAB.splitlines() if not line.startswith(f"{name} =")]
    assert f"'{name}' is missing" in refusal(write("\n".join(lines))).what


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("mass_scale", "mass_scales", "mass_scales"),
        ('name = "lab"', 'name = "lab"\nseed = 3', "seed"),
        ("mass_scale = [0.9, 1.1]", "mass_scale = [1.1, 0.9]", "mass_scale"),
        ("mass_scale = [0.9, 1.1]", "mass_scale = [0.9, 21.0]", "mass_scale"),
        ("mass_scale = [0.9, 1.1]", "mass_scale = [0.9, nan]", "mass_scale"),
        ("mass_scale = [0.9, 1.1]", 'mass_scale = "much"', "mass_scale"),
        ("objects = [4, 8]", "objects = [0, 8]", "objects"),
        ("objects = [4, 8]", "objects = [4, 19]", "objects"),
        ('tote_surface = ["plain"]', 'tote_surface = ["marble"]', "marble"),
        ('tote_surface = ["plain"]', "tote_surface = []", "tote_surface"),
        ("version = 1", 'version = "one"', "version"),
        ("version = 1", "version = ", "line"),
    ],
)
def test_a_wrong_value_is_named(write: Callable[[str], Path], before: str, after: str, named: str) -> None:
    assert before in LAB
    assert named in str(refusal(write(LAB.replace(before, after, 1))))


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("[axes.dark]\nlight_level = [0.1, 0.2]\n", "probability"),
        ("[axes.dark]\nprobability = 1.5\nlight_level = [0.1, 0.2]\n", "1.5"),
        ("[axes.dark]\nprobability = true\nlight_level = [0.1, 0.2]\n", "probability"),
        ("[axes.dark]\nprobability = 0.5\n", "shifts nothing"),
        ("[axes.dark]\nprobability = 0.5\nbrightness = [0.1, 0.2]\n", "brightness"),
        ("[axes.dark]\nprobability = 0.5\nlight_level = [0.2, 0.1]\n", "light_level"),
        ("[axes]\ndark = 3\n", "dark"),
    ],
)
def test_a_wrong_axis_is_named(write: Callable[[str], Path], table: str, named: str) -> None:
    assert named in str(refusal(write(SHIFTED + table)))


def test_a_file_has_ranges_or_a_base_and_not_both(write: Callable[[str], Path]) -> None:
    both = LAB.replace('name = "lab"', 'name = "lab"\nbase = "lab.toml"')
    neither = SHIFTED.replace('base = "lab.toml"\n', "")
    assert "base" in refusal(write(both)).what
    assert "base" in refusal(write(neither)).what


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "nowhere.toml").what


def test_an_axis_that_does_not_exist_is_answered_with_those_that_do(deployment: Distribution) -> None:
    with pytest.raises(SceneError) as caught:
        deployment.axis_named("fog")
    assert "dim-light" in str(caught.value)
