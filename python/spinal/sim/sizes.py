"""An object in other proportions: what the compiled model holds of its shape, made anew as MuJoCo itself would."""

from __future__ import annotations

import mujoco
import numpy as np

from spinal.records import Float
from spinal.sim.mjcf import object_mjcf
from spinal.sim.products import Product


class Sizes:
    """The shape of one object of a compiled model: listed as compiled, and taken by the model in another size."""

    def __init__(self, model: mujoco.MjModel, name: str, product: Product) -> None:
        """Keep what was compiled for the body of that name."""
        body = model.body(name)
        first, count = int(body.geomadr[0]), int(body.geomnum[0])
        nodes = int(model.body_bvhadr[body.id])
        self._name = name
        self._listed = product
        self._geoms = slice(first, first + count)
        self._nodes = slice(nodes, nodes + int(model.body_bvhnum[body.id]))
        self._inertia_kg_m2: Float = body.inertia.copy()
        self._turn = _matrix(body.iquat)
        self._as_listed = tuple(array[part].copy() for array, part in self._arrays(model))

    def take(self, model: mujoco.MjModel, product: Product) -> Float:
        """Give the model's body the size of `product`; return its inertia (3,), kg·m², about the body's own axes.

        The mass is that of the listed product: a package of another shape with the same in it.
        """
        if product == self._listed:
            for (array, part), kept in zip(self._arrays(model), self._as_listed, strict=True):
                array[part] = kept
            return self._inertia_kg_m2
        alone = mujoco.MjModel.from_xml_string(object_mjcf(self._name, product))
        tree = alone.bvh_aabb[int(alone.body_bvhadr[1]) :]
        model.geom_size[self._geoms] = alone.geom_size
        model.geom_rbound[self._geoms] = alone.geom_rbound
        model.geom_aabb[self._geoms] = alone.geom_aabb
        # Each node of the tree gets the box around the whole object: larger than it must be, so nothing is missed.
        turn = self._turn.T @ _matrix(alone.body_iquat[1])
        half = np.abs(turn) @ np.max(np.abs(tree[:, :3]) + tree[:, 3:], axis=0)
        model.bvh_aabb[self._nodes, :3], model.bvh_aabb[self._nodes, 3:] = 0.0, half
        # MuJoCo names the axes of inertia by size, and the compiled model keeps the order that it was compiled with.
        inertia: Float = np.diag(turn @ np.diag(alone.body_inertia[1]) @ turn.T).copy()
        return inertia

    def _arrays(self, model: mujoco.MjModel) -> tuple[tuple[Float, slice], ...]:
        geoms, nodes = self._geoms, self._nodes
        return (
            (model.geom_size, geoms),
            (model.geom_rbound, geoms),
            (model.geom_aabb, geoms),
            (model.bvh_aabb, nodes),
        )


def _matrix(quaternion: Float) -> Float:
    matrix = np.zeros(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)
