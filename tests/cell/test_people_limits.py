"""How people are kept safe: no term has a default, and no table is used for contact that nobody confirmed."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from spinal import _core
from spinal.cell import PeopleLimits, read_body_regions, shipped_body_regions
from spinal.cell.body_regions import TABLE
from spinal.run.people import contact_of, people_limits

SEPARATION = {
    "human_speed_m_s": 1.6,
    "human_speed_min_m_s": 1.6,
    "reaction_ms": 100.0,
    "intrusion_m": 0.85,
    "human_uncertainty_m": 0.1,
    "robot_uncertainty_m": 0.05,
    "person_radius_m": 0.3,
    "person_height_m": 2.0,
    "reading_age_max_ms": 250.0,
    "hysteresis_m": 0.2,
}


def contact(**changes: Any) -> dict[str, Any]:
    return {
        "reachable_regions": ["hand", "forearm"],
        "tool_contact": "blunt",
        "is_clamping_possible": False,
        "contact_area_cm2": 5.0,
        "moving_mass_kg": 16.0,
        "payload_kg": 2.0,
        "human_speed_m_s": 0.2,
        "robot_speed_uncertainty_m_s": 0.05,
        "confirmed_by": "Erika Mustermann",
        "confirmed_on": "2026-11-01",
        "confirmed_table_sha256": shipped_body_regions().sha256,
    } | changes


def refusal(section: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        PeopleLimits.model_validate(section)
    return str(caught.value)


@pytest.mark.hazard("H-23")
def test_each_mode_has_its_own_tables_and_no_other() -> None:
    assert PeopleLimits.model_validate({"mode": "fenced"}).separation is None
    assert "needs the table [people.separation]" in refusal({"mode": "separation"})
    assert "has no table [people.separation]" in refusal({"mode": "fenced", "separation": SEPARATION})
    both = {"separation": SEPARATION, "contact": contact()}
    assert "has no table [people.contact]" in refusal({"mode": "separation", **both})
    assert "needs the table [people.contact]" in refusal({"mode": "separation_or_contact", "separation": SEPARATION})
    assert PeopleLimits.model_validate({"mode": "separation_or_contact", **both}).contact is not None


@pytest.mark.hazard("H-23")
@pytest.mark.parametrize("term", SEPARATION)
def test_no_term_of_the_separation_has_a_default(term: str) -> None:
    rest = {name: value for name, value in SEPARATION.items() if name != term}
    assert term in refusal({"mode": "separation", "separation": rest})


@pytest.mark.hazard("H-04", "H-23")
def test_contact_is_refused_until_the_integrator_has_confirmed_this_very_table() -> None:
    stale = contact(confirmed_table_sha256="0" * 64)
    text = refusal({"mode": "separation_or_contact", "separation": SEPARATION, "contact": stale})
    assert "not the one that Erika Mustermann confirmed" in text
    assert shipped_body_regions().sha256 in text
    for missing in ("confirmed_by", "confirmed_on", "confirmed_table_sha256"):
        unsigned = {name: value for name, value in contact().items() if name != missing}
        assert missing in refusal({"mode": "separation_or_contact", "separation": SEPARATION, "contact": unsigned})


def test_a_region_that_the_table_does_not_have_is_named() -> None:
    odd = contact(reachable_regions=["hand", "tentacle"])
    assert "tentacle" in refusal({"mode": "separation_or_contact", "separation": SEPARATION, "contact": odd})


@pytest.mark.hazard("H-04", "H-23")
def test_every_region_has_the_smallest_value_of_all_sources() -> None:
    blocks = tomllib.loads(TABLE.read_text())["blocks"]
    for name, region in shipped_body_regions().regions.items():
        said = [block["regions"][name] for block in blocks if name in block["regions"]]
        forces = [values["force_quasi_static_n"] for values in said if "force_quasi_static_n" in values]
        assert region.force_quasi_static_n == min(forces), name
        for values in said:
            assert region.force_transient_n <= values.get("force_transient_n", float("inf")), name
            pressure = values.get("pressure_quasi_static_n_cm2", float("inf"))
            assert region.pressure_quasi_static_n_m2 <= pressure * 1e4, name
    assert shipped_body_regions().regions["hand"].force_quasi_static_n == 135
    assert shipped_body_regions().regions["hand"].force_transient_n == 180


def test_every_block_of_the_table_says_where_it_comes_from() -> None:
    for name, provenance in shipped_body_regions().provenance.items():
        assert "not checked against" in provenance, name


def test_sources_that_differ_in_stiffness_are_refused_because_neither_is_the_safer() -> None:
    text = TABLE.read_text().replace("force_transient_n = 175,", "force_transient_n = 175, stiffness_n_mm = 99,")
    with pytest.raises(ValueError, match="stiffness_n_mm"):
        read_body_regions(text.encode())


@pytest.mark.parametrize(
    ("region", "speed_m_s"),
    [("hand", 1.359), ("forearm", 1.239), ("upper-arm", 1.140), ("abdomen", 0.778), ("chest", 0.626), ("face", 0.136)],
)
def test_the_first_source_alone_gives_its_published_speeds(region: str, speed_m_s: float) -> None:
    """For a robot of 10 kg, by force alone: a large area takes the pressure out of it."""
    blocks = TABLE.read_text().split("[[blocks]]")
    alone = read_body_regions(f"[[blocks]]{blocks[1]}".encode()).regions[region]
    core = _core.BodyRegion(**{name: getattr(alone, name) for name in alone.__slots__})
    speed = _core.Contact(
        regions=[core],
        contact_type="blunt",
        is_clamping_possible=False,
        area_m2=1.0,
        moving_mass_kg=20.0,
        payload_kg=0.0,
        human_speed_m_s=0.0,
    ).relative_speed_max_m_s
    assert speed == pytest.approx(speed_m_s, abs=5e-4)


def test_the_region_that_bears_least_decides_how_fast_the_robot_may_touch() -> None:
    section = {"mode": "separation_or_contact", "separation": SEPARATION}
    hand = PeopleLimits.model_validate(section | {"contact": contact(reachable_regions=["hand"])})
    both = PeopleLimits.model_validate(section | {"contact": contact(reachable_regions=["hand", "face"])})
    assert hand.contact is not None
    assert both.contact is not None
    slow, fast = contact_of(both.contact), contact_of(hand.contact)
    assert slow.deciding_region == 1
    assert slow.relative_speed_max_m_s < fast.relative_speed_max_m_s
    assert fast.robot_speed_max_m_s == pytest.approx(fast.relative_speed_max_m_s - 0.2 - 0.05)
    assert people_limits(both) is not None
