"""Changes of a cell's files, and of its signature."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def set_limit(cell: Path, key: str, value: str) -> None:
    """Give a limit (`tick_hz`, `arm.power_max_w`, `joints.elbow.torque_max_nm`) another value."""
    section, _, name = key.rpartition(".")
    text = (cell / "limits.toml").read_text(encoding="utf-8")
    start = text.index(f"[{section}]\n") if section else 0
    found = re.compile(rf"^{name} = .*$", re.MULTILINE).search(text, start)
    assert found, f"no {key}"
    changed = f"{text[: found.start()]}{name} = {value}{text[found.end() :]}"
    (cell / "limits.toml").write_text(changed, encoding="utf-8")


def read_raw(cell: Path) -> dict[str, Any]:
    """Return limits.sig as it stands."""
    raw: dict[str, Any] = json.loads((cell / "limits.sig").read_text(encoding="utf-8"))
    return raw


def write_raw(cell: Path, raw: dict[str, Any]) -> None:
    """Write limits.sig as a forger would."""
    (cell / "limits.sig").write_text(json.dumps(raw), encoding="utf-8")
