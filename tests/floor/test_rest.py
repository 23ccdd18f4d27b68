"""What a warehouse system sees over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from shop import SECOND, intent

from spinal.floor import Ending, TaskStore, create_app


class WebClient:
    """Calls the application as a web server would, without a socket."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8321") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)


@pytest.fixture
def client(store: TaskStore) -> WebClient:
    extra = APIRouter()
    extra.get("/extra")(lambda: {"is": "here"})
    app = create_app(store, version="1.2.3", routers=[extra], cell_health=lambda: {"mode": "SOS"})
    return WebClient(app)


def post(client: WebClient, key: str, **body: Any) -> Any:
    return client.post("/tasks", json=body, headers={"Idempotency-Key": key})


def assert_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.hazard("H-27")
def test_an_order_is_created_once_and_then_returned(client: WebClient) -> None:
    first = post(client, "k1", sku="red_box", quantity=2)
    again = post(client, "k1", sku="red_box", quantity=2)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.headers["location"] == "/tasks/T000001"
    assert first.json()["state"] == "queued"
    assert first.json()["outcome"] is None


def test_a_default_that_is_spelled_out_is_the_same_body(client: WebClient) -> None:
    post(client, "k1", sku="red_box")
    assert post(client, "k1", sku="red_box", quantity=1, priority=5, destination="destination").status_code == 200


@pytest.mark.hazard("H-27")
def test_the_same_key_with_another_body_is_a_conflict(client: WebClient) -> None:
    post(client, "k1", sku="red_box")
    problem = assert_problem(post(client, "k1", sku="blue_can"), 409)
    assert problem["value"] == "k1"
    assert problem["next_step"]


def test_an_unknown_sku_is_refused_with_the_known_ones(client: WebClient) -> None:
    problem = assert_problem(post(client, "k1", sku="green_bag"), 422)
    assert problem["value"] == "green_bag"
    assert problem["allowed"] == ["blue_can", "red_box"]
    assert "add the SKU" in problem["next_step"]


def test_a_missing_key_is_refused_before_anything_is_stored(client: WebClient) -> None:
    problem = assert_problem(client.post("/tasks", json={"sku": "red_box"}), 422)
    assert "Idempotency-Key" in problem["detail"]
    assert client.get("/tasks").json()["tasks"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sku": 3},
        {"sku": "red_box", "quantity": 0},
        {"sku": "red_box", "quantity": 101},
        {"sku": "red_box", "quantity": 1.5},
        {"sku": "red_box", "quantity": "2"},
        {"sku": "red_box", "priority": 10},
        {"sku": "red_box", "colour": "red"},
        {"sku": "red_box", "destination": "moon"},
        [],
        None,
    ],
)
def test_a_body_that_is_wrong_is_one_clear_problem(client: WebClient, body: object) -> None:
    answer = client.post("/tasks", json=body, headers={"Idempotency-Key": "k"})
    assert assert_problem(answer, 422)["next_step"]
    assert client.get("/tasks").json()["tasks"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 10_000])
def test_bytes_that_are_not_json_are_one_clear_problem(client: WebClient, content: bytes) -> None:
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    answer = client.post("/tasks", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert_problem(answer, answer.status_code)


def test_an_unknown_key_in_the_body_names_the_allowed_ones(client: WebClient) -> None:
    problem = assert_problem(post(client, "k", sku="red_box", prio=3), 422)
    assert "body.prio" in problem["detail"]
    assert "priority" in problem["allowed"]


def test_a_poll_with_the_cursor_returns_only_what_changed(client: WebClient) -> None:
    for key in "abc":
        post(client, key, sku="red_box")
    page = client.get("/tasks", params={"limit": 2}).json()
    assert [task["idempotency_key"] for task in page["tasks"]] == ["a", "b"]
    assert page["has_more"]
    rest = client.get("/tasks", params={"cursor": page["cursor"]}).json()
    assert [task["idempotency_key"] for task in rest["tasks"]] == ["c"]
    assert not rest["has_more"]
    client.post("/tasks/T000001/cancel")
    changed = client.get("/tasks", params={"cursor": rest["cursor"]}).json()
    assert [(task["id"], task["state"]) for task in changed["tasks"]] == [("T000001", "cancelled")]
    quiet = client.get("/tasks", params={"cursor": changed["cursor"]}).json()
    assert quiet == {"tasks": [], "cursor": changed["cursor"], "has_more": False}


def test_a_poll_can_ask_for_some_states(client: WebClient) -> None:
    for key in "ab":
        post(client, key, sku="red_box")
    client.post("/tasks/T000002/cancel")
    found = client.get("/tasks", params={"state": ["cancelled", "done"]}).json()["tasks"]
    assert [task["id"] for task in found] == ["T000002"]
    assert_problem(client.get("/tasks", params={"state": "lost"}), 422)
    assert_problem(client.get("/tasks", params={"cursor": -1}), 422)


def test_a_finished_order_shows_outcome_and_evidence(client: WebClient, store: TaskStore) -> None:
    post(client, "k", sku="red_box")
    lease = store.lease("cell", SECOND)
    assert lease is not None
    store.begin_placing(lease, intent())
    store.end_attempt(lease, Ending.COMPLETE, outcome="placed", reasons=["gained 0.1 kg"], evidence={"gain_kg": 0.1})
    detail = client.get("/tasks/T000001").json()
    assert (detail["state"], detail["outcome"], detail["placed"]) == ("done", "completed", 1)
    (attempt,) = detail["attempts"]
    assert attempt["outcome"] == "placed"
    assert attempt["evidence"] == {"gain_kg": 0.1}
    assert attempt["ended_at"] is not None
    problem = assert_problem(client.post("/tasks/T000001/cancel"), 409)
    assert problem["value"] == "done"


def test_a_person_resolves_a_review_over_rest(client: WebClient, store: TaskStore) -> None:
    post(client, "k", sku="red_box")
    lease = store.lease("cell", SECOND)
    assert lease is not None
    store.end_attempt(lease, Ending.REVIEW, outcome="unclear")
    assert_problem(client.post("/tasks/T000001/resolve", json={"is_placed": True}), 422)
    answer = client.post("/tasks/T000001/resolve", json={"is_placed": True, "by": "Ada"})
    assert (answer.json()["state"], answer.json()["placed"]) == ("done", 1)
    assert_problem(client.post("/tasks/T000001/resolve", json={"is_placed": True, "by": "Ada"}), 409)


@pytest.mark.parametrize("path", ["/tasks/T000009", "/tasks/x", "/nothing"])
def test_what_is_not_there_is_a_problem_too(client: WebClient, path: str) -> None:
    assert_problem(client.get(path), 404)
    assert_problem(client.request("DELETE", "/tasks"), 405)


def test_health_says_what_the_store_holds_and_what_the_cell_adds(client: WebClient) -> None:
    post(client, "k", sku="red_box")
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["version"] == "1.2.3"
    assert health["orders"]["queued"] == 1
    assert health["cell"] == {"mode": "SOS"}
    assert client.get("/extra").json() == {"is": "here"}


@pytest.mark.hazard("H-24")
def test_another_host_name_is_refused_so_that_a_web_page_cannot_rebind_its_way_in(client: WebClient) -> None:
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 400


def test_the_openapi_document_describes_every_route_and_field(client: WebClient) -> None:
    document = client.get("/openapi.json").json()
    submit = document["paths"]["/tasks"]["post"]
    assert {"200", "201", "409", "422"} <= set(submit["responses"])
    assert any(parameter["name"] == "Idempotency-Key" for parameter in submit["parameters"])
    for path, methods in document["paths"].items():
        if path == "/extra":
            continue
        for method in methods.values():
            assert method["summary"], path
            assert method["description"], path
    request = document["components"]["schemas"]["TaskRequest"]["properties"]
    assert all(field["description"] for field in request.values())


def test_no_page_loads_anything_from_outside(client: WebClient) -> None:
    assert_problem(client.get("/docs"), 404)
    assert_problem(client.get("/redoc"), 404)
