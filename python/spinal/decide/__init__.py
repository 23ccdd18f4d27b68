"""Policies → proposals: learned (ONNX bundles) and scripted (home)."""

from spinal.decide.answers import Answers, describe
from spinal.decide.decode import ActionChunk, Insight, Undecodable, decode, tool_rotation_at
from spinal.decide.encode import PolicyInputs, encode
from spinal.decide.home import HomeMotion
from spinal.decide.manifest import CameraInput, CellInputs, ChunkOutput, Manifest, check_fits, read_manifest
from spinal.decide.policy import OnnxPolicy
from spinal.decide.proposer import Proposer

__all__ = [
    "ActionChunk",
    "Answers",
    "CameraInput",
    "CellInputs",
    "ChunkOutput",
    "HomeMotion",
    "Insight",
    "Manifest",
    "OnnxPolicy",
    "PolicyInputs",
    "Proposer",
    "Undecodable",
    "check_fits",
    "decode",
    "describe",
    "encode",
    "read_manifest",
    "tool_rotation_at",
]
