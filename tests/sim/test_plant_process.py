"""The simulated robot at real-time pace: readings, pictures and scenes over shared memory, physics in its thread."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinal import _core
from spinal.records import Frame, frame_bytes
from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution
from spinal.sim.plant_process import SceneRequest, SimulatedRobot
from spinal.sim.scene import sample

pytestmark = pytest.mark.alone

PATIENCE_S = 60.0
RATES_HZ = {"wrist": 50.0, "top": 50.0}


def request(number: int, distribution: str = "lab") -> SceneRequest:
    return SceneRequest(number=number, distribution=distribution, seed=41, index=number, axis=None, sku=None)


@pytest.fixture
def link(tmp_path: Path) -> Path:
    _core.create_channels(tmp_path)
    for name in RATES_HZ:
        _core.Latest.create(tmp_path / f"frame-{name}", frame_bytes(96, 96))
    for name in ("scene-request", "scene-ready"):
        _core.Latest.create(tmp_path / name, 8192)
    return tmp_path


class Onlooker:
    """Plays the host from a second thread; pictures are drawn in the first."""

    def __init__(self, link: Path) -> None:
        self.measured = _core.Latest.reader(link / "measured")
        self.frames = {name: _core.Latest.reader(link / f"frame-{name}") for name in RATES_HZ}
        self._ready = _core.Latest.reader(link / "scene-ready")
        self._requests = _core.Latest.writer(link / "scene-request")

    def ask(self, wanted: SceneRequest | bytes) -> None:
        self._requests.write(wanted if isinstance(wanted, bytes) else json.dumps(asdict(wanted)).encode())

    def ready(self) -> dict[str, Any]:
        read = self._ready.read()
        assert read is not None
        value: dict[str, Any] = json.loads(read[1])
        return value

    def wait(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "the simulated robot did not answer"
            time.sleep(0.002)


def served(link: Path, lab: Distribution, host: Callable[[Onlooker], None]) -> None:
    """Run the robot in this thread and `host` in another, to the end of `host`."""
    robot = SimulatedRobot(link, {"lab": lab}, request(0), RATES_HZ, (320, 240), "power_off_with_brakes")
    failures: list[BaseException] = []

    def act() -> None:
        try:
            host(Onlooker(link))
        except BaseException as failure:
            failures.append(failure)
        finally:
            robot.is_ending = True

    thread = threading.Thread(target=act)
    thread.start()
    robot.run()
    thread.join()
    if failures:
        raise failures[0]


def test_readings_and_pictures_arrive_and_the_braked_arm_stands_at_home(link: Path, lab: Distribution) -> None:
    def host(seen: Onlooker) -> None:
        seen.wait(lambda: seen.measured.generation > 300 and all(f.generation > 5 for f in seen.frames.values()))
        reading = _core.decode_measured(seen.measured.read()[1])
        assert abs(time.monotonic_ns() - reading["at_ns"]) < 2_000_000_000
        np.testing.assert_allclose(reading["velocity_rad_s"], 0.0, atol=1e-3)
        picture = Frame.from_bytes("wrist", seen.frames["wrist"].read()[1])
        assert picture.image.shape == (96, 96, 3)
        assert picture.image.std() > 20.0

    served(link, lab, host)


def test_the_next_scene_comes_with_the_truth_about_the_one_before(link: Path, lab: Distribution) -> None:
    def host(seen: Onlooker) -> None:
        assert seen.ready()["number"] == 0
        first = seen.ready()["sku"]
        seen.wait(lambda: seen.frames["wrist"].generation > 2)
        before = Frame.from_bytes("wrist", seen.frames["wrist"].read()[1]).image.astype(float)
        seen.ask(request(1))
        seen.wait(lambda: bool(seen.ready()["number"] == 1))
        assert seen.ready()["before"] == {"number": 0, "sku": first, "succeeded": False, "placed": []}
        drawn = seen.frames["wrist"].generation
        seen.wait(lambda: seen.frames["wrist"].generation > drawn + 2)
        after = Frame.from_bytes("wrist", seen.frames["wrist"].read()[1]).image.astype(float)
        assert np.abs(before - after).mean() > 2.0, "another tote is in the picture"
        readings = seen.measured.generation
        seen.wait(lambda: seen.measured.generation > readings + 50)

    served(link, lab, host)


@pytest.mark.parametrize("wrong", [b"{", b'{"number": 5}', json.dumps(asdict(request(5, "mars"))).encode()])
def test_a_request_that_cannot_be_met_is_refused_and_changes_nothing(
    link: Path, lab: Distribution, wrong: bytes
) -> None:
    def host(seen: Onlooker) -> None:
        seen.ask(wrong)
        seen.wait(lambda: seen.ready()["refused"] is not None)
        assert seen.ready()["number"] == 0
        seen.ask(request(6))
        seen.wait(lambda: bool(seen.ready()["number"] == 6))
        assert seen.ready()["refused"] is None

    served(link, lab, host)


def test_a_plant_in_real_time_cannot_be_stepped_from_elsewhere(link: Path, lab: Distribution) -> None:
    from spinal.sim.cell import Cell
    from spinal.sim.scene import sample

    cell, other = Cell(), Cell()
    cell.load(sample(lab, 42, 0))
    other.load(sample(lab, 42, 1))
    running = _core.RealtimePlant(cell.plant, link)
    with pytest.raises(RuntimeError, match="real time"):
        cell.plant.read(0)
    running.swap(other.plant)
    assert cell.plant.vacuum_level == 0.0
    with pytest.raises(RuntimeError, match="real time"):
        _ = other.plant.vacuum_level
    running.stop()
    assert other.plant.held_body is None
    with pytest.raises(RuntimeError, match="stopped"):
        running.snapshot()


def command(position_rad: list[float], velocity_rad_s: list[float]) -> bytes:
    """Return a powered command as System 1 writes it: when due, joints, mode, power, instant, four arrays, gripper."""
    due_ns = time.monotonic_ns()
    return struct.pack("<qIHHq25d", due_ns, 6, 0, 1, due_ns, *position_rad, *velocity_rad_s, *([0.0] * 13))


@pytest.mark.hazard("H-17", "H-21", "H-29")
def test_a_robot_whose_commands_stop_in_mid_motion_brakes_by_itself(link: Path, lab: Distribution) -> None:
    cell = Cell()
    cell.load(sample(lab, 41, 0))
    commands, measured = _core.Latest.writer(link / "command"), _core.Latest.reader(link / "measured")
    robot = _core.RealtimePlant(cell.plant, link)

    def reading() -> _core.MeasuredRecord:
        read = measured.read()
        while read is None:
            time.sleep(0.001)
            read = measured.read()
        return _core.decode_measured(read[1])

    start = [float(q) for q in reading()["position_rad"]]
    begin, speed_rad_s, turned_rad = time.monotonic(), 0.5, 0.0
    while reading()["velocity_rad_s"][0] < 0.4:
        assert time.monotonic() - begin < PATIENCE_S, "the arm does not follow"
        turned_rad = min(speed_rad_s * (time.monotonic() - begin), 1.0)
        commands.write(command([start[0] + turned_rad, *start[1:]], [speed_rad_s] + [0.0] * 5))
        time.sleep(0.001)
    far_rad = start[0] + turned_rad + 1.5
    commands.write(command([far_rad, *start[1:]], [0.0] * 6))
    heard = robot.silences
    end = time.monotonic() + PATIENCE_S
    while robot.silences == heard:
        assert time.monotonic() < end, "the robot waits for commands for ever"
        time.sleep(0.001)
    while max(abs(reading()["velocity_rad_s"])) > 1e-3:
        assert time.monotonic() < end, "the arm does not come to rest"
        time.sleep(0.001)
    # Braked, and not merely held: it does not get to where it was last told to go.
    assert reading()["position_rad"][0] < far_rad - 0.3
    robot.stop()


def word(stop: int, beats: int = 1) -> bytes:
    """Return a word of the independent monitor: counter, instant, stop, check, joint, value, limit, since."""
    return struct.pack("<QqBBHddq", beats, 0, stop, 1, 0, 1.0, 0.5, 0)


def moving(link: Path, cell: Cell) -> tuple[_core.RealtimePlant, list[float], Callable[[float], None]]:
    """Return a robot that turns its first joint, where it stands, and what commands it to stand at an angle (rad)."""
    commands, measured = _core.Latest.writer(link / "command"), _core.Latest.reader(link / "measured")
    robot = _core.RealtimePlant(cell.plant, link)
    while measured.generation == 0:
        time.sleep(0.001)
    start = [float(q) for q in newest(link)["position_rad"]]

    def turn(angle_rad: float) -> None:
        commands.write(command([start[0] + angle_rad, *start[1:]], [0.0] * 6))

    return robot, start, turn


def newest(link: Path) -> _core.MeasuredRecord:
    """Return the robot's newest reading."""
    reader = _core.Latest.reader(link / "measured")
    while True:
        read = reader.read()
        if read is not None:
            return _core.decode_measured(read[1])


@pytest.mark.hazard("H-15", "H-22")
@pytest.mark.parametrize("safe_state", ["power_off_with_brakes", "hold_powered"])
def test_the_monitor_takes_the_power_past_system_1_s_commands_and_the_robot_goes_to_its_safe_state(
    link: Path, lab: Distribution, safe_state: str
) -> None:
    cell = Cell(safe_state=safe_state)
    cell.load(sample(lab, 41, 0))
    monitor = _core.Latest.writer(link / "monitor")
    robot, start, turn = moving(link, cell)
    end = time.monotonic() + PATIENCE_S
    while newest(link)["position_rad"][0] < start[0] + 0.1:
        assert time.monotonic() < end, "the arm does not follow"
        turn(0.2)
        time.sleep(0.001)
    monitor.write(word(2))
    turn(0.2)
    time.sleep(0.05)
    turn(0.2)
    assert newest(link)["torque_nm"].any(), "SS1 is asked of System 1, the robot goes on with its commands"
    monitor.write(word(3))
    time.sleep(0.05)
    begun = newest(link)
    while time.monotonic() < end and newest(link)["at_ns"] - begun["at_ns"] < 500_000_000:
        turn(1.5)
        time.sleep(0.001)
    last = newest(link)
    assert abs(last["position_rad"][0] - begun["position_rad"][0]) < 0.05, "it stands whatever is commanded"
    assert max(abs(last["velocity_rad_s"])) < 1e-2
    assert bool(last["torque_nm"].any()) == (safe_state == "hold_powered")
    monitor.write(word(0))
    while newest(link)["position_rad"][0] < start[0] + 0.3:
        assert time.monotonic() < end, "after a person's reset it follows again"
        turn(0.4)
        time.sleep(0.001)
    robot.stop()


@pytest.mark.hazard("H-16")
def test_an_emergency_stop_takes_the_power_after_a_second_when_system_1_does_not(link: Path, lab: Distribution) -> None:
    cell = Cell()
    cell.load(sample(lab, 41, 0))
    robot, _, turn = moving(link, cell)
    _core.Flag.open(link / "estop").up()
    begun = newest(link)["at_ns"]
    end = time.monotonic() + PATIENCE_S
    while newest(link)["at_ns"] - begun < 700_000_000:
        assert time.monotonic() < end
        turn(0.1)
        assert newest(link)["torque_nm"].any() or newest(link)["at_ns"] - begun < 100_000_000
        time.sleep(0.001)
    while newest(link)["torque_nm"].any():
        assert time.monotonic() < end, "the robot keeps its power for ever"
        turn(0.1)
        time.sleep(0.001)
    robot.stop()
