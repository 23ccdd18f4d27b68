"""What is wrong or odd with limits is found, with the value, what would fit and what to do."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from editing import set_limit
from hypothesis import given
from hypothesis import strategies as st
from touching import allow_contact

from spinal.errors import CellError
from spinal.run.limits import Finding, Severity, check_limits, describe_limits
from spinal.run.limits.stopping import stopping_time_s, stopping_way, velocity_that_stops_within


def findings(cell: Path) -> dict[str, Finding]:
    return {finding.key: finding for finding in check_limits(cell).findings}


def test_a_signed_profile_without_findings_is_good(cell: Path) -> None:
    report = check_limits(cell)
    assert report.is_good
    assert report.findings == ()


def test_a_profile_that_says_nothing_about_people_is_refused(cell: Path) -> None:
    text = (cell / "limits.toml").read_text(encoding="utf-8")
    start, end = text.index("[people]\n"), text.index("[clearance]\n")
    (cell / "limits.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    report = check_limits(cell)
    assert report.cell is None
    assert "'people' is missing" in report.errors[0].what


def test_a_separation_without_the_robot_s_shape_is_an_error(cell: Path) -> None:
    (cell / "geometry.toml").unlink()
    text = (cell / "limits.toml").read_text(encoding="utf-8")
    start = text.index("[clearance]\n")
    end = text.index("\n[joints", start)
    (cell / "limits.toml").write_text(text[:start] + text[end:], encoding="utf-8")
    assert findings(cell)["people.separation"].severity is Severity.ERROR


def test_no_cell_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(CellError, match="no cell here"):
        check_limits(tmp_path)


@pytest.mark.hazard("H-23")
def test_a_wrong_form_is_a_finding(cell: Path) -> None:
    set_limit(cell, "joints.elbow.torque_max_nm", '"much"')
    report = check_limits(cell)
    assert report.cell is None
    assert not report.is_good
    assert "torque_max_nm" in report.errors[0].what


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("joints.wrist_1.torque_max_nm", "2.0", Severity.ERROR),
        ("joints.wrist_1.torque_max_nm", "28.5", Severity.ERROR),
        ("joints.wrist_1.velocity_max_rad_s", "3.15", Severity.ERROR),
        ("joints.wrist_1.position_max_rad", "6.3", Severity.ERROR),
        ("joints.wrist_1.position_min_rad", "-6.3", Severity.ERROR),
        ("joints.wrist_1.jerk_max_rad_s3", "21000.0", Severity.WARNING),
        ("joints.wrist_1.torque_rate_max_nm_s", "50.0", Severity.WARNING),
        ("arm.stopping_time_max_s", "0.25", Severity.WARNING),
        ("arm.stopping_distance_max_m", "0.2", Severity.WARNING),
    ],
)
@pytest.mark.hazard("H-23")
def test_a_limit_that_makes_no_sense_for_this_robot_is_found(
    cell: Path, key: str, value: str, severity: Severity
) -> None:
    set_limit(cell, key, value)
    found = findings(cell)[key]
    assert found.severity is severity
    assert float(str(found.value)) == float(value)
    assert found.allowed
    assert found.next_step


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("people.separation.reading_age_max_ms", "49.0", Severity.ERROR),
        ("people.separation.reaction_ms", "0.9", Severity.ERROR),
        ("people.separation.human_speed_m_s", "1.59", Severity.WARNING),
        ("people.separation.human_speed_min_m_s", "1.61", Severity.WARNING),
        ("monitor.stop_end_max_ms", "290.0", Severity.ERROR),
        ("monitor.speed_window_ms", "1.9", Severity.ERROR),
        ("monitor.alive_max_ms", "1.9", Severity.ERROR),
        ("monitor.alive_max_ms", "49.0", Severity.WARNING),
        ("monitor.escalate_growing_max_ms", "101.0", Severity.WARNING),
        ("monitor.velocity_tolerance_rad_s", "3.14", Severity.ERROR),
        ("monitor.rest_max_rad_s", "3.14", Severity.ERROR),
        ("monitor.position_tolerance_rad", "6.3", Severity.ERROR),
        ("monitor.tool_speed_tolerance_m_s", "1.5", Severity.ERROR),
        ("clearance.clearance_min_m", "0.0", Severity.WARNING),
    ],
)
@pytest.mark.hazard("H-23")
def test_a_term_of_people_monitor_or_clearance_that_protects_or_allows_nothing_is_found(
    cell: Path, key: str, value: str, severity: Severity
) -> None:
    set_limit(cell, key, value)
    of_key = [finding for finding in check_limits(cell).findings if finding.key == key]
    assert severity in {finding.severity for finding in of_key}
    for found in of_key:
        assert float(str(found.value)) == float(value)
        assert found.allowed
        assert found.next_step


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("people.separation.reading_age_max_ms", "50.0"),
        ("people.separation.reaction_ms", "1.0"),
        ("people.separation.human_speed_min_m_s", "1.59"),
        ("monitor.stop_end_max_ms", "300.0"),
        ("monitor.speed_window_ms", "2.0"),
        ("monitor.alive_max_ms", "50.0"),
        ("monitor.escalate_growing_max_ms", "100.0"),
        ("monitor.velocity_tolerance_rad_s", "3.13"),
        ("monitor.tool_speed_tolerance_m_s", "1.49"),
    ],
)
def test_a_term_just_inside_is_no_finding(cell: Path, key: str, value: str) -> None:
    set_limit(cell, key, value)
    assert check_limits(cell).findings == ()


def test_times_that_the_monitor_cannot_hold_are_found_before_a_run(cell: Path) -> None:
    set_limit(cell, "monitor.stop_end_max_ms", "150.0")
    report = check_limits(cell)
    assert report.cell is None
    assert "monitor" in report.errors[0].what
    assert "stop_begin_ms" in str(report.errors[0].value)


def test_a_least_distance_that_home_does_not_keep_names_the_pair(cell: Path) -> None:
    set_limit(cell, "clearance.clearance_min_m", "0.2")
    found = findings(cell)["clearance.clearance_min_m"]
    assert found.severity is Severity.ERROR
    assert "at home" in found.what
    assert 0.0 < float(str(found.value)) < 0.2


@pytest.mark.parametrize("turn_deg", ["0.0", "90.0"])
def test_a_zone_that_home_or_the_destination_reaches_out_of_is_found(cell: Path, turn_deg: str) -> None:
    text = (cell / "limits.toml").read_text(encoding="utf-8")
    text = text.replace("half_m = [0.92, 0.92, 1.34]", "half_m = [0.10, 0.10, 1.34]")
    text = text.replace("turn_deg = 0.0", f"turn_deg = {turn_deg}")
    (cell / "limits.toml").write_text(text, encoding="utf-8")
    found = findings(cell)
    assert found["clearance"].severity is Severity.ERROR
    assert "fenced-area" in found["clearance"].what
    assert found["clearance.boxes.fenced-area"].severity is Severity.WARNING
    # The zone ends at x = 0.40 and y = 0.10 either way; the destination at x = 0.66 and y = 0.34.
    assert "0.260 m" in str(found["clearance.boxes.fenced-area"].value)


@pytest.mark.hazard("H-04", "H-23")
@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("people.contact.moving_mass_kg", "17.6", Severity.ERROR),
        ("people.contact.payload_kg", "0.82", Severity.ERROR),
        ("people.contact.human_speed_m_s", "3.0", Severity.WARNING),
    ],
)
def test_a_contact_with_a_lighter_robot_or_too_quick_a_person_is_found(
    cell: Path, key: str, value: str, severity: Severity
) -> None:
    allow_contact(cell)
    assert check_limits(cell).findings == ()
    set_limit(cell, key, value)
    assert {name: found.severity for name, found in findings(cell).items()} == {key: severity}


def test_the_jerk_that_is_said_to_fit_the_torque_rate_does(cell: Path) -> None:
    set_limit(cell, "joints.shoulder_lift.torque_rate_max_nm_s", "500.0")
    found = findings(cell)["joints.shoulder_lift.torque_rate_max_nm_s"]
    assert "this joint alone" in found.what
    jerk = float(str(found.allowed).split("at most ")[1].split(" ")[0])
    set_limit(cell, "joints.shoulder_lift.jerk_max_rad_s3", f"{0.999 * jerk}")
    left = findings(cell).get("joints.shoulder_lift.torque_rate_max_nm_s")
    assert left is None or "this joint alone" not in left.what


def test_the_speed_that_is_said_to_stop_in_time_does(cell: Path) -> None:
    set_limit(cell, "arm.stopping_time_max_s", "0.25")
    found = [finding for finding in check_limits(cell).findings if "shoulder_pan" in finding.what]
    speed = float(str(found[0].allowed).split("at most ")[1].split(",")[0])
    assert stopping_time_s(0.999 * speed, 12.0, 400.0) < 0.25 < stopping_time_s(1.001 * speed, 12.0, 400.0)


MOTION = (st.floats(0.01, 10.0), st.floats(0.1, 100.0), st.floats(1.0, 1e5))


@given(*MOTION)
def test_the_closed_form_is_the_stop_integrated(velocity: float, acceleration: float, jerk: float) -> None:
    time_s = stopping_time_s(velocity, acceleration, jerk)
    push = min(acceleration, math.sqrt(jerk * velocity))
    ramp, hold = push / jerk, time_s - 2.0 * push / jerk
    v, way = velocity, 0.0
    for duration, rate, start in ((ramp, -jerk, 0.0), (hold, 0.0, -push), (ramp, jerk, -push)):
        way += duration * (v + duration * (start / 2.0 + rate * duration / 6.0))
        v += duration * (start + rate * duration / 2.0)
    assert v == pytest.approx(0.0, abs=1e-9 * velocity)
    assert way == pytest.approx(stopping_way(velocity, acceleration, jerk), rel=1e-9)
    assert velocity_that_stops_within(time_s, acceleration, jerk) == pytest.approx(velocity, rel=1e-9)


def test_all_limits_are_shown_with_what_they_lead_to_and_who_signed_them(cell: Path) -> None:
    shown = describe_limits(cell)
    assert shown["signature"]["state"] == "signed"
    assert shown["signature"]["signer"] == "throw-away test key"
    assert shown["arm"]["power_max_w"] > 0
    assert shown["joints"]["elbow"]["jerk_max_rad_s3"] == 400.0
    figures = shown["at_full_speed_and_at_home"]["elbow"]
    assert figures["stopping_time_s"] == pytest.approx(3.14 / 12.0 + 12.0 / 400.0)
    assert 0 < figures["torque_headroom_nm"] < 150.0
    assert shown["watchdogs"]["tick_hz"] == 1000
