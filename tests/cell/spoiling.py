"""Cell files that a test makes wrong."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "cells" / "bin-picking"


def spoil(file: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def spoil_joint(file: Path, joint: str, limit: str, value: str) -> None:
    """Give a joint another limit."""
    head, _, tail = file.read_text(encoding="utf-8").partition(f"[joints.{joint}]\n")
    lines = tail.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(f"{limit} ="))
    lines[place] = f"{limit} = {value}"
    file.write_text("\n".join([f"{head}[joints.{joint}]", *lines, ""]), encoding="utf-8")
