"""The attempt state machine and the outcome check: who may move the robot, and what became of an attempt."""

from spinal.supervise.actions import (
    Action,
    BeginAttempt,
    BeginRecovery,
    ChangeRung,
    DropJob,
    EndAttempt,
    Ending,
    GiveAuthority,
    Input,
    Job,
    Note,
    RecordPlacing,
    SlowDown,
    StopRobot,
)
from spinal.supervise.ladder import Ladder, Recovery, Rung
from spinal.supervise.machine import step, wants_job
from spinal.supervise.outcome import Cause, Outcome, Result
from spinal.supervise.reading import Mode
from spinal.supervise.rungs import clears, level_of
from spinal.supervise.settings import Settings, Weight, Zone
from spinal.supervise.source import Source
from spinal.supervise.state import State
from spinal.supervise.turns import Phase, Turn

__all__ = [
    "Action",
    "BeginAttempt",
    "BeginRecovery",
    "Cause",
    "ChangeRung",
    "DropJob",
    "EndAttempt",
    "Ending",
    "GiveAuthority",
    "Input",
    "Job",
    "Ladder",
    "Mode",
    "Note",
    "Outcome",
    "Phase",
    "RecordPlacing",
    "Recovery",
    "Result",
    "Rung",
    "Settings",
    "SlowDown",
    "Source",
    "State",
    "StopRobot",
    "Turn",
    "Weight",
    "Zone",
    "clears",
    "level_of",
    "step",
    "wants_job",
]
