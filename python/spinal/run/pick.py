"""One order in one scene in lockstep: supervisor, policy and System 1 as in real time, under a virtual clock."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from spinal import supervise
from spinal.cell.ladder import RungConfig
from spinal.decide import Undecodable
from spinal.records import Observation, Plan, Task
from spinal.run import parts
from spinal.run.deciders import Decider
from spinal.run.keeping import Keeper
from spinal.run.ladder import LadderDeciders
from spinal.run.looking import Looker, look_in
from spinal.run.station import Detail, Rollout, Station
from spinal.sim.scene import Scene
from spinal.sim.truth import observe_truth

PICK_MAX_S = 60.0
"""Longest simulated time of one order, whatever the supervisor says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickResult:
    """What became of one order: `succeeded` is the simulator's truth, `outcome` what the sensors said.

    `ending` is what the supervisor made of the order, "unfinished" if nothing; `trigger` why System 1 stood at the end.
    `needs_person`: the order is not complete, or a stop is latched. `alarm`: the first alarm of the monitor, "" when
    there was none, None when nobody watched. `rungs`: each attempt's rung with its outcome, and why it ended so if not
    by that; `alarms`: those that ended an attempt; `recoveries`: the motions between attempts.
    """

    index: int
    seed: int
    axes: tuple[str, ...]
    sku: str
    attempts: int
    succeeded: bool
    outcome: str
    ending: str
    trigger: str
    needs_person: bool
    reasons: tuple[str, ...]
    cycle_s: float
    simulated_s: float
    wall_s: float
    admitted: int
    trimmed: int
    refused: int
    undecodable: int
    gated_ticks: int
    journal_head: str
    alarm: str | None = None
    rungs: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    recoveries: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Decision:
    """A plan that was made and is on its way."""

    plan: Plan | Undecodable
    observation: Observation
    source: int
    offer_at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who decides in a pick: the primary `decider`, and what the rungs of the cell's ladder below it need.

    `rungs` are those of the cell that are used, none for a pick without a ladder. `acts_on_alarms`: a monitor's alarm
    ends the attempt; otherwise it is only written down. `looker` also judges by camera what became of it.
    """

    decider: Decider
    rungs: tuple[RungConfig, ...] = ()
    ladder: LadderDeciders | None = None
    acts_on_alarms: bool = True
    looker: Looker | None = None


class LockstepPick:
    """Drives one order through a rollout."""

    def __init__(
        self,
        station: Station,
        crew: Crew,
        scene: Scene,
        rollout: Rollout,
        attempts_max: int,
        keeper: Keeper | None = None,
    ) -> None:
        """Make the pick of the scene's ordered SKU; `keeper` writes its attempts down."""
        self._keeper = keeper
        policy = station.cell.config.policy
        self._decider = crew.decider
        self._ladder = crew.ladder
        self._acts_on_alarms = crew.acts_on_alarms
        self._home = station.home
        self._scene = scene
        self._rollout = rollout
        settings = parts.supervise_settings(station.cell, attempts_max, crew.rungs)
        self._settings = replace(settings, has_sight=crew.looker is not None)
        self._looker = crew.looker
        self._state = supervise.State()
        self._job = supervise.Job(order=f"lockstep-{scene.index}", sku=scene.sku, attempt=1)
        self._task = Task(order=self._job.order, sku=scene.sku, attempt=1)
        self._decision_ns = round(1e9 / policy.rate_hz)
        self._latency_ns = parts.lockstep_latency_ns(station.cell, scene)
        self._pending: _Decision | None = None
        self._next_decision_ns = 0
        self._granted = 0
        self._intent: tuple[str, int] | None = None
        self._attempts = 0
        self._dropped = False
        self._ended: supervise.EndAttempt | None = None
        self._attempt_began_ns = 0
        self._alarm = ""
        self.alarm: str | None = None
        self.cycle_s = 0.0
        self.undecodable = 0
        self._rung = ""
        self._trouble = ""
        self._recovering: tuple[str, int] | None = None
        self._recovered: tuple[str, int] | None = None
        self.rungs: list[str] = []
        self.alarms: list[str] = []
        self.recoveries: list[str] = []

    def run(self) -> supervise.EndAttempt | None:
        """Run until the order has ended; None when it did not within PICK_MAX_S, or what its ladder takes at most."""
        ladder_ns = 0 if self._settings.ladder is None else self._settings.order_time_max_ns
        deadline_ns = self._rollout.now_ns + max(round(PICK_MAX_S * 1e9), ladder_ns)
        while self._rollout.now_ns < deadline_ns:
            self._supervise()
            if self._ended is not None or self._dropped:
                return self._ended
            self._decide()
            self._rollout.advance(parts.SUPERVISE_NS)
        return None

    @property
    def attempts(self) -> int:
        """Return how many attempts were begun."""
        return self._attempts

    def _supervise(self) -> None:
        rollout = self._rollout
        given = supervise.Input(
            proprioception=rollout.feel(self._task).proprioception,
            trigger=rollout.status.trigger,
            is_latched=rollout.status.clears == "reset",
            is_slowed=parts.is_slowed(rollout.status),
            is_policy_ready=True,
            is_home_ready=True,
            job=self._job,
            stored_intent=self._intent,
            alarm=self._alarm if self._acts_on_alarms else "",
            trouble=self._trouble,
            recovered=self._recovered,
            seen=None if self._looker is None else look_in(rollout, self._looker, self._task),
        )
        self._state, actions = supervise.step(self._settings, self._state, given, rollout.now_ns)
        for action in actions:
            match action:
                case supervise.GiveAuthority(source=source):
                    self._authority(source)
                case supervise.StopRobot():
                    rollout.stop("ss2")
                case supervise.BeginAttempt():
                    self._begin(action)
                case supervise.BeginRecovery():
                    self._begin_recovery(action)
                case supervise.SlowDown(scale=scale, for_ns=for_ns):
                    rollout.slow_down(scale, for_ns)
                case supervise.ChangeRung():
                    rollout.note(json.dumps({"rung": asdict(action)}, sort_keys=True))
                case supervise.RecordPlacing(order=order, attempt=attempt):
                    self._intent = (order, attempt)
                case supervise.EndAttempt(ending=ending, result=result):
                    self.cycle_s = (rollout.now_ns - self._attempt_began_ns) * 1e-9
                    self.rungs.append(f"{self._rung or 'before the attempt'}: {result.outcome}")
                    if result.outcome is supervise.Outcome.ALARMED:
                        self.alarms.append(self._state.detail)
                    self._rung = ""
                    rollout.note(json.dumps({"ended": asdict(action)}, default=str, sort_keys=True))
                    if self._keeper is not None:
                        self._keeper.end(action, rollout.now_ns)
                    if ending is not supervise.Ending.RETRY:
                        self._ended = action
                case supervise.DropJob():
                    self._dropped = True
                case supervise.Note(text=text, data=data):
                    rollout.note(json.dumps({"note": text, **data}, default=str, sort_keys=True))

    def _begin(self, action: supervise.BeginAttempt) -> None:
        self._task = Task(order=action.order, sku=action.sku, attempt=action.attempt)
        self._attempts += 1
        self._alarm = ""
        self._rung = action.rung
        if self._keeper is not None:
            self._keeper.begin(action, self._rollout.now_ns)
        self._attempt_began_ns = self._rollout.now_ns
        if self._ladder is not None:
            self._ladder.begin_attempt(action.avoid_m)
            self._rollout.note(json.dumps({"attempt": asdict(action)}, sort_keys=True))

    def _begin_recovery(self, action: supervise.BeginRecovery) -> None:
        assert self._ladder is not None, "only a ladder has recoveries"
        self._ladder.begin_recovery(action.recovery, action.number, action.avoid_m)
        self._recovering = (action.order, action.attempt)
        self.recoveries.append(str(action.recovery))
        self._rollout.note(json.dumps({"recovery": asdict(action)}, sort_keys=True))

    def _authority(self, source: supervise.Source) -> None:
        self._granted = parts.SOURCES.get(source, 0)
        self._pending = None
        if self._granted:
            self._rollout.grant(self._granted)
            self._next_decision_ns = self._rollout.now_ns
        else:
            self._rollout.revoke()

    def _decide(self) -> None:
        rollout = self._rollout
        # One decision at a time: a policy that needs longer than its period decides less often.
        if self._granted and self._pending is None and rollout.now_ns >= self._next_decision_ns:
            self._next_decision_ns = rollout.now_ns + self._decision_ns
            self._pending = self._decision(rollout)
        if self._pending is not None and rollout.now_ns >= self._pending.offer_at_ns:
            decision, self._pending = self._pending, None
            verdict = rollout.propose(decision.plan, decision.observation, decision.source)
            self.undecodable += verdict is None
            if self._keeper is not None:
                self._keeper.judged(verdict)

    def _decision(self, rollout: Rollout) -> _Decision:
        if self._granted == parts.HOME_SOURCE:
            observation = rollout.feel(self._task)
            gripper = 1.0 if self._state.authority.is_gripper_on else 0.0
            plan = self._home.plan(observation.proprioception, gripper)
        elif self._granted == parts.POLICY_SOURCE:
            seen = rollout.observe if self._decider.sees_pictures else rollout.feel
            observation = seen(self._task)
            plan = self._decider.decide(rollout, observation)
            self._watch()
        else:
            assert self._ladder is not None, "only a ladder has other sources"
            seen = rollout.observe if self._granted in parts.SEEING_SOURCES else rollout.feel
            observation = seen(self._task)
            plan = self._ladder.decide(self._granted, observation)
            if self._granted == parts.RECOVER_SOURCE and self._ladder.is_recovered:
                self._recovered = self._recovering
        self._trouble = plan.reason if isinstance(plan, Undecodable) else ""
        if self._keeper is not None:
            by_policy = self._decider if self._granted == parts.POLICY_SOURCE else None
            self._keeper.decided(observation, plan, by_policy, self._granted, self._latency_ns)
        return _Decision(
            plan=plan,
            observation=observation,
            source=self._granted,
            offer_at_ns=rollout.now_ns + self._latency_ns,
        )

    def _watch(self) -> None:
        """Write down what the monitor found, and remember its alarm for the rest of the attempt."""
        watched = self._decider.watched
        if watched is None:
            return
        self._alarm = "" if watched.alarm is None else watched.alarm.reason
        self.alarm = self.alarm or self._alarm
        self._rollout.note(json.dumps({"watched": asdict(watched)}, sort_keys=True))


def run_pick(
    station: Station,
    who: Decider | Crew,
    scene: Scene,
    *,
    attempts_max: int = 1,
    looker: Looker | None = None,
    journal: Path | None = None,
    detail: Detail = "digest",
    keeper: Keeper | None = None,
) -> PickResult:
    """Run the scene's order to its end and return what became of it; a decider alone is a crew without a ladder.

    `keeper` writes down how it went.
    """
    began = time.perf_counter()
    crew = who if isinstance(who, Crew) else Crew(decider=who, looker=looker)
    crew.decider.restart()
    if crew.looker is not None:
        crew.looker.restart()
    rollout = station.begin(scene, journal=journal, detail=detail)
    if keeper is not None:
        keeper.start(scene, lambda: observe_truth(station.simulation).succeeded)
    pick = LockstepPick(station, crew, scene, rollout, attempts_max, keeper)
    started_ns = rollout.now_ns
    ended = pick.run()
    succeeded = observe_truth(station.simulation).succeeded
    rollout.note(json.dumps({"truth": {"succeeded": succeeded}}))
    status, simulated_ns = rollout.status, rollout.now_ns - started_ns
    head = rollout.finish()
    return PickResult(
        index=scene.index,
        seed=scene.seed,
        axes=scene.axes,
        sku=scene.sku,
        attempts=pick.attempts,
        succeeded=succeeded,
        outcome=str(ended.result.outcome) if ended else "unfinished",
        ending=str(ended.ending) if ended else "unfinished",
        trigger=status.trigger,
        needs_person=ended is None or ended.ending is not supervise.Ending.COMPLETE or status.clears == "reset",
        reasons=tuple(ended.result.reasons) if ended else (f"not ended within {PICK_MAX_S} s",),
        cycle_s=pick.cycle_s,
        simulated_s=simulated_ns * 1e-9,
        wall_s=time.perf_counter() - began,
        admitted=status.admitted,
        trimmed=status.trimmed,
        refused=status.refused,
        undecodable=pick.undecodable,
        gated_ticks=status.gated,
        journal_head=head,
        alarm=pick.alarm,
        rungs=tuple(pick.rungs),
        alarms=tuple(pick.alarms),
        recoveries=tuple(pick.recoveries),
    )
