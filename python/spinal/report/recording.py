"""Reading the recording back, as far as the report shows it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcap.exceptions import McapError
from mcap.reader import make_reader

CAMERA_PREFIX = "/camera/"
PICTURE_AGE_MAX_NS = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChange:
    """System 1's mode from `at_s` on (seconds since the run's start), and why."""

    at_s: float
    mode: str
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One camera picture as JPEG."""

    camera: str
    at_s: float
    jpeg: bytes


@dataclass(slots=True, kw_only=True)
class Recording:
    """What was in the recording. Latencies are milliseconds from the oldest sensor reading to the finished proposal."""

    duration_s: float = 0.0
    messages: int = 0
    cameras: tuple[str, ...] = ()
    modes: list[ModeChange] = field(default_factory=list)
    latencies_ms: dict[int, list[float]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    problem: str = ""


def read_recording(path: Path | None, *, zero_ns: int) -> Recording | None:
    """Return everything but the pictures, or None if there is no file; `zero_ns` is the run's start, wall-clock ns."""
    if path is None or not path.is_file():
        return None
    found = Recording()
    cameras: set[str] = set()
    try:
        with path.open("rb") as file:
            for _, channel, message in make_reader(file).iter_messages():
                at_s = (message.log_time - zero_ns) / 1e9
                found.messages += 1
                found.duration_s = max(found.duration_s, at_s)
                if channel.topic.startswith(CAMERA_PREFIX):
                    cameras.add(channel.topic.removeprefix(CAMERA_PREFIX))
                elif channel.message_encoding == "json":
                    _take(found, channel.topic, at_s, json.loads(message.data))
    except (McapError, ValueError, OSError) as error:
        found.problem = f"{type(error).__name__}: {error}"
    found.cameras = tuple(sorted(cameras))
    return found


def read_pictures(path: Path, *, zero_ns: int, wanted: Sequence[tuple[str, float]]) -> list[Picture]:
    """Return, for each (camera, seconds), the last picture that was taken at or before it; those that exist."""
    pictures = []
    with path.open("rb") as file:
        reader = make_reader(file)
        for camera, at_s in wanted:
            end_ns = zero_ns + round(at_s * 1e9)
            messages: Iterator[Any] = reader.iter_messages(
                topics=[CAMERA_PREFIX + camera],
                starting_at=max(0, end_ns - PICTURE_AGE_MAX_NS),
                ending_at=max(0, end_ns),
                reverse=True,
            )
            for _, _, message in messages:
                jpeg = bytes_field(message.data, COMPRESSED_IMAGE_DATA)
                if jpeg is not None:
                    taken_s = (message.log_time - zero_ns) / 1e9
                    pictures.append(Picture(camera=camera, at_s=taken_s, jpeg=jpeg))
                break
    return pictures


# Field number of the bytes in foxglove.CompressedImage.
# Source: foxglove-sdk, schemas/proto/foxglove/CompressedImage.proto.
COMPRESSED_IMAGE_DATA = 2


def bytes_field(message: bytes, number: int) -> bytes | None:
    """Return a length-delimited field of a protobuf message, or None if it is not there or the bytes are no message.

    Source: protobuf.dev/programming-guides/encoding. A schema compiler for one field would be the larger dependency.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        wire_type = key & 7
        if wire_type == 0:
            _, position = _varint(message, position)
        elif wire_type == 1:
            position += 8
        elif wire_type == 5:
            position += 4
        elif wire_type == 2:
            length, position = _varint(message, position)
            if key >> 3 == number:
                return message[position : position + length] if position + length <= len(message) else None
            position += length
        else:
            return None
    return None


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while position < len(message):
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, position


def _take(found: Recording, topic: str, at_s: float, message: dict[str, Any]) -> None:
    match topic:
        case "/status":
            mode, trigger = str(message["mode"]), str(message["trigger"])
            if not found.modes or found.modes[-1].mode != mode:
                found.modes.append(ModeChange(at_s=at_s, mode=mode, trigger=trigger))
        case "/modes":
            found.modes.append(ModeChange(at_s=at_s, mode=str(message["mode"]), trigger=str(message["trigger"])))
        case "/proposals":
            found.latencies_ms.setdefault(int(message["source"]), []).append(float(message["latency_ms"]))
        case "/verdicts":
            found.outcomes[str(message["outcome"])] += 1
            for check in {str(finding["check"]) for finding in message["findings"]}:
                found.findings[check] += 1
        case _:
            pass
