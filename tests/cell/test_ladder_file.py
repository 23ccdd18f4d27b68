"""A ladder in a cell file says all of itself, and what does not fit is refused with what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from ladder_text import LADDER
from spoiling import spoil

from spinal.cell import load_cell
from spinal.errors import CellError


@pytest.fixture
def laddered(cell: Path) -> Path:
    """Return a copy of the shipped cell with the ladder of this test in place of its own."""
    file = cell / "cell.toml"
    text = file.read_text(encoding="utf-8")
    head = text.split("[[ladder]]")[0]
    file.write_text(head + (text[text.index("[host]") :] if "[[ladder]]" in text else "") + LADDER, encoding="utf-8")
    return cell


def test_a_ladder_is_read_rung_by_rung(laddered: Path) -> None:
    config = load_cell(laddered).config
    assert [rung.rung for rung in config.ladder] == ["policy", "careful", "second"]
    assert config.recovery is not None
    assert config.recovery.look_m[1] == (0.56, -0.26, 0.28)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('rung = "careful"', 'rung = "carefull"', "ladder.1.rung"),
        ("speed_scale = 0.5\n", "", "rung 'careful' needs speed_scale"),
        ("speed_scale = 0.5", "speed_scale = 1.0", "less than 1"),
        ("speed_scale = 0.5", "speed_scale = nan", "speed_scale"),
        ('bundle = "second"', 'bundle = "second"\nspeed_scale = 0.5', "speed_scale belongs to rung 'careful'"),
        ('bundle = "second"\n', "", "rung 'second' needs bundle"),
        ("attempts = 2", "attempts = 0", "ladder.2.attempts"),
        ("attempts = 2\n", "", "'ladder.2.attempts' is missing"),
        ('recoveries = ["new_view"]', "recoveries = []", "recoveries"),
        ('"stir", "new_view"', '"stir", "shout"', "recoveries"),
        ("clears_after = 3", "clears = 3", "unknown key 'ladder.2.clears'"),
        ('rung = "policy"', 'rung = "skill"', "policy first"),
        ('rung = "careful"\nattempts = 1', 'rung = "policy"\nattempts = 1', "speed_scale belongs"),
        ("stir_zone_m = [0.38, 0.62", "stir_zone_m = [0.62, 0.38", "x_min < x_max"),
        ("look_m = [[0.44, -0.22, 0.28], [0.56, -0.26, 0.28]]", "look_m = []", "look_m"),
        ("ask_timeout_s = 600.0", "ask_timeout_s = inf", "ask_timeout_s"),
    ],
)
def test_a_ladder_that_does_not_fit_is_refused_with_what_is_allowed(
    laddered: Path, old: str, new: str, told: str
) -> None:
    spoil(laddered / "cell.toml", old, new)
    with pytest.raises(CellError) as caught:
        load_cell(laddered)
    assert told in str(caught.value)


def test_a_ladder_without_recoveries_is_refused(laddered: Path) -> None:
    file = laddered / "cell.toml"
    file.write_text(file.read_text(encoding="utf-8").split("[recovery]")[0], encoding="utf-8")
    with pytest.raises(CellError, match="belong together"):
        load_cell(laddered)
