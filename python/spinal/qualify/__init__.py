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
from spinal.qualify.failures import FailureMode, explain_failures
from spinal.qualify.growth import Between, Growth, availability, crow_amsaa, mean_between
from spinal.qualify.paired import WORSE_P, WORSE_PER_1000, Comparison, compare
from spinal.qualify.points import PointsFile
from spinal.qualify.rare import Rare, estimate_rarity
from spinal.qualify.results import PickOutcome, Results, ResultsFile, SceneResult, read_results
from spinal.qualify.search import Found, Outcomes, Severities, Tried, search
from spinal.qualify.sequential import Evidence, beta_mixture, evidence_of
from spinal.qualify.series import Series, Stage, growth_of
from spinal.qualify.slices import SliceResult, judge_slices
from spinal.qualify.verdict import Terms, Verdict, judge_campaign
from spinal.qualify.words import growth_sentences, headline, sentences
from spinal.qualify.write import Story, write_report

__all__ = [
    "CONFIDENCE",
    "WORSE_P",
    "WORSE_PER_1000",
    "Between",
    "Comparison",
    "Evidence",
    "FailureMode",
    "Found",
    "Growth",
    "Outcomes",
    "PickOutcome",
    "PointsFile",
    "Rare",
    "Results",
    "ResultsFile",
    "SceneBound",
    "SceneResult",
    "Scenes",
    "Series",
    "Severities",
    "SliceResult",
    "Stage",
    "Story",
    "Terms",
    "Tried",
    "Verdict",
    "any_correlation_bound",
    "availability",
    "beta_mixture",
    "compare",
    "crow_amsaa",
    "design_effect",
    "estimate_rarity",
    "evidence_of",
    "explain_failures",
    "growth_of",
    "growth_sentences",
    "headline",
    "intraclass_correlation",
    "judge_campaign",
    "judge_slices",
    "lower_bound",
    "mean_between",
    "read_results",
    "scene_bound",
    "scenes_needed",
    "scenes_of",
    "search",
    "sentences",
    "trials_needed",
    "upper_bound",
    "write_report",
]
