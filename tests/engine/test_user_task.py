"""User task (formal/2011-01-03, 10.2.3, 10.2.4)."""

from __future__ import annotations

from tests.engine.diagrams import Case, chain, end, process, start, user


def test_opens_a_task_and_waits_for_a_person() -> None:
    case = Case(
        process(start(), user("a"), user("b", camunda__assignee="${who}"), end(), chain("start", "a", "b", "end"))
    )
    assert case.open == ["a"]
    assert [t.candidate_groups for t in case.tasks.values()] == [["clerk"]]
    case.complete("a", who="li")
    assert [t.assignee for t in case.tasks.values()] == ["li"]
    case.complete("b")
    assert case.done
    assert case.trace == ["start", "a", "b", "end"]
