"""A limit that may be left open, but only in writing."""

from __future__ import annotations

import math
from typing import Literal

from spinal.cell.config import Positive

MaybeUnlimited = Positive | Literal["unlimited"]
"""A positive number, or the word."""


def limit_value(limit: float | Literal["unlimited"]) -> float:
    """Return the limit as a number; unlimited is infinite."""
    return math.inf if limit == "unlimited" else limit
