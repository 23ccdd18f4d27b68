"""What crosses the border to System 1 has the right arrays and meaning; what has not is one clear error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from bundles import HOME_RAD, observation_of, robot_at

from spinal import _core
from spinal.decide import Proposer, encode
from spinal.errors import PolicyError
from spinal.records import Frame, Plan

SEMANTICS: list[tuple[Any, Any, int]] = [
    ("joint_position", None, 6),
    ("joint_delta", None, 6),
    ("joint_velocity", None, 6),
    ("tool_pose", "base", 7),
    ("tool_delta", "base", 6),
    ("tool_delta", "tool", 6),
    ("tool_twist", "base", 6),
    ("tool_twist", "tool", 6),
]


def proposal(**changes: Any) -> _core.Proposal:
    fields: dict[str, Any] = {
        "source": 1,
        "epoch": 1,
        "sequence": 1,
        "made_at_ns": 0,
        "observed_at_ns": 0,
        "valid_until_ns": 0,
        "observed_played_ns": 0,
        "profile_hash": bytes(32),
        "period_ns": 100_000_000,
        "targets": np.zeros((8, 6)),
        "gripper": np.zeros(8),
    }
    return _core.Proposal(**(fields | changes))


@pytest.mark.parametrize(("semantics", "frame", "width"), SEMANTICS)
def test_a_plan_of_every_meaning_survives_its_bytes(semantics: Any, frame: Any, width: int) -> None:
    plan = Plan(
        targets=np.arange(8.0 * width).reshape(8, width),
        gripper=np.ones(8),
        period_ns=50_000_000,
        semantics=semantics,
        frame=frame,
    )
    proposer = Proposer(source=1, profile_hash=bytes(32), valid_ns=900)
    made = proposer.propose(plan, observation_of(robot_at(HOME_RAD)), epoch=1, made_at_ns=0)
    read = _core.Proposal.decode(made.encode())
    assert (read.semantics, read.frame) == (semantics, frame)
    np.testing.assert_array_equal(read.targets, plan.targets)


@pytest.mark.parametrize(
    ("semantics", "frame", "told"),
    [
        ("joint_positions", None, "allowed are 'joint_position', 'joint_delta'"),
        ("joint_position", "base", "allowed is None"),
        ("joint_velocity", "tool", "allowed is None"),
        ("tool_pose", None, "allowed is 'base'"),
        ("tool_pose", "tool", "allowed is 'base'"),
        ("tool_delta", None, "allowed is 'base', 'tool'"),
        ("tool_twist", "world", "allowed is 'base', 'tool'"),
    ],
)
def test_a_meaning_or_frame_that_there_is_not_is_named_with_those_that_there_are(
    semantics: Any, frame: Any, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        proposal(semantics=semantics, frame=frame)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("targets", np.zeros((8, 6), np.float32), "float32 of shape"),
        ("targets", np.zeros((8, 6), np.int64), "int64 of shape"),
        ("targets", np.zeros(8), r"float64 of shape \[8\]"),
        ("targets", np.zeros((1, 8, 6)), r"float64 of shape \[1, 8, 6\]"),
        ("targets", [[0.0] * 6] * 8, "'list'"),
        ("gripper", np.zeros((8, 1)), r"float64 of shape \[8, 1\]"),
        ("gripper", np.zeros(8, bool), "bool of shape"),
        ("gripper", None, "NoneType"),
    ],
)
@pytest.mark.hazard("H-10")
def test_an_array_of_another_dtype_or_shape_is_one_clear_error(field: str, value: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told) as caught:
        proposal(**{field: value})
    assert field in str(caught.value)
    assert "numpy.asarray" in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("targets", np.zeros((8, 6), np.float32)),
        ("targets", np.zeros((65, 6))),
        ("targets", np.zeros((8, 33))),
        ("targets", np.zeros((0, 6))),
        ("targets", [[0.0]]),
        ("gripper", np.zeros(7)),
        ("gripper", np.zeros((8, 1))),
        ("gripper", np.zeros(8, np.int8)),
    ],
)
def test_a_plan_of_wrong_arrays_is_refused_before_it_is_proposed(field: str, value: Any) -> None:
    arrays: dict[str, Any] = {"targets": np.zeros((8, 6)), "gripper": np.zeros(8)}
    with pytest.raises(PolicyError) as caught:
        Plan(**(arrays | {field: value}), period_ns=1)
    assert field in caught.value.what
    assert caught.value.allowed is not None


@pytest.mark.hazard("H-10")
@pytest.mark.parametrize("damage", [b"", b"SPP1", b"\0" * 104, b"SPP1" + b"\xff" * 100])
def test_bytes_that_are_no_proposal_say_why(damage: bytes) -> None:
    with pytest.raises(ValueError, match="no proposal: "):
        _core.Proposal.decode(damage)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((16, 16, 3), np.float32),
        np.zeros((16, 16), np.uint8),
        np.zeros((3, 16, 16), np.uint8),
        np.zeros((16, 16, 1), np.uint8),
        np.zeros((0, 16, 3), np.uint8),
    ],
)
def test_a_picture_of_another_type_or_shape_never_reaches_the_network(image: Any) -> None:
    seen = observation_of(robot_at(HOME_RAD))
    spoilt = replace(seen, frames={"wrist": Frame(camera="wrist", at_ns=0, image=image)})
    with pytest.raises(PolicyError, match="wrist") as caught:
        encode(spoilt, cameras=("wrist",), proprioception=("gripper",), skus=("soap",))
    assert caught.value.value is not None
    assert caught.value.allowed is not None
