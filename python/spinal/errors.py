"""The errors that Spinal raises: wrong calls and wrong configuration, always before motion.

    SpinalError
    ├── CellError        cell.toml, limits.toml or what they point to
    ├── SceneError       a scene distribution
    ├── PolicyError      a policy bundle that is broken or does not fit the cell
    ├── OrderError       an order that cannot be taken
    ├── JournalError     a journal or run folder that cannot be read or verified
    ├── EvidenceError    results of a campaign that cannot be read, or do not belong together
    ├── SafetyCaseError  hazards, tests and test results that cannot be read or do not fit together
    └── MachineError     something that this machine lacks (port, GL library, shared memory)

A *fault* (the world going wrong during a run) is never raised: it is a value that changes state and is journaled.
"""

from __future__ import annotations


class SpinalError(Exception):
    """Root of the tree: one message with what is wrong, the value, what is allowed and what to do next."""

    def __init__(
        self, what: str, *, value: object = None, allowed: object = None, next_step: str | None = None
    ) -> None:
        """Take the four parts of the message; parts that are None are left out."""
        self.what = what
        self.value = value
        self.allowed = allowed
        self.next_step = next_step
        super().__init__(what)

    def __str__(self) -> str:
        """Return the whole message on as few lines as it needs."""
        parts = [self.what]
        for label, part in (("value:", self.value), ("allowed:", self.allowed), ("next:", self.next_step)):
            if part is not None:
                # A part of several lines, such as a child's last words, stays apart from the parts below it.
                lines = str(part).replace("\n", f"\n{'':11}")
                parts.append(f"  {label:8} {lines}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep all four parts when the error crosses a process border."""
        return (_rebuild, (type(self), self.what, self.value, self.allowed, self.next_step))


def _rebuild(kind: type[SpinalError], what: str, value: object, allowed: object, next_step: str | None) -> SpinalError:
    return kind(what, value=value, allowed=allowed, next_step=next_step)


class CellError(SpinalError):
    """A cell file, or something that it points to, is wrong."""


class SceneError(SpinalError):
    """A scene distribution is wrong."""


class PolicyError(SpinalError):
    """A policy bundle is broken or does not fit the cell."""


class OrderError(SpinalError):
    """An order cannot be taken."""


class JournalError(SpinalError):
    """A journal or a run folder cannot be read or verified."""


class EvidenceError(SpinalError):
    """Results of a campaign cannot be read, or do not belong together."""


class SafetyCaseError(SpinalError):
    """Hazards, tests and test results cannot be read or do not fit together."""


class MachineError(SpinalError):
    """This machine lacks something that the run needs."""
