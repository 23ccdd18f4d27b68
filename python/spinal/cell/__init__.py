"""A cell folder → a typed cell: parsed once, at the edge, into values that cannot be wrong."""

from spinal.cell.arm_limits import ArmLimits
from spinal.cell.body_regions import BodyRegions, RegionLimits, read_body_regions, shipped_body_regions
from spinal.cell.changes import Change, Direction, changes, flatten
from spinal.cell.clearance import BoxZone, ClearanceLimits, PlaneZone
from spinal.cell.config import (
    CameraConfig,
    CellConfig,
    HostConfig,
    PolicyConfig,
    RobotConfig,
    SafetyConfig,
    SignerConfig,
    SkuConfig,
    TaskConfig,
)
from spinal.cell.geometry import BoxShape, CapsuleShape, GeometryFile, LinkCapsule, PlaneShape, Unchecked
from spinal.cell.joint_limits import JointLimits
from spinal.cell.limits import Limits
from spinal.cell.load import GEOMETRY_FILE, Cell, load_cell, read_config, read_limits
from spinal.cell.people_limits import ContactLimits, PeopleLimits, SeparationLimits
from spinal.cell.permission import check_signed, sign_command
from spinal.cell.profile_hash import PROFILE_FILES, profile_hash_now
from spinal.cell.signature import (
    SIGNATURE_FILE,
    ProfileSignature,
    SignatureState,
    Signing,
    fingerprint,
    public_key_text,
    read_signature,
    sign,
)
from spinal.cell.signing_key import make_key, read_key
from spinal.cell.unlimited import limit_value

__all__ = [
    "GEOMETRY_FILE",
    "PROFILE_FILES",
    "SIGNATURE_FILE",
    "ArmLimits",
    "BodyRegions",
    "BoxShape",
    "BoxZone",
    "CameraConfig",
    "CapsuleShape",
    "Cell",
    "CellConfig",
    "Change",
    "ClearanceLimits",
    "ContactLimits",
    "Direction",
    "GeometryFile",
    "HostConfig",
    "JointLimits",
    "Limits",
    "LinkCapsule",
    "PeopleLimits",
    "PlaneShape",
    "PlaneZone",
    "PolicyConfig",
    "ProfileSignature",
    "RegionLimits",
    "RobotConfig",
    "SafetyConfig",
    "SeparationLimits",
    "SignatureState",
    "SignerConfig",
    "Signing",
    "SkuConfig",
    "TaskConfig",
    "Unchecked",
    "changes",
    "check_signed",
    "fingerprint",
    "flatten",
    "limit_value",
    "load_cell",
    "make_key",
    "profile_hash_now",
    "public_key_text",
    "read_body_regions",
    "read_config",
    "read_key",
    "read_limits",
    "read_signature",
    "shipped_body_regions",
    "sign",
    "sign_command",
]
