"""Measurements: how long a tick takes, whether deadlines hold beside a load, how long a decision takes.

Speed is told beside a bare loop of the same run, because these figures depend on the machine.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import numpy as np

from spinal import _core
from spinal.cell import Cell, load_cell
from spinal.decide import OnnxPolicy, PolicyInputs
from spinal.errors import MachineError
from spinal.run import parts
from spinal.run.channels import SHARED_MEMORY
from spinal.run.fit import check_policy, load_fitting_cell
from spinal.run.watch_bench import bench_watch

RATES_HZ = (1_000, 10_000, 100_000)
LOOP_HZ_MAX = 10_000
"""Up to this rate the real-time loop itself is run: limits of the whole arm allow no shorter period. Above it the tick
alone is, spun at ordinary priority, because the kernel holds back a real-time thread that never sleeps."""
TICK_JOINTS = 7
"""Joints of the analytic robot whose tick is run above that rate."""


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    model = "unknown"
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
    }


def bench_tick(hz: int | None, seconds: float, joints: int) -> dict[str, Any]:
    """Return execution times of System 1's tick, and at `hz` its deadlines beside a bare loop."""
    return {"bench": "tick", "hz": hz, **_core.bench_tick(hz=hz, seconds=seconds, dof=joints), "machine": machine()}


def bench_realtime(cell_folder: Path, seconds: float, hz: int | None = None) -> dict[str, Any]:
    """Return how System 1's real-time loop keeps its deadlines beside a loaded System 2, and beside a bare Rust loop.

    The load: one process that runs the policy back to back, and one that holds its interpreter with plain Python. Then
    wake-up at 1, 10 and 100 kHz, idle and beside a held interpreter. With `hz`: only that, at this rate.
    """
    cell = load_fitting_cell(cell_folder)
    if hz is not None:
        rows = [rate_row(cell, hz, seconds, beside) for beside in BESIDE]
        return {"bench": "realtime", "hz": hz, "rates": rows, "machine": machine()}
    check_policy(cell)
    with _load([(_run_policy, (cell_folder,)), (_hold_interpreter, ())]):
        report = _loop(cell, seconds)
    wake, execution = report["wake"], report["execution"]
    return {
        "bench": "realtime",
        "p50_ns": wake["p50_ns"],
        "p99_ns": wake["p99_ns"],
        "max_ns": wake["max_ns"],
        "execution_p50_ns": execution["p50_ns"],
        "execution_p99_ns": execution["p99_ns"],
        "on_time": 1.0 - report["missed"] / max(report["ticks"], 1),
        "on_time_baseline": 1.0 - report["missed_baseline"] / max(report["baseline_ticks"], 1),
        "wake_ratio_p50": ratio(wake["p50_ns"], report["wake_baseline"]["p50_ns"]),
        "wake_ratio_p99": ratio(wake["p99_ns"], report["wake_baseline"]["p99_ns"]),
        **report,
        "load": ["the policy back to back in one process", "a busy Python interpreter in another"],
        "rates": [
            rate_row(cell, rate, max(1.0, seconds / (2 * len(RATES_HZ))), beside)
            for beside in BESIDE
            for rate in RATES_HZ
        ],
        "machine": machine(),
    }


def _loop(cell: Cell, seconds: float) -> dict[str, Any]:
    """Run the real-time loop with the cell's profile, channels and journal, and the bare loop for as long."""
    folder = Path(tempfile.mkdtemp(prefix="spinal-bench-"))
    link = SHARED_MEMORY / f"spinal-bench-{uuid.uuid4().hex[:8]}"
    link.mkdir(mode=0o700)
    try:
        _core.create_channels(link)
        report = _core.bench_realtime(
            parts.make_profile(cell),
            _core.Settings(),
            parts.make_arm(),
            home_rad=np.array(cell.config.robot.home_rad),
            seconds=seconds,
            channels=link,
            journal=folder / "journal",
        )
    finally:
        shutil.rmtree(link, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    if not report["moving_ticks"]:
        raise MachineError(
            "the robot of the benchmark never moved, so its ticks were not those of a run",
            value=report["latched_stops"],
            next_step="run it again when the machine has less to do",
        )
    return dict(report)


BESIDE = ("idle", "busy_interpreter")


def rate_row(cell: Cell, hz: int, seconds: float, beside: str) -> dict[str, Any]:
    """Return how System 1 wakes up at a rate, and how a bare loop does that alternates with it in the same run.

    `missed` counts periods that passed without a tick. Up to `LOOP_HZ_MAX` the loop is that of a run.
    """
    with _load([(_hold_interpreter, ())] if beside == "busy_interpreter" else []):
        found = _wakes_of_loop(cell, hz, seconds) if hz <= LOOP_HZ_MAX else _wakes_of_tick(hz, seconds)
    return {
        "hz": hz,
        "beside": beside,
        **found,
        "wake_ratio_p50": ratio(found["wake_p50_ns"], found["wake_p50_ns_baseline"]),
        "wake_ratio_p99": ratio(found["wake_p99_ns"], found["wake_p99_ns_baseline"]),
    }


def _wakes_of_loop(cell: Cell, hz: int, seconds: float) -> dict[str, Any]:
    at_rate = replace(cell, limits=cell.limits.model_copy(update={"tick_hz": hz}))
    report = _loop(at_rate, seconds)
    return {
        "what": "real-time loop with channels and journal",
        **{name: report[name] for name in COUNTS},
        **{f"wake_{name}": report["wake"][name] for name in QUANTILES},
        **{f"wake_{name}_baseline": report["wake_baseline"][name] for name in QUANTILES},
    }


def _wakes_of_tick(hz: int, seconds: float) -> dict[str, Any]:
    report = _core.bench_tick(hz=hz, seconds=seconds, dof=TICK_JOINTS)
    names = [*COUNTS, *(f"wake_{name}" for name in QUANTILES), *(f"wake_{name}_baseline" for name in QUANTILES)]
    return {"what": "tick alone, spun", **{name: report[name] for name in names}}


COUNTS = ("ticks", "missed", "baseline_ticks", "missed_baseline")
QUANTILES = ("p50_ns", "p99_ns", "p999_ns", "max_ns")


def ratio(value_ns: float, baseline_ns: float) -> float:
    """Return how much more than the bare loop's; its times are whole nanoseconds and may be zero."""
    return value_ns / max(baseline_ns, 1.0)


def bench_policy(cell_folder: Path, seconds: float) -> dict[str, Any]:
    """Return how long one decision of the cell's policy takes on one thread, from pictures to chunk.

    Beside it, in the same run, how long the cell's monitor takes to look at a decision.
    """
    cell = load_fitting_cell(cell_folder)
    policy = OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell))
    inputs = sample_inputs(policy)
    for _ in range(20):
        policy.decide(inputs)
    times: list[int] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter_ns()
        policy.decide(inputs)
        times.append(time.perf_counter_ns() - began)
    p50, p99, top = np.percentile(times, [50, 99, 100])
    return {
        "bench": "policy",
        "decisions": len(times),
        "p50_ns": int(p50),
        "p99_ns": int(p99),
        "max_ns": int(top),
        **bench_watch(cell, policy, inputs, policy.decide(inputs), seconds / 4),
        "model_bytes": (cell.policy_folder / "model.onnx").stat().st_size,
        "machine": machine(),
    }


def sample_inputs(policy: OnnxPolicy) -> PolicyInputs:
    """Return inputs of the policy's shapes with seeded noise in the pictures."""
    generator = np.random.default_rng(1)
    manifest = policy.manifest
    return PolicyInputs(
        images={
            name: generator.integers(0, 256, (camera.height, camera.width, 3), dtype=np.uint8)
            for name, camera in manifest.cameras.items()
        },
        proprioception=np.zeros(len(manifest.proprioception), np.float32),
        sku=0,
    )


@contextlib.contextmanager
def _load(works: Sequence[tuple[Callable[..., None], tuple[Any, ...]]]) -> Iterator[None]:
    """Run each work in its own process while the body runs."""
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Semaphore(0), context.Event()
    loads = [context.Process(target=work, args=(*words, ready, stop), daemon=True) for work, words in works]
    for process in loads:
        process.start()
    try:
        for _ in loads:
            if not ready.acquire(timeout=60):
                raise MachineError(
                    "the benchmark's load did not start within 60 s",
                    next_step="run it again when the machine has less to do",
                )
        yield
    finally:
        stop.set()
        for process in loads:
            process.join(10)
            if process.is_alive():
                process.kill()


def _run_policy(cell_folder: Path, ready: Any, stop: Event) -> None:
    cell = load_cell(cell_folder)
    policy = OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell))
    inputs = sample_inputs(policy)
    ready.release()
    while not stop.is_set():
        policy.decide(inputs)


def _hold_interpreter(ready: Any, stop: Event) -> None:
    ready.release()
    value = 0
    while not stop.is_set():
        for _ in range(100_000):
            value = (value * 1_103_515_245 + 12_345) & 0x7FFFFFFF
