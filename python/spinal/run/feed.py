"""What the live page shows: the host puts what it knows in here, the console reads it ten times a second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from spinal import _core, floor
from spinal.cell import Cell
from spinal.console import Counts, Joint, OrderRow, Separation, Snapshot, SystemOne, SystemTwo, VerdictRow, Worker
from spinal.record import PickLine
from spinal.records import Frame
from spinal.report.statistics import rate
from spinal.run.crew import Crew

VERDICTS_MAX = 20
ORDERS_MAX = 30
LATENCIES_MAX = 500
RATE_SPAN_NS = 1_000_000_000


class LiveFeed:
    """The newest state of a run for the console. Written by the host's loop, read on the web server's thread."""

    def __init__(self, cell: Cell, run: str, store: floor.TaskStore, crew: Crew) -> None:
        """Start with nothing known."""
        self._cell = cell
        self._run = run
        self._store = store
        self._crew = crew
        self._frames: dict[str, Frame] = {}
        self._status: _core.Status | None = None
        self._rates: deque[tuple[int, int]] = deque(maxlen=128)
        self._decisions: deque[int] = deque(maxlen=64)
        self._latencies: deque[float] = deque(maxlen=LATENCIES_MAX)
        self._verdicts: deque[VerdictRow] = deque(maxlen=VERDICTS_MAX)
        self._picks: list[PickLine] = []
        self._orders: tuple[OrderRow, ...] = ()
        self._order_counts: dict[str, int] = {}
        self._seen_decisions = (0, 0)
        self._started_ns = time.monotonic_ns()
        self.phase = "idle"
        self.task: str | None = None
        self.notice: str | None = None
        self.can_resume = False

    @property
    def cameras(self) -> Sequence[str]:
        """Return the cameras, the one for people first."""
        return ("overview", *self._cell.config.cameras)

    def now_ns(self) -> int:
        """Return the run's clock."""
        return time.monotonic_ns()

    def frame(self, camera: str) -> Frame | None:
        """Return the newest picture."""
        return self._frames.get(camera)

    def add_frame(self, frame: Frame) -> None:
        """Take a picture."""
        self._frames[frame.camera] = frame

    def add_status(self, status: _core.Status) -> None:
        """Take System 1's status."""
        self._status = status
        self._rates.append((status.now_ns, status.ticks))

    def add_verdict(self, at_ns: int, source: str, sequence: int, outcome: str, reasons: tuple[str, ...]) -> None:
        """Take a verdict."""
        self._verdicts.appendleft(
            VerdictRow(at_ns=at_ns, source=source, sequence=sequence, outcome=outcome, reasons=reasons)
        )

    def add_pick(self, pick: PickLine) -> None:
        """Take a judged attempt."""
        self._picks.append(pick)

    def add_health(self, health: dict[str, Any]) -> None:
        """Take the policy worker's heartbeat."""
        seen = (int(health["worker"]), int(health["decisions"]))
        if seen != self._seen_decisions:
            self._seen_decisions = seen
            self._decisions.append(int(health["at_ns"]))
            latency = health["last"].get("latency_ms")
            if latency is not None and health["last"].get("source") == 1.0:
                self._latencies.append(float(latency))

    def refresh_orders(self) -> None:
        """Read the queue again; called by the host a few times a second."""
        self._order_counts = {str(state): count for state, count in self._store.counts().items()}
        waiting = self._store.waiting(ORDERS_MAX)
        self._orders = tuple(
            OrderRow(
                id=order.id,
                sku=order.sku,
                quantity=order.quantity,
                placed=order.placed,
                state=str(order.state),
                attempts=order.attempt,
                reason=order.reason,
            )
            for order in islice(waiting, ORDERS_MAX)
        )

    @property
    def latencies_ms(self) -> list[float]:
        """Return the last observation → proposal times of the policy."""
        return list(self._latencies)

    def snapshot(self) -> Snapshot:
        """Return what is known now."""
        now_ns = self.now_ns()
        return Snapshot(
            at_ns=now_ns,
            cell=self._cell.config.name,
            run=self._run,
            is_simulated=True,
            started_at_ns=self._started_ns,
            phase=self.phase,
            task=self.task,
            can_resume=self.can_resume,
            notice=self.notice,
            system_one=None if self._status is None else self._system_one(self._status),
            system_two=self._system_two(now_ns),
            orders=self._orders,
            counts=self._counts(),
            verdicts=tuple(self._verdicts),
        )

    def _system_one(self, status: _core.Status) -> SystemOne:
        config, limits = self._cell.config, self._cell.limits
        inputs = dict(zip(config.robot.inputs, (float(value) for value in status.inputs), strict=False))
        return SystemOne(
            at_ns=status.now_ns,
            mode=status.mode,
            people=self._people(status),
            trigger=status.trigger,
            clears=status.clears,
            is_powered=status.is_powered,
            is_at_rest=status.is_at_rest,
            is_estop_pressed=status.is_estop_pressed,
            monitor=status.monitor_life,
            monitor_stop=status.monitor_stop,
            monitor_check=status.monitor_check,
            joints=tuple(
                Joint(
                    name=name,
                    commanded_rad=float(commanded),
                    measured_rad=float(measured),
                    position_min_rad=limits.joints[name].position_min_rad,
                    position_max_rad=limits.joints[name].position_max_rad,
                )
                for name, commanded, measured in zip(
                    config.robot.joints, status.position_command_rad, status.position_measured_rad, strict=True
                )
            ),
            tracking_error_rad=status.tracking_error_rad,
            tracking_error_max_rad=limits.tracking_error_max_rad,
            gripper=status.gripper,
            vacuum=inputs.get("vacuum"),
            scale_kg=inputs.get("scale_kg"),
            admitted=status.admitted,
            trimmed=status.trimmed,
            refused=status.refused,
            gated=status.gated,
            limited_by=status.limited_by,
            ticks=status.ticks,
            tick_hz=self._tick_hz(),
            tick_target_hz=float(limits.tick_hz),
            deadline_misses=status.deadline_misses,
            speed_scale=status.speed_scale,
            tighten_reason=status.tighten_reason,
        )

    @staticmethod
    def _people(status: _core.Status) -> Separation | None:
        if status.people is None:
            return None
        distance, required, human, reaction, stopping, intrusion, of_human, of_robot, resume = status.people
        return Separation(
            distance_m=distance,
            required_m=required,
            human_m=human,
            reaction_m=reaction,
            stopping_m=stopping,
            intrusion_m=intrusion,
            human_uncertainty_m=of_human,
            robot_uncertainty_m=of_robot,
            resume_m=resume or None,
        )

    def _tick_hz(self) -> float | None:
        rates = list(self._rates)
        recent = [entry for entry in rates if rates[-1][0] - entry[0] <= RATE_SPAN_NS]
        span_ns = recent[-1][0] - recent[0][0] if recent else 0
        return (recent[-1][1] - recent[0][1]) * 1e9 / span_ns if span_ns > RATE_SPAN_NS // 2 else None

    def _system_two(self, now_ns: int) -> SystemTwo:
        recent = [at_ns for at_ns in list(self._decisions) if now_ns - at_ns <= 5 * RATE_SPAN_NS]
        latencies = self.latencies_ms
        return SystemTwo(
            policy=self._cell.policy_folder.name,
            worker=Worker(str(self._crew.worker_state)),
            restarts=self._crew.restarts,
            decision_hz=len(recent) / 5.0 if recent else None,
            decision_target_hz=self._cell.config.policy.rate_hz,
            latency_ms=latencies[-1] if latencies else None,
            latency_p99_ms=float(np.percentile(latencies, 99)) if latencies else None,
        )

    def _counts(self) -> Counts:
        picks = list(self._picks)
        successes = sum(pick.outcome == "placed" for pick in picks)
        cycles = [pick.cycle_s for pick in picks if pick.cycle_s is not None and pick.outcome == "placed"]
        share = rate(successes, len(picks))
        count = self._order_counts.get
        return Counts(
            orders_done=count("done", 0),
            orders_failed=count("failed", 0) + count("needs_review", 0),
            orders_open=count("queued", 0) + count("leased", 0) + count("placing", 0),
            retries=sum(pick.ending == "retry" for pick in picks),
            attempts=len(picks),
            successes=successes,
            success_rate=successes / len(picks) if picks else None,
            success_lower95=share.low if picks else None,
            success_upper95=share.high if picks else None,
            interval="Clopper-Pearson, two-sided 95 %",
            cycle_time_p50_s=float(np.median(cycles)) if cycles else None,
        )
