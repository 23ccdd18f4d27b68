"""Which Python code decides how a scene goes, as one hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
TELLING = frozenset({"cli", "console", "floor", "learn", "qualify", "report", "safety"})
"""Packages that ask, tell or teach: a scene goes the same whatever stands in them."""


def code_sha256(package: Path = PACKAGE) -> str:
    """Return the SHA-256 over names and bytes of every Python file that may change how a scene goes."""
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package)
        if name.parts[0] not in TELLING:
            digest.update(f"{name.as_posix()}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
