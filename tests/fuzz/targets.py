"""What is spoilt and how it is tried: diagrams with their tables and forms, tables, forms with answers, expressions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from engine import commands as cmd
from engine.decisions import read_decisions
from engine.definition import AnyName
from engine.expressions import compile_expression, compile_script, compile_template, plain
from engine.feel import compile_feel, compile_tests
from engine.forms import read_form
from engine.reading import Known, read_definition
from engine.reading.definitions import read_and_check
from engine.stepping import Limits
from engine.times import parse_cycle, parse_date, parse_duration, parse_instant, parse_time
from storage.clock import TZ
from storage.errors import BanjieError
from tests.engine.diagrams import FUNCTIONS, NOW, Case
from tests.engine.random_diagrams import Maker
from tests.engine.test_lint import WRONG
from tests.engine.test_lint_rules import PAIRS
from tests.fuzz.mutating import TEXTS, any_json, dumped, spoilt_bytes, spoilt_json, spoilt_xml

ROOT = Path(__file__).parents[2]
KNOWN = Known(functions=FUNCTIONS, handlers=AnyName(), checks=AnyName())
LIMITS = Limits(steps=300, tokens=200, instances=50, depth=20, seconds=5)
TIMED = {"now": lambda: datetime(2026, 11, 26, 9, tzinfo=TZ), "today": lambda: date(2026, 11, 26)}


@cache
def _shipped(ending: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "processes").rglob(f"*{ending}"))]


@cache
def _diagrams() -> list[bytes]:
    return [*(data for data, _ in WRONG.values()), *(Maker(seed).diagram() for seed in range(30)), *_shipped(".bpmn")]


@cache
def _tables() -> list[bytes]:
    small = [data for pair in PAIRS.values() for files in pair for name, data in files.items() if name.endswith(".dmn")]
    return [data for data in small if len(data) < 20_000 and b"decision" in data] + _shipped(".dmn")


def _spoilt(data: bytes, chance: random.Random) -> bytes:
    return spoilt_bytes(data, chance) if chance.random() < 0.3 else spoilt_xml(data, chance)


def diagram(chance: random.Random) -> None:
    """A spoilt diagram is checked; if it may be deployed it is started and run for a while."""
    data = _spoilt(chance.choice(_diagrams()), chance)
    key = "p"
    for name in ("p", *sorted(path.name for path in (ROOT / "processes").iterdir())):
        if f'id="{name}"'.encode() in data:
            key = name
            break
    read_and_check(key, {f"{key}.bpmn": data}, KNOWN)
    case = Case(read_definition(key, {f"{key}.bpmn": data}, KNOWN), limits=LIMITS, n=1)
    for _ in range(10):
        if case.tasks:
            answers = {"c": chance.randrange(5), "n": any_json(chance)}
            task_id = chance.choice(sorted(case.tasks))
            offered = case.tasks[task_id].offered
            begin, complete = cmd.Begin(task_id=task_id, user_id="wang"), cmd.Complete(task_id=task_id, answers=answers)
            case.do(begin if offered else complete)
        elif case.timers:
            timer_id = chance.choice(sorted(case.timers))
            case.now = max(case.now, case.timers[timer_id].due_at)
            case.do(cmd.Fire(timer_id=timer_id))
        elif case.jobs:
            job_id = chance.choice(sorted(case.jobs))
            del case.jobs[job_id]
            case.do(cmd.JobDone(job_id=job_id, result={"r": any_json(chance)}))
        elif case.subscriptions:
            case.do(cmd.Deliver(subscription_id=chance.choice(sorted(case.subscriptions)), payload={"q": 1}))
        else:
            break
    assert case.ended is None or case.done


def table(chance: random.Random) -> None:
    """A spoilt table is read; its decisions are asked with all sorts of values."""
    decisions = read_decisions(_spoilt(chance.choice(_tables()), chance), "t.dmn", functions=FUNCTIONS)
    for decision in decisions.values():
        for _ in range(3):
            values = {name: any_json(chance) for name in decision.inputs}
            try:
                json.dumps(decision.evaluate(values, TIMED), allow_nan=False)
            except BanjieError:
                continue


def form(chance: random.Random) -> None:
    """A spoilt form is read and filled in with anything."""
    data = chance.choice(_shipped(".form"))
    spoilt = spoilt_bytes(data, chance) if chance.random() < 0.3 else dumped(spoilt_json(json.loads(data), chance))
    read = read_form(spoilt, "f.form")
    answers: Any = {name: any_json(chance) for name in (*read.keys, "typename") if chance.random() < 0.8}
    answers = any_json(chance) if chance.random() < 0.1 else answers
    try:
        json.dumps(read.validate(answers, {"units": ["a"], "people": ["b"]}, {"n": 1}), allow_nan=False)
    except BanjieError:
        return


def answer(chance: random.Random) -> None:
    """A right form is filled in with anything."""
    read = read_form(chance.choice(_shipped(".form")), "f.form")
    answers = {name: any_json(chance) for name in read.keys if chance.random() < 0.9}
    json.dumps(read.validate(spoilt_json(answers, chance), {}, {}), allow_nan=False)


WORDS = (
    "n", "s", "xs", "d", "case", "len", "__class__", "x", "1", "2.5", "'a'", '"b"', "true", "null", "[", "]", "(",
    ")", "{", "}", ".", ",", ":", "..", "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", "=", "and",
    "or", "not", "in", "if", "else", "then", "for", "is", "lambda", "get", "defined", "sum", "sorted", "min",
    "date", "duration", "?", "contains", "between", "@", '"2026-01-31"', "'P1M'", "$", "&&", "eq", "empty", " ",
    '\n', ";", "deadline", "now()", "string join", "list contains", "count", "matches", "1e300", "9" * 30, "人数",
    "not(", "instance of", "some",
)  # fmt: skip
VALUES: Mapping[str, Any] = {
    "n": 5, "s": "长" * 50_000, "xs": list(range(2000)), "d": "2026-01-31", "case": {"a": {"b": [1, None, "x"]}},
    "len": "eval", "x": 10**28, "人数": 3, "__class__": 1, "deadline": "print", "huge": 10**400,
}  # fmt: skip


def expression(chance: random.Random) -> None:
    """Words in any order, as an expression, a script, a template, FEEL, a cell, a time."""
    text = chance.choice((" ", "")).join(
        chance.choice(WORDS if chance.random() < 0.95 else TEXTS) for _ in range(chance.randint(1, 14))
    )
    calls: list[Callable[[], Any]] = [
        lambda: plain(compile_expression(text, functions=FUNCTIONS).evaluate(VALUES, TIMED)),
        lambda: compile_script(f"y = {text}", functions=FUNCTIONS).run(VALUES, TIMED),
        lambda: compile_template(f"a${{{text}}}", functions=FUNCTIONS).evaluate(VALUES, TIMED),
        lambda: plain(compile_feel(text, ["n"]).evaluate(VALUES, TIMED)),
        lambda: compile_tests(text, ["n"]).matches(chance.choice(list(VALUES.values())), VALUES, TIMED),
        *(lambda read=read: read(text) for read in (parse_instant, parse_date, parse_time, parse_duration)),
        lambda: parse_cycle(text).first(NOW),
    ]
    for call in calls:
        try:
            json.dumps(call(), default=str)
        except BanjieError:
            continue


TARGETS: dict[str, Callable[[random.Random], None]] = {
    "diagram": diagram, "table": table, "form": form, "answer": answer, "expression": expression,
}  # fmt: skip
