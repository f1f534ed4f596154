"""Random sound diagrams, random runs: saved and loaded at every step against kept whole in memory.

Same open tasks, same history, same variables, and every run ends with its last token (formal/2011-01-03, 13.1).
"""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any, cast

import pytest

from engine import commands as cmd
from engine import effects as fx
from engine.definition import Definition
from engine.state import State, decode, encode
from engine.stepping import Limits, Turn, step
from tests.engine.diagrams import (
    NOW,
    Office,
    Shelf,
    boundary,
    chain,
    el,
    end,
    flow,
    process,
    read,
    script,
    start,
    timer,
    user,
)


class Maker:
    """Makes block-structured diagrams: each block has one way in and one way out."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.parts: list[str] = []
        self.count = 0

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    def put(self, *parts: str) -> None:
        self.parts += parts

    def block(self, depth: int) -> tuple[str, str]:
        kinds = ["user", "script", "user"] + (["seq", "xor", "and", "or", "loop", "sub", "multi"] if depth else [])
        made: tuple[str, str] = getattr(self, f"make_{self.random.choice(kinds)}")(depth - 1)
        return made

    def make_user(self, depth: int) -> tuple[str, str]:
        id = self.id("u")
        self.put(user(id))
        if self.random.random() < 0.3:
            beside = self.id("b")
            late = self.id("late")
            self.put(
                boundary(beside, id, timer("timeCycle", "R2/PT1H"), interrupting=False), end(late), chain(beside, late)
            )
        return id, id

    def make_script(self, depth: int) -> tuple[str, str]:
        id = self.id("s")
        self.put(script(id, f"v{self.random.randrange(4)} = get('v{self.random.randrange(4)}', 0) + {self.count}"))
        return id, id

    def make_seq(self, depth: int) -> tuple[str, str]:
        first, second = self.block(depth), self.block(depth)
        self.put(flow(first[1], second[0]))
        return first[0], second[1]

    def _gateway(self, kind: str, depth: int) -> tuple[str, str]:
        split, join = self.id("g"), self.id("j")
        ways = [self.block(depth) for _ in range(self.random.randint(2, 3))]
        default = f"{split}-{ways[0][0]}"
        self.put(el(kind, split, **({} if kind == "parallelGateway" else {"default": default})), el(kind, join))
        for number, (first, last) in enumerate(ways):
            condition = f"get('c', 0) % {number + 2} == 0" if number and kind != "parallelGateway" else None
            self.put(flow(split, first, condition), flow(last, join))
        return split, join

    def make_xor(self, depth: int) -> tuple[str, str]:
        return self._gateway("exclusiveGateway", depth)

    def make_and(self, depth: int) -> tuple[str, str]:
        return self._gateway("parallelGateway", depth)

    def make_or(self, depth: int) -> tuple[str, str]:
        return self._gateway("inclusiveGateway", depth)

    def make_loop(self, depth: int) -> tuple[str, str]:
        merge, decide = self.id("m"), self.id("d")
        body = self.block(depth)
        wait = self.make_user(0)
        after = self.id("a")
        self.put(
            el("exclusiveGateway", merge),
            el("exclusiveGateway", decide, default=f"{decide}-{after}"),
            el("task", after),
        )
        self.put(
            flow(merge, body[0]),
            flow(body[1], wait[0]),
            flow(wait[1], decide),
            flow(decide, merge, "get('c', 0) % 3 == 1"),
        )
        self.put(flow(decide, after))
        return merge, after

    def _inside(self, depth: int) -> str:
        outer, self.parts = self.parts, []
        first, last = self.block(depth)
        begin, stop = self.id("i"), self.id("e")
        self.put(start(begin), end(stop), flow(begin, first), flow(last, stop))
        inside, self.parts = "".join(self.parts), outer
        return inside

    def make_sub(self, depth: int) -> tuple[str, str]:
        id = self.id("p")
        self.put(el("subProcess", id, self._inside(depth)))
        return id, id

    def make_multi(self, depth: int) -> tuple[str, str]:
        id = self.id("n")
        sequential = str(self.random.random() < 0.5).lower()
        kind = "multiInstanceLoopCharacteristics"
        count = "<bpmn:loopCardinality>2</bpmn:loopCardinality>"
        loop = f'<bpmn:{kind} isSequential="{sequential}">{count}</bpmn:{kind}>'
        self.put(el("subProcess", id, loop, self._inside(depth)))
        return id, id

    def diagram(self) -> bytes:
        first, last = self.block(3)
        return process(start("begin"), *self.parts, end("stop"), flow("begin", first), flow(last, "stop"))


class Twin:
    """One of two runs of the same diagram."""

    def __init__(self, definition: Definition, *, reload: bool) -> None:
        self.definition, self.reload = definition, reload
        self.state: State | None = None
        self.seen: list[fx.Effect] = []
        self.now = NOW

    def do(self, command: cmd.Command) -> None:
        turn = Turn(
            org_id="o",
            instance_id="i",
            business_key="c",
            process_key="p",
            now=self.now,
            actor="wang",
            uow=cast(Any, None),
            host=cast(Any, Office()),
            definitions=Shelf(self.definition),
            limits=Limits(),
        )
        state, effects = step(self.definition, self.state, command, turn)
        self.seen += effects
        self.state = decode(encode(state)) if self.reload else state


def run(seed: int) -> None:
    chance = random.Random(seed)
    definition = read(Maker(seed).diagram())
    assert not [f for f in definition.findings if f.rule.startswith("soundness")], seed
    kept, saved = Twin(definition, reload=False), Twin(definition, reload=True)
    command: cmd.Command = cmd.Start(variables={"c": chance.randrange(7)})
    for _ in range(400):
        kept.do(command)
        saved.do(command)
        assert kept.seen == saved.seen, seed
        assert kept.state is not None and saved.state is not None
        assert encode(kept.state) == encode(saved.state), seed
        assert not [e for e in saved.seen if isinstance(e, fx.IncidentRaised)], seed
        if isinstance(saved.seen[-1], fx.InstanceEnded):
            assert not saved.state.tokens and not saved.state.scopes and not saved.state.waiters
            return
        opened = {e.task_id for e in saved.seen if isinstance(e, fx.TaskOpened)}
        closed = {e.task_id for e in saved.seen if isinstance(e, fx.TaskClosed)}
        tasks = sorted(opened - closed)
        assert tasks, f"stuck: {seed}"
        answers = {"c": chance.randrange(7), f"v{chance.randrange(4)}": chance.randrange(100)}
        command = cmd.Complete(task_id=chance.choice(tasks), answers=answers)
        timers: dict[str, datetime] = {}
        for e in saved.seen:
            if isinstance(e, fx.TimerArmed):
                timers[e.timer_id] = e.due_at
            elif isinstance(e, fx.TimerDropped):
                timers.pop(e.timer_id, None)
        if timers and chance.random() < 0.2:
            timer_id = chance.choice(sorted(timers))
            kept.now = saved.now = max(saved.now, timers[timer_id])
            command = cmd.Fire(timer_id=timer_id)
    raise AssertionError(f"no end: {seed}")


@pytest.mark.parametrize("part", range(10))
def test_pruned_and_reloaded_is_the_same_as_kept_whole(part: int) -> None:
    for seed in range(part * 30, part * 30 + 30):
        run(seed)
