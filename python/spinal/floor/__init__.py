"""Orders from the shop floor: a durable task store and its REST interface."""

from spinal.floor.clock import Clock
from spinal.floor.orders import (
    Attempt,
    Catalogue,
    Ending,
    Event,
    Intent,
    KeyReusedError,
    Lease,
    LeaseLostError,
    NotInCatalogueError,
    Order,
    OrderRequest,
    OrderState,
    OutOfRangeError,
    QueueFullError,
    StoreFailedError,
    StoreInUseError,
    UnknownOrderError,
    WrongStateError,
)
from spinal.floor.reader import OrderReader
from spinal.floor.recovery import Evidence, Finding, Judgement, Recovery, judge
from spinal.floor.rest import create_app
from spinal.floor.store import TaskStore

__all__ = [
    "Attempt",
    "Catalogue",
    "Clock",
    "Ending",
    "Event",
    "Evidence",
    "Finding",
    "Intent",
    "Judgement",
    "KeyReusedError",
    "Lease",
    "LeaseLostError",
    "NotInCatalogueError",
    "Order",
    "OrderReader",
    "OrderRequest",
    "OrderState",
    "OutOfRangeError",
    "QueueFullError",
    "Recovery",
    "StoreFailedError",
    "StoreInUseError",
    "TaskStore",
    "UnknownOrderError",
    "WrongStateError",
    "create_app",
    "judge",
]
