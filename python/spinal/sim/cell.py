"""The simulated cell: one compiled model for the whole process; a scene only changes its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from spinal import _core
from spinal.records import Float
from spinal.sim import layout
from spinal.sim.cameras import CAMERA_NAMES
from spinal.sim.mjcf import TEXTURES, cell_mjcf
from spinal.sim.person import SCAN_NS, first_place_m
from spinal.sim.physics import Physics, PhysicsOfModel
from spinal.sim.products import Product, bodies
from spinal.sim.robot import JOINT_NAMES, arm_description
from spinal.sim.scene import CameraOffset, Placement, Scene
from spinal.sim.sizes import Sizes

SETTLE_MAX_S = 1.5
"""Longest time that the objects are given to come to rest, s (simulated)."""
TIMESTEP_S = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    name: str
    product: Product
    body: int
    geom: int
    qpos: int
    bands: tuple[int, ...]
    mass_kg: float
    sizes: Sizes

    def placed_as(self, placement: Placement | None) -> Product:
        """Return the product in the proportions that it has in a scene; as listed when it is in none."""
        return self.product if placement is None else self.product.resized(placement.proportions)


class Cell:
    """The bin-picking cell in MuJoCo, with the plant that steps it natively. Not thread-safe; one a process is enough.

    `model`, `data`: MuJoCo's own; `plant`: the robot port for System 1; `arm`: its kinematics; `home_rad`: joints (6,)
    at home above the source tote.
    """

    def __init__(self, timestep_s: float = TIMESTEP_S, safe_state: str = "power_off_with_brakes") -> None:
        """Compile the model; nothing is in the totes until `load`. `safe_state`: what the arm does without commands."""
        self.model = mujoco.MjModel.from_xml_string(cell_mjcf(timestep_s))
        self.data = mujoco.MjData(self.model)
        self.scene: Scene | None = None
        self.arm = _core.Arm.from_dh(**arm_description())
        self.home_rad = home_joints(self.arm)
        self.bodies = tuple(self._body(name, product) for name, product in bodies())
        self.cameras = {name: self.model.camera(name).id for name in CAMERA_NAMES}
        self._camera_pos = self.model.cam_pos.copy()
        self._camera_quat = self.model.cam_quat.copy()
        self._lamp_rgb = self.model.light_diffuse[0].copy()
        self._head_rgb = (self.model.vis.headlight.ambient.copy(), self.model.vis.headlight.diffuse.copy())
        self._tote_geoms = [geom for geom in range(self.model.ngeom) if self._is_source_tote(geom)]
        never = (mujoco.mjtSleepPolicy.mjSLEEP_AUTO_NEVER, mujoco.mjtSleepPolicy.mjSLEEP_NEVER)
        self._never_asleep = int(np.isin(self.model.tree_sleep_policy, [int(policy) for policy in never]).sum())
        self._scale = int(self.model.joint("scale").qposadr[0])
        self._surfaces = [entry.geom for entry in self.bodies] + [
            geom for geom in range(self.model.ngeom) if self.model.geom_contype[geom] == 1
        ]
        self._safe_state = safe_state
        self._physics = PhysicsOfModel(self.model, len(JOINT_NAMES))
        self.plant = self._make_plant()

    def load(self, scene: Scene) -> None:
        """Put the scene into the cell: model changed, objects dropped and settled, arm at home, plant restarted."""
        model, data = self.model, self.data
        placements = {placement.body: placement for placement in scene.placements}
        if scene.physics != self._physics.now:
            self._change_physics(scene.physics)
        mujoco.mj_resetData(model, data)
        for entry in self.bodies:
            placement = placements.get(entry.name)
            scale = 1.0 if placement is None else placement.mass_scale
            model.body_mass[entry.body] = entry.mass_kg * scale
            model.body_inertia[entry.body] = entry.sizes.take(model, entry.placed_as(placement)) * scale
            # An object that is not in this scene keeps nothing of an earlier one: the order of scenes must not matter.
            model.body_gravcomp[entry.body] = 1.0 if placement is None else 0.0
            model.geom_friction[entry.geom, 0] = 1.0 if placement is None else placement.friction
            model.geom_rgba[entry.geom, :3] = entry.product.rgb if placement is None else placement.rgb
        self._light(scene)
        self._move_camera("wrist", scene.wrist_camera)
        self._move_camera("top", scene.top_camera)
        model.geom_matid[self._tote_geoms] = self._surface_material(scene.tote_surface)
        mujoco.mj_setConst(model, data)
        mujoco.mj_resetData(model, data)
        for entry in self.bodies:
            placement = placements.get(entry.name)
            if placement is not None:
                data.qpos[entry.qpos : entry.qpos + 3] = placement.position_m
                data.qpos[entry.qpos + 3 : entry.qpos + 7] = placement.quaternion
        dof = len(JOINT_NAMES)
        data.qpos[:dof] = self.home_rad
        data.ctrl[:dof] = self.home_rad
        data.qpos[self._scale] = -layout.DESTINATION_TOTE_MASS_KG * 9.81 / layout.SCALE_STIFFNESS_N_M
        data.mocap_pos[0] = first_place_m(scene.person)
        self._settle()
        porosity = {entry.geom: placements[entry.name].porosity for entry in self.bodies if entry.name in placements}
        self.plant.restart(
            # What leaks through the lip leaks on every surface; to the plant it is one and the same.
            porosity=[porosity.get(geom, 0.0) + scene.lip_leak for geom in self._surfaces],
            suction_force_n=scene.suction_force_n,
            vacuum_noise=scene.vacuum_noise,
            scale_noise_kg=scene.scale_noise_kg,
            seed=scene.noise_seed,
            person_way=scene.person.way,
            person_floor_m=layout.FLOOR_Z_M,
            person_noise_m=scene.person.noise_m,
            person_period_ns=SCAN_NS,
            person_delay_ns=round(scene.person.delay_s * 1e9),
        )
        self._physics.power_servos()  # a plant that was unpowered takes what it saw when it was made
        self.scene = scene

    def pixel(self, camera: str, point_m: Float) -> tuple[float, float] | None:
        """Return where a point (3,), world, is in a camera's picture: x right, y down, -1..1; None when outside."""
        view = self.data.camera(camera)
        right, up, back = view.xmat.reshape(3, 3).T @ (point_m - view.xpos)
        if back >= 0.0:
            return None
        scale = -back * math.tan(math.radians(float(self.model.camera(camera).fovy[0])) / 2.0)
        x, y = float(right / scale), float(-up / scale)
        return (x, y) if abs(x) <= 1.0 and abs(y) <= 1.0 else None

    def _make_plant(self) -> _core.MujocoPlant:
        return _core.MujocoPlant(
            self.model,
            self.data,
            library_path(),
            dof=len(JOINT_NAMES),
            step_ns=self._physics.step_ns,
            cup_body=self.model.body("cup").id,
            lip_offset_m=layout.TOOL_LENGTH_M,
            lip_radius_m=layout.LIP_RADIUS_M,
            surfaces=self._surfaces,
            scale_joint=self._scale,
            scale_stiffness_n_m=layout.SCALE_STIFFNESS_N_M,
            scale_tare_kg=layout.DESTINATION_TOTE_MASS_KG,
            scale_filter_s=layout.SCALE_FILTER_S,
            safe_state=self._safe_state,
        )

    def _change_physics(self, physics: Physics) -> None:
        """Compute otherwise from now on; a plant knows its step and its servos from when it was made."""
        self._physics.take(physics)
        self._physics.show_lag()
        self.plant = self._make_plant()
        self._physics.power_servos()

    def _settle(self) -> None:
        steps = round(0.1 / self.model.opt.timestep)
        for _ in range(round(SETTLE_MAX_S / 0.1)):
            mujoco.mj_step(self.model, self.data, steps)
            if self.data.ntree_awake <= self._never_asleep:
                return

    def _light(self, scene: Scene) -> None:
        ambient, diffuse = self._head_rgb
        self.model.light_diffuse[0] = self._lamp_rgb * scene.light_rgb
        self.model.light_dir[0] = scene.light_direction
        self.model.vis.headlight.ambient = ambient * scene.light_rgb
        self.model.vis.headlight.diffuse = diffuse * scene.light_rgb

    def _move_camera(self, name: str, offset: CameraOffset) -> None:
        camera = self.cameras[name]
        turn, product = np.zeros(4), np.zeros(4)
        angle = math.sqrt(sum(value * value for value in offset.rotation_rad))
        axis = np.array(offset.rotation_rad) / max(angle, 1e-12)
        mujoco.mju_axisAngle2Quat(turn, axis, angle)
        mujoco.mju_mulQuat(product, turn, self._camera_quat[camera])
        self.model.cam_quat[camera] = product
        self.model.cam_pos[camera] = self._camera_pos[camera] + offset.shift_m

    def _surface_material(self, name: str) -> int:
        return int(self.model.material("tote-source" if name == TEXTURES[0] else name).id)

    def _is_source_tote(self, geom: int) -> bool:
        return bool(self.model.geom_bodyid[geom] == self.model.body("tote-source").id)

    def _body(self, name: str, product: Product) -> _Body:
        body = self.model.body(name)
        first, count = int(body.geomadr[0]), int(body.geomnum[0])
        return _Body(
            name=name,
            product=product,
            body=body.id,
            geom=first,
            qpos=int(self.model.joint(name).qposadr[0]),
            bands=tuple(range(first + 1, first + count)),
            mass_kg=float(body.mass[0]),
            sizes=Sizes(self.model, name, product),
        )


def library_path() -> str:
    """Return the path of the `libmujoco` that the Python package has loaded."""
    return str(next(Path(mujoco.__file__).parent.glob("libmujoco.so.*")))


def tool_down_rotation(yaw_rad: float = layout.HOME_YAW_RAD) -> Float:
    """Return the (3, 3) rotation from the tool to the world with the tool pointing straight down."""
    cosine, sine = math.cos(yaw_rad), math.sin(yaw_rad)
    return np.array([[cosine, sine, 0.0], [sine, -cosine, 0.0], [0.0, 0.0, -1.0]])


def home_joints(arm: _core.Arm) -> Float:
    """Return the joints (6,), rad, with the tool at home, elbow up."""
    seed = np.array([2.48, -1.48, 1.55, -1.64, -1.57, -0.66])
    joints: Float = arm.solve_path(np.array([layout.HOME_TOOL_M]), tool_down_rotation(), seed)[0]
    return joints
