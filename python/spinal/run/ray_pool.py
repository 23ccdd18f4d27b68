"""Scenes of a campaign over a Ray cluster: one actor a simulator, one scene a task."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from spinal.errors import MachineError, SpinalError
from spinal.run.simulator import Campaign, SceneRun, Simulator

LOCAL = "local"
"""In place of an address: a cluster of this machine, started and ended with the campaign."""
ANSWER_S = 5.0
"""How long a cluster may take to answer."""
RETRIES = 3
"""Times that a scene is begun anew when its actor or its node was lost."""


def run_on_ray(what: Campaign, indices: Sequence[int], workers: int, address: str) -> Iterator[SceneRun]:
    """Yield each scene when it is done, in any order; an actor that is lost is replaced and its scene begun anew.

    Cell, policy and distribution must lie at the same paths on all machines; what differs is refused by its hash.
    """
    if not indices:
        return
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray would tell its makers otherwise
    try:
        import ray
        from ray.util import ActorPool
    except ModuleNotFoundError as error:
        raise MachineError(
            "--ray needs a package that is not here", value=error.name, next_step="pip install 'spinal[ray]'"
        ) from None
    with contextlib.redirect_stdout(sys.stderr):  # Ray tells of lost workers on standard output, which is for JSON
        yield from _on_cluster(ray, ActorPool, what, indices, workers, address)


def _on_cluster(
    ray: Any, actor_pool: Any, what: Campaign, indices: Sequence[int], workers: int, address: str
) -> Iterator[SceneRun]:
    _join(ray, address, workers)
    try:
        make = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=RETRIES)(_Seat)
        actors = [make.remote(what) for _ in range(min(workers, len(indices)))]
        pool = actor_pool(actors)
        for index in indices:
            pool.submit(lambda actor, value: actor.run.remote(value), index)
        while pool.has_next():
            yield pool.get_next_unordered()
    except ray.exceptions.RayTaskError as error:
        raise _own(error) from None
    except ray.exceptions.RayError as error:
        raise MachineError(
            "the Ray cluster lost a scene for good",
            value=error,
            next_step="look at the cluster (`ray status`); the same command goes on where it was",
        ) from None
    finally:
        ray.shutdown()


class _Seat:
    """An actor's place for its simulator, which is made with the first scene so that its errors come back whole."""

    def __init__(self, what: Campaign) -> None:
        self._what = what
        self._simulator: Simulator | None = None

    def run(self, index: int) -> SceneRun:
        self._simulator = self._simulator or Simulator(self._what)
        return self._simulator.run(index)


def _join(ray: Any, address: str, workers: int) -> None:
    settings = {"num_cpus": workers, "include_dashboard": False} if address == LOCAL else {"address": address}
    try:
        host, colon, port = address.rpartition(":")
        if colon and port.isdecimal():  # Ray itself would try for minutes
            socket.create_connection((host, int(port)), timeout=ANSWER_S).close()
        ray.init(**settings, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        raise MachineError(
            "no Ray cluster answers",
            value=f"{address}: {error}",
            allowed=f"'{LOCAL}', 'auto', or the address of a cluster such as 10.0.0.5:6379",
            next_step="start one with `ray start --head`, or take --ray away",
        ) from None


def _own(error: Exception) -> Exception:
    """Return the error of ours that a worker raised, if it was one."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, SpinalError) else error
