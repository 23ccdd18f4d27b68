"""A cell folder → a typed cell: parsed once, at the edge, into values that cannot be wrong."""

from spinal.cell.config import (
    CameraConfig,
    CellConfig,
    HostConfig,
    PolicyConfig,
    RobotConfig,
    SkuConfig,
    TaskConfig,
)
from spinal.cell.limits import ArmLimits, JointLimits, Limits, limit_value
from spinal.cell.load import Cell, load_cell

__all__ = [
    "ArmLimits",
    "CameraConfig",
    "Cell",
    "CellConfig",
    "HostConfig",
    "JointLimits",
    "Limits",
    "PolicyConfig",
    "RobotConfig",
    "SkuConfig",
    "TaskConfig",
    "limit_value",
    "load_cell",
]
