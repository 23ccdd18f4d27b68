"""The attempt state machine and the outcome check: who may move the robot, and what became of an attempt."""

from spinal.supervise.actions import (
    Action,
    BeginAttempt,
    DropJob,
    EndAttempt,
    Ending,
    GiveAuthority,
    Input,
    Job,
    Note,
    RecordPlacing,
    Source,
    StopRobot,
)
from spinal.supervise.machine import step, wants_job
from spinal.supervise.outcome import Cause, Outcome, Result
from spinal.supervise.reading import Mode
from spinal.supervise.settings import Settings, Weight, Zone
from spinal.supervise.state import Phase, State

__all__ = [
    "Action",
    "BeginAttempt",
    "Cause",
    "DropJob",
    "EndAttempt",
    "Ending",
    "GiveAuthority",
    "Input",
    "Job",
    "Mode",
    "Note",
    "Outcome",
    "Phase",
    "RecordPlacing",
    "Result",
    "Settings",
    "Source",
    "State",
    "StopRobot",
    "Weight",
    "Zone",
    "step",
    "wants_job",
]
