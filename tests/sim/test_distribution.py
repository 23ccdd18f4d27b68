"""A scene file that is wrong gets one clear message before anything moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spinal.errors import SceneError
from spinal.sim.declaration import Slice
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
        ("version = 2", 'version = "one"', "version"),
        ("version = 2", "version = ", "line"),
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


def test_what_is_no_file_is_named_and_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    loop = tmp_path / "loop.toml"
    loop.symlink_to(loop)
    for name in ("folder.toml", "loop.toml"):
        with pytest.raises(SceneError, match=f"cannot be read(.|\n)*{name}"):
            load_distribution(tmp_path / name)


def test_a_file_that_is_its_own_base_is_refused(tmp_path: Path) -> None:
    for name, base in (("one", "two"), ("two", "one"), ("self", "self")):
        text = f'name = "{name}"\nversion = 1\ndescription = "d"\nbase = "{base}.toml"\n'
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    for name in ("one", "self"):
        with pytest.raises(SceneError, match="its own base"):
            load_distribution(tmp_path / f"{name}.toml")


def test_an_axis_that_does_not_exist_is_answered_with_those_that_do(deployment: Distribution) -> None:
    with pytest.raises(SceneError) as caught:
        deployment.axis_named("fog")
    assert "dim-light" in str(caught.value)


QUALIFIED = (
    SHIFTED
    + """
[axes.dark]
probability = 0.25
light_level = [0.1, 0.2]
[axes.never]
probability = 0.0
light_level = [0.1, 0.2]
[qualification]
icc_max = 0.2
[qualification.pools]
development = [0, 99]
final = [100, 199]
[qualification.slices]
dark = { any = ["dark"] }
light = { none = ["dark"] }
dark-tea = { any = ["dark"], skus = ["tea"] }
"""
)


def test_a_declaration_for_qualification_is_read(write: Callable[[str], Path]) -> None:
    found = load_distribution(write(QUALIFIED)).qualification
    assert found is not None
    assert [found.pool_of(seed) for seed in (0, 99, 100, 199, 200)] == ["development"] * 2 + ["final"] * 2 + [None]
    dark, light, tea = found.slices["dark"], found.slices["light"], found.slices["dark-tea"]
    assert dark.holds(("dark",), "soap")
    assert not dark.holds((), "soap")
    assert light.holds((), "soap")
    assert not light.holds(("dark",), "soap")
    assert (tea.holds(("dark",), "tea"), tea.holds(("dark",), "soap"), tea.holds((), "tea")) == (True, False, False)
    assert dark.share({"dark": 0.25}, ["tea"]) == 0.25
    assert light.share({"dark": 0.25}, ["tea"]) == 0.75
    assert Slice(any=("a", "b"), none=("c",), skus=("tea",)).share(
        {"a": 0.5, "b": 0.5, "c": 0.2}, ["tea", "soap"]
    ) == pytest.approx(0.75 * 0.8 * 0.5)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('{ any = ["dark"] }', '{ any = ["fog"] }', "unknown axis 'fog'"),
        ('{ none = ["dark"] }', '{ none = ["fog"] }', "allowed: dark, never"),
        ('{ any = ["dark"] }', '{ skus = ["fish"] }', "unknown SKU 'fish'"),
        ('{ any = ["dark"] }', "{ }", "empty"),
        ('{ any = ["dark"] }', '{ any = ["never"] }', "'dark' is empty"),
        ('{ any = ["dark"] }', '{ any = ["dark"], none = ["dark"] }', "empty"),
        ('{ any = ["dark"] }', '{ all = ["dark"] }', "qualification.slices.dark.all"),
        ("final = [100, 199]", "final = [99, 199]", "'development' and 'final' overlap: both hold seed 99"),
        ("final = [100, 199]", "final = [199, 100]", "first <= last"),
        ("final = [100, 199]", "final = [-5, -1]", "first <= last"),
        ("icc_max = 0.2", "icc_max = 1.2", "icc_max"),
        ("icc_max = 0.2", "icc_max = nan", "icc_max"),
        ("icc_max = 0.2", "", "icc_max"),
        ("[qualification]\nicc_max = 0.2", "[qualification]\nicc_max = 0.2\nicc = 0.1", "qualification.icc"),
    ],
)
def test_a_wrong_declaration_for_qualification_is_named(
    write: Callable[[str], Path], before: str, after: str, named: str
) -> None:
    # A base that declares nothing for qualification: what is left out here is not taken over from there.
    bare = LAB.partition("# What evidence")[0].replace("sha256 =", "# sha256 =")
    path = write(QUALIFIED.replace(before, after, 1))
    (path.parent / "lab.toml").write_text(bare, encoding="utf-8")
    assert before in QUALIFIED
    assert named in str(refusal(path))


def test_keys_of_the_qualification_are_taken_over_from_the_base_but_not_its_slices(
    write: Callable[[str], Path],
) -> None:
    text = SHIFTED + "[axes.dark]\nprobability = 0.5\nlight_level = [0.1, 0.2]\n[qualification.slices]\n"
    found = load_distribution(write(text + 'dark = { any = ["dark"] }\n')).qualification
    assert found is not None
    assert set(found.slices) == {"dark"}
    assert found.pool_of(1_000_000) == "training"


@pytest.mark.parametrize(("probability", "named"), [("0.5", "1.0"), ("0.9", "1.4")])
def test_a_group_that_would_always_be_there_is_refused(
    write: Callable[[str], Path], probability: str, named: str
) -> None:
    text = SHIFTED + '[axes.a]\nprobability = 0.5\ngroup = "g"\nlight_level = [0.1, 0.2]\n'
    text += f'[axes.b]\nprobability = {probability}\ngroup = "g"\nfriction = [0.1, 0.2]\n'
    error = refusal(write(text))
    assert "'g'" in error.what
    assert str(error.value) == named


def test_a_group_that_is_no_name_is_refused(write: Callable[[str], Path]) -> None:
    text = SHIFTED + "[axes.a]\nprobability = 0.5\ngroup = 3\nlight_level = [0.1, 0.2]\n"
    assert "group" in refusal(write(text)).what


@pytest.mark.parametrize("changed", ["probability = 0.10", "light_level = [0.30, 0.50]", 'any = ["texture"]'])
def test_a_distribution_that_changed_after_it_was_declared_is_refused(
    write: Callable[[str], Path], changed: str
) -> None:
    text = (CELL / "deployment.toml").read_text(encoding="utf-8")
    assert changed in text
    other = {"probability = 0.10": "probability = 0.11", 'any = ["texture"]': 'any = ["camera"]'}
    error = refusal(write(text.replace(changed, other.get(changed, "light_level = [0.30, 0.51]"), 1)))
    assert "sha256 does not match" in error.what
    assert "version" in str(error.next_step)
    mended = text.replace(changed, other.get(changed, "light_level = [0.30, 0.51]"), 1)
    assert load_distribution(write(mended.replace(str(error.value), str(error.allowed)))).version == 2


def test_a_changed_base_changes_the_hash_of_what_rests_on_it(write: Callable[[str], Path]) -> None:
    path = write((CELL / "deployment.toml").read_text(encoding="utf-8"))
    base = LAB.replace("friction = [0.55, 0.75]", "friction = [0.50, 0.75]").replace("sha256 =", "# sha256 =")
    (path.parent / "lab.toml").write_text(base, encoding="utf-8")
    assert "sha256 does not match" in refusal(path).what


def test_words_for_people_are_not_part_of_the_hash(write: Callable[[str], Path]) -> None:
    one = load_distribution(write(SHIFTED))
    assert load_distribution(write(SHIFTED.replace('description = "x"', 'description = "y"'))).sha256 == one.sha256
    assert load_distribution(write(SHIFTED.replace("version = 1", "version = 2"))).sha256 != one.sha256


def test_practice_covers_every_shift_of_the_deployment(deployment: Distribution) -> None:
    practice = load_distribution(CELL / "randomised.toml")
    broad = [dict(axis.replaced) for axis in practice.axes]
    for axis in deployment.axes:
        values = dict(axis.replaced)
        assert any(all(_holds(ranges.get(key), value) for key, value in values.items()) for ranges in broad), axis.name
    assert practice.qualification is not None
    assert practice.qualification.pool_of(1_000_000) == "training"


def _holds(outer: object, inner: object) -> bool:
    if isinstance(outer, tuple) and isinstance(inner, tuple) and isinstance(inner[0], float | int):
        return bool(outer[0] <= inner[0] and inner[1] <= outer[1])
    return set(inner) <= set(outer) if isinstance(outer, tuple) and isinstance(inner, tuple) else outer == inner
