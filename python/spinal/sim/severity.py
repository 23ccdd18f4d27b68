"""Shifts as a matter of degree: a distribution whose axes are there by a share between nothing and what is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from spinal.errors import SceneError
from spinal.sim.distribution import Axis, Distribution, Ranges


def gradual_axes(distribution: Distribution) -> tuple[str, ...]:
    """Return the shifts that can be there in part: those that come by chance and move a range of real numbers."""
    return tuple(
        axis.name for axis in distribution.axes if axis.probability > 0.0 and _moved(distribution, axis, 1.0, {})
    )


def with_severities(distribution: Distribution, severities: Mapping[str, float]) -> Distribution:
    """Return the distribution with these shifts in every scene and no other by chance.

    0 leaves the ranges as they are, 1 is the axis as declared, and between them both ends of a range move in a line. If
    two axes move one range, they do so one after the other in the order of the file, whatever the order here, so that
    the later wins when it is there wholly. Of a group only the axis that is there most counts. SceneError for an axis
    that is not gradual or a severity outside 0 to 1.
    """
    known = gradual_axes(distribution)
    for name, severity in severities.items():
        if name not in known:
            raise SceneError(
                f"the distribution '{distribution.name}' has no shift of this name that can be there in part",
                value=name,
                allowed=", ".join(known) or "none",
                next_step="name one of these",
            )
        if not 0.0 <= severity <= 1.0:
            raise SceneError(
                f"the severity of '{name}' is no share", value=severity, allowed="0 to 1", next_step="correct it"
            )
    update: dict[str, Any] = {}
    for axis in distribution.axes:
        severity = severities.get(axis.name, 0.0)
        if severity > 0.0 and axis == _strongest(distribution, axis, severities):
            update |= _moved(distribution, axis, severity, update)
    ranges = Ranges.model_validate({**distribution.ranges.model_dump(), **update})
    return replace(distribution, ranges=ranges, axes=(), qualification=None)


def _strongest(distribution: Distribution, axis: Axis, severities: Mapping[str, float]) -> Axis:
    """Return the axis of this one's group that is there most, the first in the file among equals."""
    rivals = [other for other in distribution.axes if axis.group is not None and other.group == axis.group]
    return max(rivals or [axis], key=lambda other: severities.get(other.name, 0.0))


def _moved(
    distribution: Distribution, axis: Axis, severity: float, before: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Return the ranges of real numbers that an axis replaces, moved by this share of the way from where they were."""
    moved = {}
    for key, there in axis.replaced:
        base = before.get(key, getattr(distribution.ranges, key))
        if isinstance(there, tuple) and all(isinstance(end, float) for end in (*there, *base)):
            low, high = ((1.0 - severity) * one + severity * other for one, other in zip(base, there, strict=True))
            moved[key] = (low, high)
    return moved
