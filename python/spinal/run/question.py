"""What a qualification asks, found to fit before anything runs, and the identity that names its campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spinal.cell import Cell
from spinal.errors import SceneError
from spinal.qualify import Terms
from spinal.run.chain import BARE, Chain, chain_of, rungs_of, with_bundle
from spinal.run.evaluate import Who
from spinal.run.fit import check_policy, load_fitting_cell
from spinal.run.ladder import check_ladder
from spinal.run.seal import check_pool, identity_sha256
from spinal.run.simulator import CODE, Campaign, hashes_of
from spinal.sim.declaration import Qualification
from spinal.sim.distribution import Distribution, load_distribution

SCENES_MAX = 1_000_000
"""No campaign has more scenes; an index from here up is a slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked. `distribution`: a name that the cell declares, or a file; `seed` None: the first of the pool.

    `limit` is interventions a pick that must be undercut; `minutes` what one intervention costs a person. `is_anytime`:
    the e-value certifies in place of the bound. `chain`: what stands around the policy, None for the cell's own.
    `against`: folder of another campaign on the same scenes. `ray`: a Ray cluster's address, "local" for one of this
    machine; None for processes. `is_final`: the sealed pool is opened.
    `growth`: folders of the campaigns before this one in a series, oldest first.
    machine; None for processes. `keeps_episodes`: failures, interventions and a random sample are kept for learning.
    """

    cell: Path
    distribution: str
    scenes: int
    picks_per_scene: int
    workers: int
    runs: Path
    pool: str = "development"
    seed: int | None = None
    attempts_max: int | None = None
    who: Who = "policy"
    chain: Chain | None = None
    limit: float = 0.001
    minutes: float = 3.0
    is_anytime: bool = False
    against: Path | None = None
    allows_unsigned: bool = False
    ray: str | None = None
    is_final: bool = False
    growth: tuple[Path, ...] = ()
    keeps_episodes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A question that was found to fit: what will run, and the identity that names it."""

    question: Question
    cell: Cell
    distribution: Distribution
    declared: Qualification
    campaign: Campaign
    identity: dict[str, Any]
    folder: Path
    policy: Mapping[str, Any]

    @property
    def terms(self) -> Terms:
        """Return what is asked of the results."""
        return Terms(
            limit=self.question.limit,
            icc_max=self.declared.icc_max,
            slices={name: part.holds for name, part in self.declared.slices.items()},
            minutes=self.question.minutes,
            is_anytime=self.question.is_anytime,
        )

    @property
    def replay(self) -> str:
        """Return the command to which `--replay SCENE:PICK` is added."""
        return self.command("qualify") + (" --anytime" if self.question.is_anytime else "")

    def command(self, name: str) -> str:
        """Return a command that opens the same question again."""
        question, campaign = self.question, self.campaign
        words = f"spinal {name} {question.cell} --distribution {question.distribution} --pool {question.pool}"
        words += f" --seed {campaign.seed} --attempts {campaign.attempts_max}"
        words += f" --picks-per-scene {campaign.picks_per_scene} --runs {question.runs}"
        words += " --final" if question.is_final else ""
        return words + (" --expert" if question.who == "expert" else "")


def open_question(question: Question) -> Opened:
    """Return the campaign that answers the question; everything that can be wrong is found here, before a scene."""
    check_pool(question.pool, question.is_final)
    loaded = load_fitting_cell(question.cell)
    # The scripted expert stands for a policy that is right: nothing has to stand around it.
    own = chain_of(loaded) if question.who == "policy" else BARE
    chain = own if question.chain is None else question.chain
    cell = with_bundle(loaded, chain)
    check_ladder(cell, rungs_of(cell, chain))
    policy: Mapping[str, Any] = {"who": "scripted expert (privileged)"}
    if question.who == "policy":
        policy = check_policy(cell).lineage
    file = distribution_file(cell, question.distribution)
    distribution = load_distribution(file)
    declared = declared_evidence(file, distribution)
    campaign = Campaign(
        cell=question.cell,
        distribution=file,
        who=question.who,
        seed=seed_in_pool(file, declared, question.pool, question.seed),
        picks_per_scene=question.picks_per_scene,
        attempts_max=cell.config.task.attempts_max if question.attempts_max is None else question.attempts_max,
        profile_hash=cell.limits_hash,
        hashes=hashes_of(cell, question.who, distribution, chain),
        chain=chain,
    )
    identity = {
        "cell": cell.config.name,
        "who": question.who,
        "distribution": distribution.name,
        "distribution_version": distribution.version,
        "seed": campaign.seed,
        "picks_per_scene": campaign.picks_per_scene,
        "attempts_max": campaign.attempts_max,
        "certifies_by": "e-value" if question.is_anytime else "bound",
        "profile_sha256": cell.limits_hash.hex(),
        "sha256": {name: value for name, value in campaign.hashes if name != CODE},
        "spinal": version("spinal"),
    }
    if chain != BARE:
        identity["chain"] = chain.told()
    # The code names no folder: other code in the same folder is refused, and does not begin anew without a word.
    key = identity_sha256(identity)[:10]
    identity["code_sha256"] = dict(campaign.hashes)[CODE]
    folder = question.runs / f"qualify-{cell.config.name}-{distribution.name}-seed-{campaign.seed}-{key}"
    return Opened(
        question=question,
        cell=cell,
        distribution=distribution,
        declared=declared,
        campaign=replace(campaign, episodes=(folder / "episodes").resolve()) if question.keeps_episodes else campaign,
        identity=identity,
        folder=folder,
        policy=policy,
    )


def distribution_file(cell: Cell, text: str) -> Path:
    """Return the file of a distribution: a name that the cell declares, or a .toml file."""
    return Path(text) if text.endswith(".toml") else cell.distribution_file(text)


def declared_evidence(file: Path, distribution: Distribution) -> Qualification:
    """Return what evidence over the distribution rests on; SceneError when the file does not say."""
    if distribution.qualification is None:
        raise SceneError(
            f"{file.name}: the distribution does not declare what evidence over it rests on",
            value=distribution.name,
            allowed="a table [qualification] with icc_max, pools and slices",
            next_step="add it (docs/cell-files.md), or take a distribution that has it",
        )
    return distribution.qualification


def seed_in_pool(file: Path, declared: Qualification, pool: str, seed: int | None) -> int:
    """Return the seed, the pool's first if None; SceneError when it is in another pool, or there is no such pool."""
    if pool not in declared.pools:
        raise SceneError(f"{file.name}: no such seed pool", value=pool, allowed=", ".join(declared.pools) or "none")
    first, last = declared.pools[pool]
    found = first if seed is None else seed
    if not first <= found <= last:
        other = declared.pool_of(found)
        raise SceneError(
            f"{file.name}: the seed is not in the pool '{pool}'",
            value=f"{found}, in the pool '{other}'" if other else found,
            allowed=f"{first} to {last}",
            next_step="name a seed of this pool, or the pool of this seed with --pool",
        )
    return found
