"""Packs: a step among many repetitions opens the packs that it needs, and nothing is different for it."""

from __future__ import annotations

import random

import pytest

from engine import packing
from engine.state import decode, encode
from tests.engine.diagrams import Case, chain, el, end, process, service, start, user
from tests.engine.differential import make, run

MANY = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="${items}" camunda:elementVariable="item"'


def many(inside: str = "") -> str:
    return f"{MANY}>{inside}</bpmn:multiInstanceLoopCharacteristics>" if inside else f"{MANY}/>"


def five_thousand() -> Case:
    return Case(process(start(), user("work", many()), end(), chain("start", "work", "end")), items=list(range(5000)))


def loose(case: Case) -> int:
    assert case.state is not None
    return len(case.state.tokens.loose())


def test_one_of_five_thousand_opens_one_pack() -> None:
    case = five_thousand()
    assert case.state is not None
    assert loose(case) == 1 and len(case.state.tokens) == 5001, "only the token of the whole activity is loose"
    before = {pack.text for pack in case.state.tokens.packs}
    case.complete("work", 2500)
    after = {pack.text for pack in case.state.tokens.packs}
    assert len(before - after) == len(after - before) == 1 and len(case.state.tokens) == 5000
    assert loose(case) == 1 and sum(pack.count for pack in case.state.tokens.packs) == 4999


def test_all_five_thousand_are_seen_by_who_looks_at_all() -> None:
    case = five_thousand()
    assert case.state is not None
    saved = encode(case.state)
    assert case.state.tokens_by_element() == {"work": 1}, "a repetition is no element of its own"
    assert len(list(case.state.tokens.values())) == len(case.state.tokens) == loose(case) == 5001
    again = decode(saved)
    (scope,) = {pack.scope for pack in again.tokens.packs}
    assert [token.locals["item"] for token in again.tokens_in(scope)] == list(range(5000)), "in the order of the items"
    assert encode(case.state) == saved, "what was only looked at is saved as it was"


def test_numbers_that_are_not_there() -> None:
    case = five_thousand()
    state = case.state
    assert state is not None
    first = min(pack.first for pack in state.tokens.packs)
    gone = case.complete("work", 0).state
    assert gone is not None
    assert gone.tokens.get(first) is None and first not in gone.tokens and 10**9 not in gone.tokens
    with pytest.raises(KeyError):
        gone.tokens[10**9]
    assert first + 64 in gone.tokens and gone.tokens[first + 64].locals["loopCounter"] == 64


def test_items_and_results_stay_with_their_repetition() -> None:
    case = Case(process(start(), user("work", many()), end(), chain("start", "work", "end")), items=list(range(300)))
    chance, seen = random.Random(5), []
    while not case.done:
        task = chance.choice(list(case.tasks.values()))
        assert case.state is not None
        seen.append(case.state.variables_of(task.task_id)["item"])
        case.complete("work", list(case.tasks).index(task.task_id))
    assert sorted(seen) == list(range(300))


def test_a_job_finds_its_repetition_in_its_pack() -> None:
    case = Case(process(start(), service("auto", "h", many()), end(), chain("start", "auto", "end")), items=[0] * 200)
    assert len(case.jobs) == 200 and case.state is not None
    job = list(case.jobs)[150]
    token = case.state.token_of(job)
    assert token is not None and token.locals["loopCounter"] == 150 and 1 < loose(case) <= 1 + packing.LARGE


def test_repetitions_with_an_inside_are_not_packed() -> None:
    inner = el("subProcess", "work", many(), start("s"), user("inner"), end("e"), chain("s", "inner", "e"))
    case = Case(process(start(), inner, end(), chain("start", "work", "end")), items=list(range(100)))
    assert case.state is not None and case.state.tokens.packs == []
    for _ in range(100):
        case.complete("inner")
    assert case.done


@pytest.mark.parametrize("part", range(4))
def test_random_runs_with_every_waiting_repetition_packed(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The differential test once more: packs of one token each, so that every step has to do with them."""
    monkeypatch.setattr(packing, "LARGE", 1)
    opened = []
    usual = packing.Tokens.open

    def counted(self: packing.Tokens, wanted: object) -> None:
        opened.append(len(self.packs))
        usual(self, wanted)  # type: ignore[arg-type]

    monkeypatch.setattr(packing.Tokens, "open", counted)
    for seed in range(part * 60, (part + 1) * 60):
        definition = make(seed)
        for again in range(2):
            run(definition, seed * 1000 + again)
    assert sum(opened) > 0, "packs were in use"
