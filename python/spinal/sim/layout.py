"""Where things stand in the bin-picking cell, in m, in the world frame (= the arm's base frame, z up).

The inner floors of both totes are at z = 0, the height of the arm's mounting plane.
"""

from __future__ import annotations

import math

FLOOR_Z_M = -0.74
SOURCE_M = (0.50, -0.22)
DESTINATION_M = (0.50, 0.22)
TOTE_HALF_M = (0.18, 0.14)
TOTE_WALL_HALF_M = 0.004
TOTE_HEIGHT_M = 0.10

TOOL_LENGTH_M = 0.16
"""From the flange to the lip of the suction cup, along the flange's z."""
LIP_RADIUS_M = 0.014
"""Radius of the ring of lip contacts."""
LIP_BEAD_M = 0.0025
"""Radius of one contact bead of the lip."""
CUP_STROKE_M = 0.012
CUP_STIFFNESS_N_M = 500.0
CUP_DAMPING_N_S_M = 14.0
CUP_PRELOAD_N = 1.0
CUP_TILT_MAX_RAD = 0.35
CUP_TILT_STIFFNESS_NM_RAD = 0.12
CUP_TILT_DAMPING_NM_S_RAD = 0.012
CUP_PIVOT_M = 0.012
"""The bellows tilts about a point this far behind the lip."""
TOOL_MASS_KG = 0.55
TOOL_COM_M = (0.0, 0.0, 0.05)
TOOL_INERTIA_KG_M2 = (0.0012, 0.0012, 0.0005)
CUP_MASS_KG = 0.03
CUP_COM_M = (0.0, 0.0, TOOL_LENGTH_M - 0.015)
CUP_INERTIA_KG_M2 = (1.5e-5, 1.5e-5, 8e-6)

SCALE_STIFFNESS_N_M = 20_000.0
SCALE_DAMPING_N_S_M = 150.0
DESTINATION_TOTE_MASS_KG = 1.4

HOME_TOOL_M = (0.50, -0.22, 0.30)
"""The tool, pointing straight down, above the middle of the source tote."""
HOME_YAW_RAD = -math.pi / 2

WRIST_CAMERA_M = (0.0, -0.085, 0.03)
"""In the flange frame."""
WRIST_TILT_RAD = math.radians(10.0)
"""Of the wrist camera towards the cup."""
WRIST_FOVY_DEG = 78.0
TOP_CAMERA_M = (0.50, 0.0, 1.05)
TOP_FOVY_DEG = 45.0
SCALE_FILTER_S = 0.04
OBJECT_DAMPING = 3e-4
"""Of every object, N·m·s/rad: stands for rolling resistance and soft packaging, so that round things come to rest."""
