"""System 1 in its own process, with robot, policy and host in the test. What happens is asserted, never when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from spinal import _core
from spinal.decide import Answers

pytestmark = pytest.mark.alone

DOF = 6
REFLEX = """
import json, sys
import numpy as np
from spinal import _core
def column(value): return np.full(6, value)
profile = _core.Profile(position_min_rad=column(-3.0), position_max_rad=column(3.0), velocity_max_rad_s=column(3.0),
    acceleration_max_rad_s2=column(10.0), jerk_max_rad_s3=column(500.0), torque_max_nm=column(100.0),
    torque_rate_max_nm_s=column(1e4),
    period_ns=1_000_000, tracking_error_max_rad=3.0, observation_age_max_ns=2_000_000_000,
    proposal_gap_max_ns=300_000_000, measured_age_max_ns=2_000_000_000, splice_jump_max_rad=0.5,
    deadline_misses_max=1000, tick_overrun_max=1000000, packet_loss_max=1000000, profile_hash=bytes(32))
report = _core.run_reflex(profile, _core.Settings(), None, channels=sys.argv[1], journal=sys.argv[2], run_id="test",
    priority=1)
print(json.dumps(report))
"""


class World:
    """Robot, policy and host around one System 1 process."""

    def __init__(self, folder: Path) -> None:
        self.channels, self.journal = folder / "channels", folder / "journal"
        self.channels.mkdir()
        _core.create_channels(self.channels)
        self.process = subprocess.Popen(
            [sys.executable, "-c", REFLEX, str(self.channels), str(self.journal)], stdout=subprocess.PIPE, text=True
        )
        self.open_ends()

    def open_ends(self) -> None:
        """Take the ends of the channels that robot, policy and host have."""
        self.measured = _core.Latest.writer(self.channels / "measured")
        self.command = _core.Latest.reader(self.channels / "command")
        self.status = _core.Latest.reader(self.channels / "status")
        self.proposals = _core.Ring.writer(self.channels / "proposals")
        self.controls = _core.Ring.writer(self.channels / "controls")
        self.position = np.zeros(DOF)

    def turn(self) -> _core.Status | None:
        command = self.command.read()
        if command is not None:
            self.position = _core.decode_command(command[1])["position_rad"]
        zeros = np.zeros(DOF)
        now_ns = time.monotonic_ns()
        self.measured.write(
            _core.encode_measured(
                at_ns=now_ns, position_rad=self.position, velocity_rad_s=zeros, torque_nm=zeros, inputs=zeros
            )
        )
        status = self.status.read()
        return None if status is None else _core.Status.from_bytes(status[1])

    def until(self, is_reached: Callable[[_core.Status], bool]) -> _core.Status:
        while True:
            assert self.process.poll() is None, "the process ended by itself"
            status = self.turn()
            if status is not None and is_reached(status):
                return status

    def move(self) -> _core.Proposal:
        """Give authority and propose; return the proposal once the robot moves."""
        self.controls.push(_core.HostMessage.grant(1, 1))
        status = self.until(lambda status: status.epoch == 1)
        steps = np.linspace(1 / 8, 1, 8)[:, None]
        proposal = _core.Proposal(
            source=1,
            epoch=1,
            sequence=1,
            made_at_ns=status.now_ns,
            observed_at_ns=status.now_ns,
            valid_until_ns=status.now_ns + 5_000_000_000,
            observed_played_ns=status.played_ns,
            profile_hash=bytes(32),
            period_ns=100_000_000,
            targets=status.position_command_rad + 0.3 * steps * np.ones(DOF),
            gripper=np.ones(8),
        )
        self.proposals.push(proposal.encode())
        self.until(lambda status: status.mode == "track" and not status.is_at_rest)
        return proposal

    def end(self) -> _core.RealtimeReport:
        while self.process.poll() is None:
            self.turn()
        assert self.process.stdout is not None
        report: _core.RealtimeReport = json.loads(self.process.stdout.read())
        return report


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    with made.process:
        yield made
        made.process.kill()


def assert_replays(journal: Path) -> None:
    assert [report["problem"] for report in _core.verify_journal(journal)] == [None]
    replayed = _core.replay_journal(journal)
    assert replayed["is_identical"]
    assert replayed["verdicts"] == 1


@pytest.mark.hazard("H-29")
def test_a_host_that_says_shutdown_finds_the_robot_at_rest_and_the_journal_closed(world: World) -> None:
    world.move()
    world.controls.push(_core.HostMessage.note('{"order": "A-1"}'))
    world.controls.push(_core.HostMessage.shutdown())
    report = world.end()
    assert (report["ending"], report["was_at_rest"], report["journal_problem"]) == ("shutdown", True, None)
    (segment,) = _core.verify_journal(world.journal)
    assert segment["is_closed"]
    assert segment["head"] == report["journal_head"]
    assert segment["counts"]["note"] == 1
    assert_replays(world.journal)


def test_the_worker_is_told_why_its_proposal_was_refused(world: World) -> None:
    proposal = world.move()
    verdicts = _core.Latest.reader(world.channels / "verdict")
    answers = Answers(verdicts, frozenset({1}))
    assert answers.look() is None
    assert answers.last == "proposal 1 admitted"
    seen = verdicts.generation
    world.proposals.push(proposal.encode())
    world.until(lambda _: verdicts.generation > seen)
    told = answers.look()
    assert told is not None
    assert told.startswith("proposal 1 refused: ")
    assert "order: 1, limit 1 (the sequence number was used before" in told
    assert answers.look() is None
    assert answers.outcomes == {"admitted": 1, "refused": 1}
    world.controls.push(_core.HostMessage.shutdown())
    world.end()


def test_whoever_proposes_can_read_the_verdict(world: World) -> None:
    world.move()
    verdicts = _core.Latest.reader(world.channels / "verdict")
    told = verdicts.read()
    assert told is not None
    verdict = _core.Verdict.from_bytes(told[1])
    assert (verdict.source, verdict.sequence, verdict.outcome) == (1, 1, "admitted")
    world.proposals.push(b"no proposal")
    world.until(lambda _: verdicts.generation > told[0])
    told = verdicts.read()
    assert told is not None
    (finding,) = _core.Verdict.from_bytes(told[1]).findings
    assert (finding["check"], finding["value"], finding["limit"]) == ("decode", 11.0, 104.0)
    world.controls.push(_core.HostMessage.shutdown())
    world.end()


@pytest.mark.hazard("H-29")
def test_sigterm_ends_it_the_same_way(world: World) -> None:
    world.move()
    world.process.send_signal(signal.SIGTERM)
    report = world.end()
    assert (report["ending"], report["was_at_rest"]) == ("signal", True)
    assert_replays(world.journal)


@pytest.mark.hazard("H-28")
def test_killed_in_mid_motion_its_journal_verifies_up_to_the_last_sync_and_replays(world: World) -> None:
    world.move()
    world.until(lambda _: any(report["synced_entries"] > 10 for report in _core.verify_journal(world.journal)))
    world.process.kill()
    world.process.wait()
    (segment,) = _core.verify_journal(world.journal)
    assert segment["problem"] is None
    assert not segment["is_closed"]
    assert segment["entries"] >= segment["synced_entries"] > 10
    assert_replays(world.journal)


@pytest.mark.hazard("H-29")
def test_a_process_whose_host_is_gone_stops_the_robot_and_ends(tmp_path: Path) -> None:
    channels = tmp_path / "channels"
    channels.mkdir()
    _core.create_channels(channels)
    host = (
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', *sys.argv[1:]], stdout=sys.stdout);"
        "print(child.pid, flush=True); input()"
    )
    arguments = [sys.executable, "-c", host, REFLEX, str(channels), str(tmp_path / "journal")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        int(process.stdout.readline())
        status = _core.Latest.reader(channels / "status")
        measured = _core.Latest.writer(channels / "measured")
        zeros = np.zeros(DOF)
        while status.generation < 10:
            reading = {"position_rad": zeros, "velocity_rad_s": zeros, "torque_nm": zeros, "inputs": zeros}
            measured.write(_core.encode_measured(at_ns=time.monotonic_ns(), **reading))
        os.kill(process.pid, signal.SIGKILL)
        report = json.loads(process.stdout.read())
    assert (report["ending"], report["was_at_rest"]) == ("parent_gone", True)


STALLED = """
import ctypes, pathlib, threading, time
from spinal import _core
loop = threading.Thread(target=exec, args=(compile(open(sys.argv[3]).read(), "reflex", "exec"), {"__name__": "reflex"}))
loop.start()
status = _core.Latest.reader(sys.argv[1] + "/status")
while status.generation < 10:
    time.sleep(0.01)
for name in ("begin", "end"):
    pathlib.Path(sys.argv[4], name).touch()
    ctypes.PyDLL(None).usleep(700_000)  # called with the interpreter's lock held
loop.join()
"""


@pytest.mark.hazard("H-21")
def test_an_interpreter_that_holds_its_lock_does_not_hold_up_system_1(tmp_path: Path) -> None:
    channels, script = tmp_path / "channels", tmp_path / "reflex.py"
    channels.mkdir()
    script.write_text(REFLEX, encoding="utf-8")
    _core.create_channels(channels)
    made = World.__new__(World)
    made.channels, made.journal = channels, tmp_path / "journal"
    arguments = ["import sys\n" + STALLED, str(channels), str(made.journal), str(script), str(tmp_path)]
    made.process = subprocess.Popen([sys.executable, "-c", *arguments], stdout=subprocess.PIPE, text=True)
    made.open_ends()
    with made.process:
        try:
            made.until(lambda _: (tmp_path / "begin").exists())
            before = made.until(lambda status: status.ticks > 0).ticks
            after = made.until(lambda _: (tmp_path / "end").exists()).ticks
            assert after - before > 100, "ticks went on while no line of Python could"
            made.controls.push(_core.HostMessage.shutdown())
            assert made.end()["ending"] == "shutdown"
        finally:
            made.process.kill()
