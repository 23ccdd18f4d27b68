"""A warehouse system in small: sends orders to a Spinal cell and follows them to their results.

    python examples/wms.py --url http://127.0.0.1:8321 --orders 20

Each order carries an idempotency key, so nothing is ordered twice: not when an answer is lost and the request is sent
again, and not when this script is stopped and started again with the same `--batch`.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import cycle, islice
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

# The catalogue of cells/bin-picking; for another cell, name its SKUs with --sku.
SKUS = ("soap", "beans", "tuna", "tea", "cable", "relay")
# `needs_review` waits for a person at the cell; for this script that is a result too.
RESULTS = {"done", "failed", "cancelled", "needs_review"}
STYLES = {"done": "green", "failed": "red", "cancelled": "dim", "needs_review": "yellow"}

POLL_S = 0.5
TRIES_MAX = 8
WAIT_MAX_S = 8.0

Task = dict[str, Any]
Pause = Callable[[float], None]


class CellError(Exception):
    """The cell refused an order, or cannot be reached; says what to do next."""


def send(client: httpx.Client, method: str, path: str, *, pause: Pause = time.sleep, **options: Any) -> Any:
    """Return the answer's JSON; try again, ever more slowly, while the cell is away or its queue is full."""
    reason = ""
    for attempt in range(TRIES_MAX):
        if attempt:
            pause(min(WAIT_MAX_S, 0.25 * 2**attempt))
        try:
            answer = client.request(method, path, **options)
        except httpx.TransportError as error:
            reason = f"{type(error).__name__}: {error}"
            continue
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            reason = explain(answer)
            continue
        if answer.is_success:
            return answer.json()
        raise CellError(explain(answer))
    raise CellError(
        f"no answer from {client.base_url} after {TRIES_MAX} tries ({reason})\n"
        "  next:    start the cell (spinal run), then run this again with the same --batch"
    )


def explain(answer: httpx.Response) -> str:
    """Return what a problem (RFC 9457) says: what is wrong, the value, what is allowed, what to do next."""
    try:
        problem = answer.json()
    except ValueError:
        return f"{answer.status_code} {answer.reason_phrase}"
    lines = [str(problem.get("detail", answer.reason_phrase))]
    for key, label in (("value", "value:  "), ("allowed", "allowed:"), ("next_step", "next:   ")):
        if problem.get(key) is not None:
            lines.append(f"  {label} {problem[key]}")
    return "\n".join(lines)


def submit(
    client: httpx.Client, batch: str, skus: Sequence[str], *, orders: int, quantity: int, pause: Pause = time.sleep
) -> Iterator[Task]:
    """Yield each order as the cell has stored it; the SKUs take turns."""
    for number, sku in enumerate(islice(cycle(skus), orders), start=1):
        key = f"{batch}-{number:05d}"
        body = {"sku": sku, "quantity": quantity}
        yield send(client, "POST", "/tasks", pause=pause, json=body, headers={"Idempotency-Key": key})


def follow(
    client: httpx.Client, tasks: dict[str, Task], *, patience_s: float, pause: Pause = time.sleep
) -> Iterator[Task]:
    """Yield each change of these orders until all have a result; gives up when nothing changes for `patience_s`."""
    cursor = min((task["change"] for task in tasks.values()), default=1) - 1
    waited_s = 0.0
    while any(task["state"] not in RESULTS for task in tasks.values()):
        page = send(client, "GET", "/tasks", pause=pause, params={"cursor": cursor})
        cursor = page["cursor"]
        changes = [task for task in page["tasks"] if task["change"] > tasks.get(task["id"], task)["change"]]
        for task in changes:
            tasks[task["id"]] = task
            yield task
        waited_s = 0.0 if changes else waited_s + POLL_S
        if waited_s > patience_s:
            raise CellError(
                f"nothing has changed for {patience_s:.0f} s\n"
                "  next:    look at the cell's console; then run this again with the same --batch"
            )
        if not page["has_more"]:
            pause(POLL_S)


def results(tasks: Sequence[Task]) -> Table:
    """Return the orders as a table."""
    table = Table("order", "SKU", "placed", "attempts", "seconds", "result", "why", box=None, header_style="bold")
    for task in tasks:
        span = datetime.fromisoformat(task["changed_at"]) - datetime.fromisoformat(task["created_at"])
        style = STYLES.get(task["state"], "")
        table.add_row(
            task["id"],
            escape(task["sku"]),
            f"{task['placed']} of {task['quantity']}",
            str(task["attempt"]),
            f"{span.total_seconds():.1f}",
            f"[{style}]{task['state']}[/]" if style else task["state"],
            "" if task["state"] == "done" else escape(task["reason"] or ""),
        )
    return table


def run(client: httpx.Client, arguments: argparse.Namespace, console: Console, *, pause: Pause = time.sleep) -> int:
    """Order, follow and print; return the exit code: 0 when every order is done."""
    tasks: dict[str, Task] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, TextColumn("{task.fields[news]}", markup=False), console=console) as progress:
            sent = progress.add_task("orders sent", total=arguments.orders, news=f"batch {arguments.batch}")
            ended = progress.add_task("orders ended", total=arguments.orders, news="")
            options = {"orders": arguments.orders, "quantity": arguments.quantity}
            for task in submit(client, arguments.batch, arguments.sku or SKUS, pause=pause, **options):
                tasks[task["id"]] = task
                progress.advance(sent)
            for task in follow(client, tasks, patience_s=arguments.patience_s, pause=pause):
                count = sum(task["state"] in RESULTS for task in tasks.values())
                news = f"{task['id']} {task['sku']}: {task['state']}"
                progress.update(ended, completed=count, news=news)
            progress.update(ended, completed=len(tasks), news="")
    finally:
        console.print(results(list(tasks.values())))
    done = sum(task["state"] == "done" for task in tasks.values())
    attempts = sum(task["attempt"] for task in tasks.values())
    console.print(f"{done} of {len(tasks)} orders done, {attempts} attempts in all")
    return 0 if done == len(tasks) else 1


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    summary = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--url", default="http://127.0.0.1:8321", help="the cell (default: %(default)s)")
    parser.add_argument("--orders", type=int, default=20, help="how many orders to send (default: %(default)s)")
    parser.add_argument("--quantity", type=int, default=1, help="units of each order (default: %(default)s)")
    parser.add_argument("--sku", action="append", help=f"what to order, may be repeated (default: {', '.join(SKUS)})")
    parser.add_argument("--batch", default=uuid.uuid4().hex[:8], help="name of these orders; repeat it to continue")
    parser.add_argument("--patience-s", type=float, default=120.0, help="give up when nothing changes for so long")
    return parser.parse_args(words)


def main() -> int:
    """Run from the command line."""
    arguments = parse()
    console = Console()
    try:
        with httpx.Client(base_url=arguments.url, timeout=10.0) as client:
            return run(client, arguments, console)
    except CellError as error:
        Console(stderr=True).print(f"wms: {error}", markup=False)
        return 2
    except KeyboardInterrupt:
        console.print(f"stopped; the cell goes on. To follow again: --batch {arguments.batch}", markup=False)
        return 130


if __name__ == "__main__":
    sys.exit(main())
