"""Making a recording whole whose process died before it could write the end."""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import zstandard
from mcap.exceptions import McapError
from mcap.records import Channel, Chunk, McapRecord, Message, Metadata, Schema
from mcap.stream_reader import StreamReader, breakup_chunk
from mcap.writer import Writer

from spinal.errors import JournalError

MAGIC: Final = b"\x89MCAP0\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What a repair found: messages that were kept, and bytes at the end that no whole chunk held."""

    messages: int
    torn_bytes: int
    is_changed: bool


def is_whole(path: Path) -> bool:
    """Return whether the recording was closed properly."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if size < 2 * len(MAGIC) or file.read(len(MAGIC)) != MAGIC:
            return False
        file.seek(-len(MAGIC), os.SEEK_END)
        return file.read(len(MAGIC)) == MAGIC


def repair_recording(path: Path) -> Repair:
    """Write the whole chunks of a torn recording anew, with an index, in place of it; a whole one is left alone.

    A JournalError says that the file is no recording at all.
    """
    if not path.is_file():
        raise JournalError("there is no recording here", value=path, next_step="name the recording.mcap of a run")
    if is_whole(path):
        return Repair(messages=0, torn_bytes=0, is_changed=False)
    size = path.stat().st_size
    fresh = path.with_name(path.name + ".new")
    with path.open("rb") as torn:
        if torn.read(len(MAGIC)) != MAGIC:
            raise JournalError(f"{path} is no MCAP recording", next_step="name the recording.mcap of a run")
        torn.seek(0)
        with fresh.open("wb") as file:
            writer = Writer(file)
            writer.start(library="spinal repair")
            copy = _Copy(writer)
            whole_bytes = copy.take_all(torn, size)
            writer.finish()  # type: ignore[no-untyped-call]
            file.flush()
            os.fsync(file.fileno())
    fresh.replace(path)
    return Repair(messages=copy.messages, torn_bytes=size - whole_bytes, is_changed=True)


class _Copy:
    """Copies records into a new file, whose writer numbers schemas and channels anew."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._schemas: dict[int, int] = {0: 0}
        self._channels: dict[int, int] = {}
        self.messages = 0

    def take_all(self, torn: BinaryIO, size: int) -> int:
        """Copy records until the first that is not whole; return how many bytes were."""
        whole_bytes = torn.tell()
        records = StreamReader(torn, emit_chunks=True, record_size_limit=size).records
        # A torn end shows as whatever its bytes happen to mean, so every failure to read it counts as the end.
        with suppress(McapError, ValueError, struct.error, zstandard.ZstdError):
            for record in records:
                parts = breakup_chunk(record, validate_crc=True) if isinstance(record, Chunk) else [record]
                for part in parts:
                    self._take(part)
                whole_bytes = torn.tell()
        return whole_bytes

    def _take(self, record: McapRecord) -> None:
        match record:
            case Schema():
                if record.id not in self._schemas:
                    fresh = self._writer.register_schema(record.name, record.encoding, record.data)
                    self._schemas[record.id] = fresh
            case Channel():
                if record.id not in self._channels:
                    self._channels[record.id] = self._writer.register_channel(
                        record.topic, record.message_encoding, self._schemas[record.schema_id], record.metadata
                    )
            case Message():
                self._writer.add_message(
                    self._channels[record.channel_id],
                    record.log_time,
                    record.data,
                    record.publish_time,
                    record.sequence,
                )
                self.messages += 1
            case Metadata():
                self._writer.add_metadata(record.name, record.metadata)
            case _:
                pass
