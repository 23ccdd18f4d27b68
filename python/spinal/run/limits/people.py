"""What can be wrong with how people are kept safe."""

from __future__ import annotations

from collections.abc import Iterator

from spinal.cell import Cell
from spinal.run.limits.finding import Finding, Severity
from spinal.run.people import contact_of


def check_people(cell: Cell) -> Iterator[Finding]:
    """Yield a separation that nobody can measure, and a contact that allows no motion."""
    people = cell.limits.people
    if people.separation is not None and cell.geometry is None:
        yield Finding(
            severity=Severity.ERROR,
            key="people.separation",
            what="without the robot's shape nobody knows how near a person is",
            allowed="a cell with geometry.toml and [clearance]",
            next_step=f"spinal geometry generate {cell.folder}",
        )
    if people.contact is not None and contact_of(people.contact).robot_speed_max_m_s == 0.0:
        yield Finding(
            severity=Severity.WARNING,
            key="people.contact.human_speed_m_s",
            what="the person alone is faster than a contact may be: near people the robot stands still",
            value=people.contact.human_speed_m_s,
            allowed=f"below {contact_of(people.contact).relative_speed_max_m_s:.3f} m/s",
            next_step="use mode separation, or a gentler tool",
        )
