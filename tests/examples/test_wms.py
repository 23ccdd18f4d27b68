"""The example warehouse system against the real REST interface, with a cell that works while the client pauses."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI
from rich.console import Console

from spinal.floor import Catalogue, Ending, Intent, OrderState, TaskStore, create_app

URL = "http://127.0.0.1:8321"
SECOND = 1_000_000_000


def load_example() -> ModuleType:
    path = Path(__file__).parents[2] / "examples" / "wms.py"
    spec = importlib.util.spec_from_file_location("wms", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["wms"] = module
    spec.loader.exec_module(module)
    return module


wms = load_example()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TaskStore]:
    with TaskStore.open(tmp_path / "orders.sqlite", catalogue=Catalogue(skus=frozenset(wms.SKUS))) as opened:
        yield opened


def connect(app: FastAPI, *, before: Callable[[httpx.Request], None] = lambda _: None) -> httpx.Client:
    """Return a client whose requests reach the app without a socket; `before` may fail them first."""

    async def forward(request: httpx.Request) -> httpx.Response:
        inner = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        answer = await httpx.ASGITransport(app=app).handle_async_request(inner)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def handle(request: httpx.Request) -> httpx.Response:
        before(request)
        return asyncio.run(forward(request))

    return httpx.Client(base_url=URL, transport=httpx.MockTransport(handle))


def work_one(store: TaskStore, ending: Ending = Ending.COMPLETE) -> None:
    lease = store.lease("cell", 60 * SECOND)
    if lease is None:
        return
    store.begin_placing(lease, Intent(scale_id="s", scale_kg=0.0, expected_kg=0.1, tolerance_kg=0.03))
    store.end_attempt(lease, ending, outcome="judged", reasons=["scale gained [red]0.1 kg"])


def run(
    store: TaskStore, *words: str, pause: Callable[[float], None], client: httpx.Client | None = None
) -> tuple[int, str]:
    out = io.StringIO()
    arguments = wms.parse([*words, "--patience-s", "5"])
    app = create_app(store, version="0")
    with client or connect(app) as opened:
        code = wms.run(opened, arguments, Console(file=out, width=160), pause=pause)
    return code, out.getvalue()


def test_orders_are_sent_and_followed_to_done(store: TaskStore) -> None:
    code, text = run(store, "--orders", "7", pause=lambda _: work_one(store))
    assert code == 0
    assert "7 of 7 orders done, 7 attempts in all" in text
    assert [order.sku for order in store.orders()] == [*wms.SKUS, wms.SKUS[0]]


@pytest.mark.hazard("H-27")
def test_the_same_batch_again_orders_nothing_twice(store: TaskStore) -> None:
    for _ in range(2):
        code, _ = run(store, "--orders", "3", "--batch", "b1", pause=lambda _: work_one(store))
        assert code == 0
    assert len(store.orders()) == 3


@pytest.mark.hazard("H-27")
def test_a_lost_answer_does_not_order_twice(store: TaskStore) -> None:
    app = create_app(store, version="0")
    lost: list[str] = []

    def lose_first(request: httpx.Request) -> None:
        key = request.headers.get("idempotency-key")
        if key is not None and key not in lost:
            lost.append(key)
            # The order arrives; its answer does not.
            connect(app).send(request)
            raise httpx.ReadTimeout("the answer was lost", request=request)

    code, _ = run(store, "--orders", "3", pause=lambda _: work_one(store), client=connect(app, before=lose_first))
    assert code == 0
    assert len(lost) == len(store.orders()) == 3


def test_an_order_for_a_person_is_a_result_with_its_reason(store: TaskStore) -> None:
    code, text = run(store, "--orders", "2", pause=lambda _: work_one(store, Ending.REVIEW))
    assert code == 1
    assert "needs_review" in text
    assert "scale gained [red]0.1 kg" in text
    assert {order.state for order in store.orders()} == {OrderState.NEEDS_REVIEW}


def test_an_unknown_sku_is_refused_with_what_is_allowed(store: TaskStore) -> None:
    with pytest.raises(wms.CellError, match=r"no such SKU[\s\S]*allowed:.*beans[\s\S]*next:"):
        run(store, "--sku", "unicorn", pause=lambda _: None)
    assert store.orders() == ()


def test_a_cell_that_is_away_is_given_up_after_bounded_tries(store: TaskStore) -> None:
    def refuse(request: httpx.Request) -> None:
        raise httpx.ConnectError("refused", request=request)

    pauses: list[float] = []
    away = connect(create_app(store, version="0"), before=refuse)
    with pytest.raises(wms.CellError, match=r"spinal run.*same --batch"):
        run(store, pause=pauses.append, client=away)
    assert len(pauses) == wms.TRIES_MAX - 1
    assert max(pauses) <= wms.WAIT_MAX_S


def test_a_cell_that_does_nothing_is_given_up(store: TaskStore) -> None:
    pauses: list[float] = []
    with pytest.raises(wms.CellError, match="nothing has changed for 5 s"):
        run(store, "--orders", "1", pause=pauses.append)
    assert sum(pauses) == pytest.approx(5, abs=wms.POLL_S)
