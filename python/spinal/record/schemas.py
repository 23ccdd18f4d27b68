"""The topics of a recording that are ours, as JSON schemas; cameras and joints use Foxglove's own schemas."""

from __future__ import annotations

from typing import Any, Final

NUMBER: Final = {"type": "number"}
INTEGER: Final = {"type": "integer"}
TEXT: Final = {"type": "string"}
FLAG: Final = {"type": "boolean"}
NUMBERS: Final = {"type": "array", "items": NUMBER}
OBJECT: Final = {"type": "object"}


def _schema(title: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "title": f"spinal.{title}", "properties": properties}


STATUS: Final = _schema(
    "Status",
    mode=TEXT,
    trigger=TEXT,
    is_powered=FLAG,
    source=INTEGER,
    epoch=INTEGER,
    sequence=INTEGER,
    played_s=NUMBER,
    tracking_error_rad=NUMBER,
    gripper=NUMBER,
    inputs=OBJECT,
    ticks=INTEGER,
    admitted=INTEGER,
    trimmed=INTEGER,
    refused=INTEGER,
    gated=INTEGER,
    deadline_misses=INTEGER,
)
PROPOSAL: Final = _schema(
    "Proposal",
    source=INTEGER,
    epoch=INTEGER,
    sequence=INTEGER,
    observed_at_ns=INTEGER,
    made_at_ns=INTEGER,
    valid_until_ns=INTEGER,
    latency_ms=NUMBER,
    period_ms=NUMBER,
    semantics=TEXT,
    frame=TEXT,
    targets={"type": "array", "items": NUMBERS},
    gripper=NUMBERS,
)
VERDICT: Final = _schema(
    "Verdict",
    source=INTEGER,
    sequence=INTEGER,
    outcome=TEXT,
    first_step=INTEGER,
    findings={"type": "array", "items": OBJECT},
    dropped=INTEGER,
)
MODE: Final = _schema("Mode", before=TEXT, mode=TEXT, trigger=TEXT, source=INTEGER, epoch=INTEGER)
EVENT: Final = _schema("Event", name=TEXT, text=TEXT, data=OBJECT)
ORDER: Final = _schema("Order", order=TEXT, before=TEXT, after=TEXT, attempt=INTEGER, reason=TEXT)
