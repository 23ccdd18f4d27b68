"""Results of campaigns that never ran, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence

from spinal.qualify import PickOutcome, SceneResult, Terms

IDENTITY = {"cell": "a-cell", "seed": 1}


def make_pick(number: int, *, needs_person: bool = False, silent: bool = False, sku: str = "soap") -> PickOutcome:
    """Return a pick that went well, or as asked."""
    return PickOutcome(
        pick=number,
        sku=sku,
        attempts=3 if needs_person else 1,
        outcome="missed" if needs_person else "placed",
        ending="fail" if needs_person else "complete",
        trigger="none",
        succeeded=not (needs_person or silent),
        needs_person=needs_person,
        reasons=("the vacuum never closed",) if needs_person else (),
        cycle_s=4.0,
        simulated_s=5.0,
        wall_s=0.2,
        journal_head="00",
    )


def make_scene(
    index: int, failures: int = 0, *, silent: int = 0, axes: Sequence[str] = (), picks: int = 20
) -> SceneResult:
    """Return a scene whose first picks need a person, and whose last ones failed silently."""
    made = [make_pick(n, needs_person=n < failures, silent=n >= picks - silent) for n in range(picks)]
    return SceneResult(index=index, axes=tuple(axes), picks=tuple(made))


def make_terms(limit: float = 0.001, *, is_anytime: bool = False) -> Terms:
    """Return terms with a slice for the shift `dark` and one for scenes without it."""
    return Terms(
        limit=limit,
        icc_max=0.2,
        slices={"dark": lambda axes, sku: "dark" in axes, "bright": lambda axes, sku: "dark" not in axes},
        minutes=3.0,
        is_anytime=is_anytime,
    )
