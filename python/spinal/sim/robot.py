"""The simulated arm: a UR5e-sized industrial robot from published figures, drawn with primitive shapes.

Body frames are the Denavit–Hartenberg frames, so the model's forward kinematics is the DH product; the base frame is
the world frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinal.records import Float
from spinal.sim import layout

GREY = "0.80 0.81 0.83 1"
DARK = "0.22 0.23 0.25 1"
BLUE = "0.36 0.58 0.76 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One joint and the link that it moves.

    Source: Universal Robots, "DH Parameters for calculations of kinematics and dynamics", UR5e; limits from its data
    sheet. Inertia: uniform cylinders about the centre of mass, as in the ROS description: the manufacturer publishes
    none for this size.
    """

    d_m: float
    a_m: float
    alpha_rad: float
    mass_kg: float
    com_m: tuple[float, float, float]
    inertia_kg_m2: tuple[float, float, float]
    position_max_rad: float
    velocity_max_rad_s: float
    torque_max_nm: float
    stiffness_nm_rad: float
    damping_nm_s_rad: float


def cylinder_inertia(mass_kg: float, radius_m: float, length_m: float, axis: int) -> tuple[float, float, float]:
    """Principal inertia of a uniform cylinder along `axis` (0 x, 1 y, 2 z), kg·m²."""
    across = mass_kg * (3.0 * radius_m**2 + length_m**2) / 12.0
    values = [across, across, across]
    values[axis] = 0.5 * mass_kg * radius_m**2
    return values[0], values[1], values[2]


_PI = math.pi

# Servo gains are chosen by hand: stiff enough for a millimetre, well damped at a 2 ms step.
LINKS: tuple[Link, ...] = (
    Link(
        d_m=0.1625,
        a_m=0.0,
        alpha_rad=_PI / 2,
        mass_kg=3.761,
        com_m=(0.0, -0.02561, 0.00193),
        inertia_kg_m2=cylinder_inertia(3.761, 0.06, 0.15, 1),
        position_max_rad=2 * _PI,
        velocity_max_rad_s=_PI,
        torque_max_nm=150.0,
        stiffness_nm_rad=8000.0,
        damping_nm_s_rad=400.0,
    ),
    Link(
        d_m=0.0,
        a_m=-0.425,
        alpha_rad=0.0,
        mass_kg=8.058,
        com_m=(0.2125, 0.0, 0.11336),
        inertia_kg_m2=cylinder_inertia(8.058, 0.06, 0.425, 0),
        position_max_rad=2 * _PI,
        velocity_max_rad_s=_PI,
        torque_max_nm=150.0,
        stiffness_nm_rad=8000.0,
        damping_nm_s_rad=400.0,
    ),
    Link(
        d_m=0.0,
        a_m=-0.3922,
        alpha_rad=0.0,
        mass_kg=2.846,
        com_m=(0.15, 0.0, 0.0265),
        inertia_kg_m2=cylinder_inertia(2.846, 0.045, 0.3922, 0),
        position_max_rad=_PI,
        velocity_max_rad_s=_PI,
        torque_max_nm=150.0,
        stiffness_nm_rad=6000.0,
        damping_nm_s_rad=240.0,
    ),
    Link(
        d_m=0.1333,
        a_m=0.0,
        alpha_rad=_PI / 2,
        mass_kg=1.37,
        com_m=(0.0, -0.0018, 0.01634),
        inertia_kg_m2=cylinder_inertia(1.37, 0.045, 0.12, 1),
        position_max_rad=2 * _PI,
        velocity_max_rad_s=_PI,
        torque_max_nm=28.0,
        stiffness_nm_rad=1500.0,
        damping_nm_s_rad=40.0,
    ),
    Link(
        d_m=0.0997,
        a_m=0.0,
        alpha_rad=-_PI / 2,
        mass_kg=1.3,
        com_m=(0.0, 0.0018, 0.01634),
        inertia_kg_m2=cylinder_inertia(1.3, 0.045, 0.12, 1),
        position_max_rad=2 * _PI,
        velocity_max_rad_s=_PI,
        torque_max_nm=28.0,
        stiffness_nm_rad=1500.0,
        damping_nm_s_rad=40.0,
    ),
    Link(
        d_m=0.0996,
        a_m=0.0,
        alpha_rad=0.0,
        mass_kg=0.365,
        com_m=(0.0, 0.0, -0.001159),
        inertia_kg_m2=cylinder_inertia(0.365, 0.037, 0.04, 2),
        position_max_rad=2 * _PI,
        velocity_max_rad_s=_PI,
        torque_max_nm=28.0,
        stiffness_nm_rad=800.0,
        damping_nm_s_rad=16.0,
    ),
)

JOINT_NAMES = ("shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
INPUT_NAMES = ("vacuum", "scale_kg")
"""The plain inputs that the port reports, in this order: vacuum level 0..1, gain of the destination's scale in kg."""


def cylinder(start: tuple[float, float, float], end: tuple[float, float, float], radius_m: float, rgba: str) -> str:
    """A cylinder that is only drawn, between two points of the body frame, m."""
    ends = " ".join(f"{value:.5g}" for value in (*start, *end))
    return f'<geom type="cylinder" fromto="{ends}" size="{radius_m:.5g}" rgba="{rgba}" class="drawn"/>'


def capsule(start: tuple[float, float, float], end: tuple[float, float, float], radius_m: float, rgba: str) -> str:
    """A capsule that is only drawn, between two points of the body frame, m."""
    return cylinder(start, end, radius_m, rgba).replace('type="cylinder"', 'type="capsule"')


# What each link looks like, in its own DH frame: tubes grey, joint caps blue.
BASE_SHAPES = (
    cylinder((0, 0, 0), (0, 0, 0.03), 0.078, DARK),
    cylinder((0, 0, 0.03), (0, 0, 0.1), 0.062, GREY),
)
LINK_SHAPES: tuple[tuple[str, ...], ...] = (
    (
        cylinder((0, -0.0625, 0), (0, -0.052, 0), 0.064, DARK),
        cylinder((0, -0.053, 0), (0, 0.03, 0), 0.06, GREY),
        cylinder((0, 0, -0.055), (0, 0, 0.07), 0.06, GREY),
        cylinder((0, 0, -0.066), (0, 0, -0.055), 0.055, BLUE),
    ),
    (
        cylinder((0.425, 0, 0.072), (0.425, 0, 0.195), 0.06, GREY),
        cylinder((0.425, 0, 0.195), (0.425, 0, 0.206), 0.055, BLUE),
        capsule((0.42, 0, 0.138), (0.0, 0, 0.138), 0.045, GREY),
        cylinder((0, 0, 0.079), (0, 0, 0.186), 0.052, GREY),
        cylinder((0, 0, 0.186), (0, 0, 0.196), 0.047, BLUE),
    ),
    (
        cylinder((0.3922, 0, 0.077), (0.3922, 0, -0.04), 0.052, GREY),
        cylinder((0.3922, 0, -0.04), (0.3922, 0, -0.05), 0.047, BLUE),
        capsule((0.39, 0, 0.012), (0.0, 0, 0.012), 0.037, GREY),
        cylinder((0, 0, -0.04), (0, 0, 0.076), 0.041, GREY),
        cylinder((0, 0, -0.05), (0, 0, -0.04), 0.037, BLUE),
    ),
    (
        cylinder((0, -0.056, 0), (0, 0.04, 0), 0.041, GREY),
        cylinder((0, 0.04, 0), (0, 0.05, 0), 0.037, BLUE),
        cylinder((0, 0, 0), (0, 0, 0.046), 0.041, GREY),
    ),
    (
        cylinder((0, 0.052, 0), (0, -0.04, 0), 0.041, GREY),
        cylinder((0, -0.05, 0), (0, -0.04, 0), 0.037, BLUE),
        cylinder((0, 0, 0), (0, 0, 0.05), 0.041, GREY),
    ),
    (cylinder((0, 0, -0.048), (0, 0, 0), 0.037, DARK),),
)


def arm_mjcf(tool_mjcf: str) -> str:
    """The arm as nested MJCF bodies with `tool_mjcf` inside the last link's frame (the flange, z out)."""
    opened: list[str] = [*BASE_SHAPES]
    for name, link, shapes in zip(JOINT_NAMES, LINKS, LINK_SHAPES, strict=True):
        sine, cosine = math.sin(link.alpha_rad), math.cos(link.alpha_rad)
        half = link.alpha_rad / 2.0
        com = " ".join(f"{value:.6g}" for value in link.com_m)
        inertia = " ".join(f"{value:.6g}" for value in link.inertia_kg_m2)
        quaternion = f"{math.cos(half):.17g} {math.sin(half):.17g} 0 0"
        pivot = f"{-link.a_m} {-link.d_m * sine:.17g} {-link.d_m * cosine:.17g}"
        opened.append(
            f"""<body name="{name}" pos="{link.a_m} 0 {link.d_m}" quat="{quaternion}" gravcomp="1">
<inertial pos="{com}" mass="{link.mass_kg}" diaginertia="{inertia}"/>
<joint name="{name}" pos="{pivot}" axis="0 {sine:.17g} {cosine:.17g}"
  range="{-link.position_max_rad} {link.position_max_rad}" limited="true" actuatorgravcomp="true"
  solreffriction="0.004 1" solimpfriction="0.9999 0.9999 0.001"/>"""
        )
        opened.extend(shapes)
    opened.append(tool_mjcf)
    return "\n".join(opened) + "</body>" * len(LINKS)


def actuators_mjcf() -> str:
    """One position servo a joint, with the joint's torque limit."""
    return "\n".join(
        f'<position name="{name}" joint="{name}" kp="{link.stiffness_nm_rad}" kv="{link.damping_nm_s_rad}" '
        f'forcerange="{-link.torque_max_nm} {link.torque_max_nm}"/>'
        for name, link in zip(JOINT_NAMES, LINKS, strict=True)
    )


def arm_description() -> dict[str, Any]:
    """The arm and its gripper as keyword arguments of `Arm.from_dh`; the tool frame is the suction cup's lip, z out."""
    mass_kg, com_m, inertia = _gripper_and_cup()
    return {
        "a_m": np.array([link.a_m for link in LINKS]),
        "d_m": np.array([link.d_m for link in LINKS]),
        "alpha_rad": np.array([link.alpha_rad for link in LINKS]),
        "offset_rad": np.zeros(len(LINKS)),
        "mass_kg": np.array([link.mass_kg for link in LINKS]),
        "com_m": np.array([link.com_m for link in LINKS]),
        "inertia_kg_m2": np.array([np.diag(link.inertia_kg_m2) for link in LINKS]),
        "armature_kg_m2": np.zeros(len(LINKS)),
        "position_min_rad": np.array([-link.position_max_rad for link in LINKS]),
        "position_max_rad": np.array([link.position_max_rad for link in LINKS]),
        "tool_translation_m": np.array([0.0, 0.0, layout.TOOL_LENGTH_M]),
        "tool_rotation": np.eye(3),
        "tool_mass_kg": mass_kg,
        "tool_com_m": com_m - [0.0, 0.0, layout.TOOL_LENGTH_M],
        "tool_inertia_kg_m2": inertia,
        "gravity_m_s2": np.array([0.0, 0.0, -9.81]),
    }


def _gripper_and_cup() -> tuple[float, Float, Float]:
    """Gripper and cup as one body: mass (kg), centre (3,) in the flange frame (m), inertia (3, 3) about it (kg·m²)."""
    parts = (
        (layout.TOOL_MASS_KG, np.array(layout.TOOL_COM_M), np.diag(layout.TOOL_INERTIA_KG_M2)),
        (layout.CUP_MASS_KG, np.array(layout.CUP_COM_M), np.diag(layout.CUP_INERTIA_KG_M2)),
    )
    mass_kg = sum(mass for mass, _, _ in parts)
    com_m = sum((mass * com for mass, com, _ in parts), np.zeros(3)) / mass_kg
    inertia = np.zeros((3, 3))
    for mass, com, own in parts:
        arm = com - com_m
        inertia += own + mass * (float(arm @ arm) * np.eye(3) - np.outer(arm, arm))
    return mass_kg, com_m, inertia
