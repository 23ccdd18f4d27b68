"""A recording opens in any MCAP reader, says what happened, and survives the death of its process."""

from __future__ import annotations

import io
import itertools
import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simplejpeg
from mcap.reader import NonSeekingReader, make_reader
from rig import INPUTS, JOINTS, Rig, picture, record

from spinal.errors import JournalError, MachineError
from spinal.record import Recorder, encode_jpeg, is_whole, repair_recording

EPOCH_NS = 1_800_000_000 * 10**9


def messages(path: Path) -> list[tuple[str, int, bytes]]:
    """Return (topic, log time, data) of every message of a whole recording."""
    with path.open("rb") as file:
        return [
            (channel.topic, message.log_time, message.data) for _, channel, message in make_reader(file).iter_messages()
        ]


def texts(path: Path, topic: str) -> list[dict[str, Any]]:
    """Return the JSON messages of a topic."""
    return [json.loads(data) for found, _, data in messages(path) if found == topic]


def test_everything_that_was_recorded_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    assert list(record(path, 10, wall_offset_ns=EPOCH_NS)) == list(range(10))
    counts = Counter(topic for topic, _, _ in messages(path))
    for topic in ("/camera/wrist", "/joints/measured", "/joints/commanded", "/status", "/proposals", "/verdicts"):
        assert counts[topic] == 10, topic
    assert counts["/events"] == 1
    assert texts(path, "/status")[-1]["inputs"].keys() == set(INPUTS)
    assert texts(path, "/verdicts")[3]["outcome"] == "refused"
    assert texts(path, "/verdicts")[3]["findings"][0]["check"] == "finite"
    assert texts(path, "/verdicts")[4]["outcome"] == "admitted"
    assert texts(path, "/proposals")[3]["targets"][0] == [None, None]
    times = [at_ns for _, at_ns, _ in messages(path)]
    assert min(times) > EPOCH_NS
    assert max(times) - min(times) < 2 * 10**9


def test_foxglove_knows_the_schemas(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    list(record(path, 2))
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
    assert summary is not None
    names = {channel.topic: summary.schemas[channel.schema_id].name for channel in summary.channels.values()}
    assert names["/camera/wrist"] == "foxglove.CompressedImage"
    assert names["/joints/measured"] == "foxglove.JointStates"
    assert names["/log"] == "foxglove.Log"
    assert names["/status"] == "spinal.Status"


def test_a_picture_comes_back_as_it_was_and_serves_the_console_too(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    list(record(path, 3))
    data = next(data for topic, _, data in messages(path) if topic == "/camera/wrist")
    jpeg = data[data.index(b"\xff\xd8\xff") : data.rindex(b"\xff\xd9") + 2]
    assert jpeg == encode_jpeg(picture(0))
    back = simplejpeg.decode_jpeg(jpeg, colorspace="RGB")
    assert np.abs(back.astype(int) - picture(0)).mean() < 3


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        list(record(tmp_path / name, 20))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_refusals_mode_changes_and_orders_are_readable_as_a_log(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    with Recorder(path, joints=JOINTS, inputs=INPUTS, wall_offset_ns=0) as recorder:
        recorder.mode(5, before="track", mode="ss1", trigger="tracking_error", source=1, epoch=3)
        _, _, verdict = Rig().step(is_wrong=True)
        recorder.verdict(verdict)
    log = [data for topic, _, data in messages(path) if topic == "/log"]
    assert any("track → ss1 (tracking_error)".encode() in data for data in log)
    assert any(b"refused: finite" in data for data in log)


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    path.write_bytes(b"precious")
    with pytest.raises(MachineError, match="cannot be made"):
        Recorder(path, joints=JOINTS, inputs=INPUTS, wall_offset_ns=0)
    assert path.read_bytes() == b"precious"


def killed_recording(path: Path, at_step: int, flush_every_ns: int) -> None:
    """Record in a forked process that kills itself with SIGKILL after `at_step`."""
    child = os.fork()
    if child == 0:
        for step in record(path, at_step + 100, flush_every_ns=flush_every_ns):
            if step == at_step:
                os.kill(os.getpid(), signal.SIGKILL)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("at_step", [11, 25, 47])
def test_after_a_kill_all_but_the_last_second_is_there(tmp_path: Path, at_step: int) -> None:
    path = tmp_path / "recording.mcap"
    killed_recording(path, at_step, flush_every_ns=10**9)
    assert not is_whole(path)
    repair = repair_recording(path)
    assert repair.is_changed
    assert repair.messages == len(messages(path))
    assert is_whole(path)
    kept = [entry["reason"] for entry in texts(path, "/orders")]
    # A step is 100 ms; a flush comes with the first message at or after each full second.
    assert kept == [f"step {step}" for step in range(len(kept))]
    assert at_step + 1 - 12 <= len(kept) <= at_step + 1


def test_a_kill_before_the_first_flush_leaves_a_file_that_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    killed_recording(path, 3, flush_every_ns=10**12)
    assert repair_recording(path).messages == 0
    assert messages(path) == []


def test_a_repair_keeps_every_whole_chunk_wherever_the_file_is_cut(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mcap"
    list(record(whole, 40, flush_every_ns=200_000_000))
    data = whole.read_bytes()
    before = -1
    for size in range(8, len(data) - 8, 997):
        path = tmp_path / "cut.mcap"
        path.write_bytes(data[:size])
        repair = repair_recording(path)
        found = messages(path)
        assert len(found) == repair.messages >= before
        before = repair.messages
    assert before == len(messages(whole))


def test_a_flipped_bit_in_a_torn_file_ends_the_repair_there(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    list(record(path, 40, flush_every_ns=200_000_000))
    data = bytearray(path.read_bytes())[:-100]
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    repair = repair_recording(path)
    assert 0 < repair.messages < 40 * 7
    assert repair.torn_bytes > 0
    assert messages(path)


def test_a_whole_recording_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    list(record(path, 5))
    before = path.read_bytes()
    assert not repair_recording(path).is_changed
    assert path.read_bytes() == before


def test_what_is_no_recording_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    for content in (b"", b"short", b"x" * 100):
        path.write_bytes(content)
        with pytest.raises(JournalError, match="no MCAP recording"):
            repair_recording(path)
        assert path.read_bytes() == content
    with pytest.raises(JournalError, match="no recording here"):
        repair_recording(tmp_path / "nothing.mcap")


def test_an_unrepaired_recording_can_still_be_streamed(tmp_path: Path) -> None:
    path = tmp_path / "recording.mcap"
    killed_recording(path, 25, flush_every_ns=10**9)
    stream = NonSeekingReader(io.BytesIO(path.read_bytes())).iter_messages(log_time_order=False)
    assert sum(1 for _ in itertools.islice(stream, 50)) == 50
