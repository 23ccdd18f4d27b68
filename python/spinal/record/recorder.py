"""The recording of a run as an MCAP file that opens in Foxglove: cameras, joints, proposals, verdicts, modes, events.

What has been flushed survives a kill −9 of this process; flushes come at least every `flush_every_ns` of run time while
messages come. A file whose end was never written is made whole by `repair_recording`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import simplejpeg
from foxglove import Channel, Context, open_mcap
from foxglove.channels import CompressedImageChannel, JointStatesChannel, LogChannel
from foxglove.mcap import MCAPWriteOptions
from foxglove.messages import CompressedImage, JointState, JointStates, Log, LogLevel, Timestamp

from spinal._core import Proposal, Status, Verdict
from spinal.errors import MachineError
from spinal.record import schemas
from spinal.record.plain import to_plain
from spinal.records import Frame, Image

SECOND_NS: Final = 1_000_000_000
CHUNK_BYTES: Final = 1 << 20
JPEG_QUALITY: Final = 85


def encode_jpeg(image: Image, *, quality: int = JPEG_QUALITY) -> bytes:
    """Return an RGB image, (height, width, 3) uint8, as JPEG bytes."""
    return bytes(simplejpeg.encode_jpeg(image, quality=quality, colorspace="RGB"))


class Recorder:
    """Writes one run's recording. Instants are those of the run's clock; the file shows them as wall-clock time."""

    def __init__(
        self,
        path: Path,
        *,
        joints: Sequence[str],
        inputs: Sequence[str],
        wall_offset_ns: int,
        metadata: Mapping[str, str] | None = None,
        flush_every_ns: int = SECOND_NS,
    ) -> None:
        """Begin the file, which must not exist; a MachineError if it cannot be made.

        `joints` and `inputs` name the robot's joints and plain inputs in order. `wall_offset_ns` added to an instant
        gives wall-clock ns; lockstep runs give 0, so that the same run gives the same bytes.
        """
        self._joints, self._inputs = tuple(joints), tuple(inputs)
        self._wall_offset_ns = wall_offset_ns
        self._flush_every_ns = flush_every_ns
        self._flushed_at_ns: int | None = None
        self._cameras: dict[str, CompressedImageChannel] = {}
        self._context = Context()
        try:
            self._writer = open_mcap(
                path, context=self._context, writer_options=MCAPWriteOptions(chunk_size=CHUNK_BYTES)
            )
        except (OSError, RuntimeError) as error:
            raise MachineError(
                f"the recording {path} cannot be made", value=error, next_step="check the disk"
            ) from None
        if metadata:
            self._writer.write_metadata("spinal", dict(metadata))
        self._measured = JointStatesChannel("/joints/measured", context=self._context)
        self._commanded = JointStatesChannel("/joints/commanded", context=self._context)
        self._log = LogChannel("/log", context=self._context)
        self._status = self._json("/status", schemas.STATUS)
        self._proposals = self._json("/proposals", schemas.PROPOSAL)
        self._verdicts = self._json("/verdicts", schemas.VERDICT)
        self._modes = self._json("/modes", schemas.MODE)
        self._events = self._json("/events", schemas.EVENT)
        self._orders = self._json("/orders", schemas.ORDER)

    def frame(self, frame: Frame) -> bytes:
        """Record a camera picture and return its JPEG bytes, which the console can show too."""
        jpeg = encode_jpeg(frame.image)
        channel = self._cameras.get(frame.camera)
        if channel is None:
            channel = CompressedImageChannel(f"/camera/{frame.camera}", context=self._context)
            self._cameras[frame.camera] = channel
        stamp, log_time = self._times(frame.at_ns)
        channel.log(
            CompressedImage(timestamp=stamp, frame_id=frame.camera, data=jpeg, format="jpeg"), log_time=log_time
        )
        self._flush_if_due(frame.at_ns)
        return jpeg

    def status(self, status: Status) -> None:
        """Record System 1's state and the joints, commanded and measured."""
        stamp, log_time = self._times(status.now_ns)
        measured = zip(self._joints, status.position_measured_rad, status.velocity_estimate_rad_s, strict=True)
        commanded = zip(self._joints, status.position_command_rad, status.velocity_command_rad_s, strict=True)
        self._measured.log(_joint_states(stamp, measured), log_time=log_time)
        self._commanded.log(_joint_states(stamp, commanded), log_time=log_time)
        message = {
            "mode": status.mode,
            "trigger": status.trigger,
            "is_powered": status.is_powered,
            "source": status.source,
            "epoch": status.epoch,
            "sequence": status.sequence,
            "played_s": status.played_ns / SECOND_NS,
            "tracking_error_rad": status.tracking_error_rad,
            "gripper": status.gripper,
            "inputs": {name: float(value) for name, value in zip(self._inputs, status.inputs, strict=False)},
            "ticks": status.ticks,
            "admitted": status.admitted,
            "trimmed": status.trimmed,
            "refused": status.refused,
            "gated": status.gated,
            "deadline_misses": status.deadline_misses,
        }
        self._write(self._status, status.now_ns, message)

    def proposal(self, proposal: Proposal) -> None:
        """Record what a source asked for, at the instant when it was made."""
        message = {
            "source": proposal.source,
            "epoch": proposal.epoch,
            "sequence": proposal.sequence,
            "observed_at_ns": proposal.observed_at_ns,
            "made_at_ns": proposal.made_at_ns,
            "valid_until_ns": proposal.valid_until_ns,
            "latency_ms": (proposal.made_at_ns - proposal.observed_at_ns) / 1e6,
            "period_ms": proposal.period_ns / 1e6,
            "semantics": proposal.semantics,
            "frame": proposal.frame,
            "targets": proposal.targets.tolist(),
            "gripper": proposal.gripper.tolist(),
        }
        self._write(self._proposals, proposal.made_at_ns, message)

    def verdict(self, verdict: Verdict) -> None:
        """Record the gate's answer, with all its findings."""
        message = {
            "source": verdict.source,
            "sequence": verdict.sequence,
            "outcome": verdict.outcome,
            "first_step": verdict.first_step,
            "findings": [dict(finding) for finding in verdict.findings],
            "dropped": verdict.dropped,
        }
        self._write(self._verdicts, verdict.at_ns, message)
        if verdict.outcome == "refused":
            checks = ", ".join(sorted({finding["check"] for finding in verdict.findings}))
            self._say(verdict.at_ns, LogLevel.Warning, "gate", f"proposal {verdict.sequence} refused: {checks}")

    def mode(
        self, at_ns: int, *, before: str, mode: str, trigger: str, source: int | None = None, epoch: int = 0
    ) -> None:
        """Record a change of System 1's mode."""
        message = {"before": before, "mode": mode, "trigger": trigger, "source": source, "epoch": epoch}
        self._write(self._modes, at_ns, message)
        level = LogLevel.Info if mode in ("track", "sos") else LogLevel.Warning
        self._say(at_ns, level, "system 1", f"{before} → {mode}" + (f" ({trigger})" if trigger != "none" else ""))

    def event(self, at_ns: int, name: str, text: str, data: Mapping[str, Any] | None = None) -> None:
        """Record something that happened, for people: what the supervisor did, who connected, what was restarted."""
        self._write(self._events, at_ns, {"name": name, "text": text, "data": dict(data or {})})
        self._say(at_ns, LogLevel.Info, name, text)

    def scores(self, at_ns: int, data: Mapping[str, Any]) -> None:
        """Record what the monitor found at a decision; too often to be said to people as well."""
        self._write(self._events, at_ns, {"name": "monitor", "text": "scores", "data": dict(data)})

    def order(self, at_ns: int, *, order: str, before: str | None, after: str, attempt: int, reason: str) -> None:
        """Record an order's change of state."""
        message = {"order": order, "before": before, "after": after, "attempt": attempt, "reason": reason}
        self._write(self._orders, at_ns, message)
        self._say(at_ns, LogLevel.Info, order, f"{before or 'new'} → {after}: {reason}")

    def flush(self) -> None:
        """Hand everything so far to the operating system."""
        self._writer.flush()

    def close(self) -> None:
        """Write the end of the file and close it."""
        self._writer.close()
        for joints in (self._measured, self._commanded):
            joints.close()
        for camera in self._cameras.values():
            camera.close()
        for plain in (self._status, self._proposals, self._verdicts, self._modes, self._events, self._orders):
            plain.close()
        self._log.close()

    def __enter__(self) -> Self:
        """Return the recorder; the file is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def _json(self, topic: str, schema: dict[str, Any]) -> Channel:
        return Channel(topic, schema=schema, context=self._context)

    def _write(self, channel: Channel, at_ns: int, message: dict[str, Any]) -> None:
        channel.log(json.dumps(to_plain(message), allow_nan=False), log_time=at_ns + self._wall_offset_ns)
        self._flush_if_due(at_ns)

    def _say(self, at_ns: int, level: LogLevel, name: str, text: str) -> None:
        stamp, log_time = self._times(at_ns)
        self._log.log(Log(timestamp=stamp, level=level, name=name, message=text), log_time=log_time)

    def _times(self, at_ns: int) -> tuple[Timestamp, int]:
        wall_ns = at_ns + self._wall_offset_ns
        return Timestamp(sec=wall_ns // SECOND_NS, nsec=wall_ns % SECOND_NS), wall_ns

    def _flush_if_due(self, at_ns: int) -> None:
        if self._flushed_at_ns is None:
            self._flushed_at_ns = at_ns
        elif at_ns - self._flushed_at_ns >= self._flush_every_ns:
            self._flushed_at_ns = at_ns
            self._writer.flush()


def _joint_states(stamp: Timestamp, joints: Any) -> JointStates:
    states = [JointState(name=name, position=float(at), velocity=float(speed)) for name, at, speed in joints]
    return JointStates(timestamp=stamp, joints=states)
