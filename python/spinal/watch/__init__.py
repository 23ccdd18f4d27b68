"""Calibrated monitors: is the policy still as it was in attempts that went well, and is the comparison still fair?"""

from spinal.watch.attempts import Attempt, Collector
from spinal.watch.conformal import Mode, Promise, Threshold, conformal_rank, threshold
from spinal.watch.drift import Drift, DriftFile, Martingale
from spinal.watch.moment import Alarm, ChunkLike, Moment, Watch, Watched
from spinal.watch.monitor import ALL, Monitor, Parts, Scores, first_passage, fit_monitor, fit_scores
from spinal.watch.monitor_file import (
    ARRAYS,
    JSON,
    Bound,
    Calibration,
    MonitorFile,
    read_calibration,
    write_calibration,
)
from spinal.watch.signals import Signals, Signs, names_of
from spinal.watch.watcher import Watcher

__all__ = [
    "ALL",
    "ARRAYS",
    "JSON",
    "Alarm",
    "Attempt",
    "Bound",
    "Calibration",
    "ChunkLike",
    "Collector",
    "Drift",
    "DriftFile",
    "Martingale",
    "Mode",
    "Moment",
    "Monitor",
    "MonitorFile",
    "Parts",
    "Promise",
    "Scores",
    "Signals",
    "Signs",
    "Threshold",
    "Watch",
    "Watched",
    "Watcher",
    "conformal_rank",
    "first_passage",
    "fit_monitor",
    "fit_scores",
    "names_of",
    "read_calibration",
    "threshold",
    "write_calibration",
]
