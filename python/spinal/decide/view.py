"""Where in space a picture's points lie: a calibrated pinhole camera on the tool.

Pixels are (column, row) from the picture's upper left corner, so that the middle of the first pixel is (0.5, 0.5).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spinal.records import Float


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPose:
    """Where the tool is: `position_m` (3,) and `rotation` (3, 3), tool to base frame."""

    position_m: Float
    rotation: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """A pinhole camera without distortion, as it was calibrated.

    `position_m` (3,) is the pinhole and `rotation` (3, 3) has the picture's right, down and forward as columns, all in
    the tool frame.
    """

    width: int
    height: int
    focal_px: float
    position_m: Float
    rotation: Float

    @classmethod
    def mounted(
        cls, *, width: int, height: int, fov_rad: float, position_m: Float, right: Float, forward: Float
    ) -> CameraView:
        """Return the camera with that picture (pixels) and angle of view from upper to lower edge."""
        return cls(
            width=width,
            height=height,
            focal_px=height / 2.0 / math.tan(fov_rad / 2.0),
            position_m=position_m,
            rotation=np.column_stack([right, np.cross(forward, right), forward]),
        )

    def position_at(self, tool: ToolPose) -> Float:
        """Return the pinhole (3,) in the base frame."""
        return np.asarray(tool.position_m + tool.rotation @ self.position_m)

    def place(self, pixels: Float, tool: ToolPose, z_m: float) -> Float:
        """Return where the lines of sight of `pixels` (n, 2) meet the height `z_m`, base frame (n, 2); NaN: nowhere."""
        middle = (self.width / 2.0, self.height / 2.0)
        rays = np.column_stack([(pixels - middle) / self.focal_px, np.ones(len(pixels))])
        rays = rays @ (tool.rotation @ self.rotation).T  # (n, 3), base frame
        start = self.position_at(tool)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (z_m - start[2]) / rays[:, 2]
        reach = np.where(reach > 0.0, reach, np.nan)
        return np.asarray(start[:2] + rays[:, :2] * reach[:, None])

    def project(self, point_m: Float, tool: ToolPose) -> tuple[float, float] | None:
        """Return the pixel that shows a point (3,), base frame; None when it is behind the camera or outside."""
        right, down, ahead = (tool.rotation @ self.rotation).T @ (point_m - self.position_at(tool))
        if not ahead > 0.0:
            return None
        column = self.width / 2.0 + self.focal_px * float(right / ahead)
        row = self.height / 2.0 + self.focal_px * float(down / ahead)
        return (column, row) if 0.0 <= column <= self.width and 0.0 <= row <= self.height else None
