"""The private key of a person who signs safety profiles: a PEM file that only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from spinal.errors import CellError


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a new key in a new file with mode 0600; CellError when the file exists or cannot be made."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CellError(
            "a signing key is never overwritten",
            value=path,
            allowed="the name of a file that does not exist yet",
            next_step="leave --new-key out to sign with this key, or name another file with --key",
        ) from None
    except OSError as error:
        raise CellError(
            "the signing key cannot be written", value=error, next_step="name another file with --key"
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in a file; CellError when there is none, it is no Ed25519 key, or others could read it."""
    try:
        mode, pem = path.stat().st_mode & 0o777, path.read_bytes()
    except OSError as error:
        raise CellError(
            "no signing key can be read here",
            value=error,
            allowed="a PEM file with an Ed25519 private key",
            next_step="name it with --key, or make a new one with --new-key",
        ) from None
    if mode & 0o077:
        raise CellError(
            "others may read this signing key",
            value=f"{path}, mode {mode:04o}",
            allowed="0600",
            next_step=f"chmod 600 {path}",
        )
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CellError(
            "this file holds no private key that can be used",
            value=f"{path}: {error}",
            allowed="an Ed25519 private key in PEM, without a password",
            next_step="name another with --key, or make a new one with --new-key",
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CellError(
            "this key is of another kind",
            value=f"{path}: {type(key).__name__}",
            allowed="Ed25519",
            next_step="make one with --new-key",
        )
    return key
