"""`spinal limits sign`: a person answers for a safety profile, with name, key and reason."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spinal.cell import (
    PROFILE_FILES,
    SIGNATURE_FILE,
    Cell,
    Change,
    Direction,
    ProfileSignature,
    changes,
    fingerprint,
    flatten,
    make_key,
    public_key_text,
    read_key,
    read_signature,
    sign,
)
from spinal.errors import CellError
from spinal.run.limits.check import check_limits
from spinal.run.limits.finding import Finding

NOTHING_LOOSER = "tighter only"
NOTHING_CHANGED = "no limit changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What was signed. `changes` are those since the profile signed before, None when nothing was signed before.

    `missing_signer` is what cell.toml needs so that the cell trusts this signer; None when it does already.
    """

    path: Path
    profile_hash: str
    signer: str
    fingerprint: str
    reason: str
    changes: tuple[Change, ...] | None
    warnings: tuple[Finding, ...]
    missing_signer: str | None


def sign_limits(
    folder: Path, *, key_file: Path, name: str | None, reason: str | None, is_new_key: bool, now: datetime | None = None
) -> Signed:
    """Write `limits.sig` for the profile as it stands; CellError when it is not sound, or a reason is missing.

    `name` may be left out when cell.toml knows the key. A reason is needed for a first signature, and when a limit
    became looser or changed in a way whose direction is not known.
    """
    report = check_limits(folder)
    cell = report.cell
    if cell is None or not report.is_sound:
        raise _not_sound(folder, report.errors)
    before = _signed_before(folder)
    found = None if before is None else _changes_since(before, cell)
    reason = _reason(found, reason)
    _check_name(name, is_needed=is_new_key)
    # Only now, when nothing else can be refused, is a key made.
    key = make_key(key_file) if is_new_key else read_key(key_file)
    public_key = public_key_text(key.public_key())
    signer = _signer(cell, name, public_key)
    raw: dict[str, Any] = {
        "format": 1,
        "profile_hash": cell.limits_hash.hex(),
        "files": {file: cell.file_hashes[file] for file in PROFILE_FILES if file in cell.file_hashes},
        "limits": flatten(cell.limits),
        "signer": signer,
        "public_key": public_key,
        "signed_at": (now or datetime.now(tz=UTC)).isoformat(timespec="seconds"),
        "reason": reason,
        "previous_hash": _previous_hash(before, cell),
    }
    signed = sign(raw, key)
    try:
        ProfileSignature.model_validate(signed)
    except ValueError as error:
        raise CellError(
            "this signature could not be read again", value=error, next_step="write name and reason as one short line"
        ) from None
    path = folder / SIGNATURE_FILE
    _write(path, signed)
    is_trusted = any(entry.public_key == public_key for entry in cell.config.safety.signers)
    missing = f"{{ name = {json.dumps(signer, ensure_ascii=False)}, public_key = {json.dumps(public_key)} }}"
    return Signed(
        path=path,
        profile_hash=raw["profile_hash"],
        signer=signer,
        fingerprint=fingerprint(public_key),
        reason=reason,
        changes=None if found is None else tuple(found),
        warnings=report.findings,
        missing_signer=None if is_trusted else missing,
    )


def _not_sound(folder: Path, errors: Sequence[Finding]) -> CellError:
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    where = f"{first.key}: " if first.key else ""
    return CellError(
        f"a profile that does not pass its check is not signed: {where}{first.what}{more}",
        value=first.value,
        allowed=first.allowed,
        next_step=f"{first.next_step or 'correct it'}; `spinal limits check {folder}` tells everything",
    )


def _signed_before(folder: Path) -> ProfileSignature | None:
    """Return the signature that is there; one that is forged or unreadable says nothing about what was signed."""
    try:
        return read_signature(folder)
    except ValueError:
        return None


def _changes_since(before: ProfileSignature, cell: Cell) -> list[Change]:
    found = changes(before.limits, flatten(cell.limits))
    for name in PROFILE_FILES[1:]:
        old, new = before.files.get(name), cell.file_hashes.get(name)
        if old != new:
            # Shapes and pairs cannot be told looser or tighter from outside; without the file nothing of it is held.
            direction = Direction.TIGHTER if old is None else Direction.LOOSER if new is None else Direction.CHANGED
            found.append(Change(key=name, before=old, after=new, direction=direction))
    return found


def _reason(found: Sequence[Change] | None, reason: str | None) -> str:
    if reason is not None and reason.strip():
        return reason.strip()
    if found is None:
        raise CellError(
            "nothing that was signed before can be read, so somebody has to say why these limits are right",
            allowed="a reason",
            next_step="add --reason '...'",
        )
    grave = [change for change in found if change.direction is not Direction.TIGHTER]
    if grave:
        raise CellError(
            "limits became looser, or changed in a way that needs a person's judgement: say why",
            value="\n".join(change_line(change) for change in grave),
            allowed="a reason",
            next_step="add --reason '...'",
        )
    return NOTHING_LOOSER if found else NOTHING_CHANGED


def change_line(change: Change) -> str:
    """Return a change as one line for people."""
    before = "not there" if change.before is None else _short(change.before)
    after = "gone" if change.after is None else _short(change.after)
    return f"{change.direction}: {change.key} {before} → {after}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:16]}…"


def _check_name(name: str | None, *, is_needed: bool) -> None:
    if (name is None and is_needed) or (name is not None and not name.strip()):
        raise CellError("a signer needs a name", value=name, next_step="add --name 'Given Family'")


def _signer(cell: Cell, name: str | None, public_key: str) -> str:
    known = {signer.public_key: signer.name for signer in cell.config.safety.signers}.get(public_key)
    if known is None and name is None:
        raise CellError(
            f"{cell.folder / 'cell.toml'} does not know this key, so the signer needs a name",
            value=fingerprint(public_key),
            allowed="; ".join(signer.name for signer in cell.config.safety.signers) or None,
            next_step="add --name 'Given Family'",
        )
    if known is not None and name not in (None, known):
        raise CellError(
            f"{cell.folder / 'cell.toml'} knows this key under another name",
            value=name,
            allowed=known,
            next_step="leave --name out, or take another key",
        )
    return known or str(name).strip()


def _previous_hash(before: ProfileSignature | None, cell: Cell) -> str | None:
    if before is None:
        return None
    return before.previous_hash if before.profile_hash == cell.limits_hash.hex() else before.profile_hash


def _write(path: Path, signed: dict[str, Any]) -> None:
    """Replace the file in one step, and only with a whole one that has reached the disk."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(json.dumps(signed, indent=2, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
