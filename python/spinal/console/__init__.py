"""The operators' live page: what the cell sees and does, its orders, and a Stop that is not a safety stop."""

from spinal.console.estop import estop_router
from spinal.console.feed import (
    Counts,
    Feed,
    Joint,
    OrderRow,
    Separation,
    Snapshot,
    SystemOne,
    SystemTwo,
    VerdictRow,
    Worker,
)
from spinal.console.router import console_router

__all__ = [
    "Counts",
    "Feed",
    "Joint",
    "OrderRow",
    "Separation",
    "Snapshot",
    "SystemOne",
    "SystemTwo",
    "VerdictRow",
    "Worker",
    "console_router",
    "estop_router",
]
