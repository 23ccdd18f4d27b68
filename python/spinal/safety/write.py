"""The safety case as one self-contained page for people, and as one object for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spinal.safety import words
from spinal.safety.case import Case, Colour, Evidence, worst
from spinal.safety.hazards import LAYERS

PACKAGE = "spinal.safety"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one layer contributes over all hazards. `bare` are the hazards for which it has a measure and no test."""

    name: str
    what: str
    hazards: int
    tests: int
    colour: Colour | None
    bare: tuple[str, ...]


def write_page(case: Case, out: Path) -> None:
    """Write the page to `out`. It loads nothing, from nowhere."""
    environment = Environment(
        loader=PackageLoader(PACKAGE, "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words"] = words
    text = environment.get_template("case.html.j2").render(
        case=case,
        layers=layers_of(case),
        style=Markup(_file("case.css")),
        architecture=Markup(_file("architecture.svg")),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(out.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(out)


def layers_of(case: Case) -> tuple[Layer, ...]:
    """Return what each layer contributes, in the order of the layers; those without a measure are left out."""
    found = []
    for name, what in LAYERS.items():
        mine = [(claim, held) for claim in case.claims if (held := words.of_layer(claim, name)) is not None]
        colours = [held.colour for _, held in mine if held.colour is not None]
        if mine:
            layer = Layer(
                name=name,
                what=what,
                hazards=len(mine),
                tests=len({item.trace for _, held in mine for item in held.evidence}),
                colour=worst(colours) if colours else None,
                bare=tuple(
                    claim.hazard.identifier for claim, held in mine if held.measure.is_testable and not held.evidence
                ),
            )
            found.append(layer)
    return tuple(found)


def as_json(case: Case) -> dict[str, Any]:
    """Return the whole case as plain values."""
    return {
        "cell": case.cell,
        "claims": "no performance level, no safety integrity level, no compliance",
        "is_held": case.is_held,
        "hazards": len(case.claims),
        **{colour.value: case.count(colour) for colour in Colour},
        "tests": len(case.tests),
        "tests_passed": words.passed(case),
        "code": asdict(case.now),
        "suites": {name: asdict(origin) for name, origin in case.origins.items()},
        "profile": asdict(case.profile),
        "claims_by_hazard": {
            claim.hazard.identifier: {
                **asdict(claim.hazard),
                "colour": claim.colour.value,
                "reason": claim.reason,
                "measures": [
                    {
                        **asdict(held.measure),
                        "missing": list(held.missing),
                        "colour": held.colour.value if held.colour else None,
                        "tests": len(held.evidence),
                    }
                    for held in claim.measures
                ],
                "tests": [_test(item) for item in claim.evidence],
            }
            for claim in case.claims
        },
    }


def _test(item: Evidence) -> dict[str, Any]:
    return {
        "name": item.trace.name,
        "place": item.trace.place,
        "layer": item.trace.layer,
        "state": item.state.value,
        "cases": item.result.cases,
        "duration_s": item.result.duration_s,
        "is_duration_of_file": item.result.is_of_file,
        "at": item.result.origin.at if item.result.origin else None,
    }


def _file(name: str) -> str:
    return files(PACKAGE).joinpath("page").joinpath(name).read_text(encoding="utf-8")
