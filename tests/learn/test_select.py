"""What is practised in next: where a person was needed first, no scene twice, and the random sample has its places."""

from __future__ import annotations

import numpy as np

from spinal.learn.select import Candidate, select


def candidate(
    number: int, at: float, *, person: bool = False, failed: bool = False, sampled: bool = False
) -> Candidate:
    return Candidate(
        episode=f"e-{number:03d}",
        scene=(7, number, 0),
        embedding=np.array([at, 0.5], np.float32),
        needed_person=person,
        failed=failed or person,
        is_sampled=sampled,
    )


def test_interventions_come_before_failures_before_the_sample_and_other_successes_never() -> None:
    known = [
        candidate(0, 0.0),
        candidate(1, 1.0, sampled=True),
        candidate(2, 2.0, failed=True),
        candidate(3, 3.0, person=True),
    ]
    assert [choice.candidate.episode for choice in select(known, 10)] == ["e-003", "e-002", "e-001"]
    assert [choice.why for choice in select(known, 10)] == ["a person was needed", "it failed", "random sample"]


def test_the_chosen_are_unlike_each_other() -> None:
    crowd = [candidate(number, 0.001 * number, failed=True) for number in range(30)]
    apart = [candidate(100, 5.0, failed=True), candidate(101, -5.0, failed=True)]
    chosen = {choice.candidate.episode for choice in select([*crowd, *apart], 3)}
    assert {"e-100", "e-101"} < chosen


def test_a_scene_is_chosen_once_for_its_worst_episode() -> None:
    one = candidate(1, 0.0, failed=True)
    again = Candidate(
        episode="e-later", scene=one.scene, embedding=one.embedding, needed_person=True, failed=True, is_sampled=False
    )
    assert [choice.candidate.episode for choice in select([one, again], 5)] == ["e-later"]


def test_a_share_of_the_places_is_left_to_the_random_sample() -> None:
    failures = [candidate(number, float(number), failed=True) for number in range(40)]
    sample = [candidate(100 + number, float(number), sampled=True) for number in range(40)]
    chosen = select([*failures, *sample], 20, success_share=0.1)
    assert len(chosen) == 20
    assert sum(choice.why == "random sample" for choice in chosen) == 2
    assert select([], 5) == []


def test_the_choice_does_not_depend_on_the_order_of_the_files() -> None:
    known = [candidate(number, float(number % 7), failed=number % 2 == 0, sampled=True) for number in range(25)]
    one = [choice.candidate.episode for choice in select(known, 9)]
    two = [choice.candidate.episode for choice in select(known[::-1], 9)]
    assert one == two
