"""What can be wrong with how people are kept safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from spinal.cell import Cell, ContactLimits, SeparationLimits
from spinal.run.limits.finding import Finding, Severity
from spinal.run.people import contact_of
from spinal.sim.person import SCAN_NS
from spinal.sim.robot import arm_description

WALK_M_S: Final = 1.6
"""How fast people walk where nobody measures it. Source: ISO 13855."""


def check_people(cell: Cell) -> Iterator[Finding]:
    """Yield a separation that nobody can measure or that counts on slow people, and a contact with a lighter robot."""
    people = cell.limits.people
    if people.separation is not None:
        yield from _separation(cell, people.separation)
    if people.contact is not None:
        yield from _contact(cell, people.contact)


def _separation(cell: Cell, terms: SeparationLimits) -> Iterator[Finding]:
    if cell.geometry is None:
        yield Finding(
            severity=Severity.ERROR,
            key="people.separation",
            what="without the robot's shape nobody knows how near a person is",
            allowed="a cell with geometry.toml and [clearance]",
            next_step=f"spinal geometry generate {cell.folder}",
        )
    tick_ms, look_ms = 1e3 / cell.limits.tick_hz, SCAN_NS * 1e-6
    if not terms.reading_age_max_ms >= look_ms:
        yield Finding(
            severity=Severity.ERROR,
            key="people.separation.reading_age_max_ms",
            what="the scanner does not look so often: between its looks a person is everywhere and the robot stands",
            value=terms.reading_age_max_ms,
            allowed=f"at least {look_ms:.6g} ms, and what it takes to tell",
            next_step="believe a reading for longer, or take a quicker scanner",
        )
    if not terms.reaction_ms >= tick_ms:
        yield Finding(
            severity=Severity.ERROR,
            key="people.separation.reaction_ms",
            what="System 1 alone takes up to a tick to see a reading, and the robot's controller comes on top",
            value=terms.reaction_ms,
            allowed=f"at least {tick_ms:.6g} ms at this tick_hz",
            next_step="write how long everything after the scanner takes",
        )
    if not terms.human_speed_m_s >= WALK_M_S:
        yield Finding(
            severity=Severity.WARNING,
            key="people.separation.human_speed_m_s",
            what="people walk faster than that where nobody measures their speed",
            value=terms.human_speed_m_s,
            allowed=f"at least {WALK_M_S} m/s",
            next_step=f"write {WALK_M_S}, or say in hazards.md why nobody walks faster here",
        )
    if not terms.human_speed_min_m_s <= terms.human_speed_m_s:
        yield Finding(
            severity=Severity.WARNING,
            key="people.separation.human_speed_min_m_s",
            what="a person whose speed is measured counts as faster than one whose speed nobody knows",
            value=terms.human_speed_min_m_s,
            allowed=f"at most human_speed_m_s, {terms.human_speed_m_s:.6g} m/s",
            next_step="raise human_speed_m_s, or lower human_speed_min_m_s",
        )


def _contact(cell: Cell, contact: ContactLimits) -> Iterator[Finding]:
    arm = arm_description()
    heaviest_kg = max((sku.mass_kg + sku.mass_tolerance_kg for sku in cell.config.skus.values()), default=0.0)
    for key, needed_kg, what in (
        ("moving_mass_kg", float(np.sum(arm["mass_kg"])), "the moving parts of the arm"),
        ("payload_kg", float(arm["tool_mass_kg"]) + heaviest_kg, "tool and heaviest SKU"),
    ):
        value, needed_kg = float(getattr(contact, key)), round(needed_kg, 6)
        if not value >= needed_kg:
            yield Finding(
                severity=Severity.ERROR,
                key=f"people.contact.{key}",
                what=f"{what} weigh more: a contact would be harder than was worked out",
                value=value,
                allowed=f"at least {needed_kg:.4g} kg",
                next_step=f"raise {key}",
            )
    speed = contact_of(contact)
    if speed.robot_speed_max_m_s == 0.0:
        yield Finding(
            severity=Severity.WARNING,
            key="people.contact.human_speed_m_s",
            what="the person, and what the robot may be too fast by, leave nothing: near people it stands still",
            value=contact.human_speed_m_s,
            allowed=f"below {speed.relative_speed_max_m_s - contact.robot_speed_uncertainty_m_s:.3f} m/s",
            next_step="use mode separation, or a gentler tool",
        )
