"""May this cell run with its safety profile, and did the profile's files stay the same until the end?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spinal.cell import Cell, check_signed, profile_hash_now
from spinal.errors import CellError
from spinal.record import SafetyRecord


def permit(cell: Cell, *, allows_unsigned: bool) -> SafetyRecord:
    """Return how the profile is signed, for run.json; CellError when it is not and the command does not allow that."""
    if not allows_unsigned:
        check_signed(cell)
    signing, signature = cell.signing, cell.signing.signature
    return SafetyRecord(
        signature=str(signing.state),
        what=signing.what,
        signer=None if signature is None else signature.signer,
        key=signing.fingerprint,
        signed_at=None if signature is None else signature.signed_at,
        reason=None if signature is None else signature.reason,
        was_allowed_unsigned=allows_unsigned and not signing.is_good,
    )


def warning(record: SafetyRecord) -> str | None:
    """Return what people must be told loudly; None when the profile is signed."""
    if not record.was_allowed_unsigned:
        return None
    return (
        f"UNSIGNED SAFETY PROFILE ({record.what}). Run by --unsigned, for development: nobody answers for these limits."
    )


def for_journal(record: SafetyRecord) -> dict[str, Any]:
    """Return what the journal's header says of the profile's signature."""
    return {
        "signature": record.signature,
        "signer": record.signer,
        "key": record.key,
        "was_allowed_unsigned": record.was_allowed_unsigned,
    }


def check_same(cell: Cell, expected_hash: bytes | None) -> None:
    """Raise a CellError when the profile is not the one with which the run began."""
    if expected_hash is not None and cell.limits_hash != expected_hash:
        raise CellError(
            f"{cell.folder / 'limits.toml'}: the safety profile was changed while the run was starting",
            value=cell.limits_hash.hex(),
            allowed=expected_hash.hex(),
            next_step="leave its files alone and start again",
        )


def at_end(record: SafetyRecord, folder: Path, began_with: bytes) -> SafetyRecord:
    """Return the record with what stands on the disk now; the run itself held the profile that it began with."""
    now = profile_hash_now(folder)
    update = {
        "profile_hash_at_end": None if now is None else now.hex(),
        "has_changed_on_disk": now != began_with,
    }
    return record.model_copy(update=update)
