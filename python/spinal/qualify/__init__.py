"""Evidence: what a campaign's picks say about a failure rate, and what they do not."""

from spinal.qualify.clusters import (
    SceneBound,
    Scenes,
    any_correlation_bound,
    design_effect,
    intraclass_correlation,
    scene_bound,
    scenes_needed,
    scenes_of,
)
from spinal.qualify.exact import CONFIDENCE, lower_bound, trials_needed, upper_bound
from spinal.qualify.growth import Between, Growth, availability, crow_amsaa, mean_between
from spinal.qualify.paired import Comparison, compare
from spinal.qualify.sequential import Evidence, beta_mixture, evidence_of
from spinal.qualify.slices import SliceResult, judge_slices

__all__ = [
    "CONFIDENCE",
    "Between",
    "Comparison",
    "Evidence",
    "Growth",
    "SceneBound",
    "Scenes",
    "SliceResult",
    "any_correlation_bound",
    "availability",
    "beta_mixture",
    "compare",
    "crow_amsaa",
    "design_effect",
    "evidence_of",
    "intraclass_correlation",
    "judge_slices",
    "lower_bound",
    "mean_between",
    "scene_bound",
    "scenes_needed",
    "scenes_of",
    "trials_needed",
    "upper_bound",
]
