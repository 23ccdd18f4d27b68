"""The compiled core of Spinal. One section a binding file; `make lint` compares it with the built module."""

from typing import final

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]

# --- crates/bindings/src/arm.rs

class UnreachableError(ValueError):
    """No joint positions inside the limits near the seed reach a tool pose."""

@final
class Arm:
    """A serial arm of revolute joints with its inertia; immutable. Arrays are float64, SI units; base frame unless said otherwise."""

    @staticmethod
    def from_dh(
        *,
        a_m: Float,
        d_m: Float,
        alpha_rad: Float,
        offset_rad: Float,
        mass_kg: Float,
        com_m: Float,
        inertia_kg_m2: Float,
        armature_kg_m2: Float,
        position_min_rad: Float,
        position_max_rad: Float,
        tool_translation_m: Float,
        tool_rotation: Float,
        tool_mass_kg: float,
        tool_com_m: Float,
        tool_inertia_kg_m2: Float,
        gravity_m_s2: Float,
    ) -> Arm:
        """Return an arm from a standard Denavit-Hartenberg table, `Rz(q + offset) Tz(d) Tx(a) Rx(alpha)` a row.

        Columns have shape (dof,), `com_m` (dof, 3) and `inertia_kg_m2` (dof, 3, 3) are in the frame at the end of each row;
        the tool is given in the last of these frames, its centre of mass and inertia in the tool frame.
        ValueError: a wrong shape, or what is wrong with which link.
        """

    @property
    def dof(self) -> int:
        """Number of joints."""

    def tool_pose(self, q: Float) -> tuple[Float, Float]:
        """Return the tool's position (3,), m, and rotation (3, 3) at joint positions `q` (dof,), rad."""

    def solve_path(self, waypoints_m: Float, rotation: Float, seed: Float) -> Float:
        """Return joint positions (n, dof), rad, that bring the tool to each of `waypoints_m` (n, 3) with `rotation` (3, 3).

        Each solution starts from the one before, the first from `seed` (dof,). UnreachableError names the waypoint.
        """

    def inverse_dynamics(self, q: Float, qd: Float, qdd: Float) -> Float:
        """Return joint torques (dof,), N m, gravity included."""

    def mass_matrix(self, q: Float) -> Float:
        """Return the mass matrix (dof, dof), kg m^2."""

    def jacobian(self, q: Float) -> Float:
        """Return the tool's Jacobian (6, dof): linear velocity (m/rad) over angular velocity (rad/rad)."""
