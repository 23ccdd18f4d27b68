"""The safety case: hazards, the measures against them, the tests that hold them and what those said last."""

from spinal.safety.case import Case, Colour, Profile, build_case
from spinal.safety.hazards import Hazard, read_hazards
from spinal.safety.origin import begin, origin_of
from spinal.safety.results import read_results
from spinal.safety.traces import Trace, find_traces
from spinal.safety.write import as_json, write_page

__all__ = [
    "Case",
    "Colour",
    "Hazard",
    "Profile",
    "Trace",
    "as_json",
    "begin",
    "build_case",
    "find_traces",
    "origin_of",
    "read_hazards",
    "read_results",
    "write_page",
]
