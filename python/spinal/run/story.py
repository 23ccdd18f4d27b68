"""The report of a run, from what the run left behind."""

from __future__ import annotations

from collections.abc import Sequence

from spinal import floor
from spinal.record import RunFolder
from spinal.report import OrderLine, Sources, Summary, write_report


def tell_story(folder: RunFolder, orders: Sequence[floor.Order]) -> Summary:
    """Write the report of a real-time run, with the orders that it worked on, and return its figures."""
    lines = [
        OrderLine(
            id=order.id,
            sku=order.sku,
            quantity=order.quantity,
            placed=order.placed,
            state=str(order.state),
            attempts=order.attempt,
            reason=order.reason or "",
        )
        for order in orders
    ]
    sources = Sources(
        run_json=folder.run_json,
        picks=folder.picks,
        recording=folder.recording,
        timing=folder.timing,
        journal=folder.journal,
        orders=lines,
    )
    return write_report(sources, folder.report)


def tell_lockstep(folder: RunFolder) -> Summary:
    """Write the report of a lockstep run and return its figures."""
    return write_report(Sources(run_json=folder.run_json, picks=folder.picks, journal=folder.journal), folder.report)
