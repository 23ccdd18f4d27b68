"""What the documents say is so: links and paths exist, tables tell what the code tells."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pages import PAGES, ROOT, inline_code, shell_lines, table_under, text_of
from pydantic import BaseModel

from spinal import _core
from spinal.cell import CellConfig, GeometryFile, Limits, load_cell
from spinal.decide import Manifest
from spinal.run.channels import make_channels
from spinal.sim.declaration import Qualification, Slice
from spinal.sim.distribution import Ranges

PICTURE_BYTES_MAX = 400_000
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"^(?:crates|python|docs|tests|cells|examples|benchmarks|tools|\.ci)/[\w./\-]+$")
NAMED_TEST = re.compile(r"^((?:crates|tests)/[\w./]+\.(?:rs|py))::(\w+)$")
MADE_BY_MEASURING = {"docs/measurements.json"}
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@EVERY_PAGE
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    broken = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert not broken, f"{page.name} links to {broken}"


@EVERY_PAGE
def test_every_path_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    words = [*inline_code(text), *(word for line in shell_lines(text) for word in line.split())]
    named = {word.partition("::")[0].rstrip("/") for word in words if PATH.match(word.partition("::")[0])}
    missing = sorted(name for name in named - MADE_BY_MEASURING if not (ROOT / name).exists())
    assert not missing, f"{page.name} names {missing}"


@EVERY_PAGE
def test_every_test_that_is_named_exists(page: Path) -> None:
    for code in inline_code(page.read_text(encoding="utf-8")):
        named = NAMED_TEST.match(code)
        if named:
            source = (ROOT / named[1]).read_text(encoding="utf-8")
            assert re.search(rf"\b(?:fn|def) {named[2]}\b", source), f"{page.name} names {code}"


def test_each_invariant_names_what_holds_it() -> None:
    rows = table_under(text_of("ARCHITECTURE.md"), "## Invariants and the tests that hold them")
    assert len(rows) > 20
    for invariant, holders in rows:
        assert list(inline_code(holders)), f"nothing holds: {invariant}"
    assert (ROOT / "crates/gate/src/command.rs").read_text(encoding="utf-8").count("compile_fail") == 2


def test_the_readme_begins_with_the_two_commands_and_a_picture_under_them() -> None:
    text = text_of("README.md")
    commands = [line.split()[:2] for line in shell_lines(text)]
    assert commands[:2] == [["make", "demo"], ["make", "test"]]
    assert text.splitlines()[2:5][0] == "```sh"
    assert text.index("docs/pictures/cell.png") < text.index("\n## ")
    targets = set(re.findall(r"^([a-z\-]+):", text_of("Makefile"), re.MULTILINE))
    assert {"demo", "test"} <= targets


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    large = {picture.name: picture.stat().st_size for picture in pictures}
    assert max(large.values()) < PICTURE_BYTES_MAX, large


def test_the_measuring_script_finds_its_place() -> None:
    text = text_of("docs/measurements.md")
    assert text.index("<!-- measured: begin -->") < text.index("<!-- measured: end -->")


def test_the_table_of_triggers_is_the_code_s() -> None:
    source = text_of("crates/reflex/src/trigger.rs")
    names = dict(re.findall(r"Self::(\w+) => \"(\w+)\"", source))
    stops = {name: stop.upper() for name, stop in _arms(source, "fn stop", r"Mode::(\w+)", names)}
    clears = {name: _words(what) for name, what in _arms(source, "fn clears", r"Clears::(\w+)", names)}
    told = {}
    for trigger, stop, cleared, _ in table_under(text_of("ARCHITECTURE.md"), "## Stops and triggers"):
        told[trigger.strip("`")] = (stop, cleared)
    assert told.pop("none") == ("–", "–")
    del stops["none"], clears["none"]
    assert told == {name: (stops[name], clears[name]) for name in stops}


def test_the_table_of_channels_is_what_a_run_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("spinal.run.channels.SHARED_MEMORY", tmp_path)
    made = {file.name for file in make_channels(load_cell(ROOT / "cells" / "bin-picking"), "documents").iterdir()}
    rows = table_under(text_of("ARCHITECTURE.md"), "## Processes of a real-time run")
    assert {row[0].strip("*") for row in rows} == {"reflex", "decide", "plant", "host"}
    channels = table_under(text_of("ARCHITECTURE.md"), "Every message carries a check value.")
    told = {name for row in channels for name in inline_code(row[0])}
    frames = {name for name in made if name.startswith("frame-")}
    assert "frame-overview" in frames
    assert told == (made - frames - {"holder"}) | {"frame-<camera>"}
    for name, kind, *_ in channels:
        slots = re.match(r"Ring, (\d+)", kind)
        if slots:
            _check_slots(tmp_path / "spinal-documents" / name.strip("`"), int(slots[1]))


@pytest.mark.parametrize(
    "model", [CellConfig, Limits, GeometryFile, Manifest, Ranges, Qualification, Slice], ids=lambda kind: kind.__name__
)
def test_every_key_of_a_cell_s_files_is_told(model: type[BaseModel]) -> None:
    told = {word for code in inline_code(text_of("docs/cell-files.md")) for word in re.findall(r"\w+", code)}
    missing = sorted(set(_keys(model)) - told)
    assert not missing, f"docs/cell-files.md does not tell {missing}"


def test_every_axis_that_is_counted_is_declared() -> None:
    declared = tomllib.loads(text_of("cells/bin-picking/deployment.toml"))["axes"]
    words = {10: "ten", 11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen"}
    assert f"declares {words[len(declared)]} shifts" in text_of("docs/learning.md")


def _arms(source: str, function: str, value: str, names: dict[str, str]) -> list[tuple[str, str]]:
    """Return (name, value) of every arm of the match in a function."""
    body = source.partition(function)[2].partition("\n    }\n")[0]
    arms = re.findall(rf"((?:\|?\s*Self::\w+\s*)+)=> (?:\{{\s*)?{value}", body)
    return [(names[variant], found) for variants, found in arms for variant in re.findall(r"Self::(\w+)", variants)]


def _words(camel: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r" \1", camel).lower()


def _check_slots(path: Path, slots: int) -> None:
    _core.Ring.reader(path)
    writer = _core.Ring.writer(path)
    taken = sum(writer.push(b"x") for _ in range(slots + 1))
    assert taken == slots, f"{path.name} holds {taken} messages"


def _keys(model: type[BaseModel]) -> list[str]:
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(name)
        inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
        models: list[Any] = [part for part in inner if isinstance(part, type) and issubclass(part, BaseModel)]
        keys += [key for part in models for key in _keys(part)]
    return keys
