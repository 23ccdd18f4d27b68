"""How long one joint takes to stop and how far it goes, in closed form: jerk, acceleration and speed at their limits.

Source: a stop of constant jerk from steady speed v: the deceleration ramps up to p, holds, and ramps down, where
p = min(A, sqrt(J·v)). Then t = v/p + p/J, and, as the motion is symmetric about its middle, the way is v·t/2.
"""

from __future__ import annotations

import math


def stopping_time_s(velocity: float, acceleration: float, jerk: float) -> float:
    """Return the shortest time to rest from a steady speed."""
    push = min(acceleration, math.sqrt(jerk * velocity))
    return velocity / push + push / jerk


def stopping_way(velocity: float, acceleration: float, jerk: float) -> float:
    """Return the way to rest in that time, in the unit of the speed times seconds."""
    return 0.5 * velocity * stopping_time_s(velocity, acceleration, jerk)


def velocity_that_stops_within(time_s: float, acceleration: float, jerk: float) -> float:
    """Return the highest steady speed from which the joint comes to rest in that time."""
    if time_s >= 2.0 * acceleration / jerk:
        return acceleration * (time_s - acceleration / jerk)
    return 0.25 * jerk * time_s**2
