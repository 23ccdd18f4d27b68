"""Draw docs/pictures/gate.png: the same mad policy through a clamp, through Ruckig and through Spinal's gate.

python benchmarks/gate_picture.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt

from spinal import _core
from spinal.bench.comparison import Row
from spinal.bench.peers import PEERS, Motion, play
from spinal.bench.robots import Robot, make_arm, make_profile
from spinal.records import Float
from spinal.run.gate_robot import ur5e

OUT = Path(__file__).parents[1] / "docs" / "pictures" / "gate.png"
HZ = 1_000
JOINT = 2
SECONDS = 5.0
RED, BLUE, GREY = "#c62828", "#1565c0", "#9e9e9e"


def mad_policy(robot: Robot) -> tuple[Float, Float]:
    """Return wished positions and velocities (dof, ticks) that no sane policy has, each joint in its own range."""
    t = np.arange(0.0, SECONDS, 1.0 / HZ)
    generator = np.random.default_rng(4)
    share, speed = np.zeros_like(t), np.zeros_like(t)  # of half the range, and of the highest speed
    for start, end, wished, rate in (
        (0.1, 1.7, 1.25, 1.0),  # beyond the limit, at full speed
        (2.2, 3.5, 0.99, 1.0),  # at the limit, at full speed
        (3.5, 3.9, -1.0, -1.0),
        (3.9, SECONDS, 1.05, 0.8),
    ):
        now = (start <= t) & (t < end)
        share[now], speed[now] = wished, rate
    flips = (t >= 1.7) & (t < 2.2)
    share[flips] = np.sign(np.sin(2.0 * np.pi * 10.0 * t[flips]))
    noise = (t >= 2.7) & (t < 3.0)
    share[noise] = generator.uniform(-1.2, 1.2, noise.sum())
    share[(t >= 3.2) & (t < 3.203)] = np.nan
    half = 0.5 * (robot.position_max_rad - robot.position_min_rad)
    position = robot.start_rad()[:, None] + half[:, None] * share[None, :]
    return position, robot.velocity_max_rad_s[:, None] * speed[None, :]


def emitted(robot: Robot, position: Float, velocity: Float) -> dict[str, tuple[list[Motion], Row]]:
    """Return what each limiter makes of the wishes, with the checker's row."""
    follow = np.ones(position.shape[1])
    out: dict[str, tuple[list[Motion], Row]] = {}
    for title, name in (("A clamp and a rate limit", "clamp_and_rate_limit"), ("Ruckig, all limits set", "ruckig")):
        row = Row(robot, HZ)
        motions = play(PEERS[name](robot, HZ), HZ, position, velocity, follow)
        row.look_at_all(motions)
        out[title] = (motions, row)
    run = _core.AttackRun(
        make_profile(robot, HZ, with_arm_limits=True), make_arm(robot), seed=0, start_rad=robot.start_rad()
    )
    part = run.play(position, velocity, follow)
    columns = zip(part["position_rad"].T, part["velocity_rad_s"].T, part["acceleration_rad_s2"].T, strict=True)
    motion = Motion(list(columns), has_rates=True, hz=HZ, bad=0)
    row = Row(robot, HZ, is_consistent=True)
    row.look_at_all([motion])
    out["Spinal's gate"] = ([motion], row)
    return out


def draw(robot: Robot) -> None:
    """Write the picture."""
    mpl.use("Agg")
    wished, wished_velocity = mad_policy(robot)
    t = np.arange(wished.shape[1]) / HZ
    low, high = robot.position_min_rad[JOINT], robot.position_max_rad[JOINT]
    limit = robot.acceleration_max_rad_s2[JOINT]
    figure, axes = plt.subplots(3, 2, figsize=(11.0, 7.2), sharex=True, width_ratios=(3, 2), layout="constrained")
    for (title, (motions, row)), (left, right) in zip(
        emitted(robot, wished, wished_velocity).items(), axes, strict=True
    ):
        told = row.tell()
        left.plot(t, wished[JOINT], color=GREY, lw=0.8, label="what the policy asks for")
        left.axhspan(high, high + 2.0, color=RED, alpha=0.12, lw=0)
        left.axhspan(low - 2.0, low, color=RED, alpha=0.12, lw=0)
        tick = 0
        for motion in motions:
            span = t[tick : tick + motion.ticks]
            q = motion.position_rad[JOINT] if motion.ticks else np.empty(0)
            a = motion.acceleration_rad_s2[JOINT] if motion.ticks else np.empty(0)
            left.plot(span, q, color=BLUE, lw=1.8, label="what is commanded" if tick == 0 else None)
            left.plot(span, np.where((q > high) | (q < low), q, np.nan), color=RED, lw=2.4)
            right.plot(span, np.abs(a) / limit, color=BLUE, lw=0.9)
            right.plot(span, np.where(np.abs(a) > limit * (1 + 1e-9), np.abs(a) / limit, np.nan), ".", color=RED, ms=3)
            tick += motion.ticks + (1 if motion.bad else 0)
        left.set_ylim(low - 1.1, high + 1.1)
        left.set_ylabel("elbow, rad")
        kinds = {kind: count for kind, count in told["violations_by_kind"].items() if count}
        words = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in kinds.items()) or "none"
        left.set_title(f"{title}.  Violations, all joints: {words}", loc="left", fontsize=9.5, fontweight="bold")
        right.axhline(1.0, color=RED, lw=1.0)
        right.set_yscale("symlog", linthresh=1.0)
        right.set_ylim(0.0, 3000.0)
        right.set_ylabel("|acceleration| / limit")
    axes[0][0].legend(loc="lower left", fontsize=8, framealpha=0.9)
    for axis in axes[-1]:
        axis.set_xlabel("s")
    figure.suptitle(
        "The same mad policy on the shipped cell's arm, 1 kHz: beyond the limit at full speed, flips, noise, NaN",
        fontsize=11,
    )
    figure.savefig(OUT, dpi=110)
    print(f"wrote {OUT.name}, {OUT.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    draw(ur5e())
