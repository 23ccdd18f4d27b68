"""Every way from one phase to another: the state machine moves by this table, and is drawn from it."""

from __future__ import annotations

from enum import Enum, StrEnum


class Phase(StrEnum):
    """What the cell is doing."""

    IDLE = "idle"
    HOMING = "homing"
    RECOVERING = "recovering"
    PICKING = "picking"
    STOPPING = "stopping"
    CHECKING = "checking"
    ASKING = "asking"
    HALTED = "halted"


class Turn(Enum):
    """From where, to where, and when."""

    ORDER = (Phase.IDLE, Phase.HOMING, "an order")
    CLEAN = (Phase.IDLE, Phase.HOMING, "something hangs on the cup")
    IDLE_FAULT = (Phase.IDLE, Phase.HALTED, "latched stop, stop asked for")
    ASK = (Phase.IDLE, Phase.ASKING, "too many orders skipped in a row")
    EMPTY = (Phase.HOMING, Phase.IDLE, "at home, no order")
    HOMING_GIVEN_UP = (Phase.HOMING, Phase.IDLE, "cancelled, worker or readings gone")
    HOMING_FAULT = (
        Phase.HOMING,
        Phase.HALTED,
        "home not reached, scale silent, item stuck, latched stop, stop asked",
    )
    RECOVER = (Phase.HOMING, Phase.RECOVERING, "at home, scale at rest, another view or a stir first")
    PICK = (Phase.HOMING, Phase.PICKING, "at home, scale at rest")
    RECOVERED = (Phase.RECOVERING, Phase.PICKING, "motion done, or its time is up")
    RECOVERY_GIVEN_UP = (Phase.RECOVERING, Phase.IDLE, "cancelled, worker or readings gone")
    RECOVERY_LEASE_LOST = (Phase.RECOVERING, Phase.HOMING, "lease lost")
    RECOVERY_FAULT = (Phase.RECOVERING, Phase.HALTED, "latched stop, stop asked for")
    ALARM = (Phase.PICKING, Phase.STOPPING, "alarm")
    ENDED = (Phase.PICKING, Phase.CHECKING, "released, lost, time up, interrupted, cancelled")
    STOPPED = (Phase.STOPPING, Phase.CHECKING, "at rest, or the time for it is up")
    AGAIN = (Phase.CHECKING, Phase.HOMING, "nothing arrived and a try or a rung is left")
    DONE = (Phase.CHECKING, Phase.HOMING, "done, failed, skipped, returned, cancelled, needs review")
    CHECK_FAULT = (Phase.CHECKING, Phase.HALTED, "latched stop, stop asked for, item cannot be put back")
    ANSWERED = (Phase.ASKING, Phase.IDLE, "a person resumes")
    NO_ANSWER = (Phase.ASKING, Phase.HALTED, "nobody came in time, latched stop, stop asked for")
    RESUMED = (Phase.HALTED, Phase.IDLE, "a person resumes")

    @property
    def before(self) -> Phase:
        """Return the phase that is left."""
        return self.value[0]

    @property
    def after(self) -> Phase:
        """Return the phase that is entered."""
        return self.value[1]

    @property
    def when(self) -> str:
        """Return when it is taken, for people."""
        return self.value[2]
