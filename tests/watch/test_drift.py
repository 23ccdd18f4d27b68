from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from moments import attempts, monitor
from scipy.stats import binomtest, kstest

from spinal.errors import EvidenceError
from spinal.watch import DriftFile, Martingale, first_passage
from spinal.watch.drift import LIMIT


def test_the_promise_is_seldom_called_void_while_nothing_changes_however_often_it_is_looked_at() -> None:
    runs, length, void, highest = 400, 300, 0, 0
    for seed in range(runs):
        values = np.random.default_rng(seed).random(60 + length)
        martingale = Martingale({"all": values[:60]}, seed)
        for value in values[60:]:
            martingale.feed("all", float(value))
        void += martingale.state.is_void
        highest += martingale.state.highest >= 20.0
    assert binomtest(void, runs, 1.0 / LIMIT, alternative="greater").pvalue > 0.01, f"{void} of {runs}"
    assert binomtest(highest, runs, 0.05, alternative="greater").pvalue > 0.01, f"{highest} of {runs} passed 20"


def test_p_values_are_uniform_though_many_attempts_are_equal() -> None:
    values = np.random.default_rng(1).integers(0, 4, 2000).astype(float)
    martingale = Martingale({"all": values[:50]}, 1)
    found = [martingale.feed("all", float(value)).p_value for value in values[50:]]
    assert kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("shift", [1.0, -1.0])
def test_attempts_that_changed_make_the_promise_void(shift: float) -> None:
    generator = np.random.default_rng(2)
    martingale = Martingale({"all": generator.standard_normal(200)})
    for _ in range(100):
        martingale.feed("all", float(generator.standard_normal()))
    assert not martingale.state.is_void
    for _ in range(90):
        if martingale.feed("all", float(generator.standard_normal() + shift)).is_void:
            break
    assert martingale.state.is_void


def test_void_stays_void_until_there_is_another_calibration() -> None:
    martingale = Martingale({"all": np.zeros(50) + np.arange(50)})
    for _ in range(60):
        martingale.feed("all", 1e6)
    assert martingale.state.is_void
    for value in np.random.default_rng(3).uniform(0, 50, 500):
        martingale.feed("all", float(value))
    assert martingale.state.is_void


def test_slices_are_compared_with_themselves_so_that_another_mix_of_orders_is_no_drift() -> None:
    generator = np.random.default_rng(4)
    martingale = Martingale({"soap": generator.normal(0, 1, 80), "tea": generator.normal(9, 1, 80)})
    for _ in range(300):
        martingale.feed("tea", float(generator.normal(9, 1)))
    assert not martingale.state.is_void


def test_an_attempt_that_an_alarm_ended_counts_as_one_that_was_only_watched() -> None:
    surprise = np.array([[1.0, 0.0], [0.0, 7.0], [30.0, 0.0]])
    assert first_passage(surprise, 5.0) == 7.0 == first_passage(surprise[:2], 5.0)
    assert first_passage(surprise, 40.0) == 30.0


def test_a_shifted_policy_is_noticed_by_the_monitor_that_was_calibrated() -> None:
    fitted = monitor()
    martingale = Martingale(fitted.drift)
    limit = fitted.thresholds["all"].value
    for one in attempts(60, 50):
        martingale.feed("all", first_passage(fitted.scores.of(one), limit))
    assert not martingale.state.is_void
    for one in attempts(40, 51, shift=2.0):
        martingale.feed("all", first_passage(fitted.scores.of(one), limit))
    assert martingale.state.is_void


def test_attempts_that_were_told_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "cell.drift.jsonl"
    script = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        import numpy as np
        from spinal.watch import DriftFile
        file = DriftFile(Path({str(path)!r}), "a" * 64, {{"all": np.arange(50.0)}})
        number = 0
        while True:
            number += 1
            state = file.feed("all", 100.0 + number, f"order-{{number}}")
            print(state.attempts, state.value, flush=True)
    """)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline().split() for _ in range(20)][-1]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with path.open("ab") as file:
        file.write(b'{"order": "torn')
    with DriftFile(path, "a" * 64, {"all": np.arange(50.0)}) as kept:
        assert kept.state.attempts >= int(told[0])
        assert kept.state.is_void or kept.state.value >= 1.0
        again = Martingale({"all": np.arange(50.0)})
        for number in range(1, int(told[0]) + 1):
            again.feed("all", 100.0 + number)
        assert again.state.value == float(told[1])
        before = kept.state.attempts
        kept.feed("all", 3.0, "next")
    with DriftFile(path, "a" * 64, {"all": np.arange(50.0)}) as kept:
        assert kept.state.attempts == before + 1


def test_another_calibration_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "cell.drift.jsonl"
    with DriftFile(path, "a" * 64, {"all": np.arange(9.0)}) as file:
        for _ in range(60):
            file.feed("all", 1e9, "x")
        assert file.state.is_void
    with DriftFile(path, "b" * 64, {"all": np.arange(9.0)}) as file:
        assert (file.state.attempts, file.state.is_void) == (0, False)


def test_a_damaged_file_and_a_second_writer_are_one_message(tmp_path: Path) -> None:
    path = tmp_path / "cell.drift.jsonl"
    with (
        DriftFile(path, "a" * 64, {"all": np.arange(9.0)}),
        pytest.raises(EvidenceError, match="another process"),
    ):
        DriftFile(path, "a" * 64, {"all": np.arange(9.0)})
    path.write_text('{"calibration": "' + "a" * 64 + '"}\nnonsense\n', encoding="utf-8")
    with pytest.raises(EvidenceError, match="damaged"):
        DriftFile(path, "a" * 64, {"all": np.arange(9.0)})
