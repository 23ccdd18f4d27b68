"""`limits.sig`: who signed which safety profile, when and why; and whether a site may believe it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError

from spinal.cell.config import SignerConfig, Strict
from spinal.cell.profile_hash import profile_hash

SIGNATURE_FILE: Final = "limits.sig"
DOMAIN: Final = b"spinal-limits-signature-v1\n"
"""Stands before what is signed, so that the signature means nothing anywhere else."""
KEY_PREFIX: Final = "ed25519:"
FILE_BYTES_MAX: Final = 1_000_000
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Line = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")]
Value = bool | int | float | str | list[Any] | dict[str, Any]


class ProfileSignature(Strict):
    """All of limits.sig. `signature` is Ed25519, in base64, over all the rest.

    `limits` holds the limits by key as they were signed, so that the next signing can tell what became looser;
    `previous_hash` is the profile that was signed before.
    """

    format: Literal[1]
    profile_hash: Hash
    files: dict[str, Hash]
    limits: dict[str, Value]
    signer: Line
    public_key: Line
    signed_at: datetime
    reason: Line
    previous_hash: Hash | None
    signature: Line


class SignatureState(StrEnum):
    """What is known of a profile's signature. Only a signed one may be run."""

    SIGNED = "signed"
    UNSIGNED = "unsigned"
    ALTERED = "altered"
    UNKNOWN_SIGNER = "unknown signer"
    FORGED = "forged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What came of looking at limits.sig. `signature` is there when it could be read and its own key made it."""

    state: SignatureState
    what: str
    signature: ProfileSignature | None = None

    @property
    def is_good(self) -> bool:
        """Return whether a signer that the site trusts has signed these very files."""
        return self.state is SignatureState.SIGNED

    @property
    def fingerprint(self) -> str | None:
        """Return the fingerprint of the key that signed."""
        return None if self.signature is None else fingerprint(self.signature.public_key)


def examine(folder: Path, file_hashes: Mapping[str, str], signers: Sequence[SignerConfig]) -> Signing:
    """Return whether the profile with these files is signed by one of the signers that the site trusts."""
    try:
        signature = read_signature(folder)
    except ValueError as error:
        is_forged = isinstance(error, ForgedError)
        state = SignatureState.FORGED if is_forged else SignatureState.UNREADABLE
        return Signing(state=state, what=str(error))
    if signature is None:
        return Signing(state=SignatureState.UNSIGNED, what=f"there is no {SIGNATURE_FILE}")
    changed = [
        name for name in {**signature.files, **file_hashes} if signature.files.get(name) != file_hashes.get(name)
    ]
    if changed or signature.profile_hash != profile_hash(file_hashes).hex():
        since = f"{signature.signed_at:%Y-%m-%d %H:%M} UTC"
        what = f"{', '.join(sorted(changed)) or 'the profile'} is not as {signature.signer} signed it on {since}"
        return Signing(state=SignatureState.ALTERED, what=what, signature=signature)
    trusted = {signer.public_key: signer.name for signer in signers}
    if trusted.get(signature.public_key) != signature.signer:
        what = f"signed by '{signature.signer}', key {fingerprint(signature.public_key)}"
        return Signing(state=SignatureState.UNKNOWN_SIGNER, what=what, signature=signature)
    return Signing(state=SignatureState.SIGNED, what=f"signed by {signature.signer}", signature=signature)


class ForgedError(ValueError):
    """A signature that its own key did not make."""


def read_signature(folder: Path) -> ProfileSignature | None:
    """Return limits.sig, None when there is none; ValueError when it cannot be read or its own key did not make it."""
    path = folder / SIGNATURE_FILE
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ValueError(f"{SIGNATURE_FILE} has more than {FILE_BYTES_MAX} bytes")
        raw = json.loads(path.read_text(encoding="utf-8"))
        record = ProfileSignature.model_validate(raw)
        key = public_key_of(record.public_key)
        signature = base64.b64decode(record.signature, validate=True)
    except FileNotFoundError:
        return None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ValueError(f"{SIGNATURE_FILE}: {where}: {error.errors()[0]['msg']}") from None
    except (OSError, ValueError, RecursionError, binascii.Error) as error:
        raise ValueError(f"{SIGNATURE_FILE} cannot be read: {error}") from None
    try:
        key.verify(signature, signed_bytes(raw))
    except InvalidSignature:
        what = f"{SIGNATURE_FILE} was changed after it was signed: the signature in it does not fit the rest of it"
        raise ForgedError(what) from None
    return record


def sign(raw: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the fields of a limits.sig with the signature over them."""
    return {**raw, "signature": base64.b64encode(key.sign(signed_bytes(raw))).decode("ascii")}


def signed_bytes(raw: Mapping[str, Any]) -> bytes:
    """Return what is signed: the domain, then all fields but the signature as JSON, keys sorted, without spaces."""
    fields = {name: value for name, value in raw.items() if name != "signature"}
    return DOMAIN + json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def public_key_text(key: Ed25519PublicKey) -> str:
    """Return a public key as cell.toml and limits.sig write it."""
    return KEY_PREFIX + base64.b64encode(key.public_bytes_raw()).decode("ascii")


def public_key_of(text: str) -> Ed25519PublicKey:
    """Return the public key that was written so; ValueError when it is none."""
    if not text.startswith(KEY_PREFIX):
        raise ValueError(f"a public key is written {KEY_PREFIX}<base64>")
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix(KEY_PREFIX), validate=True))


def fingerprint(public_key: str) -> str:
    """Return the first 128 bits of the SHA-256 of a public key as it is written, for people to compare."""
    digest = hashlib.sha256(public_key.encode("utf-8")).hexdigest()
    return "-".join(digest[start : start + 8] for start in range(0, 32, 8))
