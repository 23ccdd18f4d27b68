"""The independent checker of torque: Newton–Euler over whole arrays for every tick, Pinocchio for a declared sample.

Both are built here from the same published numbers; the gate's own dynamics (Rust) plays no part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinal.records import Float

Vector = tuple[Float, Float, Float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lump:
    """A rigid body: mass (kg), centre (m) and inertia about it (kg·m²) in the frame of its joint."""

    mass_kg: float
    com_m: Float
    inertia_kg_m2: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A revolute joint about z: where its frame stands in the parent's at position 0, and the bodies that it moves."""

    rotation: Float
    translation_m: Float
    lumps: tuple[Lump, ...]
    armature_kg_m2: float


def chain_of(arm: dict[str, Any]) -> tuple[Link, ...]:
    """Return the chain of a standard Denavit–Hartenberg table (the arguments of `Arm.from_dh`)."""
    links: list[Link] = []
    end_rotation, end_m = np.eye(3), np.zeros(3)
    dof = len(arm["a_m"])
    for i in range(dof):
        twist = _about_x(arm["alpha_rad"][i])
        reach = np.array([arm["a_m"][i], 0.0, arm["d_m"][i]])
        lumps = [_moved(arm["mass_kg"][i], arm["com_m"][i], arm["inertia_kg_m2"][i], twist, reach)]
        if i == dof - 1 and arm["tool_mass_kg"] > 0.0:
            rotation = twist @ arm["tool_rotation"]
            at = reach + twist @ arm["tool_translation_m"]
            lumps.append(_moved(arm["tool_mass_kg"], arm["tool_com_m"], arm["tool_inertia_kg_m2"], rotation, at))
        links.append(
            Link(
                rotation=end_rotation @ _about_z(arm["offset_rad"][i]),
                translation_m=end_m,
                lumps=tuple(lumps),
                armature_kg_m2=float(arm["armature_kg_m2"][i]),
            )
        )
        end_rotation, end_m = twist, reach
    return tuple(links)


def torques(chain: tuple[Link, ...], gravity_m_s2: Float, q: Float, qd: Float, qdd: Float) -> Float:
    """Return joint torques (dof, ticks), N·m, for arrays of the same shape.

    Source: the recursive Newton–Euler algorithm, Craig, Introduction to Robotics, §6.5.
    """
    ticks = q.shape[1]
    zero = np.zeros(ticks)
    spin: Vector = (zero, zero, zero)
    spin_rate: Vector = (zero, zero, zero)
    lift: Vector = tuple(np.full(ticks, -g) for g in gravity_m_s2)  # type: ignore[assignment]
    forces: list[Vector] = []
    moments: list[Vector] = []
    turns = [(np.cos(row), np.sin(row)) for row in q]
    for link, turn, rate, push in zip(chain, turns, qd, qdd, strict=True):
        at: Vector = tuple(np.full(1, x) for x in link.translation_m)  # type: ignore[assignment]
        lift = _into(link, turn, _add(lift, _swing(spin, spin_rate, at)))
        carried = _into(link, turn, spin)
        x, y, z = _into(link, turn, spin_rate)
        spin_rate = (x + carried[1] * rate, y - carried[0] * rate, z + push)
        spin = (carried[0], carried[1], carried[2] + rate)
        force: Vector = (zero, zero, zero)
        moment: Vector = (zero, zero, zero)
        for lump in link.lumps:
            com: Vector = tuple(np.full(1, x) for x in lump.com_m)  # type: ignore[assignment]
            pull = _scale(lump.mass_kg, _add(lift, _swing(spin, spin_rate, com)))
            own = _add(_times(lump.inertia_kg_m2, spin_rate), _cross(spin, _times(lump.inertia_kg_m2, spin)))
            force = _add(force, pull)
            moment = _add(moment, _add(own, _cross(com, pull)))
        forces.append(force)
        moments.append(moment)
    out = np.empty_like(q)
    force, moment = (zero, zero, zero), (zero, zero, zero)
    for i in reversed(range(len(chain))):
        force, moment = _add(forces[i], force), _add(moments[i], moment)
        out[i] = moment[2] + chain[i].armature_kg_m2 * qdd[i]
        force, moment = _out_of(chain[i], turns[i], force), _out_of(chain[i], turns[i], moment)
        at = tuple(np.full(1, x) for x in chain[i].translation_m)  # type: ignore[assignment]
        moment = _add(moment, _cross(at, force))
    return out


class PinocchioTorques:
    """The same arm in Pinocchio."""

    def __init__(self, chain: tuple[Link, ...], gravity_m_s2: Float) -> None:
        """Build the model; needs `pin`."""
        import pinocchio

        self._pin = pinocchio
        model = pinocchio.Model()
        parent = 0
        for i, link in enumerate(chain):
            placement = pinocchio.SE3(link.rotation, link.translation_m)
            parent = model.addJoint(parent, pinocchio.JointModelRZ(), placement, f"joint_{i}")
            for lump in link.lumps:
                body = pinocchio.Inertia(lump.mass_kg, lump.com_m, lump.inertia_kg_m2)
                model.appendBodyToJoint(parent, body, pinocchio.SE3.Identity())
        model.gravity = pinocchio.Motion(gravity_m_s2, np.zeros(3))
        self._model = model
        self._data = model.createData()
        self._armature = np.array([link.armature_kg_m2 for link in chain])
        self.version = str(pinocchio.__version__)

    def torques(self, q: Float, qd: Float, qdd: Float) -> Float:
        """Return joint torques (dof, states), N·m."""
        rows = [self._pin.rnea(self._model, self._data, q[:, k], qd[:, k], qdd[:, k]).copy() for k in range(q.shape[1])]
        out: Float = np.array(rows).reshape(q.shape[1], q.shape[0]).T + self._armature[:, None] * qdd
        return out


def _moved(mass_kg: float, com_m: Float, inertia: Float, rotation: Float, translation_m: Float) -> Lump:
    return Lump(
        mass_kg=float(mass_kg),
        com_m=rotation @ com_m + translation_m,
        inertia_kg_m2=rotation @ inertia @ rotation.T,
    )


def _about_x(angle: float) -> Float:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def _about_z(angle: float) -> Float:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _add(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _scale(factor: float, a: Vector) -> Vector:
    return factor * a[0], factor * a[1], factor * a[2]


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _swing(spin: Vector, spin_rate: Vector, at: Vector) -> Vector:
    """Return the acceleration of a point of a turning body relative to its origin."""
    return _add(_cross(spin_rate, at), _cross(spin, _cross(spin, at)))


def _times(matrix: Float, a: Vector) -> Vector:
    rows = [matrix[r, 0] * a[0] + matrix[r, 1] * a[1] + matrix[r, 2] * a[2] for r in range(3)]
    return rows[0], rows[1], rows[2]


def _into(link: Link, turn: tuple[Float, Float], a: Vector) -> Vector:
    """Return a vector of the parent's frame in the joint's."""
    cosine, sine = turn
    x, y, z = _times(link.rotation.T, a)
    return cosine * x + sine * y, cosine * y - sine * x, z


def _out_of(link: Link, turn: tuple[Float, Float], a: Vector) -> Vector:
    """Return a vector of the joint's frame in the parent's."""
    cosine, sine = turn
    return _times(link.rotation, (cosine * a[0] - sine * a[1], sine * a[0] + cosine * a[1], a[2]))
