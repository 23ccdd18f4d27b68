"""The policy acts, and the scripted expert takes over where it goes wrong: corrections, as a person would give them.

In simulation the expert plays the person; it sees the simulator's state and is labelled so in the lineage. Sources:
Kelly et al. 2019, "HG-DAgger"; Hu et al. 2025, "RaC: robot learning for long-horizon tasks by scaling recovery and
correction"; weighting of interventions: Mandlekar et al. 2020, "Human-in-the-loop imitation learning".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from spinal.learn.practice import Chunk, Moment
from spinal.learn.settings import Correction


class Corrector:
    """Acts in one pick: the policy until it strays, then the expert until both have agreed for a while."""

    def __init__(self, policy: Callable[[Moment], Chunk], settings: Correction) -> None:
        """Begin with the policy in charge."""
        self._policy = policy
        self._settings = settings
        self._strayed = self._agreed = 0
        self._is_expert_acting = False
        self._weights: list[float] = []
        self.corrected = 0

    def act(self, moment: Moment, expert: Chunk) -> Chunk:
        """Return what is done now, and remember how much this moment is worth."""
        settings = self._settings
        answer = self._policy(moment)
        differs = self._differs(answer, expert)
        self._strayed = self._strayed + 1 if differs else 0
        self._agreed = 0 if differs else self._agreed + 1
        if self._is_expert_acting:
            self._is_expert_acting = self._agreed < settings.agreed_decisions
        else:
            self._is_expert_acting = self._strayed >= settings.strayed_decisions
        self.corrected += self._is_expert_acting
        self._weights.append(settings.weight if differs or self._is_expert_acting else 1.0)
        return expert if self._is_expert_acting else answer

    def weights(self) -> npt.NDArray[np.float32]:
        """Return what each moment so far is worth, (n,)."""
        return np.array(self._weights, dtype=np.float32)

    def _differs(self, answer: Chunk, expert: Chunk) -> bool:
        """Return whether the chunks go apart in place, or by most of their steps in the gripper."""
        apart_m = float(np.linalg.norm(answer[:, :3] - expert[:, :3], axis=1).mean())
        is_other_gripper = float(((answer[:, 3] > 0.5) != (expert[:, 3] > 0.5)).mean()) > 0.5
        return apart_m > self._settings.apart_m or is_other_gripper
