"""What a journal says: verify its hash chain, then count its entries and list what System 1 did.

    python examples/read_journal.py runs/latest/journal

Without an argument it makes a small journal of one pick first.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from spinal import _core


def make_journal(folder: Path) -> Path:
    """Return the journal of one pick of the scripted expert."""
    from spinal.run.evaluate import Evaluation, evaluate

    cell = Path(__file__).parents[1] / "cells" / "bin-picking"
    evaluate(Evaluation(cell=cell, picks=1, who="expert", detail="full", journal_folder=folder), on_pick=lambda _: None)
    return folder


def tell(journal: Path) -> int:
    """Print what the journal holds; return 1 when its chain is broken."""
    reports = _core.verify_journal(journal)
    for report in reports:
        problem = report["problem"] or "intact"
        print(f"{Path(report['path']).name}: {report['entries']} entries, {problem}")
    if any(report["problem"] for report in reports):
        return 1
    for report in reports[:1]:  # the first segment is enough to see how entries look
        kinds: Counter[str] = Counter()
        for entry in _core.read_journal(Path(report["path"])):
            kinds[entry["kind"]] += 1
            if entry["kind"] == "event":
                print(f"  {entry['at_ns'] * 1e-9:8.3f} s  {entry['mode_before']} → {entry['mode']}  {entry['trigger']}")
        print("  " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())))
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(tell(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as place:
        sys.exit(tell(make_journal(Path(place) / "journal")))
