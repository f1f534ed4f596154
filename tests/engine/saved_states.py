"""Saved instances of every format of the state, kept as files: each must load and finish as it did when it was saved.

`python -m tests.engine.saved_states` adds those of the format that the program writes now, and changes no other.
A case is a folder `tests/engine/data/states/<format>/<name>` with `p.bpmn`, `state.json` (as it was stored) and
`continuation.json`: what happened then, what was open after each act, and the variables at the end.
"""

from __future__ import annotations

import dataclasses
import json
import random
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from engine import commands as cmd
from engine import effects as fx
from engine.definition import Definition
from engine.state import FORMAT, decode, encode
from tests.engine.diagrams import boundary, chain, el, end, event, process, read, start, timer, user
from tests.engine.differential import MAX_ACTS, Twin, World, make

FOLDER = Path(__file__).parent / "data" / "states"
SEEDS = range(40)  # random diagrams, saved in the middle of a run
COMMANDS = {c.__name__: c for c in (cmd.Complete, cmd.Begin, cmd.Fire, cmd.Deliver, cmd.JobDone, cmd.JobError)}


def small() -> Iterator[tuple[str, bytes]]:
    """One diagram a construct, each of which stops in the middle of it."""
    each = '<bpmn:multiInstanceLoopCharacteristics isSequential="{}" camunda:collection="${{items}}"/>'
    yield "one_task", process(start(), user("a"), end(), chain("start", "a", "end"))
    for name, value in (("parallel", "false"), ("sequential", "true")):
        yield (
            f"multi_instance_{name}",
            process(start(), user("a", each.format(value)), end(), chain("start", "a", "end")),
        )
    many = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>80</bpmn:loopCardinality>"
    many += "</bpmn:multiInstanceLoopCharacteristics>"
    yield "multi_instance_large", process(start(), user("a", many), end(), chain("start", "a", "end"))
    late = boundary("late", "a", timer("timeCycle", "R3/PT1H"), interrupting=False)
    yield (
        "cycle_timer",
        process(start(), user("a"), late, end(), end("e"), chain("start", "a", "end"), chain("late", "e")),
    )
    watch = el("subProcess", "w", el("startEvent", "ws", event("message", "m1"), isInterrupting="false"), user("wu"),
               end("we"), chain("ws", "wu", "we"), triggeredByEvent="true")  # fmt: skip
    yield "event_sub_process", process(start(), user("a"), watch, end(), chain("start", "a", "end"))
    ways = [chain("f", n, "j") for n in "abc"]
    yield "parallel_join", process(
        start(), el("parallelGateway", "f"), *map(user, "abc"), el("parallelGateway", "j"), end(), *ways,
        chain("start", "f"), chain("j", "end"),
    )  # fmt: skip
    race = [el("intermediateCatchEvent", "m", event("message", "m1")),
            el("intermediateCatchEvent", "t", timer("timeDuration", "PT1H"))]  # fmt: skip
    yield (
        "event_gateway",
        process(
            start(), el("eventBasedGateway", "g"), *race, end(), chain("start", "g", "m", "end"), chain("g", "t", "end")
        ),
    )


def command_row(command: cmd.Command) -> dict[str, Any]:
    return {"command": type(command).__name__, **dataclasses.asdict(command)}


def command_of(row: dict[str, Any]) -> cmd.Command:
    told = {key: value for key, value in row.items() if key != "command"}
    made: cmd.Command = COMMANDS[row["command"]](**told)
    return made


def summary(effects: list[fx.Effect]) -> dict[str, Any]:
    """What of an act's effects must stay the same in later programs."""
    passed = [e.element_id for e in effects if isinstance(e, fx.Recorded) and e.kind == "element_passed"]
    opened = [e.element_id for e in effects if isinstance(e, fx.TaskOpened)]
    ended = [e.variables for e in effects if isinstance(e, fx.InstanceEnded)]
    return {"passed": passed, "opened": opened, "ended": ended}


def save(folder: Path, diagram: bytes, definition: Definition, seed: int, before: int) -> None:
    """Run for `before` acts after the start, keep the state, go on to the end and keep what happened."""
    chance = random.Random(seed)
    twin, world = Twin(definition, reload=True), World()
    command: cmd.Command = cmd.Start(variables={"c": seed % 7, "items": ["x", {"a": [1]}, None][: 2 + seed % 2]})
    acts: list[dict[str, Any]] = []
    blob, saved_at = b"", ""
    while not world.ended:
        effects = twin.do(command)
        world.see(effects)
        if blob:
            acts.append({"now": twin.now.isoformat(), "act": command_row(command), **summary(effects)})
        if world.ended:
            break
        before -= 1
        if before < 0 and not blob:
            assert twin.state is not None
            blob, saved_at = encode(twin.state), twin.now.isoformat()
        command, timer_ = world.act(chance)
        if timer_ is not None:
            twin.now = max(twin.now, timer_.due_at)
    if not blob:
        return
    folder.mkdir(parents=True)
    (folder / "p.bpmn").write_bytes(diagram)
    (folder / "state.json").write_bytes(blob)
    told = {"definition": definition.hash, "saved_at": saved_at, "acts": acts}
    (folder / "continuation.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def replay(folder: Path) -> None:
    """Load a saved instance and do what was done then. Raises AssertionError at the first difference.

    Where a later program offers what an earlier one began by itself (a sequential ad-hoc sub-process that is entered
    only now), it goes another way from there: it must come to its end.
    """
    told = json.loads((folder / "continuation.json").read_text("utf-8"))
    definition = read((folder / "p.bpmn").read_bytes())
    assert definition.hash == told["definition"]
    twin = Twin(definition, reload=True)
    twin.state = decode((folder / "state.json").read_bytes())
    root = twin.state.root
    assert root is not None and root.hash == definition.hash
    for row in told["acts"]:
        twin.now = datetime.fromisoformat(row["now"])
        effects = twin.do(command_of(row["act"]))
        if row["act"]["command"] != "Begin" and any(isinstance(e, fx.TaskOpened) and e.offered for e in effects):
            _to_the_end(twin)
            break
        assert json.loads(json.dumps(summary(effects))) == {k: row[k] for k in ("passed", "opened", "ended")}
    assert not twin.state.tokens and not twin.state.scopes and not twin.state.waiters


def _to_the_end(twin: Twin) -> None:
    """Do whatever can be done until nothing is left."""
    chance = random.Random(0)
    for _ in range(MAX_ACTS):
        assert twin.state is not None
        waiting = twin.state.waiters_of_kind("message") + twin.state.waiters_of_kind("signal")
        acts: list[cmd.Command] = [
            cmd.Deliver(subscription_id=twin.state.public(waiter.id), payload={}) for waiter in waiting
        ]
        for token in twin.state.tokens.values():
            public = twin.state.public(token.id)
            if token.data.get("offered"):
                acts.append(cmd.Begin(task_id=public, user_id="wang"))
            elif token.data.get("task"):
                acts.append(cmd.Complete(task_id=public, answers={"c": chance.randrange(7)}))
            elif token.data.get("job"):
                acts.append(cmd.JobDone(job_id=twin.state.public(token.data["job"]), result={}))
        acts = acts or [
            cmd.Fire(timer_id=twin.state.public(waiter.id)) for waiter in twin.state.waiters_of_kind("timer")
        ]
        if not acts:
            return
        twin.do(chance.choice(acts))
    raise AssertionError("no end")


def main() -> int:
    """Add the saved instances of the format in use."""
    folder = FOLDER / str(FORMAT)
    if folder.exists():
        print(f"format {FORMAT} is there already")
        return 1
    for number, (name, diagram) in enumerate(small()):
        save(folder / name, diagram, read(diagram), number, int(name.startswith(("multi", "parallel"))))
    for seed in SEEDS:
        definition = make(seed)
        save(folder / f"random_{seed:02}", definition.bpmn, definition, seed, seed % 4)
    print(f"{len(list(folder.iterdir()))} instances of format {FORMAT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
