"""A cell in contact mode: somebody walks up to the arm, which goes on, no faster than it may touch, and does its order.

How near the person comes and how fast the arm's fastest point then goes is worked out by MuJoCo, not by the gate.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from math import cos, radians, sin
from pathlib import Path

import pytest
from command_line import message, spinal
from signing import sign_again
from touching import allow_contact
from visiting import LOOK_NS, Watch, pick

from spinal import _core
from spinal.cell import load_cell, shipped_body_regions
from spinal.run.deciders import Decider, ExpertDecider, PolicyDecider
from spinal.run.fit import declared
from spinal.run.people import contact_of
from spinal.run.station import Station
from spinal.sim.scene import Scene, sample

SHIPPED = Path(__file__).parents[2] / "cells" / "bin-picking"
WALK_M_S = 1.5
AWAY_M = 4.5
STAYS_S = 60.0
RUN = ("run", "--lockstep", "--expert", "--picks", "1", "--unsigned")


def copy_cell(folder: Path) -> Path:
    """Return a copy of the shipped cell that nobody has signed."""
    return Path(shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("limits.sig")))


def station_of(folder: Path) -> Station:
    """Return the copied cell in contact mode, confirmed by an integrator and signed by a key of this test."""
    cell = copy_cell(folder)
    allow_contact(cell)
    sign_again(cell, "people may be touched here")
    loaded = load_cell(cell)
    assert loaded.signing.is_good
    return Station(loaded)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    station = station_of(tmp_path_factory.mktemp("contact") / "cell")
    yield station
    station.close()


def somebody_comes(scene: Scene, *, side_deg: float, near_m: float) -> Scene:
    """Return the scene with a person who walks straight up to the arm's base, as near as that, and stays."""
    at_s = (0.0, 0.3, 0.3 + (AWAY_M - near_m) / WALK_M_S, STAYS_S)
    side = radians(side_deg)
    way = tuple(
        (time_s, far_m * cos(side), far_m * sin(side))
        for time_s, far_m in zip(at_s, (AWAY_M, AWAY_M, near_m, near_m), strict=True)
    )
    return replace(scene, person=replace(scene.person, way=way))


def contact_speeds(station: Station) -> tuple[float, float]:
    """Return how fast the gate lets the arm's fastest point touch, and how fast it may really be, m/s."""
    contact = station.cell.limits.people.contact
    assert contact is not None
    commanded_m_s = contact_of(contact).robot_speed_max_m_s
    return commanded_m_s, commanded_m_s + contact.robot_speed_uncertainty_m_s


def check_speeds(station: Station, watch: Watch) -> None:
    """Hold what was seen against the contact's speeds: nearer than C + Zr the arm is no faster than it may touch."""
    terms = station.cell.limits.people.separation
    assert terms is not None
    commanded_m_s, real_m_s = contact_speeds(station)
    near = watch.within(terms.intrusion_m + terms.robot_uncertainty_m)
    moving = [look for look in near if look.speed_m_s > 0.5 * commanded_m_s]
    assert len(moving) > 50, "the arm works beside the person"
    assert max(look.commanded_m_s for look in near) <= commanded_m_s * (1.0 + 1e-9)
    assert max(look.speed_m_s for look in near) <= real_m_s
    assert max(look.commanded_m_s for look in near) >= 0.9 * commanded_m_s, "what may be used is used"


@pytest.mark.hazard("H-04", "H-06")
@pytest.mark.parametrize(("seed", "who"), [(2, "expert"), (5, "expert"), (11, "expert"), (2, "policy")])
def test_beside_a_person_the_arm_goes_on_no_faster_than_it_may_touch_and_does_its_order(
    station: Station, seed: int, who: str, tmp_path: Path
) -> None:
    cell = station.cell
    decider: Decider = ExpertDecider(cell, station) if who == "expert" else PolicyDecider(cell, station)
    alone = sample(declared(cell, "lab"), seed, 0)
    _, free = pick(station, decider, alone, tmp_path / "alone.journal")
    scene = somebody_comes(alone, side_deg=120.0, near_m=0.7)
    outcome, watch = pick(station, decider, scene, tmp_path / "visited.journal")
    assert outcome == "placed"
    assert watch.waits == 0, "it is slowed, not stopped"
    assert watch.nearest_moving_m() < 0.3
    check_speeds(station, watch)
    commanded_m_s, _ = contact_speeds(station)
    assert max(look.speed_m_s for look in free.looks) > 2.0 * commanded_m_s, "with nobody there it is as quick as ever"
    assert _core.replay_journal(tmp_path / "visited.journal")["is_identical"]


@pytest.mark.hazard("H-04", "H-06")
def test_an_arm_that_may_hardly_move_beside_a_person_does_its_order_all_the_same(tmp_path: Path) -> None:
    folder = copy_cell(tmp_path / "cell")
    allow_contact(folder)
    text = (folder / "limits.toml").read_text(encoding="utf-8")
    slow = text.replace('reachable_regions = ["hand", "forearm"]', 'reachable_regions = ["hand", "chest"]')
    slow = slow.replace("human_speed_m_s = 0.2\nrobot", "human_speed_m_s = 0.35\nrobot")
    (folder / "limits.toml").write_text(slow, encoding="utf-8")
    sign_again(folder)
    station = Station(load_cell(folder))
    commanded_m_s, _ = contact_speeds(station)
    assert 0.05 < commanded_m_s < 0.1
    scene = somebody_comes(sample(declared(station.cell, "lab"), 5, 0), side_deg=120.0, near_m=0.7)
    journal = tmp_path / "slow.journal"
    outcome, watch = pick(station, ExpertDecider(station.cell, station), scene, journal)
    station.close()
    assert outcome == "placed"
    assert len(watch.looks) * LOOK_NS * 1e-9 > station.cell.config.task.attempt_timeout_s, (
        "in action time it was quicker"
    )
    check_speeds(station, watch)
    assert _core.replay_journal(journal)["is_identical"]


@pytest.mark.hazard("H-04", "H-23")
@pytest.mark.parametrize("missing", ["confirmed_by", "confirmed_on", "confirmed_table_sha256"])
def test_without_the_integrator_s_confirmation_nothing_runs_and_the_message_says_what_is_missing(
    missing: str, tmp_path: Path
) -> None:
    folder = copy_cell(tmp_path / "cell")
    allow_contact(folder)
    lines = (folder / "limits.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(missing)]
    (folder / "limits.toml").write_text("\n".join(kept) + "\n", encoding="utf-8")
    for command in (RUN, ("limits", "sign")):
        said = message(spinal(*command, folder))
        assert f"'people.contact.{missing}' is missing" in said
        assert "no default" in said


@pytest.mark.hazard("H-04", "H-23")
def test_a_confirmation_of_another_table_is_refused_with_the_table_s_name_and_what_to_do(tmp_path: Path) -> None:
    folder = copy_cell(tmp_path / "cell")
    allow_contact(folder, sha256="0" * 64)
    said = message(spinal(*RUN, folder))
    assert "not the one that Erika Mustermann confirmed" in said
    assert shipped_body_regions().sha256 in said
    assert "spinal limits show" in said
