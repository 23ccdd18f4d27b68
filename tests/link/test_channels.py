from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spinal import _core


def test_the_newest_message_wins(tmp_path: Path) -> None:
    _core.Latest.create(tmp_path / "frame", 100)
    writer, reader = _core.Latest.writer(tmp_path / "frame"), _core.Latest.reader(tmp_path / "frame")
    assert reader.read() is None
    for number in range(1, 10):
        assert writer.write(bytes([number] * number)) == number
    assert reader.read() == (9, bytes([9] * 9))
    assert reader.generation == 9
    with pytest.raises(ValueError, match="at most 100"):
        writer.write(bytes(101))


def test_a_full_queue_drops_the_new_message_and_counts_it(tmp_path: Path) -> None:
    _core.Ring.create(tmp_path / "ring", 2, 10)
    writer, reader = _core.Ring.writer(tmp_path / "ring"), _core.Ring.reader(tmp_path / "ring")
    assert [writer.push(bytes([number])) for number in range(4)] == [True, True, False, False]
    assert (reader.pop(), reader.pop(), reader.pop()) == (b"\x00", b"\x01", None)
    assert reader.dropped == 2


@pytest.mark.hazard("H-24")
def test_each_end_is_held_by_one_process_and_freed_by_its_death(tmp_path: Path) -> None:
    _core.Ring.create(tmp_path / "ring", 2, 10)
    hold = "import sys; from spinal import _core; ring = _core.Ring.writer(sys.argv[1]); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / "ring")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(OSError, match="held by another process"):
            _core.Ring.writer(tmp_path / "ring")
        holder.kill()
    _core.Ring.writer(tmp_path / "ring")


def test_the_wrong_end_or_kind_says_which_is_right(tmp_path: Path) -> None:
    _core.Latest.create(tmp_path / "latest", 10)
    with pytest.raises(TypeError, match=r"Latest\.writer"):
        _core.Latest.reader(tmp_path / "latest").write(b"")
    with pytest.raises(ValueError, match="not the expected channel"):
        _core.Ring.reader(tmp_path / "latest")
    with pytest.raises(FileNotFoundError):
        _core.Latest.reader(tmp_path / "none")
    with pytest.raises(FileExistsError):
        _core.Latest.create(tmp_path / "latest", 10)


def test_a_reading_survives_its_bytes_bit_for_bit() -> None:
    position = np.array([np.nan, -0.0, np.inf])
    data = _core.encode_measured(
        at_ns=-1, position_rad=position, velocity_rad_s=-position, torque_nm=position, inputs=np.arange(8.0)
    )
    read = _core.decode_measured(data)
    assert read["at_ns"] == -1
    assert read["position_rad"].tobytes() == position.tobytes()
    np.testing.assert_array_equal(read["inputs"], np.arange(8.0))
    with pytest.raises(ValueError, match="no reading"):
        _core.decode_measured(data[:-1])
    with pytest.raises(ValueError, match="velocity_rad_s has 2 values"):
        _core.encode_measured(
            at_ns=0, position_rad=position, velocity_rad_s=np.zeros(2), torque_nm=position, inputs=np.zeros(8)
        )
