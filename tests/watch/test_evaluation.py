from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from moments import attempts, monitor

from spinal.errors import EvidenceError
from spinal.watch import Attempt, Promise
from spinal.watch.attempt_file import read_attempt, write_attempt
from spinal.watch.conformal import threshold
from spinal.watch.evaluation import Row, evaluate, raters, share
from spinal.watch.write import EVERYTHING, Page, write_page

CALIBRATION = attempts(120, 3)


def failing(count: int, seed: int) -> list[Attempt]:
    """Return failures that look well for 6 decisions, are odd from then on, and last twice as long."""
    found = []
    for well, odd in zip(
        attempts(count, seed, decisions=6), attempts(count, seed + 1, shift=6.0, decisions=18), strict=True
    ):
        found.append(
            replace(
                odd,
                at_s=0.2 * np.arange(24),
                values=np.concatenate([well.values, odd.values]),
                embeddings=np.concatenate([well.embeddings, odd.embeddings]),
            )
        )
    return found


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], Row]:
    groups = {"well": attempts(200, 70), "failing": failing(60, 80)}
    return {(row.method, row.group): row for row in evaluate(monitor(), CALIBRATION, groups).rows}


def test_failures_are_found_with_the_time_that_is_left(rows: dict[tuple[str, str], Row]) -> None:
    row = rows["monitor", "failing"]
    assert row.found.hits == row.found.total == 60
    assert row.lead_s == pytest.approx(0.2 * 17, abs=0.5)
    assert rows["monitor", "well"].false_alarms.rate <= 0.1
    assert rows["monitor", "well"].found.total == 0


def test_a_dice_finds_hardly_more_than_it_alarms_falsely(rows: dict[tuple[str, str], Row]) -> None:
    assert rows["random", "well"].false_alarms.rate <= 0.12
    assert rows["random", "failing"].found.rate <= 0.3


def test_elapsed_time_finds_what_lasts_long_and_nothing_at_a_common_horizon() -> None:
    found = evaluate(monitor(), CALIBRATION, {"failing": failing(60, 80)})
    assert next(row for row in found.rows if row.method == "elapsed").found.rate == 1.0
    early = {row.method: row for row in found.rows_at_horizon}
    assert found.horizon_s == pytest.approx(2.2)
    assert early["elapsed"].found.rate == 0.0
    assert early["monitor"].found.rate == 1.0


def test_every_method_gets_the_same_promise_but_the_plain_quantile() -> None:
    fitted = monitor(Promise(mode="pac"))
    rater = raters(fitted)["mahalanobis"]
    limit = threshold([float(rater(one).max()) for one in CALIBRATION], fitted.promise, "").value
    alarms = sum(bool((rater(one) > limit).any()) for one in attempts(200, 70))
    found = evaluate(fitted, CALIBRATION, {"well": attempts(200, 70)})
    row = {row.method: row for row in found.rows}
    assert row["mahalanobis"].false_alarms.hits == alarms
    assert row["quantile"].false_alarms.hits >= row["monitor"].false_alarms.hits


def test_too_few_calibration_attempts_judge_no_method() -> None:
    with pytest.raises(EvidenceError, match="too few"):
        evaluate(monitor(), CALIBRATION[:30], {"well": attempts(10, 70)})


def test_a_share_has_its_exact_interval_and_nothing_is_known_of_nothing() -> None:
    one = share(5, 100)
    assert (one.lower, one.upper) == pytest.approx((0.0164, 0.1128), abs=1e-4)
    none = share(0, 0)
    assert np.isnan(none.rate)
    assert (none.lower, none.upper) == (0.0, 1.0)


def test_an_attempt_reads_back_as_it_was_written_and_a_damaged_one_is_one_message(tmp_path: Path) -> None:
    one = replace(attempts(1, 5)[0], axes=("texture", "camera"))
    write_attempt(tmp_path / "000000.npz", one)
    read = read_attempt(tmp_path / "000000.npz")
    assert (read.scene, read.sku, read.axes, read.went_well) == (one.scene, one.sku, one.axes, one.went_well)
    np.testing.assert_array_equal(read.values, one.values)
    np.testing.assert_array_equal(read.embeddings, one.embeddings)
    (tmp_path / "000000.npz").write_bytes((tmp_path / "000000.npz").read_bytes()[:200])
    with pytest.raises(EvidenceError, match="damaged"):
        read_attempt(tmp_path / "000000.npz")


def test_the_page_holds_everything_and_loads_nothing(tmp_path: Path) -> None:
    fitted = monitor()
    groups = {EVERYTHING: [*attempts(40, 70), *failing(9, 80)], "texture": failing(9, 80)}
    page = Page(
        monitor=fitted,
        realised=share(3, 40),
        good=[1.0, 2.0],
        bad=[50.0],
        facts={"scenes": "some <scenes>"},
        evaluation=evaluate(fitted, CALIBRATION, groups),
    )
    write_page(page, tmp_path / "calibration.html")
    text = (tmp_path / "calibration.html").read_text(encoding="utf-8")
    assert "At most 5.0 %" in text
    assert "texture" in text
    assert "mahalanobis" in text
    assert "some &lt;scenes&gt;" in text
    assert not any(word in text for word in ("<script", "src=", 'href="http', "@import", "url(http"))
    write_page(replace(page, evaluation=None), tmp_path / "calibration.html")
    assert "Failures found" not in (tmp_path / "calibration.html").read_text(encoding="utf-8")
