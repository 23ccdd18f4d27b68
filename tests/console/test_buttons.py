"""Stop always gets through; Resume only from the cell's own page, by someone who sees the cell as it is now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from cell import HOST, MS, SECOND, FakeCell, request

from spinal.console.router import RESUME_AGE_MAX_MS

OWN = {"Origin": f"http://{HOST}"}


@pytest.fixture
def cell() -> FakeCell:
    cell = FakeCell()
    cell.time_ns = 100 * SECOND
    return cell


@pytest.fixture
def stopped(cell: FakeCell) -> FakeCell:
    cell.shown = replace(cell.shown, can_resume=True)
    return cell


def resume(cell: FakeCell, *, age_ms: int = 50, headers: dict[str, str] = OWN, **options: Any) -> httpx.Response:
    options = options or {"json": {"seen_at_ns": cell.time_ns - age_ms * MS}}
    return request(cell.app(), "POST", "/console/resume", headers=headers, **options)


@pytest.mark.hazard("H-16")
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"seen_at_ns": 0}'])
def test_stop_is_asked_for_whatever_comes_with_it(cell: FakeCell, content: bytes) -> None:
    answer = request(cell.app(), "POST", "/console/stop", headers=OWN, content=content)
    assert (answer.status_code, answer.json()) == (202, {"requested": "ss2"})
    assert (cell.stops, cell.resumes) == (1, 0)


@pytest.mark.hazard("H-16")
def test_stop_works_while_the_feed_does_not(cell: FakeCell) -> None:
    cell.snapshot = None  # type: ignore[assignment, method-assign]
    cell.now_ns = None  # type: ignore[assignment, method-assign]
    assert request(cell.app(), "POST", "/console/stop", headers=OWN).status_code == 202
    assert cell.stops == 1


def test_resume_with_a_fresh_picture_is_passed_on(stopped: FakeCell) -> None:
    assert resume(stopped).status_code == 202
    assert (stopped.stops, stopped.resumes) == (0, 1)


@pytest.mark.parametrize(
    ("age_ms", "status"),
    [(0, 202), (RESUME_AGE_MAX_MS, 202), (RESUME_AGE_MAX_MS + 1, 409), (60_000, 409), (-1, 409)],
)
@pytest.mark.hazard("H-14", "H-30")
def test_resume_is_refused_when_the_picture_was_stale(stopped: FakeCell, age_ms: int, status: int) -> None:
    answer = resume(stopped, age_ms=age_ms)
    assert answer.status_code == status
    assert stopped.resumes == (status == 202)
    if status == 409:
        assert "look again" in answer.json()["detail"]


@pytest.mark.hazard("H-30")
def test_resume_is_refused_when_there_is_nothing_to_resume_from(cell: FakeCell) -> None:
    cell.shown = replace(cell.shown, notice="the drives are off")
    answer = resume(cell)
    assert answer.status_code == 409
    assert "the drives are off" in answer.json()["detail"]
    assert cell.resumes == 0


@pytest.mark.parametrize(
    "options",
    [
        {"content": b""},
        {"json": {}},
        {"json": {"seen_at_ns": None}},
        {"json": {"seen_at_ns": "99950000000"}},
        {"json": {"seen_at_ns": 99_950_000_000.5}},
        {"json": {"seen_at_ns": 99_950_000_000, "force": True}},
        {"content": b'{"seen_at_ns": NaN}'},
    ],
)
@pytest.mark.hazard("H-14", "H-30")
def test_resume_that_does_not_say_what_was_seen_is_refused(stopped: FakeCell, options: dict[str, Any]) -> None:
    assert resume(stopped, **options).status_code == 422
    assert stopped.resumes == 0


@pytest.mark.hazard("H-24")
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9", "http://localhost:8321", ""])
@pytest.mark.parametrize("path", ["/console/stop", "/console/resume"])
def test_a_page_of_another_site_cannot_press_the_buttons(stopped: FakeCell, path: str, origin: str) -> None:
    answer = request(stopped.app(), "POST", path, headers={"Origin": origin}, json={"seen_at_ns": stopped.time_ns})
    assert answer.status_code == 403
    assert (stopped.stops, stopped.resumes) == (0, 0)


@pytest.mark.hazard("H-14")
@pytest.mark.parametrize("path", ["/console/stop", "/console/resume"])
def test_looking_presses_nothing(stopped: FakeCell, path: str) -> None:
    assert request(stopped.app(), "GET", path, headers=OWN).status_code == 405
    assert (stopped.stops, stopped.resumes) == (0, 0)


def slow(cell: FakeCell, headers: dict[str, str] = OWN, **content: Any) -> httpx.Response:
    return request(cell.app(), "POST", "/console/slow", headers=headers, json=content)


def test_less_speed_is_passed_on_without_a_fresh_picture(cell: FakeCell) -> None:
    answer = slow(cell, scale=0.25, for_s=60)
    assert (answer.status_code, answer.json()) == (202, {"requested": "slow"})
    assert cell.slowed == [(0.25, 60.0)]
    assert (cell.stops, cell.resumes) == (0, 0)


@pytest.mark.parametrize(
    "content",
    [
        {"scale": 1.01, "for_s": 60},
        {"scale": 0, "for_s": 60},
        {"scale": -1, "for_s": 60},
        {"scale": "nan", "for_s": 60},
        {"scale": 0.5, "for_s": 0},
        {"scale": 0.5, "for_s": 3601},
        {"scale": 0.5, "for_s": "inf"},
        {"scale": 0.5},
        {"scale": 0.5, "for_s": 60, "reason": "operator"},
    ],
)
@pytest.mark.hazard("H-23")
def test_more_speed_or_no_end_cannot_be_asked_for(cell: FakeCell, content: dict[str, Any]) -> None:
    assert slow(cell, **content).status_code == 422
    assert cell.slowed == []


@pytest.mark.hazard("H-24")
def test_another_site_s_page_cannot_ask_for_less_speed(cell: FakeCell) -> None:
    assert slow(cell, {"Origin": "http://elsewhere.example"}, scale=0.5, for_s=1).status_code == 403
    assert cell.slowed == []
