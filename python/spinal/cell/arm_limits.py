"""Section `[arm]` of limits.toml."""

from __future__ import annotations

from spinal.cell.config import Strict
from spinal.cell.unlimited import MaybeUnlimited


class ArmLimits(Strict):
    """Limits of the arm as a whole, held along the whole stopping path, in m/s, kg·m/s, W, J, s and m."""

    tool_speed_max_m_s: MaybeUnlimited
    elbow_speed_max_m_s: MaybeUnlimited
    momentum_max_kg_m_s: MaybeUnlimited
    power_max_w: MaybeUnlimited
    kinetic_energy_max_j: MaybeUnlimited
    stopping_time_max_s: MaybeUnlimited
    stopping_distance_max_m: MaybeUnlimited
