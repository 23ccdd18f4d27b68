"""Whether a cell may run with its safety profile."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from spinal.cell.load import Cell
from spinal.cell.signature import SignatureState
from spinal.errors import CellError

WORDS: Final = {
    SignatureState.UNSIGNED: "this safety profile is not signed",
    SignatureState.ALTERED: "this safety profile was changed after it was signed",
    SignatureState.UNKNOWN_SIGNER: "this safety profile is signed by somebody whom the cell does not trust",
    SignatureState.FORGED: "the signature of this safety profile is forged",
    SignatureState.UNREADABLE: "the signature of this safety profile cannot be read",
}


def check_signed(cell: Cell) -> None:
    """Raise a CellError when no signer that the cell trusts has signed the very files of its safety profile."""
    if cell.signing.is_good:
        return
    names = ", ".join(signer.name for signer in cell.config.safety.signers) or "nobody: safety.signers is empty"
    raise CellError(
        f"{cell.folder / 'limits.toml'}: {WORDS[cell.signing.state]}",
        value=cell.signing.what,
        allowed=f"limits signed by {names}",
        next_step=f"{sign_command(cell.folder)}; --unsigned runs without, for development",
    )


def sign_command(folder: Path) -> str:
    """Return the command that signs the profile of a cell."""
    return f"spinal limits sign {folder} --reason '...'"
