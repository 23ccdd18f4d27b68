"""The commands of the documents: the command line takes them, REST answers them, the examples run."""

from __future__ import annotations

import ast
import asyncio
import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main
from pages import FENCE, PAGES, ROOT, inline_code, shell_lines, text_of

from spinal.cell import load_cell
from spinal.cli.app import app
from spinal.floor import Catalogue, TaskStore, create_app
from spinal.learn import LearnSettings

EXAMPLE_TIMEOUT_S = 120


def lines_of_blocks() -> list[str]:
    lines = {line for page in PAGES for line in shell_lines(page.read_text(encoding="utf-8"))}
    return sorted(line for line in lines if line.startswith("spinal "))


def words_in_text() -> list[str]:
    codes = {code for page in PAGES for code in inline_code(page.read_text(encoding="utf-8"))}
    return sorted(code for code in codes if re.match(r"spinal [a-z\-]", code))


@pytest.mark.parametrize("line", lines_of_blocks())
def test_the_command_line_takes_every_command_of_a_block(line: str) -> None:
    parse(shlex.split(line)[1:])


@pytest.mark.parametrize("line", words_in_text())
def test_commands_and_options_that_the_text_names_exist(line: str) -> None:
    words = shlex.split(line)[1:]
    command: Any = typer.main.get_command(app)
    known = {"--help", *options_of(command)}
    for word in words:
        if word in getattr(command, "commands", {}):
            command = command.commands[word]
            known |= options_of(command)
    assert words[0].startswith("-") or words[0] in typer.main.get_command(app).commands, f"no command {words[0]}"
    assert {word for word in words if word.startswith("--")} <= known


def test_an_option_that_does_not_exist_is_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["run", "cells/bin-picking", "--no-such-option"])


def parse(words: list[str]) -> None:
    """Have the command line's own parser read the words, without running anything."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("spinal", words)
    while getattr(command, "commands", None):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)


def options_of(command: Any) -> set[str]:
    """Return the long options of a command."""
    return {option for parameter in command.params for option in parameter.opts if option.startswith("--")}


def test_every_command_has_its_section() -> None:
    command: Any = typer.main.get_command(app)
    headings = re.findall(r"^## (.*)$", text_of("docs/command-line.md"), re.MULTILINE)
    missing = [name for name in command.commands if not any(f"spinal {name}" in heading for heading in headings)]
    assert not missing, f"docs/command-line.md does not tell {missing}"


def test_every_option_of_run_is_told() -> None:
    command: Any = typer.main.get_command(app)
    text = text_of("docs/command-line.md")
    missing = sorted(option for option in options_of(command.commands["run"]) if option not in text)
    assert not missing, f"docs/command-line.md does not tell {missing}"


def test_rest_answers_every_request_that_is_told(tmp_path: Path) -> None:
    skus = frozenset(load_cell(ROOT / "cells" / "bin-picking").config.skus)
    requests = [_request(line) for line in shell_lines(text_of("docs/rest.md"))]
    assert len(requests) >= 6

    async def ask(store: TaskStore) -> list[int]:
        transport = httpx.ASGITransport(app=create_app(store, version="0"))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as client:
            return [(await client.request(method, url, **options)).status_code for method, url, options in requests]

    with TaskStore.open(tmp_path / "orders.sqlite", catalogue=Catalogue(skus=skus)) as store:
        answers = asyncio.run(ask(store))
    told = list(zip((url for _, url, _ in requests), answers, strict=True))
    # A person resolves what waits for one; the example's order does not, so this alone is a conflict.
    assert [(url, status) for url, status in told if status >= 300] == [
        ("http://127.0.0.1:8321/tasks/T000001/resolve", 409)
    ]
    assert told[0][1] == 201


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_json_block_is_json(page: Path) -> None:
    for language, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "json":
            json.loads(body)


def test_every_name_that_python_blocks_import_exists() -> None:
    imports = [
        node
        for page in PAGES
        for language, body in FENCE.findall(page.read_text(encoding="utf-8"))
        if language == "python"
        for node in ast.parse(body).body
        if isinstance(node, ast.ImportFrom) and node.module is not None
    ]
    assert imports
    for node in imports:
        module = importlib.import_module(str(node.module))
        missing = [alias.name for alias in node.names if not hasattr(module, alias.name)]
        assert not missing, f"{node.module} has no {missing}"


@pytest.mark.parametrize("name", ["lockstep_pick.py", "read_journal.py", "draw_cell.py"])
def test_the_example_runs(name: str, tmp_path: Path) -> None:
    arguments = [str(tmp_path / "cell.png")] if name == "draw_cell.py" else []
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=EXAMPLE_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_course_is_told_as_it_is() -> None:
    settings, text = LearnSettings.standard(), text_of("docs/learning.md")
    words = {3: "three", 4: "four", 5: "five"}
    assert f"{settings.demonstrations} picks of the expert" in text
    assert f"{words[settings.rounds]} rounds of {settings.corrections} picks" in text
    assert f"{settings.validation} picks of the exported policy" in text
    assert f"{settings.keypoints} image points" in text


def _request(line: str) -> tuple[str, str, dict[str, Any]]:
    """Return method, address and options of a curl command."""
    words = iter(shlex.split(line))
    assert next(words) == "curl", line
    method, url, options = "", "", {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(":")
            options["headers"] = {name: value.strip()}
        elif word == "--json":
            options["json"] = json.loads(next(words))
        else:
            url = word
    return method or ("POST" if "json" in options else "GET"), url, options
