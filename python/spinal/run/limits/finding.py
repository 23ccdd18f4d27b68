"""One thing that is wrong, or odd, with a safety profile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """An error keeps a profile from being signed; a warning says what a person should know."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, the value, what would be right, and what to do. `key` names the limit, where it is one."""

    severity: Severity
    key: str
    what: str
    value: object = None
    allowed: object = None
    next_step: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "severity": str(self.severity),
            "key": self.key,
            "what": self.what,
            "value": self.value if isinstance(self.value, int | float) else _text(self.value),
            "allowed": self.allowed if isinstance(self.allowed, int | float) else _text(self.allowed),
            "next_step": self.next_step,
        }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
