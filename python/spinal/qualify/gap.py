"""From lab to deployment, arm by arm: what each link of the chain takes off, and which one holds it back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spinal.qualify.clusters import scene_bound, scenes_of
from spinal.qualify.exact import lower_bound, upper_bound
from spinal.qualify.paired import Comparison, compare
from spinal.qualify.results import PickOutcome, SceneResult

Scenes = tuple[SceneResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way of running the cell. `against` names the arm that it is compared with, on the same scenes."""

    name: str
    title: str
    against: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What an arm did. Rates are per 1 000 picks, bounds one-sided 95 % by scene, `cycle_s` per pick that was placed.

    `intervention_upper95` rests on `icc_max` or on the correlation that was measured, whichever is greater.
    """

    arm: Arm
    scenes: int
    picks: int
    interventions: int
    interventions_per_1000: float
    intervention_upper95: float
    silent_failures: int
    silent_upper95: float
    alarms: int
    attempts_mean: float
    cycle_s: float
    pick_s: float
    design_effect: float
    comparison: Comparison | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its exact two-sided 90 % interval (each side 5 %); NaN of nothing. Source: Clopper, Pearson 1934."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """Return the share."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Return both bounds."""
        return (lower_bound(self.hits, self.of), upper_bound(self.hits, self.of)) if self.of else (0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The links of the chain, each measured on picks of two arms with the same scenes.

    Interventions = f TPR (1 - r) + f (1 - TPR) (1 - v) + (1 - f) FPR (1 - r0). f: first attempts that fail. TPR, FPR:
    alarms among attempts that fail, and that succeed, without a monitor. r: orders completed of those that fail and are
    alarmed; v: of those that fail and are not; r0: of those that would succeed and are alarmed.
    """

    failing: Share
    true_alarms: Share
    false_alarms: Share
    recovered: Share
    rescued: Share
    resumed: Share

    @property
    def interventions_per_1000(self) -> float:
        """Return what the links predict, per 1 000; a link that was never asked for counts as broken."""
        f, tpr, fpr, r, v, r0 = (
            0.0 if math.isnan(share.value) else share.value
            for share in (
                self.failing, self.true_alarms, self.false_alarms, self.recovered, self.rescued, self.resumed
            )
        )  # fmt: skip
        return 1000.0 * (f * tpr * (1.0 - r) + f * (1.0 - tpr) * (1.0 - v) + (1.0 - f) * fpr * (1.0 - r0))

    @property
    def costs_per_1000(self) -> dict[str, float]:
        """Return interventions per 1 000 that would go away if one link alone were perfect, the greatest first."""
        whole = {"policy": Share(hits=0, of=1), "true_alarms": Share(hits=1, of=1)}
        perfect = {
            "policy": Links(**{**self._parts(), "failing": whole["policy"]}),
            "alarms on failures": Links(**{**self._parts(), "true_alarms": whole["true_alarms"]}),
            "false alarms": Links(**{**self._parts(), "false_alarms": whole["policy"]}),
            "recovery after an alarm": Links(**{**self._parts(), "recovered": whole["true_alarms"]}),
            "rescue without an alarm": Links(**{**self._parts(), "rescued": whole["true_alarms"]}),
        }
        gains = {name: self.interventions_per_1000 - links.interventions_per_1000 for name, links in perfect.items()}
        return dict(sorted(gains.items(), key=lambda gain: -gain[1]))

    def _parts(self) -> dict[str, Share]:
        return {
            "failing": self.failing,
            "true_alarms": self.true_alarms,
            "false_alarms": self.false_alarms,
            "recovered": self.recovered,
            "rescued": self.rescued,
            "resumed": self.resumed,
        }


def judge_arm(arm: Arm, scenes: Scenes, icc_max: float, against: Scenes | None = None) -> Row:
    """Return an arm's row; `against` are the results of the arm that it is compared with, on the same scenes."""
    picks = [pick for scene in scenes for pick in scene.picks]
    if not picks:
        raise ValueError(f"arm {arm.name} has no picks")
    sizes = [len(scene.picks) for scene in scenes]
    needed = scene_bound(scenes_of([sum(one.needs_person for one in scene.picks) for scene in scenes], sizes), icc_max)
    silent = scene_bound(
        scenes_of([sum(one.is_silent_failure for one in scene.picks) for scene in scenes], sizes), icc_max
    )
    placed = [pick.cycle_s for pick in picks if not pick.needs_person]
    interventions = sum(pick.needs_person for pick in picks)
    return Row(
        arm=arm,
        scenes=len(scenes),
        picks=len(picks),
        interventions=interventions,
        interventions_per_1000=1000.0 * interventions / len(picks),
        intervention_upper95=1000.0 * needed.upper,
        silent_failures=sum(pick.is_silent_failure for pick in picks),
        silent_upper95=1000.0 * silent.upper,
        alarms=sum(bool(pick.alarms) for pick in picks),
        attempts_mean=sum(pick.attempts for pick in picks) / len(picks),
        cycle_s=float(np.median(placed)) if placed else math.nan,
        pick_s=sum(pick.simulated_s for pick in picks) / len(picks),
        design_effect=needed.design_effect,
        comparison=None if against is None else compare_arms(against, scenes),
    )


def compare_arms(first: Scenes, second: Scenes) -> Comparison:
    """Return who needs a person more on the picks that both have."""
    pairs = matched(first, second)
    if not pairs:
        raise ValueError("the arms have no pick in common")
    return compare(
        np.array([one.needs_person for _, one, _ in pairs]),
        np.array([other.needs_person for _, _, other in pairs]),
        np.array([index for index, _, _ in pairs]),
    )


def matched(first: Scenes, second: Scenes) -> list[tuple[int, PickOutcome, PickOutcome]]:
    """Return the picks that both arms have: scene, the first arm's, the second arm's."""
    theirs = {(scene.index, pick.pick): pick for scene in second for pick in scene.picks}
    return [
        (scene.index, pick, theirs[scene.index, pick.pick])
        for scene in first
        for pick in scene.picks
        if (scene.index, pick.pick) in theirs
    ]


def measure_links(raw: Scenes, watched: Scenes, whole: Scenes) -> Links:
    """Return the links: `raw` is one attempt without anything, `watched` one attempt with the monitor, `whole` all.

    A raw attempt counts as failed by the simulator's truth, which no part of the chain sees.
    """
    alarmed = {(index, one.pick): bool(other.alarms) for index, one, other in matched(raw, watched)}
    counts = dict.fromkeys(("tp", "fn", "fp", "tn", "r", "v", "r0"), 0)
    for index, one, other in matched(raw, whole):
        if (index, one.pick) not in alarmed:
            continue
        has_alarm, is_done = alarmed[index, one.pick], not other.needs_person
        if one.succeeded:
            counts["fp" if has_alarm else "tn"] += 1
            counts["r0"] += has_alarm and is_done
        else:
            counts["tp" if has_alarm else "fn"] += 1
            counts["r" if has_alarm else "v"] += is_done
    failing, fine = counts["tp"] + counts["fn"], counts["fp"] + counts["tn"]
    return Links(
        failing=Share(hits=failing, of=failing + fine),
        true_alarms=Share(hits=counts["tp"], of=failing),
        false_alarms=Share(hits=counts["fp"], of=fine),
        recovered=Share(hits=counts["r"], of=counts["tp"]),
        rescued=Share(hits=counts["v"], of=counts["fn"]),
        resumed=Share(hits=counts["r0"], of=counts["fp"]),
    )
