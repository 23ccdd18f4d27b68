"""hazards.md is read strictly: what is malformed is an error with its line, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from samples import document, hazard

from spinal.errors import SafetyCaseError
from spinal.safety.hazards import parse_hazards, read_hazards

CELLS = sorted((Path(__file__).parents[2] / "cells").glob("*/cell.toml"))


def test_every_part_of_a_hazard_is_read() -> None:
    (found,) = parse_hazards(document())
    assert (found.identifier, found.title, found.line) == ("H-01", "The arm strikes a person", 9)
    assert found.situation == "A person reaches in, again and again."
    assert (found.severity.word, found.severity.why) == ("slight", "light goods.")
    assert [(measure.layer, measure.text) for measure in found.measures] == [
        ("gate", "A stop is verified at every tick."),
        ("organisation", "A fence."),
    ]
    assert [measure.needs for measure in found.measures] == [(), ()]
    (needy,) = parse_hazards(document().replace("*gate:*", "*gate with [arm], [people]:*"))
    assert needy.measures[0].needs == ("arm", "people")
    assert [measure.is_testable for measure in found.measures] == [True, False]
    assert (found.residual_risk, found.integrator) == ("Fences are climbed.", "A higher fence.")


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("## H-01", "## H-1", 9, "this heading is no hazard"),
        ("## H-01", "## H1", 9, "this heading is no hazard"),
        ("## H-01", "### H-01", 9, "this heading is no hazard"),
        ("## H-01 The arm strikes a person", "## H-01", 9, "this heading is no hazard"),
        ("- **Cause:** Habit.\n", "", 13, "a field that is not expected here"),
        ("- **Cause:** Habit.", "- **Reason:** Habit.", 13, "a field that is not expected here"),
        ("- **Cause:** Habit.", "- **Cause:** Habit.\n- **Cause:** Hurry.", 14, "the field is there twice"),
        ("- **Cause:** Habit.", "- **Cause:**", 13, "the field is empty"),
        ("- **Cause:** Habit.", "Habit.", 13, "a line that belongs to no field"),
        ("slight; light goods.", "small; light goods.", 15, "severity is a word of its scale"),
        ("slight; light goods.", "slight", 15, "severity is a word of its scale"),
        ("possible; it is seen.", "always; it is seen.", 17, "avoidance is a word of its scale"),
        ("*gate:*", "*gat:*", 19, "no layer of measures has this name"),
        ("*organisation:*", "*gate:*", 21, "a layer has one measure"),
        ("  - *gate:* A stop", "  - a stop", 19, "this is no measure"),
        ("*gate:*", "*gate with arm:*", 19, "this is no measure"),
        ("- **Integrator:** A higher fence.\n", "", 9, "fields are missing"),
        ("A higher fence.\n", "A higher fence.\n## A chapter\n", 24, "this heading is no hazard"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(old: str, new: str, line: int, what: str) -> None:
    text = document()
    assert old in text
    with pytest.raises(SafetyCaseError) as error:
        parse_hazards(text.replace(old, new))
    assert str(error.value.what).startswith(f"hazards.md:{line}: ")
    assert what in error.value.what


def test_a_measure_is_never_missing() -> None:
    text = document()
    start, end = text.index("  - *gate:*"), text.index("- **Residual")
    with pytest.raises(SafetyCaseError, match=r"hazards\.md:18: H-01: the field is empty"):
        parse_hazards(text[:start] + text[end:])


def test_an_id_that_is_there_twice_is_named_with_both_lines() -> None:
    with pytest.raises(SafetyCaseError, match=r"hazards\.md:41: a hazard's id is there twice") as error:
        parse_hazards(document(hazard("H-01"), hazard("H-02"), hazard("H-01")))
    assert error.value.value == "H-01, first on line 9"


def test_a_file_without_a_hazard_or_without_text_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(SafetyCaseError, match="no hazard in this file"):
        parse_hazards("# Hazards\n")
    with pytest.raises(SafetyCaseError, match="cannot be read"):
        read_hazards(tmp_path / "hazards.md")


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.parent.name)
def test_every_shipped_cell_has_hazards_that_can_be_read(cell: Path) -> None:
    hazards = read_hazards(cell.parent / "hazards.md")
    assert 20 <= len(hazards) <= 40
    assert [found.identifier for found in hazards] == sorted(found.identifier for found in hazards)
    assert all(any(measure.is_testable for measure in found.measures) for found in hazards)
