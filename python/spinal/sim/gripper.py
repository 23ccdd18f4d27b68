"""What is bolted to the flange, as MJCF: wrist camera, gripper body, and a suction cup on a spring and a bellows.

The cup slides along the tool's z and tilts about two axes behind the lip; eight small spheres around the lip touch
things. The pull of the vacuum is not in the model: the plant applies it (crates/plant/src/suction.rs).
"""

from __future__ import annotations

import math

from spinal.sim import layout
from spinal.sim.robot import BLUE, DARK, GREY

LIPS = 8


def gripper_mjcf() -> str:
    """The gripper as an MJCF body in the flange frame."""
    x, y, z = layout.WRIST_CAMERA_M
    tilt = layout.WRIST_TILT_RAD
    return f"""<body name="gripper" gravcomp="1">
<inertial pos="{_text(layout.TOOL_COM_M)}" mass="{layout.TOOL_MASS_KG}"
  diaginertia="{_text(layout.TOOL_INERTIA_KG_M2)}"/>
<geom class="drawn" type="cylinder" fromto="0 0 0 0 0 0.012" size="0.037" rgba="{BLUE}"/>
<geom name="gripper-body" class="gripper" type="cylinder" fromto="0 0 0.012 0 0 0.085" size="0.028" rgba="{DARK}"/>
<geom class="drawn" type="box" pos="{x} {y} {z - 0.012}" size="0.022 0.012 0.012" rgba="{DARK}"/>
<geom class="drawn" type="box" pos="{x} {y / 2} {z - 0.016}" size="0.012 {abs(y) / 2} 0.004" rgba="{GREY}"/>
<geom name="gripper-rod" class="gripper" type="cylinder" fromto="0 0 0.085 0 0 0.128" size="0.009" rgba="{GREY}"/>
<camera name="wrist" pos="{x} {y} {z}" fovy="{layout.WRIST_FOVY_DEG}"
  xyaxes="1 0 0 0 {-math.cos(tilt):.9f} {math.sin(tilt):.9f}"/>
<site name="tool" pos="0 0 {layout.TOOL_LENGTH_M}" size="0.002" group="4"/>
{_cup()}
</body>"""


def _cup() -> str:
    lip = layout.TOOL_LENGTH_M
    return f"""<body name="cup" gravcomp="1">
<inertial pos="{_text(layout.CUP_COM_M)}" mass="{layout.CUP_MASS_KG}" diaginertia="{_text(layout.CUP_INERTIA_KG_M2)}"/>
<joint name="cup" type="slide" axis="0 0 1" range="{-layout.CUP_STROKE_M} 0" limited="true"
  stiffness="{layout.CUP_STIFFNESS_N_M}" springref="{layout.CUP_PRELOAD_N / layout.CUP_STIFFNESS_N_M}"
  damping="{layout.CUP_DAMPING_N_S_M}" solreflimit="0.006 1"/>
{_bellows_joint("cup-roll", "1 0 0")}
{_bellows_joint("cup-pitch", "0 1 0")}
<geom class="drawn" type="cylinder" fromto="0 0 {lip - 0.032} 0 0 {lip - 0.018}" size="0.008" rgba="0.25 0.25 0.27 1"/>
<geom class="drawn" type="cylinder" fromto="0 0 {lip - 0.019} 0 0 {lip - 0.010}" size="0.011" rgba="0.75 0.25 0.12 1"/>
<geom class="drawn" type="cylinder" fromto="0 0 {lip - 0.011} 0 0 {lip - 0.001}" size="0.0155" rgba="0.80 0.28 0.13 1"/>
{"".join(_lip(i) for i in range(LIPS))}
</body>"""


def _bellows_joint(name: str, axis: str) -> str:
    pivot = layout.TOOL_LENGTH_M - layout.CUP_PIVOT_M
    tilt_max = layout.CUP_TILT_MAX_RAD
    return f"""<joint name="{name}" type="hinge" axis="{axis}" pos="0 0 {pivot}" range="{-tilt_max} {tilt_max}"
  stiffness="{layout.CUP_TILT_STIFFNESS_NM_RAD}" damping="{layout.CUP_TILT_DAMPING_NM_S_RAD}" solreflimit="0.006 1"/>"""


def _lip(i: int) -> str:
    angle = 2 * math.pi * i / LIPS
    x, y = layout.LIP_RADIUS_M * math.cos(angle), layout.LIP_RADIUS_M * math.sin(angle)
    return f"""<geom name="lip-{i}" type="sphere" class="gripper" group="3" size="{layout.LIP_BEAD_M}"
  pos="{x:.6f} {y:.6f} {layout.TOOL_LENGTH_M - layout.LIP_BEAD_M}" rgba="0.15 0.15 0.16 1" solref="0.01 1"/>"""


def _text(values: tuple[float, ...]) -> str:
    return " ".join(str(value) for value in values)
