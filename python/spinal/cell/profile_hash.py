"""The hash that names a safety profile: over its files, so that a changed comment is a new profile too.

    SHA-256("spinal-safety-profile-v1\\n" + "limits.toml <sha256>\\n" [+ "geometry.toml <sha256>\\n"])

The hashes of the files are 64 hexadecimal digits; the line of geometry.toml is there when the cell has that file. The
first line keeps this hash from ever being the hash of something else. `sha256sum` gives the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROFILE_FILES: Final = ("limits.toml", "geometry.toml")
"""The files of a safety profile, in the order in which they are hashed; the first one must be there."""
DOMAIN: Final = b"spinal-safety-profile-v1\n"


def read_profile_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file of the profile that the cell has; OSError when one cannot be read.

    What is read here once is both parsed and hashed, so that a file that is written meanwhile cannot be two things.
    """
    return {name: (folder / name).read_bytes() for name in PROFILE_FILES if (folder / name).is_file()}


def hash_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 (hex) of each file."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def profile_hash(file_hashes: Mapping[str, str]) -> bytes:
    """Return the profile's hash (32 bytes), which stands in every proposal and journal, from its files' hashes."""
    lines = [f"{name} {file_hashes[name]}\n" for name in PROFILE_FILES if name in file_hashes]
    return hashlib.sha256(DOMAIN + "".join(lines).encode("ascii")).digest()


def profile_hash_now(folder: Path) -> bytes | None:
    """Return the hash of what stands in the cell's folder now; None when it cannot be read."""
    try:
        hashes = hash_files(read_profile_files(folder))
    except OSError:
        return None
    return profile_hash(hashes) if PROFILE_FILES[0] in hashes else None
