"""Policies → proposals: learned (ONNX bundles) and scripted (home)."""

from spinal.decide.answers import Answers, describe
from spinal.decide.decode import ActionChunk, Insight, Undecodable, decode, tool_rotation_at
from spinal.decide.encode import PolicyInputs, encode
from spinal.decide.home import HomeMotion
from spinal.decide.manifest import CameraInput, CellInputs, ChunkOutput, Manifest, check_fits, read_manifest
from spinal.decide.picker import PickSkill
from spinal.decide.policy import OnnxPolicy
from spinal.decide.proposer import Proposer
from spinal.decide.recover import RecoverMotion, RecoverySettings
from spinal.decide.regions import Region, find_regions
from spinal.decide.skill import NothingFound, SkillInput, SkillSettings, SkillState, SkillStyle, Stage
from spinal.decide.verify import SightSettings, look, may_look
from spinal.decide.view import CameraView, ToolPose

__all__ = [
    "ActionChunk",
    "Answers",
    "CameraInput",
    "CameraView",
    "CellInputs",
    "ChunkOutput",
    "HomeMotion",
    "Insight",
    "Manifest",
    "NothingFound",
    "OnnxPolicy",
    "PickSkill",
    "PolicyInputs",
    "Proposer",
    "RecoverMotion",
    "RecoverySettings",
    "Region",
    "SightSettings",
    "SkillInput",
    "SkillSettings",
    "SkillState",
    "SkillStyle",
    "Stage",
    "ToolPose",
    "Undecodable",
    "check_fits",
    "decode",
    "describe",
    "encode",
    "find_regions",
    "look",
    "may_look",
    "read_manifest",
    "tool_rotation_at",
]
