"""Cameras and robot state → Observation: synchronised, aged, healthy or not."""

from spinal.observe.assembler import ROBOT, Assembler, RobotStatus

__all__ = ["ROBOT", "Assembler", "RobotStatus"]
