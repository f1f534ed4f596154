"""Return, withdraw and an administrator's moves, each in a sequence, in parallel branches, in repetitions, in
sub-processes and in called processes: what is open afterwards, what was cancelled, and that the case still ends."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from engine import commands as cmd
from engine import effects as fx
from engine.moves import back
from engine.moves import door as moves
from engine.moves.lineage import lineage_of
from engine.registry import HandlerContext
from engine.state import decode, encode
from storage.clock import FixedClock
from storage.database import Store
from storage.errors import BanjieError, Refusal
from storage.tables import engine as tables
from tests.engine.diagrams import (
    boundary,
    chain,
    el,
    end,
    event,
    extension,
    process,
    properties,
    service,
    start,
    timer,
    user,
)
from tests.engine.differential import MAX_ACTS, Twin, World, make
from tests.support.door import ORG, Door

TOGETHER = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="${items}" camunda:elementVariable="item"/>'
IN_TURN = TOGETHER.replace(" camunda:collection", ' isSequential="true" camunda:collection')


def sequence() -> bytes:
    return process(
        start(), user("a"), user("b"), user("c"), user("d"), end(), chain("start", "a", "b", "c", "d", "end")
    )


def parallel() -> bytes:
    """a, then (b, c) beside (x, y), then d."""
    return process(
        start(), user("a"), el("parallelGateway", "f"), user("b"), user("c"), user("x"), user("y"),
        el("parallelGateway", "j"), user("d"), end(), chain("start", "a", "f", "b", "c", "j", "d", "end"),
        chain("f", "x", "y", "j"),
    )  # fmt: skip


def repeated(loop: str) -> bytes:
    """a, then b by each of several, then c."""
    return process(start(), user("a"), user("b", loop), user("c"), end(), chain("start", "a", "b", "c", "end"))


def inside(*parts: str, id: str = "s", before: str = "a", behind: str = "d") -> bytes:
    """a, then a sub-process with b and c, then d."""
    inner = "".join([*parts, start("i"), user("b"), user("c"), end("e"), chain("i", "b", "c", "e")])
    return process(
        start(), user(before), el("subProcess", id, inner), user(behind), end(),
        chain("start", before, id, behind, "end"),
    )  # fmt: skip


def calling() -> bytes:
    return process(
        start(), user("a"), el("callActivity", "s", calledElement="q"), user("d"), end(),
        chain("start", "a", "s", "d", "end"),
    )  # fmt: skip


CALLED = process(start(), user("b"), user("c"), end(), chain("start", "b", "c", "end"), id="q")


class Desk:
    """One instance, and people who act in it."""

    def __init__(self, door: Door, data: bytes, **variables: Any) -> None:
        self.door = door
        door.deploy(CALLED, "q")
        door.deploy(data)
        self.id = door.start(**variables)

    @property
    def open(self) -> list[str]:
        return self.door.open(self.id)

    def did(self, *elements: str, actor: str = "wang") -> Desk:
        for element in elements:
            self.door.complete_task(self.tasks(element)[0], actor=actor)
        return self

    def tasks(self, element: str, state: str = "open") -> list[str]:
        rows = self.door.rows(tables.task, instance_id=self.id, element_id=element, state=state)
        return [row.id for row in sorted(rows, key=lambda row: (row.created_at, row.id.zfill(60)))]

    def returns(self, element: str) -> dict[str, Any]:
        with self.door.store.begin() as uow:
            found = moves.returns(self.door.engine, uow, ORG, self.tasks(element)[-1])
        return {("<" if one["previous"] else one["element_id"]): one for one in found}

    def back(self, element: str, to: str, give_to: str | None = "wang") -> dict[str, Any]:
        """Return an open task; what the preview said would be cancelled is what was."""
        target = self.returns(element)[to]["target"]
        task = self.tasks(element)[-1]
        return self._act(lambda uow: moves.return_command(self.door.engine, uow, ORG, task, target, give_to))

    def withdraw(self, element: str, actor: str = "wang", number: int = -1) -> dict[str, Any]:
        task = self.tasks(element, "completed")[number]
        return self._act(lambda uow: moves.withdraw_command(self.door.engine, uow, ORG, task, actor), actor)

    def move(self, element: str | None, to: str | None, *, after: bool = False, number: int = 0) -> dict[str, Any]:
        with self.door.store.begin(write=False) as uow:
            told = moves.places(self.door.engine, uow, ORG, self.id) if element else {"tokens": []}
        found = [one["token_id"] for one in told["tokens"] if one["element_id"] == element]
        token = found[number] if element else None

        def command(uow: Any) -> Any:
            made = moves.move_command(self.door.engine, uow, ORG, self.id, token_id=token, element_id=to, after=after)
            return self.id, *made

        return self._act(command, "admin")

    def _act(self, make: Callable[[Any], Any], actor: str = "wang") -> dict[str, Any]:
        engine, before = self.door.engine, self.door.dump()
        with self.door.store.begin() as uow:
            instance, command, _ = make(uow)
            told = moves.preview(engine, uow, ORG, instance, command, actor=actor)
        assert self.door.dump() == before, "a preview changes nothing"
        open_before = {row.id for row in self.door.rows(tables.task, instance_id=self.id, state="open")}
        with self.door.store.begin() as uow:
            instance, command, line = make(uow)
            moves.do(engine, uow, ORG, instance, command, line, actor=actor)
        gone = open_before - {row.id for row in self.door.rows(tables.task, instance_id=self.id, state="open")}
        assert {one["id"] for one in told["tasks"]} == gone
        assert self.door.broken() == []
        return told

    def finish(self, most: int = 40) -> None:
        """Do whatever is open until nothing is; the case must then be over, once."""
        for _ in range(most):
            if not self.open:
                break
            self.did(self.open[0])
        assert self.door.instance(self.id).state == "completed", self.open
        assert not self.door.rows(tables.timer) and not self.door.rows(tables.subscription)

    def last(self, kind: str) -> Any:
        return [row for row in self.door.rows(tables.history, instance_id=self.id) if row.kind == kind][-1]


@pytest.fixture
def door(store: Store, clock: FixedClock) -> Door:
    return Door(store, clock)


def refused(code: str) -> Any:
    return pytest.raises(BanjieError, match=rf"^{code}:")


# -- 退回 ----------------------------------------------------------------------------------------------------------


def test_return_in_a_sequence(door: Door) -> None:
    desk = Desk(door, sequence()).did("a", "b", "c")
    assert list(desk.returns("d")) == ["c", "b", "a"]
    told = desk.back("d", "b")
    assert desk.open == ["b"] and [one["name"] for one in told["tasks"]] == ["d"]
    assert [one["name"] for one in told["opens"]] == ["b"]
    (task,) = door.rows(tables.task, state="open")
    assert task.assignee == "wang"
    line = desk.last("returned")
    assert line.element_id == "b" and line.data["from"] == "d" and len(line.data["undone"]) == 2
    assert list(desk.returns("b")) == ["a"]
    desk.finish()


def test_return_again_and_again(door: Door) -> None:
    desk = Desk(door, sequence()).did("a")
    for _ in range(3):
        desk.did("b", "c").back("d", "b")
    assert desk.open == ["b"]
    desk.finish()


def test_return_in_a_parallel_branch_leaves_the_other(door: Door) -> None:
    desk = Desk(door, parallel()).did("a", "b", "x")
    assert list(desk.returns("c")) == ["b", "a"]
    assert [one["name"] for one in desk.back("c", "b")["tasks"]] == ["c"]
    assert desk.open == ["b", "y"]
    desk.finish()
    assert [row.element_id for row in door.rows(tables.task)].count("y") == 1


def test_return_before_the_fork_cancels_the_other_branch_too(door: Door) -> None:
    desk = Desk(door, parallel()).did("a", "b", "x", "y")  # one waits at the join
    told = desk.back("c", "a")
    assert {one["name"] for one in told["tasks"]} == {"c"} and desk.open == ["a"]
    desk.did("a")
    assert desk.open == ["b", "x"]
    desk.finish()


def test_return_into_a_branch_from_behind_the_join_keeps_the_other_branch_done(door: Door) -> None:
    desk = Desk(door, parallel()).did("a", "b", "c", "x", "y")
    assert set(desk.returns("d")) == {"a", "b", "c", "x", "y"}
    desk.back("d", "x")
    assert desk.open == ["x"]
    assert desk.did("x", "y").open == ["d"]  # b and c were not done again
    desk.finish()


@pytest.mark.parametrize("loop", [TOGETHER, IN_TURN], ids=["together", "in turn"])
def test_return_out_of_repetitions_cancels_all_of_them(door: Door, loop: str) -> None:
    desk = Desk(door, repeated(loop), items=["x", "y", "z"]).did("a", "b")
    told = desk.back("b", "a")
    assert len(told["tasks"]) == (2 if loop == TOGETHER else 1) and desk.open == ["a"]
    desk.did("a")
    assert len(desk.open) == (3 if loop == TOGETHER else 1)
    desk.finish()


def test_return_to_the_one_before_in_turn(door: Door) -> None:
    desk = Desk(door, repeated(IN_TURN), items=["x", "y", "z"]).did("a", "b", "b")
    told = desk.back("b", "<")
    assert len(told["tasks"]) == 1 and desk.open == ["b"]
    assert _item(desk) == "y"
    desk.did("b")
    assert _item(desk) == "z"
    desk.finish()


def _item(desk: Desk) -> Any:
    with desk.door.store.begin(write=False) as uow:
        _, state = desk.door.engine.state(uow, ORG, desk.id)
    assert state is not None
    return state.variables_of(desk.tasks("b")[0])["item"]


def test_return_to_repetitions_begins_them_all_again(door: Door) -> None:
    desk = Desk(door, repeated(TOGETHER), items=["x", "y"]).did("a", "b", "b")
    desk.back("c", "b", give_to=None)
    assert desk.open == ["b", "b"]
    desk.finish()


def test_return_inside_and_out_of_a_sub_process(door: Door) -> None:
    desk = Desk(door, inside()).did("a", "b")
    assert list(desk.returns("c")) == ["b", "a"]
    desk.back("c", "b")
    assert desk.open == ["b"]
    desk.did("b").back("c", "a")
    assert desk.open == ["a"]
    desk.finish()


def test_return_into_a_sub_process_that_has_ended(door: Door) -> None:
    watch = el("subProcess", "w", el("startEvent", "ws", event("message", "m1")), user("wu"), end("we"),
               chain("ws", "wu", "we"), triggeredByEvent="true")  # fmt: skip
    desk = Desk(door, inside(watch)).did("a", "b", "c")
    assert not door.rows(tables.subscription)
    desk.back("d", "c")
    assert desk.open == ["c"] and len(door.rows(tables.subscription)) == 1
    desk.did("c")
    assert desk.open == ["d"]
    desk.finish()


def test_return_inside_one_repetition_of_a_sub_process(door: Door) -> None:
    desk = Desk(door, inside(TOGETHER), items=["x", "y"]).did("a", "b")
    desk.back("c", "b")
    assert desk.open == ["b", "b"]
    desk.finish()


def test_return_inside_and_out_of_a_called_process(door: Door) -> None:
    desk = Desk(door, calling()).did("a", "b")
    assert list(desk.returns("c")) == ["b", "a"]
    desk.back("c", "b")
    assert desk.open == ["b"]
    desk.did("b").back("c", "a")
    assert desk.open == ["a"]
    desk.did("a", "b", "c")
    assert list(desk.returns("d")) == ["a"]  # the called process is over
    desk.finish()


def test_timers_of_what_is_cancelled_go_and_those_of_the_step_come(door: Door) -> None:
    data = process(
        start(), user("a"), boundary("ta", "a", timer("timeDuration", "PT1H"), interrupting=False), end("ea"),
        user("b"), boundary("tb", "b", timer("timeDuration", "PT2H"), interrupting=False), end("eb"), end(),
        chain("start", "a", "b", "end"), chain("ta", "ea"), chain("tb", "eb"),
    )  # fmt: skip
    desk = Desk(door, data).did("a")
    assert [one["name"] for one in desk.back("b", "a")["timers"]] == ["tb"]
    assert [row.element_id for row in door.rows(tables.timer)] == ["ta"]
    desk.finish()


def test_what_goes_on_beside_because_of_the_step_is_cancelled_too(door: Door) -> None:
    data = process(
        start(), user("a"), user("b"), boundary("n", "b", event("message", "m1"), interrupting=False), user("x"),
        end("e"), end(), chain("start", "a", "b", "end"), chain("n", "x", "e"),
    )  # fmt: skip
    desk = Desk(door, data).did("a")
    door.publish("m1")
    assert desk.open == ["b", "x"]
    assert {one["name"] for one in desk.back("b", "a")["tasks"]} == {"b", "x"}
    assert desk.open == ["a"]
    desk.finish()


def test_the_diagram_says_where_to(door: Door) -> None:
    def diagram(to: str) -> bytes:
        return process(
            start(), user("a"), user("b"), user("c", extension(properties(returnTo=to))), end(),
            chain("start", "a", "b", "c", "end"),
        )  # fmt: skip

    assert list(Desk(door, diagram("a")).did("a", "b").returns("c")) == ["a"]
    desk = Desk(Door(door.store, door.clock), diagram("none")).did("a", "b")
    assert desk.returns("c") == {}
    with refused("back.not_allowed"), door.store.begin() as uow:
        moves.return_command(desk.door.engine, uow, ORG, desk.tasks("c")[0], 2, None)


def test_compensation_is_not_triggered_and_not_doubled(door: Door) -> None:
    data = process(
        start(), user("a"), boundary("ca", "a", event("compensate")), user("ua", isForCompensation="true"),
        '<bpmn:association id="as" sourceRef="ca" targetRef="ua"/>', user("b"),
        el("endEvent", "t", event("compensate")), chain("start", "a", "b", "t"),
    )  # fmt: skip
    desk = Desk(door, data).did("a")
    desk.back("b", "a")
    assert desk.open == ["a"]
    assert desk.did("a", "b").open == ["ua"]
    desk.did("ua")
    assert door.instance(desk.id).state == "completed"


# -- 撤回 ----------------------------------------------------------------------------------------------------------


def test_withdraw_in_a_sequence(door: Door) -> None:
    desk = Desk(door, sequence()).did("a", "b")
    told = desk.withdraw("b")
    assert desk.open == ["b"] and [one["name"] for one in told["tasks"]] == ["c"]
    (task,) = door.rows(tables.task, state="open")
    assert task.assignee == "wang" and desk.last("withdrawn").data["undone"] == [desk.tasks("b", "completed")[0]]
    desk.withdraw("a")
    assert desk.open == ["a"]
    desk.finish()


def test_withdraw_in_a_parallel_branch(door: Door) -> None:
    desk = Desk(door, parallel()).did("a", "b").did("x", actor="li")  # what others do beside hinders nothing
    desk.withdraw("b")
    assert desk.open == ["b", "y"]
    desk.did("b", "c").withdraw("c")  # it stood at the join
    assert desk.open == ["c", "y"]
    desk.did("y", actor="li").did("c").withdraw("c")  # the join has fired
    assert desk.open == ["c"]
    assert desk.did("c").open == ["d"]
    desk.finish()


@pytest.mark.parametrize("loop", [TOGETHER, IN_TURN], ids=["together", "in turn"])
def test_withdraw_one_repetition(door: Door, loop: str) -> None:
    desk = Desk(door, repeated(loop), items=["x", "y", "z"]).did("a", "b", "b")
    assert len(desk.open) == 1
    desk.withdraw("b")
    assert len(desk.open) == (2 if loop == TOGETHER else 1)
    for _ in range(2):
        desk.did("b")
    assert desk.open == ["c"]
    with refused("back.ended"):
        desk.withdraw("b")
    desk.finish()


def test_withdraw_inside_and_out_of_a_sub_process(door: Door) -> None:
    desk = Desk(door, inside()).did("a", "b")
    desk.withdraw("b")
    assert desk.open == ["b"]
    desk.did("b", "c")
    desk.withdraw("c")  # the sub-process had ended with it
    assert desk.open == ["c"]
    desk.finish()


def test_withdraw_in_and_before_a_called_process(door: Door) -> None:
    desk = Desk(door, calling()).did("a")
    desk.withdraw("a")
    assert desk.open == ["a"]
    desk.did("a", "b")
    desk.withdraw("b")
    assert desk.open == ["b"]
    desk.did("b", "c")
    with refused("back.ended"):
        desk.withdraw("c")
    desk.finish()


def test_not_once_somebody_has_acted(door: Door) -> None:
    desk = Desk(door, sequence()).did("a")
    with refused("withdraw.not_yours"):
        desk.withdraw("a", actor="li")
    with door.store.begin() as uow:
        door.engine.claim(uow, ORG, desk.tasks("b")[0], "li", actor="li")
    with refused("withdraw.acted"):
        desk.withdraw("a")
    desk.did("b", actor="li")
    with refused("withdraw.acted"):
        desk.withdraw("a")


def test_not_once_it_has_had_an_effect_outside(door: Door) -> None:
    def diagram(topic: str) -> bytes:
        return process(start(), user("a"), service("s", topic), user("b"), end(), chain("start", "a", "s", "b", "end"))

    @door.registry.handler("mail", outside=True)
    def mail(_context: HandlerContext) -> None: ...

    @door.registry.handler("number")
    def number(_context: HandlerContext) -> None: ...

    desk = Desk(door, diagram("number")).did("a")
    door.run()
    desk.withdraw("a")
    assert desk.open == ["a"]
    desk = Desk(door, diagram("mail")).did("a")
    door.run()
    with refused("withdraw.sent"):
        desk.withdraw("a")
    sends = process(start(), user("a"), el("intermediateThrowEvent", "t", event("message", "m2")), user("b"), end(),
                    chain("start", "a", "t", "b", "end"))  # fmt: skip
    with refused("withdraw.sent"):
        Desk(door, sends).did("a").withdraw("a")


def test_the_diagram_may_forbid_it(door: Door) -> None:
    told = extension(properties(withdraw="no"))
    data = process(start(), user("a", told), user("b"), end(), chain("start", "a", "b", "end"))
    with refused("withdraw.forbidden"):
        Desk(door, data).did("a").withdraw("a")


# -- 移动 ----------------------------------------------------------------------------------------------------------


def test_move_in_a_sequence_forward_and_back(door: Door) -> None:
    desk = Desk(door, sequence())
    assert [one["name"] for one in desk.move("a", "c")["tasks"]] == ["a"]
    assert desk.open == ["c"] and desk.last("moved").data == {"from": "a", "to": "c", "after": False}
    desk.move("c", "a")
    assert desk.open == ["a"]
    desk.move("a", "b", after=True)
    assert desk.open == ["c"]
    desk.finish()


def test_move_in_a_parallel_branch(door: Door) -> None:
    desk = Desk(door, parallel()).did("a")
    desk.move("b", "c")
    assert desk.open == ["c", "x"]
    desk.move("c", "c", after=True)
    assert desk.open == ["x"]
    desk.finish()


def test_what_would_leave_the_join_waiting_is_refused(door: Door) -> None:
    desk = Desk(door, parallel()).did("a")
    before = door.dump()
    with refused("back.deadlock"):
        desk.move("b", None)
    with refused("back.deadlock"):
        desk.move("b", "d")
    assert door.dump() == before
    desk.finish()


def test_move_of_repetitions(door: Door) -> None:
    desk = Desk(door, repeated(TOGETHER), items=["x", "y"]).did("a")
    with refused("move.repetition"):
        desk.move("b", None, number=1)
    told = desk.move("b", "c", number=1)  # from a repetition: the activity as a whole moves
    assert len(told["tasks"]) == 2 and desk.open == ["c"]
    desk.finish()


def test_move_into_within_and_out_of_a_sub_process(door: Door) -> None:
    late = boundary("late", "s", timer("timeDuration", "PT9H"))
    data = inside().replace(b"</bpmn:process>", (late + end("le") + chain("late", "le")).encode() + b"</bpmn:process>")
    desk = Desk(door, data)
    desk.move("a", "c")
    assert desk.open == ["c"] and [row.element_id for row in door.rows(tables.timer)] == ["late"]
    desk.move("c", "b")
    assert desk.open == ["b"]
    told = desk.move("b", "d")
    assert desk.open == ["d"] and [one["name"] for one in told["timers"]] == ["late"]
    desk.finish()


def test_not_into_repetitions_or_what_only_events_begin(door: Door) -> None:
    desk = Desk(door, inside(TOGETHER), items=["x"])
    with refused("move.inside"):
        desk.move("a", "c")
    with refused("move.kind"):
        desk.move("a", "start")


def test_move_in_and_out_of_a_called_process(door: Door) -> None:
    desk = Desk(door, calling()).did("a")
    desk.move("b", "c")
    assert desk.open == ["c"]
    desk.move("c", "d")
    assert desk.open == ["d"]
    desk.finish()


def test_take_away_and_begin(door: Door) -> None:
    data = process(start(), user("a"), user("b"), end(), chain("start", "a", "end"), chain("start", "b", "end"))
    desk = Desk(door, data)
    desk.move("b", None)
    assert desk.open == ["a"]
    desk.move(None, "b")
    assert desk.open == ["a", "b"]
    desk.move(None, "b", after=True)
    desk.move("b", None)
    assert desk.move("a", None)["ends"] and door.instance(desk.id).state == "completed"


# -- any diagram in the middle of any run ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(6))
def test_after_random_steps_back_every_run_still_ends(part: int) -> None:
    """Random diagrams, random runs, random returns: nothing stops, nothing is left over."""
    returned = 0
    for seed in range(part * 50, part * 50 + 50):
        chance = random.Random(seed)
        definition = make(seed)
        lines: list[Any] = []
        twin, world = Twin(definition, reload=True), World()
        command: cmd.Command = cmd.Start(variables={"c": chance.randrange(7), "items": ["x", None, 3]})
        backs = 0
        for _ in range(MAX_ACTS):
            effects = twin.do(command)
            world.see(effects)
            told = [e for e in effects if isinstance(e, fx.Recorded)]
            lines += [(len(lines) + n, e.kind, e.element_id or "", e.data) for n, e in enumerate(told)]
            if world.ended:
                break
            if backs < 4 and world.tasks and chance.random() < 0.25:
                backs += _step_back(twin, world, lines, chance)
            command, fired = world.act(chance)
            if fired is not None:
                twin.now = max(twin.now, fired.due_at)
        assert world.ended, seed
        assert not world.tasks and not world.timers and not world.jobs and not world.subscriptions
        returned += backs
    assert returned > 25, "there was something to go back to"


def _step_back(twin: Twin, world: World, lines: list[Any], chance: random.Random) -> bool:
    """Return a random open task to a random step that it may be returned to."""
    assert twin.state is not None
    saved = encode(twin.state)
    state = decode(saved)
    lineage = lineage_of(lines, state)
    token = state.tokens[state.number(chance.choice(sorted(world.tasks)))]
    found = back.targets(lambda scope: twin.definition, state, lineage, token)
    if not found:
        return False
    act = lineage.passages[chance.choice(found).token]
    if act.kind == "repetition_done":
        command: cmd.Command = cmd.RepeatAgain(scope=act.scope, locals=act.locals, came=act.came)
    else:
        command = back.plan(lambda scope: twin.definition, state, lineage, act)
    gone = sorted({act.token, *lineage.future(act.token)} & lineage.passages.keys())
    lines.append((len(lines), "returned", act.element, {"gone": gone}))
    try:
        effects = twin.do(command)
    except Refusal as refusal:
        print(refusal.code, act)
        twin.state = decode(saved)
        lines.pop()
        return False
    world.see(effects)
    told = [e for e in effects if isinstance(e, fx.Recorded)]
    lines += [(len(lines) + n, e.kind, e.element_id or "", e.data) for n, e in enumerate(told)]
    return True
