"""The section [people] of a cell → what System 1 holds."""

from __future__ import annotations

import dataclasses

from spinal import _core
from spinal.cell import ContactLimits, PeopleLimits, SeparationLimits, shipped_body_regions

MS_NS = 1_000_000


def people_limits(people: PeopleLimits) -> _core.PeopleLimits:
    """Return the limits for System 1; ValueError for a term that it cannot hold to."""
    if people.separation is None:
        return _core.PeopleLimits.fenced()
    contact = None if people.contact is None else contact_of(people.contact)
    return _core.PeopleLimits.separation(_separation(people.separation), contact)


def _separation(terms: SeparationLimits) -> _core.Separation:
    return _core.Separation(
        human_speed_m_s=terms.human_speed_m_s,
        human_speed_min_m_s=terms.human_speed_min_m_s,
        reaction_s=terms.reaction_ms * 1e-3,
        intrusion_m=terms.intrusion_m,
        human_uncertainty_m=terms.human_uncertainty_m,
        robot_uncertainty_m=terms.robot_uncertainty_m,
        person_radius_m=terms.person_radius_m,
        person_height_m=terms.person_height_m,
        reading_age_max_ns=round(terms.reading_age_max_ms * MS_NS),
        hysteresis_m=terms.hysteresis_m,
    )


def contact_of(contact: ContactLimits) -> _core.Contact:
    """Return the contact for System 1: of each reachable region the smallest value of all sources."""
    table = shipped_body_regions().regions
    return _core.Contact(
        regions=[_core.BodyRegion(**dataclasses.asdict(table[name])) for name in contact.reachable_regions],
        contact_type=contact.tool_contact,
        is_clamping_possible=contact.is_clamping_possible,
        area_m2=contact.contact_area_cm2 * 1e-4,
        moving_mass_kg=contact.moving_mass_kg,
        payload_kg=contact.payload_kg,
        # What the robot may be faster than commanded is taken from what is allowed, as the person's speed is.
        human_speed_m_s=contact.human_speed_m_s + contact.robot_speed_uncertainty_m_s,
    )
