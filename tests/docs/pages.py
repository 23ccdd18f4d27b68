"""The documents, and what is read out of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")


def text_of(page: str) -> str:
    """Return a document's text."""
    return (ROOT / page).read_text(encoding="utf-8")


def shell_lines(text: str) -> Iterator[str]:
    """Yield the commands of the blocks marked `sh`, without their comments."""
    for language, body in FENCE.findall(text):
        if language == "sh":
            for line in body.splitlines():
                command = re.sub(r"\s+#.*$", "", line).strip()
                if command:
                    yield command


def inline_code(text: str) -> Iterator[str]:
    """Yield what stands between single backticks, outside of blocks."""
    yield from INLINE.findall(FENCE.sub("", text))


def table_under(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, cells stripped, without its head."""
    _, _, after = text.partition(f"{heading}\n")
    assert after, f"no heading {heading!r}"
    rows: list[list[str]] = []
    for line in after.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            break
        elif line.startswith("#"):
            raise AssertionError(f"no table under {heading!r}")
    return rows[2:]
