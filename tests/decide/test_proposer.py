"""A proposal says what it rests on and is never mistaken for another."""

from __future__ import annotations

import numpy as np
import pytest
from bundles import HOME_RAD, observation_of, robot_at

from spinal.decide import Proposer
from spinal.records import Plan

PLAN = Plan(targets=np.tile(HOME_RAD, (8, 1)), gripper=np.zeros(8), period_ns=100_000_000)


@pytest.mark.hazard("H-11")
def test_it_counts_as_old_as_its_oldest_reading() -> None:
    observation = observation_of(robot_at(HOME_RAD))
    proposer = Proposer(source=1, profile_hash=bytes(range(32)), valid_ns=900)
    proposal = proposer.propose(PLAN, observation, epoch=7, made_at_ns=observation.at_ns + 5)
    assert proposal.observed_at_ns == observation.frames["wrist"].at_ns < observation.proprioception.at_ns
    assert proposal.valid_until_ns == proposal.observed_at_ns + 900
    assert proposal.observed_played_ns == observation.proprioception.played_ns
    assert (proposal.source, proposal.epoch) == (1, 7)
    assert bytes(proposal.profile_hash) == bytes(range(32))
    np.testing.assert_array_equal(proposal.targets, PLAN.targets)


@pytest.mark.hazard("H-11")
def test_sequence_numbers_rise_over_epochs() -> None:
    proposer = Proposer(source=1, profile_hash=bytes(32), valid_ns=900)
    observation = observation_of(robot_at(HOME_RAD))
    proposals = [proposer.propose(PLAN, observation, epoch=epoch, made_at_ns=0) for epoch in (1, 1, 2)]
    assert [proposal.sequence for proposal in proposals] == [1, 2, 3]
