"""The page itself: self-contained, and nothing on it that another site could have put there."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from cell import FakeCell, make_snapshot, request

from spinal.console import Worker, wire
from spinal.floor import OrderState

PAGE = files("spinal.console").joinpath("page")
FILES = sorted(file.name for file in PAGE.iterdir())
# The namespace of SVG is a name, not an address that a browser would ask.
NAMESPACE = "http://www.w3.org/2000/svg"


def path_of(name: str) -> str:
    return "/" if name == "index.html" else f"/console/{name}"


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_page_comes_with_the_content_security_policy(name: str) -> None:
    answer = request(FakeCell().app(), "GET", path_of(name))
    assert answer.status_code == 200
    assert answer.content == PAGE.joinpath(name).read_bytes()
    policy = [part.strip() for part in answer.headers["content-security-policy"].split(";")]
    assert policy[0] == "default-src 'self'"
    assert "frame-ancestors 'none'" in policy
    assert not any("unsafe" in part or "*" in part or "http" in part for part in policy)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_names_no_address_outside() -> None:
    for name in FILES:
        text = PAGE.joinpath(name).read_text(encoding="utf-8").replace(NAMESPACE, "")
        assert not re.search(r"(https?|wss?|ftp)://[^$]|[\"'(]//", text), name
        assert "@import" not in text, name


def test_every_file_that_the_page_asks_for_is_there_and_used() -> None:
    asked = {"index.html"}
    for name in FILES:
        asked |= set(re.findall(r"/console/([a-z-]+\.(?:js|css|svg|html))", PAGE.joinpath(name).read_text("utf-8")))
    assert asked == set(FILES)


def test_nothing_inline_that_the_policy_would_block() -> None:
    page = PAGE.joinpath("index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page)


@pytest.mark.hazard("H-30")
def test_text_from_outside_never_becomes_markup() -> None:
    for name in FILES:
        text = PAGE.joinpath(name).read_text(encoding="utf-8")
        assert not re.search(r"(inner|outer|Adjacent)HTML|document\.write|\beval\(|new Function", text), name


@pytest.mark.hazard("H-16", "H-30")
def test_the_page_says_that_stop_is_no_safety_stop() -> None:
    page = PAGE.joinpath("index.html").read_text(encoding="utf-8")
    assert "Not a safety stop." in page
    assert "emergency stop" in page


def rust_variants(file: str, enum: str) -> set[str]:
    """Return the variants of a Rust enum in snake case."""
    source = (Path(__file__).parents[2] / "crates" / file).read_text(encoding="utf-8")
    body = source[source.index(f"pub enum {enum} {{") :]
    variants = re.findall(r"^    (\w+)(?: = \d+)?,$", body[: body.index("\n}")], flags=re.MULTILINE)
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", variant).lower() for variant in variants}


def words(table: str) -> set[str]:
    source = PAGE.joinpath("words.js").read_text(encoding="utf-8")
    body = source[source.index(f"export const {table} = {{") :]
    return set(re.findall(r"^  (\w+): ", body[: body.index("};")], flags=re.MULTILINE))


@pytest.mark.hazard("H-06", "H-30")
def test_the_page_has_words_for_every_name_that_it_may_be_given() -> None:
    assert words("MODES") == rust_variants("gate/src/command.rs", "Mode")
    assert words("TRIGGERS") == rust_variants("reflex/src/trigger.rs", "Trigger")
    assert words("CLEARS") == rust_variants("reflex/src/trigger.rs", "Clears")
    assert words("OUTCOMES") == rust_variants("gate/src/verdict.rs", "Outcome")
    assert words("ORDER_STATES") == {state.value for state in OrderState}
    assert words("WORKERS") == {worker.value for worker in Worker}


def test_the_page_reads_only_fields_that_the_snapshot_has() -> None:
    fields = set(re.findall(r'"(\w+)":', wire.encode_snapshot(make_snapshot())))
    for name in FILES:
        if not name.endswith(".js"):
            continue
        text = PAGE.joinpath(name).read_text(encoding="utf-8")
        read = set(re.findall(r"\b(?:snapshot|one|two|counts|order|verdict|joint|status)\.([a-z0-9_]+)\b", text))
        assert read <= fields, name
