"""A cell folder → a typed cell: parsed once, at the edge, into values that cannot be wrong."""

from spinal.cell.arm_limits import ArmLimits
from spinal.cell.changes import Change, Direction, changes, flatten
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
from spinal.cell.joint_limits import JointLimits
from spinal.cell.limits import Limits
from spinal.cell.load import Cell, load_cell
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
    "PROFILE_FILES",
    "SIGNATURE_FILE",
    "ArmLimits",
    "CameraConfig",
    "Cell",
    "CellConfig",
    "Change",
    "Direction",
    "HostConfig",
    "JointLimits",
    "Limits",
    "PolicyConfig",
    "ProfileSignature",
    "RobotConfig",
    "SafetyConfig",
    "SignatureState",
    "SignerConfig",
    "Signing",
    "SkuConfig",
    "TaskConfig",
    "changes",
    "check_signed",
    "fingerprint",
    "flatten",
    "limit_value",
    "load_cell",
    "make_key",
    "profile_hash_now",
    "public_key_text",
    "read_key",
    "read_signature",
    "sign",
    "sign_command",
]
