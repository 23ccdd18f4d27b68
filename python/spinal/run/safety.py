"""A cell's safety case: its hazards, the tests of a source tree, and what they said last."""

from __future__ import annotations

from pathlib import Path

from spinal import safety
from spinal.cell import PROFILE_FILES, load_cell


def make_case(cell: Path, source: Path, results: Path) -> safety.Case:
    """Return the safety case of a cell; a SpinalError says which file, line or result is wrong."""
    loaded = load_cell(cell)
    root, signature = source.resolve(), loaded.signing.signature
    return safety.build_case(
        safety.read_hazards(cell / "hazards.md"),
        safety.find_traces(root),
        safety.read_results(results, root),
        safety.origin_of(root),
        cell=loaded.config.name,
        profile=safety.Profile(
            name=" and ".join(name for name in PROFILE_FILES if name in loaded.file_hashes),
            sha256=loaded.limits_hash.hex(),
            signer=signature.signer if loaded.signing.is_good and signature else None,
            parts=tuple(name for name, value in loaded.limits if value is not None),
        ),
    )
