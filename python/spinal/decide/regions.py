"""Which squares of a picture show one SKU, as connected regions, and where those lie in the cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# SciPy makes these names at run time, where a type checker does not see them.
from scipy.ndimage import distance_transform_cdt, label  # type: ignore[attr-defined]

from spinal.decide.view import CameraView, ToolPose
from spinal.records import Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One connected region of a SKU, seen as lying at one height.

    `places_m` (n, 2) are its squares' middles there, base frame; `weights` (n,) how sure each is, 0..1; `depths` (n,)
    how many squares each is away from the region's outside, at least 1; `cell_m` a square's side there.
    """

    places_m: Float
    weights: Float
    depths: Float
    cell_m: float

    @property
    def middle_m(self) -> Float:
        """Return its middle (2,), base frame."""
        return np.asarray(np.average(self.places_m, axis=0, weights=self.weights))

    @property
    def area_m2(self) -> float:
        """Return the area that it covers at its height."""
        return float(self.weights.sum()) * self.cell_m**2


def find_regions(
    probability: npt.NDArray[np.float32], view: CameraView, tool: ToolPose, *, z_m: float, least: float
) -> list[Region]:
    """Return the connected regions where `probability` (rows, columns) is at least `least`, the largest first."""
    mask = probability >= least
    numbers, count = label(mask)
    depths = distance_transform_cdt(np.pad(mask, 1), metric="chessboard")[1:-1, 1:-1]
    rows, columns = probability.shape
    step = np.array([view.width / columns, view.height / rows])
    found = []
    for number in range(1, count + 1):
        squares = np.argwhere(numbers == number)  # (n, 2): row, column
        pixels = (squares[:, ::-1] + 0.5) * step
        places = view.place(pixels, tool, z_m)
        seen = np.isfinite(places).all(axis=1)
        if not seen.any():
            continue
        at = tuple(squares[seen].T)
        away = float(view.position_at(tool)[2]) - z_m
        found.append(
            Region(
                places_m=places[seen],
                weights=probability[at].astype(np.float64),
                depths=depths[at].astype(np.float64),
                cell_m=away * float(step[0]) / view.focal_px,
            )
        )
    return sorted(found, key=lambda region: -region.area_m2)
