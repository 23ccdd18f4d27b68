"""A ladder in lockstep: every rung is really worked on, and all of it is in the result and in the journal."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spinal.errors import CellError, PolicyError
from spinal.records import Frame, Health, Observation, Proprioception, Task
from spinal.run import parts
from spinal.run.chain import BARE, Chain, chain_of, rungs_of, with_bundle
from spinal.run.channels import TaskMessage
from spinal.run.controls import ElapsedWatch, RandomWatch
from spinal.run.evaluate import Evaluation, evaluate
from spinal.run.fit import load_fitting_cell
from spinal.run.ladder import check_ladder
from spinal.run.simulator import hashes_of
from spinal.sim.distribution import load_distribution
from spinal.watch import Moment

SHIPPED = Path(__file__).parents[2] / "cells" / "bin-picking"
LADDER = (Path(__file__).parents[1] / "cell" / "ladder_text.py").read_text(encoding="utf-8").split('"""')[3]


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shipped cell with a ladder whose second policy is the same network again."""
    folder = tmp_path_factory.mktemp("cells") / "bin-picking"
    shutil.copytree(SHIPPED, folder)
    shutil.copytree(SHIPPED / "policy", folder / "second")
    file = folder / "cell.toml"
    text = file.read_text(encoding="utf-8")
    head = text.split("[[ladder]]")[0]
    file.write_text(head + (text[text.index("[host]") :] if "[[ladder]]" in text else "") + LADDER, encoding="utf-8")
    return folder


def notes(journal: Path, kind: str) -> list[dict]:
    """Return the notes of one kind in a journal."""
    text = journal.read_bytes().decode("latin-1")
    starts = [found.start() for found in re.finditer(re.escape(f'{{"{kind}": {{'), text)]
    return [json.JSONDecoder().raw_decode(text[start:])[0][kind] for start in starts]


@pytest.mark.hazard("H-13", "H-30")
def test_a_policy_that_is_always_alarmed_is_left_for_the_second_one_which_places_the_item(
    cell: Path, tmp_path: Path
) -> None:
    chain = Chain(ladder=("policy", "careful", "second"), watch="elapsed", watch_after_s=1.0)
    what = Evaluation(cell=cell, picks=1, seed=11, chain=chain, journal_folder=tmp_path, detail="full")
    (result,) = evaluate(what, lambda result: None)
    assert result.rungs[:2] == ("policy: alarmed", "careful: alarmed")
    assert result.rungs[-1] == "second: placed"
    assert result.succeeded
    assert result.recoveries[:2] == ("new_view", "stir")
    assert len(result.alarms) == 2
    assert "elapsed time (control)" in result.alarms[0]
    assert result.refused == 0
    changes = notes(tmp_path / "000000.journal", "rung")
    steps = dict.fromkeys((change["before"], change["after"]) for change in changes)
    assert list(steps) == [("policy", "careful"), ("careful", "second")]
    assert all(change["reason"] and change["clears"] for change in changes)
    again = evaluate(replace(what, journal_folder=None, detail="digest"), lambda result: None)
    assert again[0].simulated_s == result.simulated_s


def test_without_a_chain_nothing_but_the_policy_decides(cell: Path) -> None:
    what = Evaluation(cell=cell, picks=1, seed=11)
    (result,) = evaluate(what, lambda result: None)
    (plain,) = evaluate(replace(what, cell=SHIPPED), lambda result: None)
    assert (result.rungs, result.recoveries, result.alarms) == (("policy: placed",), (), ())
    assert result.journal_head == plain.journal_head


def test_the_cells_own_chain_is_all_of_its_ladder_and_a_campaign_may_take_some(cell: Path) -> None:
    loaded = load_fitting_cell(cell)
    assert chain_of(loaded).ladder == ("policy", "careful", "second")
    assert [rung.rung for rung in rungs_of(loaded, Chain(ladder=("second", "policy")))] == ["policy", "second"]
    with pytest.raises(CellError) as caught:
        rungs_of(loaded, Chain(ladder=("policy", "skill")))
    assert "skill" in str(caught.value)
    assert "policy, careful, second" in str(caught.value)


def test_what_a_rung_needs_and_the_cell_has_not_is_told_before_anything_moves(cell: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bin-picking"
    shutil.copytree(cell, folder)
    shutil.rmtree(folder / "second")
    loaded = load_fitting_cell(folder)
    with pytest.raises(PolicyError, match="no policy bundle"):
        check_ladder(loaded, loaded.config.ladder)


def test_a_campaign_with_another_chain_is_another_campaign(cell: Path) -> None:
    chains = [
        BARE,
        Chain(ladder=("policy", "careful")),
        Chain(watch="random"),
        Chain(watch="random", watch_rate=0.1),
        Chain(watch="elapsed"),
        Chain(verifier=True),
    ]
    told = [json.dumps(chain.told(), sort_keys=True) for chain in chains]
    assert len(set(told)) == len(told)
    loaded, lab = load_fitting_cell(cell), load_distribution(cell / "lab.toml")
    plain = dict(hashes_of(loaded, "policy", lab))
    second = Chain(ladder=("policy", "second"))
    assert set(dict(hashes_of(loaded, "policy", lab, second))) - set(plain) == {
        "second model.onnx",
        "second policy.json",
    }
    other = with_bundle(loaded, Chain(bundle=cell / "second"))
    assert other.policy_folder == (cell / "second").resolve()


def moment(order: str, attempt: int, at_s: float, grey: int) -> Moment:
    """Return a decision whose picture is this grey."""
    at_ns = round(at_s * 1e9)
    rest = np.zeros(6)
    return Moment(
        observation=Observation(
            at_ns=at_ns,
            frames={"wrist": Frame(camera="wrist", at_ns=at_ns, image=np.full((4, 4, 3), grey, np.uint8))},
            health={"wrist": Health.OK},
            ages_ns={"wrist": 0},
            proprioception=Proprioception(
                at_ns=at_ns,
                joints_commanded_rad=rest,
                joints_measured_rad=rest,
                tool_commanded_m=rest[:3],
                tool_measured_m=rest[:3],
                tool_velocity_commanded_m_s=rest[:3],
                gripper=0.0,
                inputs={},
                played_ns=0,
                mode="track",
            ),
            task=Task(order=order, sku="soap", attempt=attempt),
        ),
        chunk=None,
        sku=0,
    )


def alarmed_at(watch: RandomWatch | ElapsedWatch, order: str, grey: int) -> float | None:
    """Return the age of the attempt at its alarm."""
    for tick in range(25):
        if watch.look(moment(order, 1, 7.0 + 0.2 * tick, grey)).alarm is not None:
            return round(0.2 * tick, 1)
    return None


def test_the_random_control_alarms_at_its_rate_and_the_same_attempt_draws_the_same() -> None:
    watch = RandomWatch(rate=0.3)
    ages = [alarmed_at(watch, f"T{n}", n % 256) for n in range(600)]
    alarmed = [age for age in ages if age is not None]
    assert 0.24 < len(alarmed) / len(ages) < 0.36
    assert len({*alarmed}) > 8
    assert [alarmed_at(RandomWatch(rate=0.3), f"T{n}", n % 256) for n in range(50)] == ages[:50]


def test_the_clock_control_alarms_at_its_age_in_every_attempt() -> None:
    watch = ElapsedWatch(after_s=2.0)
    assert [alarmed_at(watch, f"T{n}", 0) for n in range(3)] == [2.0, 2.0, 2.0]


def test_what_the_worker_is_told_survives_its_channel() -> None:
    message = TaskMessage(
        worker=2,
        source=parts.RECOVER_SOURCE,
        epoch=7,
        order="T1",
        sku="soap",
        attempt=3,
        is_gripper_on=False,
        recovery="stir",
        recoveries=1,
        avoid_m=((0.5, -0.2, 0.03), (0.45, -0.25, 0.04)),
    )
    assert TaskMessage.from_dict(json.loads(json.dumps(message.as_dict()))) == message
