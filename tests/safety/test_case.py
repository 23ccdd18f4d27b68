"""A hazard is green only when every test of it passed on exactly this code; what is unknown is red."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from samples import document, hazard

from spinal.errors import SafetyCaseError
from spinal.safety.case import Case, Colour, Profile, State, build_case
from spinal.safety.hazards import parse_hazards
from spinal.safety.origin import Origin
from spinal.safety.results import Outcome, Result, Results
from spinal.safety.traces import Trace
from spinal.safety.write import as_json, write_page

NOW = Origin(code_sha256="c" * 64, commit="a" * 40, is_committed=True, at="2026-11-22T10:00:00+00:00", machine="Linux")
OTHER = replace(NOW, code_sha256="d" * 64)
DIRTY = replace(NOW, is_committed=False)
STRANGE = '<script>alert("H")</script>'


def trace(name: str = "test_a", *, hazards: tuple[str, ...] = ("H-01",), layer: str = "gate") -> Trace:
    return Trace(path="tests/a.py", line=7, name=name, hazards=hazards, layer=layer)


def case_of(
    *traces: Trace,
    outcome: Outcome = Outcome.PASSED,
    origin: Origin = NOW,
    now: Origin = NOW,
    title: str = "Impact",
    parts: tuple[str, ...] = ("arm", "people"),
) -> Case:
    results = {("tests/a.py", found.name): Result(outcome=outcome, cases=1, origin=origin) for found in traces}
    return build_case(
        parse_hazards(document(hazard(title=title)).replace("*gate:*", "*gate with [arm], [people]:*")),
        traces,
        Results(rust={}, python=results, origins={"python": origin}),
        now,
        cell="small",
        profile=Profile(name="limits.toml", sha256="e" * 64, signer=None, parts=parts),
    )


def test_a_hazard_whose_tests_passed_on_this_code_is_green() -> None:
    case = case_of(trace(), trace("test_b"))
    assert (case.claims[0].colour, case.claims[0].reason) == (Colour.GREEN, "all 2 tests passed")
    assert case.is_held


def test_a_hazard_without_a_test_is_red() -> None:
    case = case_of()
    assert (case.claims[0].colour, case.claims[0].reason) == (Colour.RED, "no test names it")
    assert not case.is_held


@pytest.mark.parametrize(
    ("outcome", "origin", "now", "state", "colour"),
    [
        (Outcome.FAILED, NOW, NOW, State.FAILED, Colour.RED),
        (Outcome.NOT_RUN, NOW, NOW, State.NOT_RUN, Colour.RED),
        (Outcome.PASSED, OTHER, NOW, State.OLDER, Colour.RED),
        (Outcome.PASSED, NOW, OTHER, State.OLDER, Colour.RED),
        (Outcome.FAILED, OTHER, NOW, State.OLDER, Colour.RED),
        (Outcome.PASSED, DIRTY, DIRTY, State.UNCOMMITTED, Colour.AMBER),
        (Outcome.PASSED, DIRTY, NOW, State.UNCOMMITTED, Colour.AMBER),
        (Outcome.PASSED, NOW, DIRTY, State.UNCOMMITTED, Colour.AMBER),
        (Outcome.PASSED, NOW, NOW, State.PASSED, Colour.GREEN),
    ],
)
def test_only_a_pass_on_exactly_this_committed_code_is_green(
    outcome: Outcome, origin: Origin, now: Origin, state: State, colour: Colour
) -> None:
    claim = case_of(trace(), outcome=outcome, origin=origin, now=now).claims[0]
    assert (claim.evidence[0].state, claim.colour) == (state, colour)
    assert claim.measures[0].colour is colour


def test_one_test_that_did_not_pass_makes_its_hazard_red() -> None:
    case = case_of(trace())
    (claim,) = case.claims
    bad = replace(claim.evidence[0], state=State.NOT_RUN)
    assert replace(claim, evidence=(*claim.evidence, bad)).colour is Colour.RED


def test_a_measure_that_no_test_of_its_layer_holds_makes_its_hazard_red() -> None:
    case = case_of(trace(layer="monitor"))
    assert (case.claims[0].colour, case.claims[0].reason) == (Colour.RED, "no test holds: gate")
    assert [held.colour for held in case.claims[0].measures] == [Colour.RED, None]


def test_a_measure_whose_part_of_the_profile_the_cell_does_not_have_makes_its_hazard_red() -> None:
    case = case_of(trace(), parts=("arm",))
    assert (case.claims[0].colour, case.claims[0].reason) == (Colour.RED, "the profile has no [people]")
    assert case.claims[0].measures[0].missing == ("people",)


def test_a_test_that_names_an_unknown_hazard_is_an_error() -> None:
    with pytest.raises(SafetyCaseError, match=r"tests/a\.py:7: test_a names a hazard that hazards.md does not have"):
        case_of(trace(hazards=("H-01", "H-99")))


class Page(HTMLParser):
    """What a page loads and whether its tags fit."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "link", "img", "br", "path", "rect"):
            self.open.append(tag)
        self.loads += [str(given[name]) for name in ("src", "data", "xlink:href") if name in given]
        self.ids += [str(given["id"])] if "id" in given else []
        if "href" in given:
            self.links.append(str(given["href"]))
        if tag in ("script", "iframe", "link", "object", "embed"):
            self.loads.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("path", "rect")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_loads_nothing_and_says_first_what_it_does_not_claim(tmp_path: Path) -> None:
    case = case_of(trace(), title=STRANGE)
    write_page(case, tmp_path / "made" / "case.html")
    text = (tmp_path / "made" / "case.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert (page.open, page.loads) == ([], [])
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert not re.search(r"url\((?!#)", text)
    assert "<script" not in text
    assert text.index("claims no performance level") < text.index("All 1 hazard")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (case_of(trace(), parts=()), ("✗ not held", "not in this profile: [arm] [people]")),
        (case_of(), ("✗ not held", "no test names it", "✗ 1 of 1 hazard not held")),
        (case_of(trace(), outcome=Outcome.FAILED), ("✗ not held", "✗ failed")),
        (case_of(trace(), origin=OTHER), ("✗ not held", "✗ result older than the code", "on other code than this")),
        (case_of(trace(), now=DIRTY), ("▲ uncommitted", "work tree differs from the commit")),
        (case_of(trace()), ("✓ held", "✓ passed", "tests/a.py:7", "All 1 hazard")),
    ],
    ids=["not in the profile", "bare", "failed", "older", "uncommitted", "green"],
)
def test_the_page_says_each_state_in_words_and_colour(case: Case, words: tuple[str, ...], tmp_path: Path) -> None:
    write_page(case, tmp_path / "case.html")
    text = (tmp_path / "case.html").read_text(encoding="utf-8")
    assert all(word in text for word in words)
    assert f'<tr class="{case.claims[0].colour}">' in text
    assert f'<p class="verdict {case.claims[0].colour}">' in text
    assert re.findall(r'<div class="tile (\w+)">', text) == [str(case.claims[0].colour)]


def test_the_json_tells_what_the_page_tells() -> None:
    told = as_json(case_of(trace()))
    assert (told["hazards"], told["green"], told["red"], told["is_held"]) == (1, 1, 0, True)
    (test,) = told["claims_by_hazard"]["H-01"]["tests"]
    assert (test["place"], test["state"]) == ("tests/a.py:7", "passed")
