"""Throw-away keys, so that a test may change the limits of a copied cell and sign them as a person would."""

from __future__ import annotations

import re
from pathlib import Path

from spinal.cell import make_key, public_key_text, read_key
from spinal.run.limits import Signed, sign_limits

SIGNER = "throw-away test key"


def trust(cell: Path, key_file: Path, name: str = SIGNER) -> None:
    """Make the key if there is none, and have the cell's copy trust it and nobody else."""
    key = read_key(key_file) if key_file.exists() else make_key(key_file)
    signers = f'signers = [{{ name = "{name}", public_key = "{public_key_text(key.public_key())}" }}]'
    text = (cell / "cell.toml").read_text(encoding="utf-8")
    found = re.search(r"^signers = .*$", text, re.MULTILINE)
    assert found, "the cell has a line `signers = ...`"
    (cell / "cell.toml").write_text(text.replace(found[0], signers), encoding="utf-8")


def sign_again(cell: Path, reason: str = "changed by a test") -> Signed:
    """Sign a copied cell as it stands, with a key beside its folder that the copy then trusts."""
    key_file = cell.parent / f"{cell.name}-test-key.pem"
    trust(cell, key_file)
    return sign_limits(cell, key_file=key_file, name=None, reason=reason, is_new_key=False)
