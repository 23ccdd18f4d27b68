"""The bin-picking cell as MJCF text: arm, gripper, totes, scale, objects, cameras, lights."""

from __future__ import annotations

from spinal.sim import layout
from spinal.sim.gripper import gripper_mjcf
from spinal.sim.person import person_mjcf
from spinal.sim.products import TAPE, Product, bodies
from spinal.sim.robot import DARK, actuators_mjcf, arm_mjcf

TEXTURES = ("plain", "wood", "checker", "speckle", "stripes")
"""Names of the surfaces that a tote's inside can have, in material order."""
OVERVIEW = "overview"


def cell_mjcf(timestep_s: float = 0.002) -> str:
    """The whole cell as MJCF; `timestep_s` is the physics step in s.

    The arm's joints come first, so that they are the first positions, velocities and actuators of the model.
    """
    return f"""<mujoco model="bin-picking">
<compiler angle="radian" autolimits="true" inertiafromgeom="auto"/>
<option timestep="{timestep_s}" integrator="implicitfast" cone="elliptic" impratio="10" sleep_tolerance="2e-3">
  <flag sleep="enable"/>
</option>
<size memory="24M"/>
<visual>
  <global offwidth="1280" offheight="960"/>
  <map znear="0.02" zfar="20"/>
  <headlight ambient="0.28 0.28 0.28" diffuse="0.12 0.12 0.12" specular="0 0 0"/>
  <quality shadowsize="2048" numslices="12" numstacks="8" offsamples="0"/>
</visual>
<statistic center="0.3 0 0.1" extent="1.0"/>
{_DEFAULTS}
{_assets()}
<worldbody>
{_surroundings()}
{_cameras()}
<body name="base" gravcomp="1">
{arm_mjcf(gripper_mjcf())}
</body>
{_tote("source", layout.SOURCE_M, "")}
{_tote("destination", layout.DESTINATION_M, _scale_joint())}
{_objects()}
{person_mjcf()}
</worldbody>
<actuator>
{actuators_mjcf()}
</actuator>
</mujoco>
"""


# Who touches whom: the fixed world is bit 1, objects bit 2, the gripper bit 4.
# Geoms of group 3 are never drawn, those of group 4 only for people.
_DEFAULTS = """<default>
  <geom solref="0.006 1" solimp="0.9 0.98 0.001" friction="0.6 0.01 0.001" contype="1" conaffinity="0"/>
  <default class="drawn"><geom contype="0" conaffinity="0" group="1" mass="0"/></default>
  <default class="for-people"><geom contype="0" conaffinity="0" group="4" mass="0"/></default>
  <default class="object"><geom contype="2" conaffinity="7" condim="3" priority="1" group="2"/></default>
  <default class="gripper"><geom contype="4" conaffinity="1" group="1" mass="0" friction="0.8 0.01 0.001"/></default>
</default>"""

_GRADIENT_WOOD = 'builtin="gradient" rgb1="0.85 0.62 0.38" rgb2="0.55 0.36 0.18"'
_FLAT_SPECKLE = 'builtin="flat" rgb1="0.75 0.75 0.7" rgb2="0.75 0.75 0.7"'
_TEXTURES = {
    "plain": ('builtin="flat" rgb1="1 1 1" rgb2="1 1 1"', 1),
    "wood": (f'{_GRADIENT_WOOD} mark="random" markrgb="0.4 0.25 0.1" random="0.06"', 3),
    "checker": ('builtin="checker" rgb1="0.9 0.9 0.9" rgb2="0.35 0.4 0.5"', 4),
    "speckle": (f'{_FLAT_SPECKLE} mark="random" markrgb="0.15 0.15 0.2" random="0.12"', 1),
    "stripes": ('builtin="gradient" rgb1="0.95 0.9 0.55" rgb2="0.2 0.2 0.2"', 6),
}


def _assets() -> str:
    textures = "\n".join(
        f'<texture name="{name}" type="2d" width="256" height="256" {_TEXTURES[name][0]}/>' for name in TEXTURES
    )
    materials = "\n".join(
        f'<material name="{name}" texture="{name}" texrepeat="{repeat} {repeat}" specular="0.1" shininess="0.1"/>'
        for name, (_, repeat) in _TEXTURES.items()
    )
    return f"""<asset>
<texture type="skybox" builtin="gradient" rgb1="0.86 0.89 0.93" rgb2="0.55 0.62 0.70" width="256" height="256"/>
{textures}
{materials}
<texture name="floor" type="2d" builtin="checker" rgb1="0.60 0.62 0.64" rgb2="0.56 0.58 0.60" width="256" height="256"/>
<material name="floor" texture="floor" texrepeat="8 8" reflectance="0.05"/>
<material name="steel" rgba="0.62 0.64 0.67 1" specular="0.5" shininess="0.6"/>
<material name="table" rgba="0.52 0.54 0.56 1" specular="0.1" shininess="0.1"/>
<material name="tote-source" rgba="0.30 0.36 0.44 1" specular="0.1" shininess="0.1"/>
<material name="tote-destination" rgba="0.36 0.42 0.40 1" specular="0.1" shininess="0.1"/>
</asset>"""


def _surroundings() -> str:
    floor = layout.FLOOR_Z_M
    x, (sy, dy) = layout.SOURCE_M[0], (layout.SOURCE_M[1], layout.DESTINATION_M[1])
    leg, middle = -(floor + 0.05) / 2, (floor - 0.05) / 2
    legs = "".join(
        f'<geom class="for-people" type="box" size="0.02 0.02 {leg:.3f}" '
        f'pos="{x + ox} {oy} {middle:.3f}" material="steel"/>'
        for ox in (-0.21, 0.21)
        for oy in (sy - 0.17, dy + 0.17)
    )
    line = 'class="drawn" type="box" rgba="0.93 0.76 0.10 1"'
    return f"""<light name="lamp" directional="true" pos="0.2 -0.3 2.5" dir="-0.15 0.25 -1" castshadow="true"
  diffuse="0.62 0.62 0.60" ambient="0 0 0" specular="0.2 0.2 0.2"/>
<geom name="floor" class="for-people" type="plane" pos="0 0 {floor + 0.0005}" size="4 4 0.1" material="floor"/>
<geom class="drawn" type="box" pos="0.6 0 {floor - 0.01}" size="1.4 1.6 0.01" rgba="0.58 0.60 0.62 1"/>
<geom name="ground" type="box" pos="0 0 {floor - 0.1}" size="4 4 0.0999" rgba="0.5 0.5 0.5 1" group="3"/>
<geom class="for-people" type="box" pos="0 0 {floor + 0.015}" size="0.2 0.2 0.015" material="steel"/>
<geom class="for-people" type="cylinder" pos="0 0 {floor / 2 - 0.005}" size="0.09 {-floor / 2 - 0.005}"
  rgba="0.30 0.32 0.35 1"/>
<geom class="drawn" type="cylinder" pos="0 0 -0.012" size="0.105 0.012" material="steel"/>
<geom class="drawn" type="box" pos="{x} 0 -0.062" size="0.25 0.44 0.018" material="table"/>
{legs}
<geom {line} pos="0.30 -0.95 {floor + 0.002}" size="0.95 0.025 0.002"/>
<geom {line} pos="0.30 0.95 {floor + 0.002}" size="0.95 0.025 0.002"/>
<geom {line} pos="-0.65 0 {floor + 0.002}" size="0.025 0.975 0.002"/>
<geom {line} pos="1.25 0 {floor + 0.002}" size="0.025 0.975 0.002"/>
<geom class="drawn" type="box" pos="{x} {dy} -0.033" size="0.16 0.12 0.010" material="steel"/>
<geom class="drawn" type="box" pos="{x} {sy} -0.033" size="0.16 0.12 0.010" rgba="{DARK}"/>"""


def _scale_joint() -> str:
    """The destination tote stands on a stiff spring, whose compression is what the scale shows."""
    return f"""<joint name="scale" type="slide" axis="0 0 1" stiffness="{layout.SCALE_STIFFNESS_N_M}"
  damping="{layout.SCALE_DAMPING_N_S_M}"/>
<inertial pos="0 0 0.03" mass="{layout.DESTINATION_TOTE_MASS_KG}" diaginertia="0.02 0.02 0.03"/>"""


def _tote(name: str, centre: tuple[float, float], joint: str) -> str:
    hx, hy = layout.TOTE_HALF_M
    wall = layout.TOTE_WALL_HALF_M
    sides = (
        ("near", -hx - wall, 0.0, wall, hy + 2 * wall),
        ("far", hx + wall, 0.0, wall, hy + 2 * wall),
        ("right", 0.0, -hy - wall, hx, wall),
        ("left", 0.0, hy + wall, hx, wall),
    )
    walls = "".join(_wall(name, *side) for side in sides)
    # A body that sleeps freezes where it swings: the scale would show up to 20 g too much or too little for ever.
    sleep = ' sleep="never"' if joint else ""
    return f"""<body name="tote-{name}" pos="{centre[0]} {centre[1]} 0"{sleep}>{joint}
<geom name="{name}-floor" type="box" pos="0 0 -0.01" size="{hx} {hy} 0.01" material="tote-{name}"/>
{walls}</body>"""


def _wall(name: str, side: str, x: float, y: float, half_x: float, half_y: float) -> str:
    height = layout.TOTE_HEIGHT_M
    rim = height - 0.005
    material = f'material="tote-{name}"'
    return f"""<geom name="{name}-wall-{side}" type="box" {material}
  pos="{x} {y} {height / 2 - 0.01}" size="{half_x} {half_y} {height / 2 + 0.01}"/>
<geom class="drawn" type="box" {material}
  pos="{x * 1.012} {y * 1.015} {rim}" size="{half_x + 0.005} {half_y + 0.005} 0.006"/>
"""


def _cameras() -> str:
    x, y, z = layout.TOP_CAMERA_M
    return f"""<camera name="top" pos="{x} {y} {z}" fovy="{layout.TOP_FOVY_DEG}" xyaxes="0 -1 0 1 0 0"/>
<camera name="{OVERVIEW}" pos="1.42 -1.02 0.92" fovy="43" mode="targetbody" target="overview-target"/>
<body name="overview-target" pos="0.27 0.0 0.16"/>"""


def _objects() -> str:
    return "\n".join(_object(name, product, parked_m(slot)) for slot, (name, product) in enumerate(bodies()))


def parked_m(slot: int) -> tuple[float, float, float]:
    """Where the unused object of that slot floats, far below the floor and out of every picture."""
    return -8.0 - 0.3 * (slot % 6), -1.0 + 0.3 * (slot // 6), -9.0


def object_mjcf(name: str, product: Product) -> str:
    """One object as MJCF, alone in the world."""
    return f"<mujoco>{_DEFAULTS}<worldbody>{_object(name, product, (0.0, 0.0, 0.0))}</worldbody></mujoco>"


def _object(name: str, product: Product, at_m: tuple[float, float, float]) -> str:
    size = " ".join(str(value) for value in product.half_m)
    rgb = " ".join(str(value) for value in product.rgb)
    position = " ".join(str(value) for value in at_m)
    bands = "".join(_band(product, direction, width) for direction, width in product.bands)
    return f"""<body name="{name}" pos="{position}">
<joint name="{name}" type="free" damping="{layout.OBJECT_DAMPING}" actuatorfrclimited="false"/>
<geom name="{name}" class="object" type="{product.shape}" size="{size}" mass="{product.mass_kg}" rgba="{rgb} 1"/>
{bands}</body>"""


def _band(product: Product, direction: str, width_m: float) -> str:
    x, y, z = product.half_m
    sizes = (x + 0.0006, width_m / 2, z + 0.0006) if direction == "x" else (width_m / 2, y + 0.0006, z + 0.0006)
    rgb = " ".join(str(value) for value in TAPE)
    return f'<geom class="drawn" type="box" size="{sizes[0]} {sizes[1]} {sizes[2]}" rgba="{rgb} 1"/>'
