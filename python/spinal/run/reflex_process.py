"""System 1's own process: Python makes the parts, then the loop runs in Rust and no Python runs until the end.

If the host dies, the loop stops the robot along its verified stop, closes the journal and ends.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from spinal import _core
from spinal.cell import load_cell
from spinal.errors import SpinalError
from spinal.run import parts, permission
from spinal.run.watching import make_monitor


def main() -> int:
    """Run System 1 until it is told to end; write how punctual it was to `--timing`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cell", type=Path, required=True)
    parser.add_argument("--link", type=Path, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--timing", type=Path, required=True)
    parser.add_argument("--run-id", required=True)
    parser.add_argument("--profile-hash", type=bytes.fromhex, required=True)
    parser.add_argument("--unsigned", action="store_true")
    arguments = parser.parse_args()
    try:
        # Looked at here once more: what System 1 holds is what this process reads, whatever its parent saw.
        cell = load_cell(arguments.cell)
        safety = permission.permit(cell, allows_unsigned=arguments.unsigned)
        permission.check_same(cell, arguments.profile_hash)
        report = _core.run_reflex(
            parts.make_profile(cell),
            parts.make_settings(cell),
            parts.make_arm(),
            channels=arguments.link,
            journal=arguments.journal,
            monitor=make_monitor(cell),
            run_id=arguments.run_id,
            meta=json.dumps(
                {"cell": cell.config.name, "files": cell.file_hashes, "safety": permission.for_journal(safety)}
            ),
        )
    except (SpinalError, ValueError, OSError) as error:
        sys.stderr.write(f"reflex: {error}\n")
        return 2
    for warning in report["warnings"]:
        sys.stderr.write(f"reflex: WARNING: {warning}\n")
    figures = {**report["timing"], "journal_head": report["journal_head"]}
    arguments.timing.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    if report["journal_problem"] is not None:
        sys.stderr.write(f"reflex: the journal ended early: {report['journal_problem']}\n")
    sys.stderr.write(f"reflex: ended by {report['ending']}, {'at rest' if report['was_at_rest'] else 'MOVING'}\n")
    return 0 if report["journal_problem"] is None else 3


if __name__ == "__main__":
    sys.exit(main())
