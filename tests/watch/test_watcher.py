from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moments import CAMERAS, WIDTH, attempts, moment, monitor, without_camera

from spinal.errors import EvidenceError, PolicyError
from spinal.records import Task
from spinal.watch import (
    ARRAYS,
    JSON,
    Bound,
    Collector,
    Monitor,
    Parts,
    Promise,
    Watcher,
    fit_monitor,
    read_calibration,
    write_calibration,
)

BOUND = Bound(model="1" * 64, cell="2" * 64, limits="3" * 64)


@pytest.fixture(scope="module")
def fitted() -> Monitor:
    """A monitor of twelve-decision attempts as the collector keeps them."""
    kept = []
    for number in range(300):
        collector = Collector(CAMERAS, WIDTH)
        for decision in range(12):
            collector.look(moment(decision, seed=number))
        one = collector.attempt(scene=number, sku="soap", axes=(), went_well=True, outcome="placed")
        assert one is not None
        kept.append(one)
    parts = Parts(fit=kept[:60], rank=kept[60:120], threshold=kept[120:240], held_out=kept[240:])
    return fit_monitor(CAMERAS, parts, Promise(), {"soap": "all", "tea": "all"})


def test_a_watcher_finds_what_the_calibration_found_on_the_same_attempt(fitted: Monitor) -> None:
    watcher, collector = Watcher(fitted), Collector(CAMERAS, WIDTH)
    moments = [moment(decision, seed=900) for decision in range(12)]
    watched = [watcher.look(one) for one in moments]
    for one in moments:
        collector.look(one)
    attempt = collector.attempt(scene=0, sku="soap", axes=(), went_well=True, outcome="placed")
    assert attempt is not None
    surprise = fitted.scores.of(attempt)
    assert watched[-1].surprise == pytest.approx(surprise.max(), rel=1e-5)
    assert list(watched[3].scores.values()) == pytest.approx(surprise[3].tolist(), abs=1e-3)
    assert (watched[-1].alarm is None) == (surprise.max() <= fitted.thresholds["all"].value)


def test_an_embedding_far_away_is_an_alarm_at_once_and_stays_one_until_the_next_attempt(fitted: Monitor) -> None:
    watcher = Watcher(fitted)
    for decision in range(3):
        assert watcher.look(moment(decision)).alarm is None
    far = watcher.look(moment(3, embedding=np.full(WIDTH, 30.0, np.float32)))
    assert far.alarm is not None
    assert far.alarm.score in ("distance", "support")
    assert far.alarm.at_ns == moment(3).observation.at_ns
    assert far.p_value == far.alarm.p_value == pytest.approx(1 / 121)
    assert far.alarm.score in far.alarm.reason
    assert watcher.look(moment(4)).alarm == far.alarm
    again = Task(order="order", sku="soap", attempt=2)
    assert watcher.look(moment(0, task=again)).alarm is None


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_embedding_that_is_no_number_is_an_alarm(fitted: Monitor, value: float) -> None:
    assert Watcher(fitted).look(moment(0, embedding=np.full(WIDTH, value, np.float32))).alarm is not None


def test_an_embedding_of_another_length_is_an_alarm(fitted: Monitor) -> None:
    assert Watcher(fitted).look(moment(0, embedding=np.zeros(WIDTH + 1, np.float32))).alarm is not None


def test_a_camera_that_stays_away_is_an_alarm_though_the_policy_is_not_asked(fitted: Monitor) -> None:
    watcher = Watcher(fitted)
    alarms = [watcher.look(without_camera(moment(decision))).alarm for decision in range(4)]
    assert alarms[0] is None
    assert alarms[-1] is not None
    assert alarms[-1].score == "missing"


def test_a_sku_that_was_never_calibrated_gets_the_strictest_threshold() -> None:
    fitted = monitor(Promise(mode="marginal"), pooled=False)
    strictest = min(fitted.thresholds, key=lambda name: fitted.thresholds[name].value)
    assert fitted.slice_of("never") == strictest
    assert fitted.slice_of("tea") == "tea"


def test_too_few_attempts_to_fit_are_refused_with_the_number() -> None:
    few = Parts(fit=attempts(19, 1), rank=attempts(60, 2), threshold=attempts(60, 3), held_out=[])
    with pytest.raises(EvidenceError, match="fit the scores") as told:
        fit_monitor(CAMERAS, few, Promise(), {"soap": "all", "tea": "all"})
    assert "at least 20" in str(told.value)


def test_a_calibration_reads_back_as_it_was_written(fitted: Monitor, tmp_path: Path) -> None:
    written = write_calibration(tmp_path, fitted, BOUND, {"distribution": "lab"})
    read = read_calibration(tmp_path, BOUND)
    assert read is not None
    assert read.sha256 == written.sha256
    assert read.file.made_from == {"distribution": "lab"}
    one = attempts(1, 77)[0]
    np.testing.assert_array_equal(read.monitor.scores.of(one), fitted.scores.of(one))
    assert read.monitor.thresholds["all"].value == fitted.thresholds["all"].value
    np.testing.assert_array_equal(read.monitor.drift["all"], fitted.drift["all"])


def test_a_bundle_without_a_calibration_has_none(tmp_path: Path) -> None:
    assert read_calibration(tmp_path, BOUND) is None


@pytest.mark.parametrize(("name", "what"), [("model", "network"), ("cell", "cell"), ("limits", "safety profile")])
def test_a_calibration_of_something_else_is_refused(fitted: Monitor, tmp_path: Path, name: str, what: str) -> None:
    write_calibration(tmp_path, fitted, BOUND, {})
    with pytest.raises(PolicyError, match=f"another {what}") as told:
        read_calibration(tmp_path, BOUND.model_copy(update={name: "f" * 64}))
    assert "spinal calibrate" in str(told.value)


def test_a_damaged_calibration_is_one_message(fitted: Monitor, tmp_path: Path) -> None:
    write_calibration(tmp_path, fitted, BOUND, {})
    data = (tmp_path / ARRAYS).read_bytes()
    (tmp_path / ARRAYS).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(PolicyError, match="does not belong"):
        read_calibration(tmp_path, BOUND)
    (tmp_path / ARRAYS).unlink()
    with pytest.raises(PolicyError, match="missing"):
        read_calibration(tmp_path, BOUND)
    (tmp_path / JSON).write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(PolicyError, match="format 1"):
        read_calibration(tmp_path, BOUND)


def test_the_collector_keeps_rows_for_decisions_without_an_answer() -> None:
    collector = Collector(CAMERAS, WIDTH)
    collector.look(moment(0))
    collector.look(without_camera(moment(1)))
    one = collector.attempt(scene=3, sku="tea", axes=("texture",), went_well=False, outcome="missed")
    assert one is not None
    assert np.isnan(one.embeddings[1]).all()
    assert one.at_s.tolist() == [0.0, 0.2]
    assert len(one.until(0.1).at_s) == 1
    collector.restart()
    assert collector.attempt(scene=3, sku="tea", axes=(), went_well=False, outcome="missed") is None
    assert replace(one, scene=4).scene == 4
