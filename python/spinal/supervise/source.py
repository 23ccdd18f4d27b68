"""Who may move the robot."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """Who may move the robot. System 1 judges every one of them alike."""

    NONE = "none"
    POLICY = "policy"  # the cell's policy
    SECOND = "second"  # another policy
    SKILL = "skill"  # a scripted skill on perceived state
    RECOVER = "recover"  # scripted motions between two attempts
    HOME = "home"  # the scripted way home
