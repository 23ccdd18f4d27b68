"""The emergency stop over HTTP and from the command line: pressed whatever the state, released on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cell import HOST, request
from fastapi import FastAPI

from spinal import _core
from spinal.console import estop_router
from spinal.run.estop import press_all

FOREIGN = {"Origin": "http://evil.example"}


class Button:
    """Counts what was asked of it."""

    def __init__(self) -> None:
        self.presses = self.releases = 0

    def press(self) -> None:
        self.presses += 1

    def release(self) -> None:
        self.releases += 1

    def app(self) -> FastAPI:
        app = FastAPI()
        app.include_router(estop_router(press=self.press, release=self.release))
        return app


@pytest.mark.hazard("H-16")
@pytest.mark.parametrize("sent", [{}, {"json": {}}, {"content": b"\xff\x00"}, {"headers": FOREIGN}])
def test_a_press_is_never_refused_whatever_comes_with_it(sent: dict[str, Any]) -> None:
    button = Button()
    answer = request(button.app(), "POST", "/estop", **sent)
    assert (answer.status_code, answer.json()) == (202, {"requested": "emergency_stop"})
    assert (button.presses, button.releases) == (1, 0)


@pytest.mark.hazard("H-24")
def test_a_release_is_not_taken_from_another_site_s_page() -> None:
    button = Button()
    assert request(button.app(), "POST", "/estop/release", headers=FOREIGN).status_code == 403
    assert button.releases == 0
    assert request(button.app(), "POST", "/estop/release", headers={"Origin": f"http://{HOST}"}).status_code == 202
    assert (button.presses, button.releases) == (0, 1)


@pytest.mark.hazard("H-16")
def test_the_command_reaches_every_run_on_the_machine_past_its_host(tmp_path: Path) -> None:
    flags = []
    for name in ("spinal-a", "spinal-b"):
        (tmp_path / name).mkdir()
        _core.create_channels(tmp_path / name)
        flags.append(_core.Flag.open(tmp_path / name / "estop"))
    (tmp_path / "spinal-broken").mkdir()
    (tmp_path / "spinal-broken" / "estop").write_bytes(b"no flag")
    assert press_all(memory=tmp_path) == ["a", "b"]
    assert all(flag.is_up and flag.raises == 1 for flag in flags)
    assert press_all(release=True, memory=tmp_path) == ["a", "b"]
    assert not any(flag.is_up for flag in flags)


def test_without_a_run_there_is_nothing_to_press(tmp_path: Path) -> None:
    assert press_all(memory=tmp_path) == []
