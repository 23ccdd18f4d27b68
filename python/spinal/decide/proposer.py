"""Who proposes: gives plans their instants, sequence number and authority."""

from __future__ import annotations

from spinal._core import Proposal
from spinal.records import Observation, Plan


class Proposer:
    """One source of proposals. Sequence numbers rise over its whole life, so that none is ever used twice."""

    def __init__(self, *, source: int, profile_hash: bytes, valid_ns: int) -> None:
        """`valid_ns` is how long after its observation a proposal may still start."""
        self._source = source
        self._profile_hash = profile_hash
        self._valid_ns = valid_ns
        self._sequence = 0

    def propose(self, plan: Plan, observation: Observation, *, epoch: int, made_at_ns: int) -> Proposal:
        """Return the proposal for a plan that rests on this observation."""
        self._sequence += 1
        return Proposal(
            source=self._source,
            epoch=epoch,
            sequence=self._sequence,
            made_at_ns=made_at_ns,
            observed_at_ns=observation.oldest_ns,
            valid_until_ns=observation.oldest_ns + self._valid_ns,
            observed_played_ns=observation.proprioception.played_ns,
            profile_hash=self._profile_hash,
            period_ns=plan.period_ns,
            targets=plan.targets,
            gripper=plan.gripper,
            semantics=plan.semantics,
            frame=plan.frame,
        )
