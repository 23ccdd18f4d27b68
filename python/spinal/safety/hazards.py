"""hazards.md → hazards: the document that a safety engineer edits, read strictly so that nothing is lost unnoticed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from spinal.errors import SafetyCaseError

ID = re.compile(r"H-\d{2}")
HEADING = re.compile(r"## (H-\d{2}) (\S.*)")
LOOKS_LIKE_A_HAZARD = re.compile(r"#+\s*H-?\d|#+\s*Hazard\b")
FIELD = re.compile(r"- \*\*([A-Z][a-z ]+):\*\*(?: (.*))?")
MEASURE = re.compile(r"  - \*([a-z]+)(?: with (\[[a-z_]+\](?:, \[[a-z_]+\])*))?:\* (\S.*)")
FIELDS = (
    "Situation",
    "Cause",
    "Consequence",
    "Severity",
    "Exposure",
    "Avoidance",
    "Measures",
    "Residual risk",
    "Integrator",
)
GRADES = {
    "Severity": ("material", "slight", "serious", "fatal"),
    "Exposure": ("none", "seldom", "frequent", "continuous"),
    "Avoidance": ("possible", "hardly", "irrelevant"),
}
ORGANISATION = "organisation"
LAYERS = {
    "admission": "a whole proposal is judged before it may move anything",
    "gate": "every tick: a verified stop, or along the stored one",
    "monitor": "independent, on what is measured",
    "watchdog": "silence and lateness end in a stop",
    "input": "what is sensed, before anything decides",
    "supervisor": "the attempt and its outcome",
    "orders": "what the shop floor asked for",
    "journal": "what happened, so that it can be proved",
    "profile": "the limits as files",
    "authority": "who may write what",
    "operator": "the live page",
    ORGANISATION: "people and hardware; no test here can hold it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How bad, how often or how avoidable, in one word of a fixed scale and the reason."""

    word: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is done against a hazard, the layer that does it, and the parts of the profile that it needs."""

    layer: str
    text: str
    needs: tuple[str, ...] = ()

    @property
    def is_testable(self) -> bool:
        """Say whether a test of this repository can hold it."""
        return self.layer != ORGANISATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One hazard as it stands in hazards.md."""

    identifier: str
    title: str
    line: int
    situation: str
    cause: str
    consequence: str
    severity: Grade
    exposure: Grade
    avoidance: Grade
    measures: tuple[Measure, ...]
    residual_risk: str
    integrator: str


def read_hazards(path: Path) -> tuple[Hazard, ...]:
    """Return the hazards of the file in their order; a SafetyCaseError names the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SafetyCaseError(
            f"{path} cannot be read",
            value=error,
            next_step="a cell needs a hazards.md; copy the form of cells/bin-picking/hazards.md",
        ) from None
    return parse_hazards(text, str(path))


def parse_hazards(text: str, name: str = "hazards.md") -> tuple[Hazard, ...]:
    """Return the hazards of the text; `name` stands in the messages of errors."""
    found: dict[str, Hazard] = {}
    for block in _blocks(text, name):
        hazard = block.hazard()
        if hazard.identifier in found:
            _wrong(
                name,
                block.line,
                "a hazard's id is there twice",
                value=f"{hazard.identifier}, first on line {found[hazard.identifier].line}",
                next_step="give the new hazard the next free number",
            )
        found[hazard.identifier] = hazard
    if not found:
        _wrong(name, 1, "no hazard in this file", allowed="a heading `## H-01 Title` for each hazard")
    return tuple(found.values())


class _Block:
    """The lines of one hazard, field by field."""

    def __init__(self, name: str, line: int, heading: str) -> None:
        self.name = name
        self.line = line
        match = HEADING.fullmatch(heading)
        if match is None:
            _wrong(name, line, "this heading is no hazard", value=heading, allowed="`## H-01 Title`, two digits")
        self.identifier, self.title = match[1], match[2]
        self.fields: dict[str, list[str]] = {}
        self.lines: dict[str, int] = {}
        self.measures: list[tuple[str, tuple[str, ...], list[str]]] = []

    def take(self, line: int, text: str) -> None:
        """Take one line below the heading."""
        if not text.strip():
            return
        current = next(reversed(self.fields), None)
        field = FIELD.fullmatch(text)
        if field is not None:
            self._begin(line, field[1], (field[2] or "").strip())
        elif current == "Measures":
            measure = MEASURE.fullmatch(text)
            if measure is not None:
                needs = tuple(part.strip("[]") for part in (measure[2] or "").split(", ") if part)
                self._begin_measure(line, measure[1], needs, measure[3])
            elif text.startswith("    ") and self.measures:
                self.measures[-1][2].append(text.strip())
            else:
                _wrong(
                    self.name, line, f"{self.identifier}: this is no measure", value=text, allowed="`  - *layer:* text`"
                )
        elif current is not None and text.startswith("  "):
            self.fields[current].append(text.strip())
        else:
            _wrong(
                self.name,
                line,
                f"{self.identifier}: a line that belongs to no field",
                value=text,
                allowed="`- **Field:** text`, going on with two spaces",
            )

    def _begin(self, line: int, field: str, text: str) -> None:
        if field in self.fields:
            _wrong(self.name, line, f"{self.identifier}: the field is there twice", value=field)
        expected = FIELDS[len(self.fields)] if len(self.fields) < len(FIELDS) else None
        if field != expected:
            _wrong(
                self.name,
                line,
                f"{self.identifier}: a field that is not expected here",
                value=field,
                allowed=expected or "nothing more; the fields are " + ", ".join(FIELDS),
            )
        self.fields[field] = [text] if text else []
        self.lines[field] = line

    def _begin_measure(self, line: int, layer: str, needs: tuple[str, ...], text: str) -> None:
        if layer not in LAYERS:
            _wrong(
                self.name,
                line,
                f"{self.identifier}: no layer of measures has this name",
                value=layer,
                allowed=", ".join(LAYERS),
            )
        if any(layer == known[0] for known in self.measures):
            _wrong(self.name, line, f"{self.identifier}: a layer has one measure; join them", value=layer)
        self.measures.append((layer, needs, [text]))

    def hazard(self) -> Hazard:
        """Return the hazard; what is missing is an error."""
        missing = [field for field in FIELDS if field not in self.fields]
        if missing:
            _wrong(self.name, self.line, f"{self.identifier}: fields are missing", value=", ".join(missing))
        for field, parts in self.fields.items():
            if not (self.measures if field == "Measures" else parts):
                _wrong(self.name, self.lines[field], f"{self.identifier}: the field is empty", value=field)
        if self.fields["Measures"]:
            _wrong(
                self.name,
                self.lines["Measures"],
                f"{self.identifier}: measures are a list",
                allowed="`  - *layer:* text`",
            )
        return Hazard(
            identifier=self.identifier,
            title=self.title,
            line=self.line,
            situation=self._text("Situation"),
            cause=self._text("Cause"),
            consequence=self._text("Consequence"),
            severity=self._grade("Severity"),
            exposure=self._grade("Exposure"),
            avoidance=self._grade("Avoidance"),
            measures=tuple(
                Measure(layer=layer, text=" ".join(text), needs=needs) for layer, needs, text in self.measures
            ),
            residual_risk=self._text("Residual risk"),
            integrator=self._text("Integrator"),
        )

    def _text(self, field: str) -> str:
        return " ".join(self.fields[field])

    def _grade(self, field: str) -> Grade:
        word, _, why = self._text(field).partition(";")
        if word not in GRADES[field] or not why.strip():
            _wrong(
                self.name,
                self.lines[field],
                f"{self.identifier}: {field.lower()} is a word of its scale, a semicolon and the reason",
                value=self._text(field),
                allowed=", ".join(GRADES[field]),
            )
        return Grade(word=word, why=why.strip())


def _blocks(text: str, name: str) -> Iterator[_Block]:
    """Yield the hazards; what stands before the first one is for people only."""
    block: _Block | None = None
    for line, content in enumerate(text.splitlines(), start=1):
        is_heading = content.startswith("#")
        if is_heading and (block is not None or LOOKS_LIKE_A_HAZARD.match(content)):
            if block is not None:
                yield block
            block = _Block(name, line, content)
        elif block is not None:
            block.take(line, content)
    if block is not None:
        yield block


def _wrong(name: str, line: int, what: str, **parts: str) -> NoReturn:
    raise SafetyCaseError(f"{name}:{line}: {what}", **parts)
