"""Values as JSON can say them."""

from __future__ import annotations

import math
from collections.abc import Mapping


def to_plain(value: object) -> object:
    """Return the value with NaN and infinity, which JSON cannot say, as None, and tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): to_plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
