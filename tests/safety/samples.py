"""A small hazards.md and small sources."""

from __future__ import annotations

HAZARD = """\
## {identifier} {title}

- **Situation:** A person reaches in,
  again and again.
- **Cause:** Habit.
- **Consequence:** A bruise.
- **Severity:** slight; light goods.
- **Exposure:** frequent; every hour.
- **Avoidance:** possible; it is seen.
- **Measures:**
  - *gate:* A stop is verified
    at every tick.
  - *organisation:* A fence.
- **Residual risk:** Fences are climbed.
- **Integrator:** A higher fence.
"""


def hazard(identifier: str = "H-01", title: str = "The arm strikes a person") -> str:
    """Return one well-formed hazard."""
    return HAZARD.format(identifier=identifier, title=title)


def document(*hazards: str) -> str:
    """Return a whole hazards.md."""
    for_people = "# Hazards\n\nWhat stands here is for people.\n\n## How to read\n\n- anything\n\n"
    return for_people + "\n".join(hazards or (hazard(),))
