"""`spinal limits check`: form, physical sense and signature of a safety profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from spinal.cell import Cell, sign_command
from spinal.errors import CellError
from spinal.run.fit import load_fitting_cell
from spinal.run.limits.arm import check_arm
from spinal.run.limits.clearance import check_clearance
from spinal.run.limits.finding import Finding, Severity
from spinal.run.limits.joints import check_joints
from spinal.run.limits.monitor import check_monitor
from spinal.run.limits.people import check_people

CHECKS: Final[tuple[Callable[[Cell], Iterator[Finding]], ...]] = (
    check_joints,
    check_arm,
    check_monitor,
    check_people,
    check_clearance,
)
"""What is looked at in a profile whose form is right; a section with rules of its own adds its check here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of looking at a cell's safety profile. `cell` is None when its form is wrong."""

    cell: Cell | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return what keeps the profile from being signed."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def is_sound(self) -> bool:
        """Return whether the profile may be signed."""
        return self.cell is not None and not self.errors

    @property
    def is_good(self) -> bool:
        """Return whether the profile is sound, and signed by somebody whom the cell trusts."""
        return self.is_sound and self.cell is not None and self.cell.signing.is_good

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        signing = None if self.cell is None else self.cell.signing
        return {
            "is_good": self.is_good,
            "is_sound": self.is_sound,
            "profile_hash": None if self.cell is None else self.cell.limits_hash.hex(),
            "signature": None if signing is None else {"state": str(signing.state), "what": signing.what},
            "next_step": None
            if signing is None or signing.is_good or self.cell is None
            else sign_command(self.cell.folder),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def check_limits(folder: Path) -> Report:
    """Return everything that is wrong or odd with the profile of the cell in `folder`; CellError when none is there."""
    if not (folder / "cell.toml").is_file():
        load_fitting_cell(folder)
    try:
        cell = load_fitting_cell(folder)
    except CellError as error:
        return Report(cell=None, findings=(_structure(error),))
    findings = [finding for check in CHECKS for finding in check(cell)]
    order = list(Severity)
    return Report(cell=cell, findings=tuple(sorted(findings, key=lambda finding: order.index(finding.severity))))


def _structure(error: CellError) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        key="",
        what=error.what,
        value=error.value,
        allowed=error.allowed,
        next_step=error.next_step,
    )
