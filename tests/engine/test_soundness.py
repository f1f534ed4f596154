"""Soundness: what lint says of a net is what all runs of the engine show; conditions that exclude each other count."""

from __future__ import annotations

import copy
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from engine import commands as cmd
from engine.definition import Definition
from engine.reading.definitions import read_and_check
from engine.stepping import Limits
from tests.engine.diagrams import KNOWN, Case, boundary, chain, el, end, event, flow, form, process, start, timer, user

WAYS = {"task": 1, "xor": 2, "or": 2, "and": 2, "join": 1, "or join": 1, "limit": 2, "reminder": 2, "race": 2}
TASKS = ("task", "xor", "or", "limit", "reminder")  # begin with a user task, whose answer chooses the way
ANSWERS = {"xor": (1, 2), "or": (1, 2, 3)}
MOST = 300  # states of one diagram
PILE = 3  # more tokens at one place than this: the net is not bounded


@dataclass
class Drawn:
    """A random diagram. `chooses`: what the answer of a task decides."""

    seed: int
    kinds: list[str] = field(default_factory=list)
    chooses: dict[str, str] = field(default_factory=dict)

    def diagram(self) -> bytes:
        """Nodes with flows to random others, mostly later ones; joins meet what happens to come to them."""
        chance = random.Random(self.seed)
        self.kinds = [chance.choice(list(WAYS)) for _ in range(chance.randint(3, 7))] + ["end"]
        self.kinds += ["terminate"] * (chance.random() < 0.3)
        drawn = [start(), flow("start", self._entry(0))]
        for number, kind in enumerate(self.kinds):
            targets = []
            for _ in range(WAYS.get(kind, 0)):
                ahead = [n for n in range(len(self.kinds)) if n != number and (n > number or chance.random() < 0.25)]
                targets.append(self._entry(chance.choice([n for n in ahead if self._entry(n) not in targets] or ahead)))
            drawn += self._node(number, kind, targets)
        return process(*drawn)

    def _entry(self, number: int) -> str:
        return f"t{number}" if self.kinds[number] in TASKS else f"n{number}"

    def _node(self, number: int, kind: str, targets: list[str]) -> list[str]:
        task, node = f"t{number}", f"n{number}"
        hour = timer("timeDuration", "PT1H")
        if kind in TASKS:
            drawn = [user(task, name=task)]
            self.chooses[task] = kind
        else:
            drawn = []
        source = task
        match kind:
            case "xor" | "or":
                drawn += [el("exclusiveGateway" if kind == "xor" else "inclusiveGateway", node), flow(task, node)]
                source = node
            case "and" | "join":
                drawn, source = [el("parallelGateway", node)], node
            case "or join":
                drawn, source = [el("inclusiveGateway", node)], node
            case "limit" | "reminder":
                drawn.append(boundary(node, task, hour, interrupting=kind == "limit"))
                return [*drawn, flow(task, targets[0]), flow(node, targets[1], id=f"{node}b")]
            case "race":
                drawn = [el("eventBasedGateway", node)]
                for n, target in enumerate(targets):
                    drawn += [el("intermediateCatchEvent", f"{node}_{n}", hour)]
                    drawn += [flow(node, f"{node}_{n}"), flow(f"{node}_{n}", target)]
                return drawn
            case "end":
                return [end(node)]
            case "terminate":
                return [el("endEvent", node, event("terminate"))]
        for n, target in enumerate(targets, 1):
            condition = {"xor": f"c == {n}", "or": f"c == {n} or c == 3"}.get(kind)
            drawn.append(flow(source, target, condition, id=f"f{number}_{n}"))
        return drawn


@dataclass
class Shown:
    """What the runs of a diagram have shown."""

    stuck: set[str] = field(default_factory=set)  # where tokens wait when nothing can happen any more
    twice: set[str] = field(default_factory=set)  # tasks open twice at one time
    passed: set[str] = field(default_factory=set)
    bounded: bool = True


def explore(definition: Definition, drawn: Drawn) -> Shown | None:
    """All runs, by every order of completing tasks and of timers, and every answer. None: too many."""
    shown, first = Shown(), Case(definition, limits=Limits(steps=300, tokens=60), c=0)
    seen, ahead = {_key(first)}, [first]
    while ahead:
        case = ahead.pop()
        assert case.state is not None
        shown.passed |= set(case.trace)
        if case.incidents:
            return None
        places = Counter(token.element for token in case.state.tokens.values())
        if places and max(places.values()) > PILE:
            shown.bounded = False
            continue
        shown.twice |= {task for task, count in Counter(t.element_id for t in case.tasks.values()).items() if count > 1}
        moves = _moves(case, drawn)
        if not moves and case.ended is None:
            shown.stuck |= set(places)
        for move in moves:
            following = copy.deepcopy(case).do(move)
            if _key(following) not in seen:
                seen.add(_key(following))
                ahead.append(following)
        if len(seen) > MOST:
            return None
    return shown


def _moves(case: Case, drawn: Drawn) -> list[cmd.Command]:
    case.now = max([case.now, *(timer.due_at for timer in case.timers.values())])
    moves: list[cmd.Command] = [cmd.Fire(timer_id=timer) for timer in case.timers]
    for task in {task.element_id: task for task in case.tasks.values()}.values():
        if task.offered:
            moves.append(cmd.Begin(task_id=task.task_id, user_id="wang"))
            continue
        answers = ANSWERS.get(drawn.chooses[task.element_id], (0,))
        moves += [cmd.Complete(task_id=task.task_id, answers={"c": answer}) for answer in answers]
    return moves


def _key(case: Case) -> object:
    if case.ended is not None or case.state is None:
        return None
    timers = Counter(timer.element_id for timer in case.timers.values())
    tokens = sorted((token.element, str(token.flow), token.status) for token in case.state.tokens.values())
    return tuple(tokens), tuple(sorted(timers.items()))


def compare(seed: int) -> str:
    """What became of one seed; fails when lint and the engine do not agree."""
    drawn = Drawn(seed)
    definition, findings = read_and_check("p", {"p.bpmn": drawn.diagram()}, KNOWN)
    if definition is None or any(f.severity == "error" and not f.rule.startswith("soundness") for f in findings):
        return "refused"
    shown = explore(definition, drawn)
    if shown is None:
        return "too big"
    told: dict[str, set[str]] = {}
    for finding in findings:
        told.setdefault(finding.rule.removeprefix("soundness."), set()).add(finding.element_id)
    if not shown.bounded:
        said = told.keys() & {"deadlock", "may_deadlock", "unsynchronised"}
        assert said or "reminder" in drawn.kinds, f"seed {seed}: nothing said of tokens that pile up"
        return "not bounded"
    never, sometimes = told.get("deadlock", set()), told.get("may_deadlock", set())
    assert never | sometimes == shown.stuck, f"seed {seed}: stuck {shown.stuck}, lint says {never | sometimes}"
    assert not never & shown.passed, f"seed {seed}: {never} are passed"
    beside = {target for target in told.get("unsynchronised", set()) if target in drawn.chooses}
    assert beside <= shown.twice, f"seed {seed}: open twice {shown.twice}, lint says {beside}"
    if "reminder" not in drawn.kinds:  # what follows a reminder is meant to run beside
        assert beside == shown.twice, f"seed {seed}: open twice {shown.twice}, lint says {beside}"
    return "unsound" if shown.stuck or shown.twice else "sound"


@pytest.mark.parametrize("block", range(2))
def test_lint_says_of_a_random_net_what_its_runs_show(block: int) -> None:
    seen = Counter(compare(seed) for seed in range(block * 20, block * 20 + 20))
    assert seen["sound"] > 4 and seen["unsound"] > 3 and seen["too big"] < 5


def twofold(first: str, second: str, between: str = "") -> set[str]:
    """Two inclusive gateways in turn lead to one task under these conditions; the form of `b` sets `between`."""
    diagram = process(
        start("start", camunda__formKey="begin"),
        el("inclusiveGateway", "g"),
        user("x", name="X", camunda__formKey="none"),
        user("b", name="B", camunda__formKey="between"),
        el("exclusiveGateway", "h", default="h-end"),
        end(),
        chain("start", "g"),
        flow("g", "x", first),
        flow("g", "b", "true"),
        flow("b", "h"),
        flow("h", "x", second),
        flow("h", "end"),
        chain("x", "end"),
    )
    forms = {"begin.form": form("n", "k", "m"), "none.form": form("y"), "between.form": form(between or "z")}
    return {f.element_id for f in read_and_check("p", {"p.bpmn": diagram, **forms}, KNOWN)[1] if "sound" in f.rule}


@pytest.mark.parametrize(
    ("first", "second", "between", "twice"),
    [
        ("n", "k", "", True),
        ("n", "n", "", True),
        ("n", "not n", "", False),
        ("n", "not n", "n", True),  # a form on the way may change it
        ("n", "k and not n", "", False),
        ("not (n or k)", "k", "", False),
        ("n and k", "not (n and k)", "", False),
        ("k == 'a'", "k == 'b'", "", False),
        ("k == 'a'", "k != 'a'", "", False),
        ("k == 'a'", "m == 'b'", "", True),
        ("get('k', 0) == 1", "get('k', 0) == 2", "", False),
        ("k == 'a'", "k == 'b'", "k", True),
    ],
)
def test_ways_whose_conditions_exclude_each_other_are_no_ways(
    first: str, second: str, between: str, twice: bool
) -> None:
    assert twofold(first, second, between) == ({"x"} if twice else set())


def test_of_a_net_beyond_the_bound_is_told_what_was_met() -> None:
    tasks = [f"t{n}" for n in range(14)]
    wide = "".join(user(t, name=t) + chain("f", t, "j") for t in tasks)
    diagram = process(
        start(), el("parallelGateway", "f"), el("parallelGateway", "j"), wide, user("u", name="U"), end(),
        chain("start", "f"), chain("j", "end"), flow("f", "u", id="one"), flow("f", "u", id="two"), chain("u", "end"),
    )  # fmt: skip
    told = {(f.rule, f.element_id) for f in read_and_check("p", {"p.bpmn": diagram}, KNOWN)[1]}
    assert told == {("soundness.unsynchronised", "u")}


@pytest.mark.parametrize("kind", ["terminate", "error"])
def test_an_end_of_all_to_which_no_flow_leads_is_read(kind: str) -> None:
    """Without a start event it begins at once, beside the others (10.2.5)."""
    beside = process(el("endEvent", "all", event(kind, "e1" if kind == "error" else None)), user("u", name="U"))
    told = {(f.rule, f.element_id) for f in read_and_check("p", {"p.bpmn": beside}, KNOWN)[1]}
    assert ("element.unreachable", "all") not in told and not any(rule.startswith("soundness") for rule, _ in told)


@pytest.mark.parametrize(
    ("gateway", "default", "rule"),
    [
        ("inclusiveGateway", True, "soundness.deadlock"),  # one way or the other
        ("inclusiveGateway", False, "soundness.may_deadlock"),  # the flow without a condition is always taken
        ("userTask", False, "soundness.may_deadlock"),
        ("userTask", True, "soundness.deadlock"),
    ],
)
def test_a_default_flow_is_taken_alone(gateway: str, default: bool, rule: str) -> None:
    """13.3.3, 13.2.1: only when no condition holds, so a join of it with a conditional flow never fires."""
    attributes = {"default": "g-j"} if default else {}
    diagram = process(
        start(), el(gateway, "g", name="G", **attributes), user("u", name="U"), el("parallelGateway", "j"), end(),
        chain("start", "g"), flow("g", "u", "n == 1"), chain("u", "j", "end"), flow("g", "j"),
    )  # fmt: skip
    told = {f.rule for f in read_and_check("p", {"p.bpmn": diagram}, KNOWN)[1] if f.rule.startswith("soundness")}
    assert told == {rule}
