"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from spinal.report.statistics import Rate

THIN_SPACE = "\u202f"


def percent(share: float) -> str:
    """Return a share in percent with as many digits as it needs to differ from 0 and 100; a dash for none."""
    if not math.isfinite(share):
        return "–"
    for digits in (0, 1, 2, 3):
        text = f"{100 * share:.{digits}f}"
        if (float(text) not in (0.0, 100.0)) or share in (0.0, 1.0):
            return f"{text}{THIN_SPACE}%"
    return ("> 99.999" if share > 0.5 else "< 0.001") + f"{THIN_SPACE}%"


def interval(rate: Rate) -> str:
    """Return the interval of a rate, for example `65 % to 97 %`."""
    return f"{percent(rate.low)} to {percent(rate.high)}"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return `1 order` or `20 orders`."""
    return f"{grouped(number)} {one if number == 1 else many or one + 's'}"


def grouped(number: int) -> str:
    """Return a whole number with thin spaces between its thousands."""
    return f"{number:,}".replace(",", THIN_SPACE)


def seconds(value: float | None) -> str:
    """Return a duration: `6.1 s`, `2 min 31 s`, `1 h 5 min`; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def nanoseconds(value: float | None) -> str:
    """Return a short duration with a fitting unit: `850 ns`, `12.4 µs`, `3.1 ms`; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    for unit, scale in (("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)):
        if abs(value) < 1000 * scale or unit == "s":
            scaled = value / scale
            return f"{scaled:.0f} {unit}" if unit == "ns" or scaled >= 100 else f"{scaled:.1f} {unit}"
    return "–"


def listing(parts: Sequence[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def plain_outcome(outcome: str) -> str:
    """Return an outcome's name without underscores."""
    return outcome.replace("_", " ")
