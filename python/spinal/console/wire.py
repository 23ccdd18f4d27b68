"""What travels to the page: one JSON text a snapshot, one binary message a picture.

Picture message: `at_ns` (int64, little-endian), length of the camera's name (uint8), the name (UTF-8), the JPEG.
"""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import Final

import numpy as np
import simplejpeg
from pydantic import TypeAdapter

from spinal.console.feed import Snapshot
from spinal.records import Frame

ORDERS_SHOWN_MAX: Final = 50
VERDICTS_SHOWN_MAX: Final = 40
# Chosen by hand: 640 x 480 pictures of the cell are 40–60 kB and show no artefact.
JPEG_QUALITY: Final = 85

_HEADER: Final = struct.Struct("<qB")
# Its JSON writes NaN and infinity, which a faulty sensor may deliver, as null.
_SNAPSHOT: Final = TypeAdapter(Snapshot)


def encode_snapshot(snapshot: Snapshot) -> str:
    """Return the snapshot as JSON, with at most `ORDERS_SHOWN_MAX` orders and `VERDICTS_SHOWN_MAX` verdicts."""
    shown = replace(
        snapshot, orders=snapshot.orders[:ORDERS_SHOWN_MAX], verdicts=snapshot.verdicts[:VERDICTS_SHOWN_MAX]
    )
    return _SNAPSHOT.dump_json(shown).decode()


def encode_picture(frame: Frame) -> bytes:
    """Return the picture message for this frame."""
    name = frame.camera.encode()
    jpeg: bytes = simplejpeg.encode_jpeg(
        np.ascontiguousarray(frame.image), quality=JPEG_QUALITY, colorspace="RGB", colorsubsampling="420"
    )
    return _HEADER.pack(frame.at_ns, len(name)) + name + jpeg


def envelope(snapshot_json: str, *, sequence: int, dropped: int, round_trip_ms: float | None) -> str:
    """Return the text message for one client: its own numbers around the snapshot that all clients share."""
    return (
        f'{{"sequence":{sequence},"dropped":{dropped},"round_trip_ms":{json.dumps(round_trip_ms)},'
        f'"snapshot":{snapshot_json}}}'
    )


def acknowledged(text: str) -> int | None:
    """Return the sequence number that a client says it has drawn, None if the text does not say one."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    sequence = message.get("drawn") if isinstance(message, dict) else None
    return sequence if isinstance(sequence, int) and not isinstance(sequence, bool) else None
