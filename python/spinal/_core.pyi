"""The compiled core of Spinal. One section a binding file; `make lint` compares it with the built module."""

from collections.abc import Iterator, Sequence
from os import PathLike
from typing import Any, Literal, NotRequired, TypedDict, final, type_check_only

import numpy as np
import numpy.typing as npt

__all__ = [
    "HAS_SEEDED_BUGS",
    "AnalyticPlant",
    "Arm",
    "ArmLimits",
    "AttackRun",
    "BodyRegion",
    "Clearance",
    "Contact",
    "Flag",
    "Geometry",
    "HostMessage",
    "JournalReader",
    "Latest",
    "Lockstep",
    "MonitorLimits",
    "MujocoPlant",
    "PeopleLimits",
    "Profile",
    "Proposal",
    "RealtimePlant",
    "Ring",
    "Separation",
    "Settings",
    "Status",
    "UnreachableError",
    "Verdict",
    "bench_realtime",
    "bench_tick",
    "create_channels",
    "decode_command",
    "decode_event",
    "decode_measured",
    "decode_people",
    "decode_timing",
    "encode_measured",
    "encode_people",
    "read_journal",
    "replay_journal",
    "run_reflex",
    "verify_journal",
]

_Float = npt.NDArray[np.float64]
_Path = str | PathLike[str]
_Mode = Literal["track", "sos", "ss2", "ss1", "sto"]
_Detail = Literal["full", "digest"]
_Semantics = Literal["joint_position", "joint_delta", "joint_velocity", "tool_pose", "tool_delta", "tool_twist"]
_Frame = Literal["base", "tool"]

HAS_SEEDED_BUGS: bool
"""Whether the gate has bugs on purpose: a test build, which runs no robot."""

# --- crates/bindings/src/arm.rs

class UnreachableError(ValueError):
    """No joint positions inside the limits near the seed reach a tool pose."""

@final
class Arm:
    """A serial arm of revolute joints with its inertia; immutable.

    Arrays are float64, SI units; base frame unless said otherwise.
    """

    @staticmethod
    def from_dh(
        *,
        a_m: _Float,
        d_m: _Float,
        alpha_rad: _Float,
        offset_rad: _Float,
        mass_kg: _Float,
        com_m: _Float,
        inertia_kg_m2: _Float,
        armature_kg_m2: _Float,
        position_min_rad: _Float,
        position_max_rad: _Float,
        tool_translation_m: _Float,
        tool_rotation: _Float,
        tool_mass_kg: float,
        tool_com_m: _Float,
        tool_inertia_kg_m2: _Float,
        gravity_m_s2: _Float,
    ) -> Arm:
        """Return an arm from a standard Denavit-Hartenberg table, `Rz(q + offset) Tz(d) Tx(a) Rx(alpha)` a row.

        Columns have shape (dof,); `com_m` (dof, 3) and `inertia_kg_m2` (dof, 3, 3) are in the frame at the end of each
        row; the tool is given in the last of these frames, its centre of mass and inertia in the tool frame.
        ValueError: a wrong shape, or what is wrong with which link.
        """

    @property
    def dof(self) -> int:
        """Number of joints."""

    def tool_pose(self, q: _Float) -> tuple[_Float, _Float]:
        """Return the tool's position (3,), m, and rotation (3, 3) at joint positions `q` (dof,), rad."""

    def link_poses(self, q: _Float) -> tuple[_Float, _Float]:
        """Return origin (dof, 3), m, and rotation (dof, 3, 3) of each link's frame (z = its joint), base frame."""

    def solve_path(self, waypoints_m: _Float, rotation: _Float, seed: _Float) -> _Float:
        """Return joint positions (n, dof), rad, that bring the tool to each of `waypoints_m` (n, 3).

        The tool has `rotation` (3, 3) everywhere. Each solution starts from the one before, the first from `seed`
        (dof,). UnreachableError names the waypoint.
        """

    def inverse_dynamics(self, q: _Float, qd: _Float, qdd: _Float) -> _Float:
        """Return joint torques (dof,), N m, gravity included."""

    def mass_matrix(self, q: _Float) -> _Float:
        """Return the mass matrix (dof, dof), kg m^2."""

    def jacobian(self, q: _Float) -> _Float:
        """Return the tool's Jacobian (6, dof): linear velocity (m/rad) over angular velocity (rad/rad)."""

# --- crates/bindings/src/attack.rs

@type_check_only
class Stretch(TypedDict):
    """What a stretch of ticks emitted: arrays (dof, ticks); the wishes and `is_followed` (ticks,) when asked for."""

    position_rad: _Float
    velocity_rad_s: _Float
    acceleration_rad_s2: _Float
    wished_position_rad: NotRequired[_Float]
    wished_velocity_rad_s: NotRequired[_Float]
    is_followed: NotRequired[_Float]

@final
class AttackRun:
    """A powered gate and a seeded adversary that wishes for what is most likely to break a limit.

    Both go on from call to call.
    """

    def __new__(
        cls, profile: Profile, arm: Arm | None, *, seed: int, start_rad: _Float, follow_rad_s: float | None = None
    ) -> AttackRun:
        """Return it at rest at `start_rad` (dof,).

        ValueError: what the gate cannot hold, or a start outside the limits.
        """

    def attack(self, ticks: int, *, with_wishes: bool = False) -> Stretch:
        """Return what the next ticks under attack emitted."""

    def go(self, target_rad: _Float, ticks: int) -> Stretch:
        """Return what the next ticks emitted, wishing to stand at `target_rad` (dof,)."""

    def play(self, wished_position_rad: _Float, wished_velocity_rad_s: _Float, is_followed: _Float) -> Stretch:
        """Return what the next ticks emitted for given wishes (dof, ticks).

        A stop is asked for where `is_followed` is 0.
        """

    def time(self, ticks: int, *, is_attacked: bool) -> dict[str, int]:
        """Return quantiles of the execution time of `Gate::step`, ns, and its heap allocations.

        Under attack, or following a slow swing of all joints.
        """

    @property
    def limited(self) -> int:
        """Ticks under attack in which the motion towards the wish was held back."""

# --- crates/bindings/src/profile.rs

@final
class Profile:
    """Every limit that System 1 holds; immutable. Joint columns have shape (dof,), 1 to 32 joints."""

    def __new__(
        cls,
        *,
        position_min_rad: _Float,
        position_max_rad: _Float,
        velocity_max_rad_s: _Float,
        acceleration_max_rad_s2: _Float,
        jerk_max_rad_s3: _Float,
        torque_max_nm: _Float,
        torque_rate_max_nm_s: _Float,
        period_ns: int,
        tracking_error_max_rad: float,
        observation_age_max_ns: int,
        proposal_gap_max_ns: int,
        measured_age_max_ns: int,
        splice_jump_max_rad: float,
        deadline_misses_max: int,
        tick_overrun_max: int,
        packet_loss_max: int,
        profile_hash: bytes,
        arm_limits: ArmLimits | None = None,
        people: PeopleLimits | None = None,
        geometry: Geometry | None = None,
    ) -> Profile:
        """Return the profile; `profile_hash` is the SHA-256 of its canonical form, 32 bytes.

        ValueError: the first field that cannot be run with.
        """

    @property
    def dof(self) -> int:
        """Number of joints."""

    @property
    def period_ns(self) -> int:
        """Time between two ticks."""

    @property
    def hash(self) -> bytes:
        """SHA-256 of the canonical profile, 32 bytes."""

@final
class ArmLimits:
    """Limits of the arm as a whole, along the whole stopping path; `inf` is unlimited. Immutable."""

    def __new__(
        cls,
        *,
        tool_speed_max_m_s: float,
        elbow_speed_max_m_s: float,
        momentum_max_kg_m_s: float,
        power_max_w: float,
        kinetic_energy_max_j: float,
        stopping_time_max_s: float,
        stopping_distance_max_m: float,
    ) -> ArmLimits:
        """Return the limits; they are checked when a profile is made with them."""

@final
class Geometry:
    """The shapes of robot and cell that are kept apart, numbered: the robot's capsules, then the places. Immutable.

    Looked at is every pair of capsules on different links, and every capsule that moves with every place that concerns
    it, except the pairs in `unchecked`.
    """

    def __new__(
        cls,
        *,
        dof: int,
        links: Sequence[tuple[str, int, str, _Float]],
        places: Sequence[tuple[str, str, str, str | None, _Float]],
        unchecked: Sequence[tuple[int, int]],
        clearance_min_m: float,
    ) -> Geometry:
        """Return the geometry for an arm of `dof` joints.

        `links`: name, link (0 = base, then counted from 1), part ("arm" or "tool"), capsule (7,): both ends of its
        segment in the frame of the link and the radius, m. `places`: name, kind, role ("cell", "keep_out" or
        "keep_in"), the part that it concerns (None = all), and the numbers of its kind, in the base frame: "box" and
        "room" (15,): middle, rotation row by row, half sides; "capsule" (7,); "plane" (6,): point, unit normal to the
        free side.

        ValueError: the first field that cannot be run with.
        """

    @property
    def names(self) -> list[str]:
        """Name of each shape, by its number."""

    @property
    def clearance_min_m(self) -> float:
        """Least distance between links, and between the robot and the cell."""

@final
class Clearance:
    """Distances of a robot to itself and to its cell. Shapes are named by their number in the geometry."""

    def __new__(cls, geometry: Geometry, arm: Arm) -> Clearance:
        """Return the clearance of this arm in this geometry; ValueError when they do not fit."""

    def pairs(self) -> list[tuple[int, int, float]]:
        """Return the checked pairs with their least distance (m), in the order of `distances_m`."""

    def distances_m(self, q: _Float) -> _Float:
        """Return the exact distance of each checked pair (pairs,) at joints q (dof,), m; negative: they overlap."""

    def smallest(self, q: _Float) -> tuple[int, int, float, float] | None:
        """Return the pair that is nearest to its limit, its distance and its limit (m)."""

    def capsules_m(self, q: _Float) -> _Float:
        """Return the robot's capsules (capsules, 7) at joints q (dof,), base frame: both ends and the radius, m."""

    def look_along(self, path: _Float, bent_rad: _Float | None) -> tuple[int, str, int, int, float, float] | None:
        """Return what the gate would find along joints `path` (samples, dof); None when it is clear.

        Found are the sample, the check, the two shapes, a lower bound of their distance on the way to it, and its limit
        (m). `bent_rad` (dof,): how far each joint may be, between two samples, from moving evenly; None: as far as it
        travels.
        """

@final
class Settings:
    """Tuning of System 1; immutable."""

    def __new__(
        cls,
        *,
        servo: Literal["pass_through", "pid", "computed_torque"] = "pass_through",
        kp: float = 0.0,
        ki: float = 0.0,
        kd: float = 0.0,
        integral_max_nm: float = 0.0,
        position_noise_rad: float | None = None,
        jerk_noise: float | None = None,
        observer_gain_1_s: float | None = None,
        blend_ns: int | None = None,
        follow_rad_s: float | None = None,
        safe_state: str = "power_off_with_brakes",
    ) -> Settings:
        """Return settings; None keeps the value for a position-controlled industrial arm at 1 kHz.

        Gains: PID in N m/rad, N m/(rad s), N m s/rad; computed torque `kp` 1/s^2, `kd` 1/s.
        """

# --- crates/bindings/src/people.rs

@final
class PeopleLimits:
    """How people are kept safe; immutable."""

    @staticmethod
    def fenced() -> PeopleLimits:
        """Return the limits of a robot that a fence keeps everybody out of."""

    @staticmethod
    def separation(separation: Separation, contact: Contact | None = None) -> PeopleLimits:
        """Return the limits of a robot that keeps its distance; with `contact` it may also be slow and near.

        ValueError: the first term that cannot be held to.
        """

@final
class Separation:
    """Every term of the separation that is not measured; immutable. Checked when limits are made with it."""

    def __new__(
        cls,
        *,
        human_speed_m_s: float,
        human_speed_min_m_s: float,
        reaction_s: float,
        intrusion_m: float,
        human_uncertainty_m: float,
        robot_uncertainty_m: float,
        person_radius_m: float,
        person_height_m: float,
        reading_age_max_ns: int,
        hysteresis_m: float,
    ) -> Separation:
        """Return the terms."""

@final
class BodyRegion:
    """What one body region bears; `inf` where no source gives a limit. Immutable."""

    def __new__(
        cls,
        *,
        force_quasi_static_n: float,
        force_transient_n: float,
        pressure_quasi_static_n_m2: float,
        pressure_transient_n_m2: float,
        energy_blunt_j: float,
        energy_edge_j: float,
        stiffness_n_m: float,
        mass_kg: float,
    ) -> BodyRegion:
        """Return the region; it is checked when a contact is made with it."""

@final
class Contact:
    """How gently the robot must touch; immutable."""

    def __new__(
        cls,
        *,
        regions: Sequence[BodyRegion],
        contact_type: Literal["blunt", "edge"],
        is_clamping_possible: bool,
        area_m2: float,
        moving_mass_kg: float,
        payload_kg: float,
        human_speed_m_s: float,
    ) -> Contact:
        """Return the contact; `regions` are those that the robot can reach. ValueError: what cannot be held to."""

    @property
    def robot_speed_max_m_s(self) -> float:
        """The robot's own share of the speed of contact; 0 when nothing is left for it."""

    @property
    def relative_speed_max_m_s(self) -> float:
        """The highest relative speed of a contact, over all regions and limits."""

    @property
    def deciding_region(self) -> int:
        """Number of the region that bears least."""

def encode_people(
    *,
    at_ns: int,
    is_alive: bool,
    feet_m: Sequence[Sequence[float]],
    speeds_m_s: Sequence[float | None] | None = None,
) -> bytes:
    """Return what a sensor for people says, as bytes for the `people` channel.

    `feet_m` (n, 3): where each person stands, base frame; `speeds_m_s` (n,): how fast each goes, where measured. More
    persons than 8 are too many to tell: System 1 then takes it that a person is everywhere.
    """

def decode_people(data: bytes) -> dict[str, Any]:
    """Return what a sensor for people said: `taken_at_ns`, `is_alive`, `count`, `feet_m`, `speeds_m_s`."""

# --- crates/bindings/src/proposal.rs

@final
class Proposal:
    """An action chunk with everything that is needed to judge it; immutable. Instants are ns of the run's clock."""

    def __new__(
        cls,
        *,
        source: int,
        epoch: int,
        sequence: int,
        made_at_ns: int,
        observed_at_ns: int,
        valid_until_ns: int,
        observed_played_ns: int,
        profile_hash: bytes,
        period_ns: int,
        targets: _Float,
        gripper: _Float,
        semantics: _Semantics = "joint_position",
        frame: _Frame | None = None,
    ) -> Proposal:
        """Return a proposal of `targets` (steps, width) float64 and `gripper` (steps,) float64, 0 = open, 1 = closed.

        Width, units and reference of the targets depend on `semantics` and `frame`: docs/proposals.md. Step k is to be
        reached (k + 1) periods after the observation. Values are not judged here; the gate does that.
        TypeError: no numpy arrays of float64. ValueError: more than 64 steps or 32 numbers in a step, shapes that do
        not fit, unknown semantics, or a frame that does not go with them.
        """

    @staticmethod
    def decode(data: bytes) -> Proposal:
        """Return the proposal that was encoded. ValueError: what in the bytes is no proposal."""

    def encode(self) -> bytes:
        """Return its bytes, for the `proposals` ring."""

    @property
    def source(self) -> int:
        """Which source made it."""

    @property
    def epoch(self) -> int:
        """The authority epoch that the source held."""

    @property
    def sequence(self) -> int:
        """Strictly increasing for a source and epoch."""

    @property
    def made_at_ns(self) -> int:
        """When the source finished it."""

    @property
    def observed_at_ns(self) -> int:
        """When the oldest sensor reading behind it was taken."""

    @property
    def valid_until_ns(self) -> int:
        """After this instant no step of it may start."""

    @property
    def observed_played_ns(self) -> int:
        """The tracker's `played_ns` at the observation."""

    @property
    def profile_hash(self) -> bytes:
        """Hash of the safety profile that it was made for."""

    @property
    def semantics(self) -> _Semantics:
        """Meaning of `targets`."""

    @property
    def frame(self) -> _Frame | None:
        """The axes that `targets` are given in; None for joints."""

    @property
    def period_ns(self) -> int:
        """Time between two steps."""

    @property
    def targets(self) -> _Float:
        """The numbers of each step (steps, width), units by `semantics`; a copy."""

    @property
    def gripper(self) -> _Float:
        """Gripper (steps,), 0..1; a copy."""

# --- crates/bindings/src/verdict.rs

@type_check_only
class Finding(TypedDict):
    """One thing that the gate found; `margin` is negative outside the limit, step and joint are None for the whole.

    `hint` says to the source what to look at.
    """

    check: str
    value: float
    limit: float
    margin: float
    step: int | None
    joint: int | None
    hint: str

@final
class Verdict:
    """The gate's answer to a proposal; immutable."""

    @staticmethod
    def from_bytes(data: bytes) -> Verdict:
        """Return the verdict in a message of the `verdict` channel. ValueError: the bytes are none."""

    @property
    def source(self) -> int:
        """Source of the proposal."""

    @property
    def sequence(self) -> int:
        """Its sequence number."""

    @property
    def at_ns(self) -> int:
        """When it was judged."""

    @property
    def outcome(self) -> Literal["admitted", "trimmed", "refused"]:
        """What became of it."""

    @property
    def is_admitted(self) -> bool:
        """Whether it is followed, whole or trimmed."""

    @property
    def first_step(self) -> int:
        """First step that is used."""

    @property
    def dropped(self) -> int:
        """Findings that did not fit."""

    @property
    def findings(self) -> list[Finding]:
        """The findings."""

# --- crates/bindings/src/status.rs

@final
class Status:
    """The state of System 1 after a tick; immutable. Joint arrays are copies of shape (dof,)."""

    @staticmethod
    def from_bytes(data: bytes) -> Status:
        """Return the status in a message of the `status` channel. ValueError: the bytes are none."""

    def to_bytes(self) -> bytes:
        """Return its bytes."""

    @property
    def mode(self) -> _Mode:
        """What System 1 is doing."""

    @property
    def trigger(self) -> str:
        """Why it is stopped; `none` while it tracks."""

    @property
    def clears(self) -> Literal["nothing", "itself", "next_proposal", "next_grant", "reset"]:
        """What clears the trigger."""

    @property
    def speed_scale(self) -> float:
        """Share of the profile's joint speeds that is allowed; 1 = all of it."""

    @property
    def tighten_reason(self) -> str | None:
        """Why less speed is allowed; None when nothing is tightened."""

    @property
    def tightenings_refused(self) -> int:
        """Tightenings that would have loosened, had no meaning, were over or too long."""

    @property
    def people(self) -> list[float] | None:
        """Separation from the person with the least room, m; None where nobody is looked for.

        Nine values: distance, required, its terms Sh, Sr, Ss, C, Zd, Zr, and the distance at which a robot that waits
        goes on (0 = it does not wait).
        """

    @property
    def source(self) -> int | None:
        """Source of the authority in force."""

    @property
    def dof(self) -> int:
        """Number of joints."""

    @property
    def is_powered(self) -> bool:
        """Whether the drives have power."""

    @property
    def monitor_life(self) -> str:
        """Whether the independent monitor is there: none, alive or silent."""

    @property
    def monitor_stop(self) -> str:
        """What it asks for: none, ss2, ss1 or sto."""

    @property
    def monitor_check(self) -> str:
        """Why: position, velocity, tool_speed, keep_in, keep_out, stop_fails, alive, blind, not_finite, or none."""

    @property
    def is_estop_pressed(self) -> bool:
        """Whether an emergency stop is pressed and not released."""

    @property
    def is_at_rest(self) -> bool:
        """Whether commanded velocity and acceleration are zero."""

    @property
    def inputs(self) -> _Float:
        """Plain inputs of the robot port, (8,)."""

    @property
    def position_command_rad(self) -> _Float:
        """Commanded positions, rad."""

    @property
    def velocity_command_rad_s(self) -> _Float:
        """Commanded velocities, rad/s."""

    @property
    def position_measured_rad(self) -> _Float:
        """Measured positions, rad."""

    @property
    def velocity_estimate_rad_s(self) -> _Float:
        """Estimated velocities, rad/s."""

    @property
    def torque_residual_nm(self) -> _Float:
        """External torque estimate, N m."""

    @property
    def now_ns(self) -> int:
        """The tick."""

    @property
    def played_ns(self) -> int:
        """Action time really consumed since start; stands still while no chunk is played."""

    @property
    def epoch(self) -> int:
        """Epoch of the authority in force; 0 without."""

    @property
    def sequence(self) -> int:
        """Sequence number of the chunk that is or was last played."""

    @property
    def ticks(self) -> int:
        """Ticks since start."""

    @property
    def admitted(self) -> int:
        """Proposals admitted whole."""

    @property
    def trimmed(self) -> int:
        """Proposals admitted without their consumed steps."""

    @property
    def refused(self) -> int:
        """Proposals refused."""

    @property
    def gated(self) -> int:
        """Ticks in which a joint or the arm did not go where was wished for."""

    @property
    def limited_by(self) -> str | None:
        """What the gate limited the motion for last, as the name of a check; None = never."""

    @property
    def deadline_misses(self) -> int:
        """Deadlines missed."""

    @property
    def controls_ignored(self) -> int:
        """Controls that had no effect."""

    @property
    def measured_at_ns(self) -> int:
        """When the measured state was taken."""

    @property
    def tracking_error_rad(self) -> float:
        """Largest distance between command and measurement, rad."""

    @property
    def gripper(self) -> float:
        """Commanded gripper, 0..1."""

# --- crates/bindings/src/analytic.rs

@final
class AnalyticPlant:
    """A robot in closed form, for tests and benchmarks: every joint follows its command through a first-order lag."""

    def __new__(cls, position_rad: _Float, *, lag_s: float = 0.0, period_ns: int = 1_000_000) -> AnalyticPlant:
        """Return a robot at rest at `position_rad` (dof,). A lag of 0 follows at once."""

# --- crates/bindings/src/lockstep.rs

@type_check_only
class JournalSummary(TypedDict):
    """What was written: entries and head hash (hex) of the last segment, bytes of all."""

    entries: int
    bytes: int
    head: str

@final
class Lockstep:
    """System 1 on a simulated robot under a virtual clock that only `advance` moves. Same inputs, same bytes."""

    def __new__(
        cls,
        profile: Profile,
        settings: Settings,
        arm: Arm | None,
        plant: MujocoPlant | AnalyticPlant,
        *,
        journal: _Path | None = None,
        detail: _Detail = "full",
        run_id: str = "lockstep",
        meta: str = "{}",
        monitor: MonitorLimits | None = None,
    ) -> Lockstep:
        """Return a run that has not ticked yet; its clock stands at 1 s.

        `journal` is a file that must not exist; None hashes without storing. With `detail` "digest" ticks are hashed
        and not stored. ValueError: what cannot be run with. OSError: the journal cannot be made.
        """

    def advance(self, ticks: int) -> Status:
        """Run so many ticks without the interpreter and return the status after the last."""

    def offer(self, proposal: Proposal) -> Verdict:
        """Have a proposal judged now."""

    def offer_bytes(self, data: bytes) -> Verdict:
        """Have encoded bytes judged now; what cannot be read is refused."""

    def grant(self, source: int, epoch: int) -> None:
        """Give a source authority; the epoch must be higher than every one before."""

    def revoke(self) -> None:
        """Take authority away: the robot stops (SS2) and holds."""

    def stop(self, mode: str) -> None:
        """Ask for a stop: sos, ss2, ss1 or sto. SS1 and STO latch until `reset`. ValueError: another word."""

    def reset(self) -> None:
        """Leave a latched stop, once the robot is at rest."""

    def press_estop(self) -> None:
        """Press the emergency stop: SS1, latched until release and `reset`."""

    def release_estop(self) -> None:
        """Release the emergency stop; the robot stays stopped until `reset`."""

    def tighten(self, scale: float, until_ns: int, reason: str) -> None:
        """Have joints go no faster than `scale` (0..1] times their limits until then; the slowest that holds counts.

        What would loosen, has no meaning, is over or lasts longer than an hour is refused and counted. The reason is
        operator, policy_monitor, sensing, person, hardware or commissioning. ValueError: another word.
        """

    def note(self, text: str) -> None:
        """Put text (JSON) into the journal."""

    @property
    def status(self) -> Status:
        """The status after the last tick."""

    @property
    def now_ns(self) -> int:
        """The instant of the next tick."""

    def finish(self) -> JournalSummary:
        """Close the journal. RuntimeError afterwards for every other call."""

# --- crates/bindings/src/link.rs

@final
class Latest:
    """One end of a channel in shared memory whose newest message wins. One writer, any number of readers."""

    @staticmethod
    def create(path: _Path, capacity: int) -> None:
        """Make the channel for messages of up to `capacity` bytes. FileExistsError: it is there already."""

    @staticmethod
    def writer(path: _Path) -> Latest:
        """Return the writing end. OSError: another process holds it. ValueError: the file is no such channel."""

    @staticmethod
    def reader(path: _Path) -> Latest:
        """Return a reading end. ValueError: the file is no such channel."""

    def write(self, message: bytes) -> int:
        """Publish a message and return its generation. ValueError: it is too long."""

    def read(self) -> tuple[int, bytes] | None:
        """Return generation and newest message, or None before the first. BlockingIOError: no whole one; read again."""

    @property
    def generation(self) -> int:
        """Number of the newest message, from 1; 0 before the first. Of a reading end."""

    @property
    def capacity(self) -> int:
        """Bytes that fit into a message."""

# --- crates/bindings/src/monitor.rs

@final
class MonitorLimits:
    """What the independent monitor holds; immutable."""

    def __new__(
        cls,
        *,
        position_min_rad: _Float,
        position_max_rad: _Float,
        velocity_max_rad_s: _Float,
        tool_speed_max_m_s: float,
        keep_in_m: Sequence[tuple[Sequence[float], Sequence[float], float]],
        keep_out_m: Sequence[tuple[Sequence[float], Sequence[float], float]],
        walls_m: Sequence[tuple[Sequence[float], Sequence[float]]],
        offset_rad: _Float,
        fixed: _Float,
        tool: _Float,
        position_tolerance_rad: float,
        velocity_tolerance_rad_s: float,
        tool_speed_tolerance_m_s: float,
        zone_tolerance_m: float,
        rest_rad_s: float,
        escalate_ns: int,
        escalate_growing_ns: int,
        stop_begin_ns: int,
        stop_end_ns: int,
        alive_max_ns: int,
        reading_age_max_ns: int,
        speed_window_ns: int,
        silent_max_ns: int,
    ) -> MonitorLimits:
        """Return what the monitor holds; joint arrays (dof,). ValueError: what cannot be held.

        Zones: middle, half sides (m), turn about z (rad). Walls: a point, the unit normal to the free side. A joint
        turns about z, then comes its `fixed` (dof, 3, 4); `tool` (3, 4) comes last.
        """

    def tool_m(self, position_rad: _Float) -> list[float] | None:
        """Return the tool's origin in the base frame by the monitor's own kinematics, m."""

# --- crates/bindings/src/link.rs, Flag

@final
class Flag:
    """A flag in shared memory that anybody may raise: no queue, no lock, no single writer; made by `create_channels`.

    Damaged memory reads as raised.
    """

    @staticmethod
    def open(path: _Path) -> Flag:
        """Open it; many may. ValueError: the file is no such flag."""

    def up(self) -> None:
        """Raise it."""

    def down(self) -> None:
        """Take it down."""

    @property
    def is_up(self) -> bool:
        """Whether it is raised."""

    @property
    def raises(self) -> int:
        """How often it was raised."""

@final
class Ring:
    """One end of a bounded queue in shared memory. One writer, one reader."""

    @staticmethod
    def create(path: _Path, slots: int, capacity: int) -> None:
        """Make the channel for `slots` messages of up to `capacity` bytes. FileExistsError: it is there already."""

    @staticmethod
    def writer(path: _Path) -> Ring:
        """Return the writing end. OSError: another process holds it. ValueError: the file is no such channel."""

    @staticmethod
    def reader(path: _Path) -> Ring:
        """Return the reading end. OSError: another process holds it. ValueError: the file is no such channel."""

    def push(self, message: bytes) -> bool:
        """Append a message; False when the ring is full and it was dropped. ValueError: it is too long."""

    def pop(self) -> bytes | None:
        """Return the oldest message, or None."""

    @property
    def damaged(self) -> int:
        """Messages skipped by this end because their bytes did not fit their check value."""

    @property
    def dropped(self) -> int:
        """Messages dropped because the ring was full, since it was made."""

    @property
    def capacity(self) -> int:
        """Bytes that fit into a message."""

@final
class HostMessage:
    """What the host may send to System 1, as bytes for the `controls` ring."""

    @staticmethod
    def grant(source: int, epoch: int) -> bytes:
        """Give a source authority; the epoch must be higher than every one before."""

    @staticmethod
    def revoke() -> bytes:
        """Take authority away."""

    @staticmethod
    def stop(mode: str) -> bytes:
        """Ask for a stop: sos, ss2, ss1 or sto. ValueError: another word."""

    @staticmethod
    def reset() -> bytes:
        """Leave a latched stop."""

    @staticmethod
    def tighten(scale: float, until_ns: int, reason: str) -> bytes:
        """Have joints go no faster than `scale` (0..1] times their limits until then. ValueError: an unknown reason."""

    @staticmethod
    def note(text: str) -> bytes:
        """Put text (JSON, up to 4 KiB) into the journal, and have it on the disk soon."""

    @staticmethod
    def shutdown() -> bytes:
        """Stop the robot, close the journal and end."""

@type_check_only
class MeasuredRecord(TypedDict):
    """A reading of the robot; joint arrays (dof,), inputs (8,)."""

    at_ns: int
    position_rad: _Float
    velocity_rad_s: _Float
    torque_nm: _Float
    inputs: _Float

@type_check_only
class CommandRecord(TypedDict):
    """The content of a command; joint arrays (dof,)."""

    at_ns: int
    mode: _Mode
    is_powered: bool
    position_rad: _Float
    velocity_rad_s: _Float
    acceleration_rad_s2: _Float
    torque_nm: _Float
    gripper: float

@type_check_only
class TimedCommand(CommandRecord):
    """A command on its way to the robot, and the instant at which the robot is meant to be there."""

    due_ns: int

def create_channels(folder: _Path) -> None:
    """Make the channels of a real-time run whose messages the core defines.

    `measured`, `command`, `status`, `timing` are of kind Latest; `proposals`, `controls`, `events` of kind
    Ring; `estop` is a Flag.
    """

def encode_measured(
    *, at_ns: int, position_rad: _Float, velocity_rad_s: _Float, torque_nm: _Float, inputs: _Float
) -> bytes:
    """Return a reading of the robot as a message of the `measured` channel. Joint arrays (dof,), at most 8 inputs."""

def decode_measured(data: bytes) -> MeasuredRecord:
    """Return the reading in a message of the `measured` channel."""

def decode_command(data: bytes) -> TimedCommand:
    """Return the content of a message of the `command` channel."""

# --- crates/bindings/src/journal.rs

@type_check_only
class JournalReport(TypedDict):
    """What the verification of one segment found. A torn tail is no problem; `problem` names entry, kind and byte."""

    path: str
    run_id: str | None
    entries: int
    counts: dict[str, int]
    head: str
    synced_entries: int
    is_closed: bool
    torn_bytes: int
    lost_entries: int
    span_ns: tuple[int, int] | None
    problem: str | None
    problem_offset: int | None
    problem_entry: int | None
    problem_kind: str | None

@final
class JournalReader:
    """An iterator over journal entries; each is a dict with `kind`, `at_ns`, `index`, `offset` and its content."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Return itself."""

    def __next__(self) -> dict[str, Any]:
        """Return the next entry. ValueError: the journal is damaged here."""

def verify_journal(path: _Path) -> list[JournalReport]:
    """Return what the hash chain says of a journal file, or of each segment of a folder."""

def read_journal(path: _Path) -> JournalReader:
    """Return the entries of a journal file, or of a folder of segments in order."""

def decode_event(data: bytes) -> dict[str, Any]:
    """Return a message of the `events` ring as an entry of `read_journal`, without index and offset."""

# --- crates/bindings/src/tick_bench.rs

def bench_tick(*, hz: int | None = None, seconds: float = 5.0, dof: int = 6) -> dict[str, int]:
    """Return how long one tick of System 1 takes and, at `hz`, how it keeps its deadlines beside a loop without work.

    The whole path runs on an analytic robot: arm model, estimates, torque check, gate, a new chunk every 200 ms.
    Without `hz` ticks run back to back, 100 000 for each second asked for. Keys: `ticks`, `p50_ns`, `p99_ns`,
    `p999_ns`, `max_ns` (execution), `offer_p50_ns`, `offer_p99_ns`, `allocations`, `gated`, and at `hz` `missed`,
    `missed_baseline`, `baseline_ticks`,
    `wake_p50_ns`, `wake_p99_ns`, `wake_max_ns` and the same with `_baseline`. Takes twice `seconds`, without the GIL.
    ValueError: a rate, duration or number of joints that cannot be run.
    """

# --- crates/bindings/src/realtime.rs

@type_check_only
class Quantiles(TypedDict):
    """Quantiles of a duration, ns; at a run's end also its histogram: counts[i] lie below edges_ns[i + 1]."""

    p50_ns: int
    p99_ns: int
    p999_ns: int
    p9999_ns: int
    max_ns: int
    edges_ns: NotRequired[list[int]]
    counts: NotRequired[list[int]]

@type_check_only
class TimingSummary(TypedDict):
    """How punctual a real-time loop is. `missed` ticks woke up one or more periods late and are lost."""

    at_ns: int
    ticks: int
    missed: int
    journal_dropped: int
    events_dropped: int
    damaged: int
    is_journal_lost: bool
    wake: Quantiles
    execution: Quantiles

@type_check_only
class RealtimeReport(TypedDict):
    """What a real-time run tells at its end. `journal_problem` says why the journal ended early."""

    ending: Literal["shutdown", "signal", "parent_gone"]
    was_at_rest: bool
    warnings: list[str]
    timing: TimingSummary
    journal_head: str | None
    journal_bytes: int | None
    journal_problem: str | None

@type_check_only
class LoadReport(TimingSummary):
    """The real-time loop beside a load, and a loop that does nothing.

    `violation_max` is the largest excess of a command over a limit, as a share of the limit; 0 = none.
    """

    baseline_ticks: int
    missed_baseline: int
    wake_baseline: Quantiles
    violation_max: float
    moving_ticks: int
    admitted: int
    refused: int
    latched_stops: int
    warnings: list[str]

@type_check_only
class Difference(TypedDict):
    """Where a replay first differs from its journal."""

    path: str
    entry: int
    offset: int
    kind: str
    at_ns: int
    replayed_kind: str | None
    byte: int

@type_check_only
class ReplayReport(TypedDict):
    """What a replay found."""

    ticks: int
    verdicts: int
    compared: int
    is_identical: bool
    first_difference: Difference | None

def run_reflex(
    profile: Profile,
    settings: Settings,
    arm: Arm | None,
    *,
    channels: _Path,
    journal: _Path,
    run_id: str,
    meta: str = "{}",
    detail: _Detail = "full",
    segment_bytes: int = 268_435_456,
    priority: int = 80,
    cpu: int | None = None,
    monitor: MonitorLimits | None = None,
) -> RealtimeReport:
    """Run System 1 in real time in this thread until `HostMessage.shutdown`, SIGTERM, SIGINT or the parent's death.

    Then the robot is stopped (SS2), the journal closed and the report returned. `channels` is the run's folder made by
    `create_channels`, `journal` a folder of segments. What the machine refuses (real-time priority, locked memory) is
    in `warnings`. The interpreter does not run meanwhile. ValueError: what cannot be run with. OSError: a channel or
    the journal.
    """

def bench_realtime(
    profile: Profile,
    settings: Settings,
    arm: Arm | None,
    *,
    home_rad: _Float,
    seconds: float,
    channels: _Path,
    journal: _Path,
    priority: int = 80,
    cpu: int | None = None,
) -> LoadReport:
    """Run the real-time loop and a loop that does nothing in turns of 1 s, `seconds` each, beside the caller's load.

    Everything is as in a run (channels, journal, proposals that swing each joint by 0.1 rad around `home_rad` (dof,));
    only the plant is analytic. KeyboardInterrupt: a signal ended it.
    """

def decode_timing(data: bytes) -> TimingSummary:
    """Return the summary in a message of the `timing` channel, about one a second."""

def replay_journal(path: _Path) -> ReplayReport:
    """Replay a journal file, or the segments of a folder, and compare every verdict and command bit for bit.

    ValueError: it is damaged, has a gap, or holds digests in place of ticks.
    """

# --- crates/bindings/src/plant.rs

@final
class MujocoPlant:
    """A MuJoCo model and its data as a robot, stepped natively.

    It keeps both alive; while it runs nobody else may step or change them.
    """

    def __new__(
        cls,
        model: object,
        data: object,
        library: _Path,
        *,
        dof: int,
        step_ns: int,
        cup_body: int,
        lip_offset_m: float,
        lip_radius_m: float,
        surfaces: Sequence[int],
        scale_joint: int,
        scale_stiffness_n_m: float,
        scale_tare_kg: float,
        scale_filter_s: float,
        safe_state: str = "power_off_with_brakes",
    ) -> MujocoPlant:
        """Return a plant on an `MjModel` and its `MjData`; `library` is the libmujoco that Python has loaded.

        `cup_body` is the suction cup's body, `surfaces` the geoms that it can seal on, `scale_joint` the place of the
        scale's joint in qpos. ValueError: something in the model does not fit.
        """

    def restart(
        self,
        *,
        porosity: Sequence[float],
        suction_force_n: float,
        vacuum_noise: float,
        scale_noise_kg: float,
        seed: int,
        person_way: Sequence[tuple[float, float, float]] = ...,
        person_floor_m: float = 0.0,
        person_noise_m: float = 0.0,
        person_period_ns: int = 50_000_000,
        person_delay_ns: int = 0,
    ) -> None:
        """Forget vacuum, filters and clock after a change of scene; `porosity`: one value a surface, 0 = tight.

        `person_way`: where a person is and when (s, x m, y m), straight and even, again and again; empty = nobody.
        The scanner looks every `person_period_ns`, tells it `person_delay_ns` later, each coordinate off by
        `person_noise_m` (standard deviation). ValueError: nobody can walk so.
        """

    def read(self, now_ns: int) -> tuple[int, _Float, _Float, _Float, _Float]:
        """Step up to `now_ns` and return instant, positions, velocities, torques (dof,) and inputs (8,)."""

    @property
    def held_body(self) -> int | None:
        """Body that the cup holds."""

    @property
    def vacuum_level(self) -> float:
        """Vacuum level without sensor noise, 0..1."""

    @property
    def skipped_ns(self) -> int:
        """Physics time that was skipped because the plant could not keep up."""

@final
class RealtimePlant:
    """A `MujocoPlant` at real-time pace in a thread of its own, on the run's channels.

    It takes `command` and gives `measured` and `people`. Without fresh commands the brakes go on. While it runs it
    has the plant to itself.
    """

    def __new__(cls, plant: MujocoPlant, channels: _Path) -> RealtimePlant:
        """Start the thread on the folder made by `create_channels`. RuntimeError: a channel cannot be had."""

    def swap(self, plant: MujocoPlant) -> None:
        """Go on with another plant, between two ticks; the one before is given back to its owner."""

    def snapshot(self) -> tuple[int, _Float, _Float]:
        """Return the newest instant, MuJoCo's `qpos` (nq,) and `mocap_pos` (3 nmocap,), for drawing."""

    @property
    def missed(self) -> int:
        """Ticks lost because the thread woke up one or more periods late."""

    @property
    def silences(self) -> int:
        """Times that the brakes went on because no fresh command came."""

    def stop(self) -> None:
        """End the thread and give the plant back to its owner."""
