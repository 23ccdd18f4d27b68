"""What a run leaves behind: its folder, the recording for Foxglove, run.json and one line an attempt."""

from spinal.record.folder import RunFolder
from spinal.record.picks import PickLine, PickLog
from spinal.record.provenance import RunRecord, SafetyRecord, begin_run, end_run, hash_file, read_run
from spinal.record.recorder import Recorder, encode_jpeg
from spinal.record.repair import Repair, is_whole, repair_recording

__all__ = [
    "PickLine",
    "PickLog",
    "Recorder",
    "Repair",
    "RunFolder",
    "RunRecord",
    "SafetyRecord",
    "begin_run",
    "encode_jpeg",
    "end_run",
    "hash_file",
    "is_whole",
    "read_run",
    "repair_recording",
]
