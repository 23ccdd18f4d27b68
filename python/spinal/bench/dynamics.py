"""The independent dynamics: Newton–Euler over whole arrays for every tick, Pinocchio for a declared sample of states.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A serial arm: its links outwards, the tool's origin in the last link's frame (m), gravity (m/s²)."""

    links: tuple[Link, ...]
    tool_m: Float
    gravity_m_s2: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """What a motion takes and what moves in it; arrays of shape (ticks,), torques (dof, ticks)."""

    torque_nm: Float
    tool_speed_m_s: Float
    elbow_speed_m_s: Float
    """The highest speed of any joint's origin."""
    momentum_kg_m_s: Float
    power_w: Float
    kinetic_energy_j: Float


def chain_of(arm: dict[str, Any]) -> Chain:
    """Return the chain of a standard Denavit–Hartenberg table (the arguments of `Arm.from_dh`)."""
    links: list[Link] = []
    end_rotation, end_m = np.eye(3), np.zeros(3)
    tool_m = np.zeros(3)
    dof = len(arm["a_m"])
    for i in range(dof):
        twist = _about_x(arm["alpha_rad"][i])
        reach = np.array([arm["a_m"][i], 0.0, arm["d_m"][i]])
        lumps = [_moved(arm["mass_kg"][i], arm["com_m"][i], arm["inertia_kg_m2"][i], twist, reach)]
        if i == dof - 1:
            tool_m = reach + twist @ arm["tool_translation_m"]
            rotation = twist @ arm["tool_rotation"]
            if arm["tool_mass_kg"] > 0.0:
                lumps.append(
                    _moved(arm["tool_mass_kg"], arm["tool_com_m"], arm["tool_inertia_kg_m2"], rotation, tool_m)
                )
        links.append(
            Link(
                rotation=end_rotation @ _about_z(arm["offset_rad"][i]),
                translation_m=end_m,
                lumps=tuple(lumps),
                armature_kg_m2=float(arm["armature_kg_m2"][i]),
            )
        )
        end_rotation, end_m = twist, reach
    return Chain(links=tuple(links), tool_m=tool_m, gravity_m_s2=np.array(arm["gravity_m_s2"]))


def works(chain: Chain, q: Float, qd: Float, qdd: Float) -> Works:
    """Return what a motion takes; `q`, `qd`, `qdd` have shape (dof, ticks).

    Source: the recursive Newton–Euler algorithm, Craig, Introduction to Robotics, §6.5; speeds and momentum by the same
    recursion.
    """
    ticks = q.shape[1]
    zero = np.zeros(ticks)
    spin: Vector = (zero, zero, zero)
    spin_rate: Vector = (zero, zero, zero)
    velocity: Vector = (zero, zero, zero)
    lift: Vector = tuple(np.full(ticks, -g) for g in chain.gravity_m_s2)  # type: ignore[assignment]
    forces: list[Vector] = []
    moments: list[Vector] = []
    momenta: list[Vector] = []
    elbow, energy = zero, zero
    turns = [(np.cos(row), np.sin(row)) for row in q]
    for link, turn, rate, push in zip(chain.links, turns, qd, qdd, strict=True):
        at = _constant(link.translation_m)
        lift = _into(link, turn, _add(lift, _swing(spin, spin_rate, at)))
        velocity = _into(link, turn, _add(velocity, _cross(spin, at)))
        carried = _into(link, turn, spin)
        x, y, z = _into(link, turn, spin_rate)
        spin_rate = (x + carried[1] * rate, y - carried[0] * rate, z + push)
        spin = (carried[0], carried[1], carried[2] + rate)
        elbow = np.maximum(elbow, _dot(velocity, velocity))
        energy = energy + link.armature_kg_m2 * rate * rate
        force: Vector = (zero, zero, zero)
        moment: Vector = (zero, zero, zero)
        momentum: Vector = (zero, zero, zero)
        for lump in link.lumps:
            com = _constant(lump.com_m)
            pull = _scale(lump.mass_kg, _add(lift, _swing(spin, spin_rate, com)))
            angular = _times(lump.inertia_kg_m2, spin)
            own = _add(_times(lump.inertia_kg_m2, spin_rate), _cross(spin, angular))
            force = _add(force, pull)
            moment = _add(moment, _add(own, _cross(com, pull)))
            drift = _add(velocity, _cross(spin, com))
            momentum = _add(momentum, _scale(lump.mass_kg, drift))
            energy = energy + lump.mass_kg * _dot(drift, drift) + _dot(spin, angular)
        forces.append(force)
        moments.append(moment)
        momenta.append(momentum)
    tool = _add(velocity, _cross(spin, _constant(chain.tool_m)))
    needed = np.empty_like(q)
    force, moment, momentum = (zero, zero, zero), (zero, zero, zero), (zero, zero, zero)
    for i in reversed(range(len(chain.links))):
        link, turn = chain.links[i], turns[i]
        force, moment, momentum = _add(forces[i], force), _add(moments[i], moment), _add(momenta[i], momentum)
        needed[i] = moment[2] + link.armature_kg_m2 * qdd[i]
        force, moment, momentum = (_out_of(link, turn, x) for x in (force, moment, momentum))
        moment = _add(moment, _cross(_constant(link.translation_m), force))
    return Works(
        torque_nm=needed,
        tool_speed_m_s=np.sqrt(_dot(tool, tool)),
        elbow_speed_m_s=np.sqrt(elbow),
        momentum_kg_m_s=np.sqrt(_dot(momentum, momentum)),
        power_w=np.abs(needed * qd).sum(axis=0),
        kinetic_energy_j=0.5 * energy,
    )


class PinocchioTorques:
    """The same arm in Pinocchio."""

    def __init__(self, chain: Chain) -> None:
        """Build the model; needs `pin`."""
        import pinocchio

        self._pin = pinocchio
        model = pinocchio.Model()
        parent = 0
        for i, link in enumerate(chain.links):
            placement = pinocchio.SE3(link.rotation, link.translation_m)
            parent = model.addJoint(parent, pinocchio.JointModelRZ(), placement, f"joint_{i}")
            for lump in link.lumps:
                body = pinocchio.Inertia(lump.mass_kg, lump.com_m, lump.inertia_kg_m2)
                model.appendBodyToJoint(parent, body, pinocchio.SE3.Identity())
        model.gravity = pinocchio.Motion(chain.gravity_m_s2, np.zeros(3))
        self._model = model
        self._data = model.createData()
        self._tool_m = chain.tool_m
        self._armature = np.array([link.armature_kg_m2 for link in chain.links])
        self.version = str(pinocchio.__version__)

    def torques(self, q: Float, qd: Float, qdd: Float) -> Float:
        """Return joint torques (dof, states), N·m."""
        rows = [self._pin.rnea(self._model, self._data, q[:, k], qd[:, k], qdd[:, k]).copy() for k in range(q.shape[1])]
        out: Float = np.array(rows).reshape(q.shape[1], q.shape[0]).T + self._armature[:, None] * qdd
        return out

    def works(self, q: Float, qd: Float) -> tuple[Float, Float, Float]:
        """Return the tool's speed (m/s), kinetic energy (J) and momentum (kg·m/s) of states (dof, states)."""
        pin, rows = self._pin, []
        tool = pin.SE3(np.eye(3), self._tool_m)
        for k in range(q.shape[1]):
            pin.forwardKinematics(self._model, self._data, q[:, k], qd[:, k])
            speed = tool.actInv(self._data.v[self._model.njoints - 1]).linear
            energy = pin.computeKineticEnergy(self._model, self._data, q[:, k], qd[:, k])
            pin.computeCentroidalMomentum(self._model, self._data, q[:, k], qd[:, k])
            rows.append((np.linalg.norm(speed), energy, np.linalg.norm(self._data.hg.linear)))
        columns = np.array(rows).T
        return columns[0], columns[1], columns[2]


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


def _constant(values: Float) -> Vector:
    return np.full(1, values[0]), np.full(1, values[1]), np.full(1, values[2])


def _dot(a: Vector, b: Vector) -> Float:
    out: Float = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return out


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
