"""Random runs of random diagrams: saved and loaded at every step against kept whole in memory.

`python -m tests.engine.differential --cases 20000` runs more than the suite does; a failure names its diagram and run.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from typing import Any, cast

from engine import commands as cmd
from engine import effects as fx
from engine.definition import Definition
from engine.state import State, decode, encode
from engine.stepping import Limits, Turn, step
from tests.engine.diagrams import NOW, Cellar, Office, Shelf, read
from tests.engine.random_diagrams import Maker

MAX_ACTS = 600


class Twin:
    """One of two runs of the same diagram."""

    def __init__(self, definition: Definition, *, reload: bool) -> None:
        self.definition, self.reload = definition, reload
        self.shelf = Shelf(definition)
        self.state: State | None = None
        self.office = Office()
        self.now = NOW

    def do(self, command: cmd.Command) -> list[fx.Effect]:
        turn = Turn(
            org_id="o",
            instance_id="i",
            business_key="c",
            process_key="p",
            now=self.now,
            actor="wang",
            uow=cast(Any, None),
            host=cast(Any, self.office),
            definitions=self.shelf,
            stores=Cellar(),
            limits=Limits(),
        )
        state, effects = step(self.definition, self.state, command, turn)
        self.state = decode(encode(state)) if self.reload else state
        return effects


class World:
    """What waits for somebody outside, as the effects tell it."""

    def __init__(self) -> None:
        self.tasks: dict[str, fx.TaskOpened] = {}
        self.timers: dict[str, fx.TimerArmed] = {}
        self.jobs: dict[str, fx.JobQueued] = {}
        self.subscriptions: dict[str, fx.Subscribed] = {}
        self.ended = False

    def see(self, effects: Sequence[fx.Effect]) -> None:
        for e in effects:
            match e:
                case fx.TaskOpened():
                    self.tasks[e.task_id] = e
                case fx.TaskClosed():
                    del self.tasks[e.task_id]
                case fx.TimerArmed():
                    self.timers[e.timer_id] = e
                case fx.TimerDropped():
                    self.timers.pop(e.timer_id, None)
                case fx.JobQueued():
                    self.jobs[e.job_id] = e
                case fx.JobDropped():
                    self.jobs.pop(e.job_id, None)
                case fx.Subscribed():
                    self.subscriptions[e.subscription_id] = e
                case fx.Unsubscribed():
                    self.subscriptions.pop(e.subscription_id, None)
                case fx.InstanceEnded():
                    self.ended = True
                case fx.IncidentRaised():
                    raise AssertionError(f"incident {e.code} at {e.element_id}: {e.message}")

    def act(self, chance: random.Random) -> tuple[cmd.Command, fx.TimerArmed | None]:
        """What happens next; with the timer, if one fires."""
        told = {"c": chance.randrange(7), f"v{chance.randrange(4)}": chance.randrange(100)}
        kinds = ["task"] * 6 * bool(self.tasks) + ["job"] * 3 * bool(self.jobs)
        kinds += ["timer"] * bool(self.timers) + ["subscription"] * bool(self.subscriptions)
        assert kinds, "nothing can happen any more"
        match chance.choice(kinds):
            case "task":
                task = self.tasks[chance.choice(sorted(self.tasks))]
                if task.offered:
                    return cmd.Begin(task_id=task.task_id, user_id="wang"), None
                return cmd.Complete(task_id=task.task_id, answers=told), None
            case "job":
                job = self.jobs.pop(chance.choice(sorted(self.jobs)))
                if job.inputs.get("may_fail", chance.random() < 0.3) and job.element_id in self.failing:
                    return cmd.JobError(job_id=job.job_id, code="E1"), None
                return cmd.JobDone(job_id=job.job_id, result=told), None
            case "timer":
                timer = self.timers[chance.choice(sorted(self.timers))]
                return cmd.Fire(timer_id=timer.timer_id), timer
            case _:
                return cmd.Deliver(subscription_id=chance.choice(sorted(self.subscriptions)), payload=told), None

    failing: frozenset[str] = frozenset()


def make(seed: int) -> Definition:
    """A random diagram, checked as at deployment."""
    definition = read(Maker(seed).diagram())
    wrong = [f for f in definition.findings if f.severity == "error" or f.rule.startswith("soundness")]
    assert not wrong, (seed, wrong)
    return definition


def whole(blob: bytes) -> tuple[Any, ...]:
    """All that a saved state holds, out of its packs."""
    state = decode(blob)
    return state.count, dict(state.tokens.items()), state.scopes, state.waiters


def run(definition: Definition, seed: int) -> int:
    """One run, both ways; gives how many acts it took."""
    chance = random.Random(seed)
    kept, saved, world = Twin(definition, reload=False), Twin(definition, reload=True), World()
    caught = (b for node in definition.elements.values() for b in node.boundary_events)
    world.failing = frozenset(
        b.attached_to for b in caught if b.definitions and b.definitions[0].kind == "error" and "failed" in b.id
    )
    items = [chance.choice([None, "x", {"a": [1, 2]}, 7]) for _ in range(chance.randrange(4))]
    command: cmd.Command = cmd.Start(variables={"c": chance.randrange(7), "items": items})
    for number in range(MAX_ACTS):
        effects = kept.do(command)
        assert effects == saved.do(command)
        assert kept.office.log == saved.office.log
        assert kept.state is not None and saved.state is not None
        one, other = encode(kept.state), encode(saved.state)  # tokens, scopes, waiters and all data
        packs = b'"packs":' in one or b'"packs":' in other  # which are together in a pack depends on what was opened
        assert one == other or (packs and whole(one) == whole(other))
        world.see(effects)
        if world.ended:
            assert not saved.state.tokens and not saved.state.scopes and not saved.state.waiters
            assert not world.tasks and not world.timers and not world.jobs and not world.subscriptions
            return number + 1
        command, timer = world.act(chance)
        if timer is not None:
            kept.now = saved.now = max(saved.now, timer.due_at)
    raise AssertionError("no end")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `--cases` runs, several on each diagram, from `--seed` on; stops at the first difference."""
    parser = argparse.ArgumentParser(prog="differential")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5, help="runs of each diagram")
    args = parser.parse_args(argv)
    began, acts = time.monotonic(), 0
    for number in range(args.cases // args.runs):
        seed = args.seed + number
        definition = make(seed)
        for again in range(args.runs):
            try:
                acts += run(definition, seed * 1000 + again)
            except Exception as error:
                print(f"diagram {seed}, run {again}: {error!r}", file=sys.stderr)
                raise
    took = time.monotonic() - began
    print(f"{args.cases} cases, {acts} acts, no difference; {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
