"""Measure every figure that the documents state, on this machine, and write docs/measurements.json and its tables.

    python benchmarks/measure.py                  everything (about 25 minutes on two cores)
    python benchmarks/measure.py tick realtime    only these; the others keep what was measured before

Each figure is what one `spinal … --json` command printed; the command stands beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DATA = ROOT / "docs" / "measurements.json"
PAGE = ROOT / "docs" / "measurements.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
GATE_PAGE = ROOT / "docs" / "gate.md"
GATE_BEGIN, GATE_END = "<!-- gate: begin -->", "<!-- gate: end -->"
CELL = "cells/bin-picking"
AXES = (
    *("dim-light", "warm-light", "raking-light", "texture", "camera", "clutter"),
    *("heavy", "slippery", "porous", "gripper-wear", "novel-shapes", "repainted", "sensor-noise", "latency"),
)
LOCKSTEP = ["run", CELL, "--lockstep"]


def spinal(arguments: Sequence[str]) -> dict[str, Any]:
    """Return what a command printed as JSON, with the command itself."""
    print("spinal", *arguments, "--json", flush=True)
    command = [sys.executable, "-c", "from spinal.cli import main; main()", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if not done.stdout:
        sys.exit(f"spinal {' '.join(arguments)} ended with {done.returncode} and measured nothing")
    figures: dict[str, Any] = json.loads(done.stdout)
    return {"command": " ".join(["spinal", *arguments, "--json"]), **figures}


def deployment() -> dict[str, Any]:
    """Return the shipped policy's success under each shift alone, and under the declared mixture."""
    common = [*LOCKSTEP, "--distribution", "deployment", "--seed", "303", "--workers", "2"]
    table = {axis: spinal([*common, "--axis", axis, "--picks", "100"]) for axis in AXES}
    declared = tomllib.loads((ROOT / CELL / "deployment.toml").read_text(encoding="utf-8"))
    return {"version": declared["version"], "axes": table, "mixture": spinal([*common, "--picks", "300"])}


MEASUREMENTS: dict[str, Callable[[], dict[str, Any]]] = {
    "gate": lambda: spinal(["bench", "gate"]),
    "tick": lambda: spinal(["bench", "tick", "--seconds", "10"]),
    "tick-100khz": lambda: spinal(["bench", "tick", "--hz", "100000", "--seconds", "60"]),
    "realtime": lambda: spinal(["bench", "realtime", "--seconds", "60"]),
    "policy": lambda: spinal(["bench", "policy", "--seconds", "10"]),
    "expert-lab": lambda: spinal([*LOCKSTEP, "--expert", "--picks", "500", "--seed", "101"]),
    "policy-lab": lambda: spinal([*LOCKSTEP, "--picks", "1000", "--seed", "202"]),
    "deployment": deployment,
}


def main(names: Sequence[str]) -> None:
    """Measure what is named, or everything, and write the documents."""
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; allowed: {', '.join(MEASUREMENTS)}")
    known: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    for name in names or MEASUREMENTS:
        known[name] = {"measured_at": f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC", **MEASUREMENTS[name]()}
        DATA.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    put(PAGE, BEGIN, END, tables(known))
    if "gate" in known:
        put(GATE_PAGE, GATE_BEGIN, GATE_END, gate_tables(known["gate"]))
    print(f"wrote {DATA.relative_to(ROOT)}, {PAGE.relative_to(ROOT)} and {GATE_PAGE.relative_to(ROOT)}")


def put(page: Path, begin: str, end: str, text: str) -> None:
    """Write the text between two marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def tables(known: dict[str, Any]) -> str:
    """Return the tables in Markdown."""
    rows = [row for name, tell in TELLERS.items() if name in known for row in tell(known[name])]
    lines = ["| what | at least | measured | command |", "|---|---|---|---|"]
    lines += [f"| {what} | {goal} | {figure} | `{command}` |" for what, goal, figure, command in rows]
    if "deployment" in known:
        lines += ["", *_axes(known["deployment"], known.get("policy-lab"))]
    machine = next((known[name]["machine"] for name in ("tick", "realtime", "policy") if name in known), None)
    if machine is not None:
        lines += [
            "",
            f"Machine: {machine['processor']}, {machine['cores']} shared cores of a virtual machine, no GPU, Linux "
            f"{machine['kernel']}, no real-time kernel. Times of this machine are worth their ratios, not their sizes.",
        ]
    return "\n".join(lines) + "\n"


Row = tuple[str, str, str, str]


def _picks(what: str, goal: str) -> Callable[[dict[str, Any]], list[Row]]:
    def tell(figures: dict[str, Any]) -> list[Row]:
        share = (
            f"{figures['successes']} of {figures['picks']} = {figures['success_rate']:.1%}, "
            f"lower 95 % bound {figures['success_lower95']:.1%}"
        )
        speed = f"{figures['realtime_factor']:.1f} × real time, one worker"
        return [
            (what, goal, share, figures["command"]),
            (f"lockstep speed of that run (n = {figures['picks']} picks)", "≥ 20 ×", speed, "the same run"),
        ]

    return tell


def _tick(figures: dict[str, Any]) -> list[Row]:
    text = (
        f"p50 {figures['p50_ns'] / 1e3:.2f} µs, p99 {figures['p99_ns'] / 1e3:.2f} µs, "
        f"{figures['allocations']} allocations (n = {figures['ticks']:,} ticks)"
    )
    return [("System 1 tick, 6 joints, execution", "p50 < 2 µs, p99 < 5 µs, 0 allocations", text, figures["command"])]


def _fast(figures: dict[str, Any]) -> list[Row]:
    text = (
        f"{figures['missed']:,} of {figures['ticks']:,} deadlines missed ({figures['missed'] / figures['ticks']:.4%}); "
        f"bare loop {figures['missed_baseline']:,} of {figures['baseline_ticks']:,} "
        f"({figures['missed_baseline'] / figures['baseline_ticks']:.4%})"
    )
    return [("100 kHz on the analytic plant, 60 s", "sustained, beside a bare loop", text, figures["command"])]


def _gate(figures: dict[str, Any]) -> list[Row]:
    found = f"{figures['violations']:,} violations in {figures['ticks']:,} ticks; others: [gate.md](gate.md#measured)"
    ratio = figures["crossing_time_ratio"]
    slow = "did not arrive" if ratio is None else f"{ratio:.3f} × the time-optimal motion"
    steps = (
        f"p50 {figures['p50_ns'] / 1e3:.2f} µs, p99 {figures['p99_ns'] / 1e3:.2f} µs, "
        f"{figures['allocations']} allocations; "
        f"with the whole stopping path p50 {figures['arm_layer_p50_ns'] / 1e3:.2f} µs"
    )
    return [
        ("the gate under attack, by an independent checker", "0 of ≥ 10⁸ ticks", found, figures["command"]),
        ("slowest crossing of that run", "≤ 1.1 × time-optimal", slow, "the same run"),
        ("one step of the gate, 7 joints, execution", "p50 < 1 µs, p99 < 3 µs", steps, "the same run"),
    ]


def gate_tables(figures: dict[str, Any]) -> str:
    """Return the tables of docs/gate.md."""
    kinds = ("position", "velocity", "acceleration", "jerk", "torque", "torque_rate", "not_finite")
    lines = [
        f"| limiter | ticks | way, rad | {' | '.join(kind.replace('_', ' ') for kind in kinds)} |",
        f"|---|---|---|{'---|' * len(kinds)}",
    ]
    for name, row in figures["peers"]["limiters"].items():
        counts = " | ".join(f"{row['violations_by_kind'].get(kind, 0):,}" for kind in kinds)
        lines.append(f"| {LIMITERS[name]} | {row['ticks']:,} | {row['travel_rad']:,.0f} | {counts} |")
    lines += [
        "",
        f"The attack itself (seed {figures['seed']}): "
        f"**{figures['violations']:,} violations in {figures['ticks']:,} ticks.**",
        "",
        "| robot | rate | arm model | ticks | held back | violations |",
        "|---|---|---|---|---|---|",
    ]
    for row in figures["detail"]:
        arm = "on" if row["with_arm"] else "–"
        broken = sum(row["violations_by_kind"].values())
        rate = f"{row['hz'] // 1000} kHz"
        lines.append(f"| {row['robot']} | {rate} | {arm} | {row['ticks']:,} | {row['limited']:,} | {broken:,} |")
    sample = figures["sample"]
    lines += [
        "",
        f"A second dynamics looked at {sample['states_drawn']:,} drawn states and at "
        f"{sample['states_near_sampled']:,} of {sample['states_near']:,} near a limit of a joint; coal at "
        f"{sample['states_near_shapes_sampled']:,} of {sample['states_near_shapes']:,} within "
        f"{sample['near_shapes_m'] * 1e3:.0f} mm of a shape. Largest difference of the two dynamics: "
        f"{sample['dynamics_difference_nm']:.1e} N·m.",
        "",
        "Safety is not bought by standing still: time until all joints are within 5 mrad, over that of Ruckig's "
        "time-optimal motion; with the arm model on, over the quickest, among shares of acceleration and jerk, that "
        "keeps torque and torque rate. Goal: 1.1. Last column: over Ruckig's under the joints' limits alone, which on "
        "some of these moves needs torques, and on nearly all of the FR3's torque rates, that the robot does not have.",
        "",
        "| robot | arm model | moves | median | worst | worst, torque ignored |",
        "|---|---|---|---|---|---|",
    ]
    kinds = sorted({(row["robot"], row["with_arm"]) for row in figures["crossings"]})
    for robot, with_arm in kinds:
        rows = [row for row in figures["crossings"] if (row["robot"], row["with_arm"]) == (robot, with_arm)]
        ratios = [row["ratio"] for row in rows]
        arm, late = ("on" if with_arm else "–"), ratios.count(None)
        arrived = sorted(ratio for ratio in ratios if ratio is not None)
        worst = f"{late} did not arrive" if late else f"{arrived[-1]:.3f}"
        middle = f"{arrived[len(arrived) // 2]:.3f}" if arrived else "–"
        to_ruckig = "–" if late else f"{max(row['ratio_to_ruckig'] for row in rows):.3f}"
        lines.append(f"| {robot} | {arm} | {len(ratios)} | {middle} | {worst} | {to_ruckig} |")
    lines += ["", "| one step, 7 joints | following p50, p99 | attacked p50, p99 |", "|---|---|---|"]
    for layer, row in figures["times"].items():
        cells = [
            f"{row[how]['p50_ns'] / 1e3:.2f}, {row[how]['p99_ns'] / 1e3:.2f} µs" for how in ("following", "attacked")
        ]
        lines.append(f"| {LAYERS[layer]} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


LAYERS = {
    "joint_layer": "joint layer",
    "fast_path": "and the torque of the candidate",
    "arm_layer": "and the whole stopping path (1 kHz)",
    "geometric_layer": "and the shapes along it (1 kHz)",
}
LIMITERS = {
    "spinal_gate": "**Spinal's gate**",
    "spinal_gate_joint_layer": "Spinal's gate, joint layer only",
    "clamp_and_rate_limit": "clamp and rate limit",
    "ruckig": "Ruckig, all limits set",
    "ruckig_clamped_targets": "Ruckig, targets clamped, at rest",
    "flexiv_control": "flexiv-control",
}


def _realtime(figures: dict[str, Any]) -> list[Row]:
    relative = figures["on_time"] / figures["on_time_baseline"]
    text = (
        f"{figures['on_time']:.4%} on time, bare loop {figures['on_time_baseline']:.4%} (relative {relative:.4%}); "
        f"wake-up p50 {figures['p50_ns'] / 1e3:.0f} µs, p99 {figures['p99_ns'] / 1e3:.0f} µs; "
        f"largest excess over a limit {figures['violation_max']:g} (n = {figures['ticks']:,} ticks; "
        f"load average {figures['machine']['load_average']:.1f} at the end)"
    )
    goal = "≥ 99.9 % relative to the bare loop; limits always held"
    rows = [("1 kHz System 1 beside a loaded System 2", goal, text, figures["command"])]
    for row in figures.get("rates", []):
        beside = "without a load of its own" if row["beside"] == "idle" else "beside a busy interpreter"
        late = " and ".join(
            f"{share} {row[f'wake_ratio_{share}']:.2f} × ({row[f'wake_{share}_ns'] / 1e3:.2f} to "
            f"{row[f'wake_{share}_ns_baseline'] / 1e3:.2f} µs)"
            for share in ("p50", "p99")
        )
        told = (
            f"{late}; missed {row['missed']:,} of {row['ticks'] + row['missed']:,}, bare loop "
            f"{row['missed_baseline']:,} of {row['baseline_ticks'] + row['missed_baseline']:,}"
        )
        what = f"wake-up at {row['hz'] // 1000} kHz, {beside}, to a bare loop ({row['what']})"
        rows.append((what, "a ratio near 1", told, "the same run"))
    return rows


def _policy(figures: dict[str, Any]) -> list[Row]:
    text = (
        f"p50 {figures['p50_ns'] / 1e6:.2f} ms, p99 {figures['p99_ns'] / 1e6:.2f} ms (n = {figures['decisions']:,}), "
        f"{figures['model_bytes'] / 1e6:.2f} MB"
    )
    return [("ONNX inference, one core", "p99 < 10 ms, < 5 MB", text, figures["command"])]


TELLERS: dict[str, Callable[[dict[str, Any]], list[Row]]] = {
    "gate": _gate,
    "expert-lab": _picks("scripted expert (privileged), lab", "≥ 99 % of ≥ 500"),
    "policy-lab": _picks("shipped policy, lab, raw, one attempt", "≥ 95 % of ≥ 1 000"),
    "policy": _policy,
    "realtime": _realtime,
    "tick": _tick,
    "tick-100khz": _fast,
}


def _axes(figures: dict[str, Any], lab: dict[str, Any] | None) -> list[str]:
    version = figures.get("version", 1)
    lines = [
        f"The shipped policy where it was not trained (raw, one attempt, seed 303), deployment version {version}:",
        "",
        "| distribution | success | n | lower 95 % bound |",
        "|---|---|---|---|",
    ]
    rows = [("lab", lab)] if lab is not None else []
    rows += [(f"deployment, {axis} alone", figures["axes"][axis]) for axis in AXES if axis in figures["axes"]]
    rows += [("**deployment, the declared mixture**", figures["mixture"])]
    for name, row in rows:
        lines.append(f"| {name} | {row['success_rate']:.1%} | {row['picks']} | {row['success_lower95']:.1%} |")
    return lines


if __name__ == "__main__":
    main(sys.argv[1:])
