"""The numbers behind the report: exact intervals, honest rounding, and a reader that no bytes can upset."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from spinal.report import figures, rate, words
from spinal.report.recording import ModeChange, bytes_field
from spinal.report.sources import Distribution
from spinal.report.statistics import quantile


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Source: tables of the exact binomial interval, e.g. Hahn and Meeker, Statistical Intervals (1991).
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (5, 10, 0.1871, 0.8129),
        (19, 20, 0.7513, 0.9987),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_the_tabulated_one(successes: int, n: int, low: float, high: float) -> None:
    found = rate(successes, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize("n", [1, 5, 22, 60])
@pytest.mark.parametrize("truth", [0.02, 0.3, 0.5, 0.86, 0.99])
def test_the_interval_covers_the_truth_at_least_as_often_as_it_says(n: int, truth: float) -> None:
    covered = sum(float(binom.pmf(k, n, truth)) for k in range(n + 1) if rate(k, n).low <= truth <= rate(k, n).high)
    assert covered >= 0.95


@given(st.integers(0, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_in_range(pair: tuple[int, int]) -> None:
    found = rate(*pair)
    assert 0.0 <= found.low <= found.high <= 1.0
    if found.n:
        assert found.low <= found.value <= found.high


@given(st.floats(0, 1))
def test_a_share_that_is_not_all_is_never_written_as_all(share: float) -> None:
    text = words.percent(share)
    assert text.startswith("100") == (share == 1.0)
    assert (text.split("\u202f")[0] == "0") == (share == 0.0)


@pytest.mark.parametrize(
    ("share", "text"), [(0.86, "86"), (0.9995, "99.95"), (0.99999, "99.999"), (0.004, "0.4"), (1.0, "100"), (0.0, "0")]
)
def test_a_share_has_as_many_digits_as_it_needs(share: float, text: str) -> None:
    assert words.percent(share).split("\u202f")[0] == text
    assert words.percent(math.nan) == "–"


@pytest.mark.parametrize(
    ("value", "text"), [(4.25, "4.2 s"), (61, "1 min 1 s"), (3720, "1 h 2 min"), (None, "–"), (math.nan, "–")]
)
def test_durations_are_written_for_people(value: float | None, text: str) -> None:
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(850, "850 ns"), (12_400, "12.4 µs"), (310_000, "310 µs"), (1.24e6, "1.2 ms"), (None, "–")]
)
def test_short_durations_have_a_fitting_unit(value: float | None, text: str) -> None:
    assert words.nanoseconds(value) == text


def test_counts_and_lists_read_well() -> None:
    assert words.count(1, "order") == "1 order"
    assert words.count(1234, "entry", "entries") == "1\u202f234 entries"
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"


def test_a_quantile_is_a_value_that_was_seen() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([1.0, 2.0], 0.9) == 2.0


@given(st.binary(max_size=200), st.integers(1, 5))
def test_no_bytes_upset_the_picture_reader(message: bytes, number: int) -> None:
    found = bytes_field(message, number)
    assert found is None or found in message


def test_a_field_is_found_behind_others() -> None:
    message = b"\x08\x96\x01" + b"\x11" + bytes(8) + b"\x1d" + bytes(4) + b"\x0a\x02hi" + b"\x12\x03jpg"
    assert bytes_field(message, 2) == b"jpg"
    assert bytes_field(message, 1) == b"hi"
    assert bytes_field(message, 3) is None
    assert bytes_field(message[:-1], 2) is None


QUANTILES = {"p50_ns": 4e3, "p99_ns": 3e4, "p999_ns": 9e4, "p9999_ns": 3e5, "max_ns": 1e6}


def test_a_histogram_is_drawn_when_it_was_kept_and_marks_when_not() -> None:
    with_counts = Distribution(**QUANTILES, edges_ns=(1e3, 1e4, 1e5, 1e6), counts=(5, 3, 1))
    drawn = figures.punctuality({"Wake-up": with_counts})
    assert "ticks" in drawn
    assert "longest: 1.0 ms" in drawn
    marks = figures.punctuality({"Wake-up": Distribution(**QUANTILES)})
    assert "ticks" not in marks
    assert "99 %: 30.0 µs" in marks


def test_figures_that_share_a_page_share_no_ids() -> None:
    parts = [
        figures.cycle_times([4.0, 5.0, 6.0]),
        figures.latency([40.0, 50.0]),
        figures.timeline([ModeChange(at_s=0.0, mode="track", trigger="none")], [], 5.0),
    ]
    ids = [re.findall(r'id="([^"]+)"', part) for part in parts]
    assert all(ids)
    everything = [one for found in ids for one in set(found)]
    assert len(everything) == len(set(everything))


def test_a_mode_that_nobody_knows_is_drawn_as_the_worst() -> None:
    drawn = figures.timeline([ModeChange(at_s=0.0, mode="?", trigger="none")], [], 5.0)
    assert figures.RED in drawn
