"""Ad-hoc sub-process (formal/2011-01-03, 10.2.5, 13.2.5)."""

from __future__ import annotations

import pytest

from engine import commands as cmd
from storage.errors import Conflict
from tests.engine.diagrams import Case, boundary, chain, el, end, process, script, start, timer, user


def ad_hoc(condition: str = "", **attributes: str) -> bytes:
    inside = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    return process(
        start(),
        el("adHocSubProcess", "s", inside, user("a"), user("b"), user("b2"), user("c"), chain("b", "b2"), **attributes),
        user("z"),
        chain("start", "s", "z"),
    )


def test_all_begin_and_it_completes_when_all_are_done() -> None:
    case = Case(ad_hoc())
    assert case.open == ["a", "b", "c"]
    case.complete("a").complete("b").complete("c")
    assert case.open == ["b2"]
    assert case.complete("b2").open == ["z"]


def test_completion_condition_cancels_what_remains() -> None:
    case = Case(ad_hoc("${enough}"), enough=False).complete("a")
    assert case.open == ["b", "c"]
    assert case.complete("b", enough=True).open == ["z"]


def test_or_waits_for_what_runs() -> None:
    case = Case(ad_hoc("${enough}", cancelRemainingInstances="false"), enough=True).complete("b")
    assert case.open == ["a", "c"]
    assert case.complete("a").complete("c").open == ["z"]


def test_people_choose_the_order_of_a_sequential_one() -> None:
    """13.2.5: an enabled activity is selected for execution; another only when the previous one has terminated."""
    case = Case(ad_hoc(ordering="Sequential"))
    assert case.open == ["a?", "b?", "c?"]
    assert case.choose("b").open == ["b"]
    task = next(iter(case.tasks.values()))
    assert task.assignee == "wang" and not task.offered  # who chooses it has it
    assert case.complete("b").open == ["a?", "b2?", "c?"]  # what its flow has enabled can be chosen, and need not be
    assert case.choose("c").complete("c").open == ["a?", "b2?"]
    assert case.choose("b2").complete("b2").open == ["a"]  # nothing is left to choose
    assert case.complete("a").open == ["z"]
    assert [element for element in case.trace if element in "abcb2"] == ["b", "c", "b2", "a"]


def test_what_was_offered_cannot_be_completed_nor_begun_twice() -> None:
    case = Case(ad_hoc(ordering="Sequential"))
    a, b = (next(t.task_id for t in case.tasks.values() if t.element_id == name) for name in "ab")
    with pytest.raises(Conflict, match="已经办理"):
        case.do(cmd.Complete(task_id=a, answers={}))
    case.choose("b")
    for gone in (a, b):
        with pytest.raises(Conflict) as caught:
            case.do(cmd.Begin(task_id=gone, user_id="li"))
        assert caught.value.code == "task.already_begun"


def test_who_is_offered_a_step() -> None:
    """A user task: its candidates; what nobody does by hand: those who work in the ad-hoc sub-process."""
    nested = el("subProcess", "n", user("deep", camunda__candidateGroups="deep"))
    inside = (
        user("a", camunda__candidateGroups="x, y"),
        user("b", camunda__assignee="${who}", camunda__candidateGroups=""),
        script("s", "n = 1"),
    )
    data = process(
        start(), el("adHocSubProcess", "h", *inside, nested, ordering="Sequential"), user("z"), chain("start", "h", "z")
    )
    case = Case(data, who="li")
    told = {t.element_id: (t.assignee, list(t.candidate_groups), list(t.candidate_users)) for t in case.tasks.values()}
    assert told == {
        "a": (None, ["x", "y"], []), "b": ("li", [], []), "n": (None, ["deep"], []),
        "s": (None, ["x", "y", "deep"], ["li"]),
    }  # fmt: skip
    assert case.choose("s").open == ["a?", "b?", "n?"] and case.variables["n"] == 1
    assert case.choose("n").open == ["deep"]


def test_where_nobody_works_they_go_in_the_order_of_the_file() -> None:
    inside = (script("b", "seen = get('seen', '') + 'b'"), script("a", "seen = get('seen', '') + 'a'"))
    data = process(
        start(), el("adHocSubProcess", "h", *inside, ordering="Sequential"), end(), chain("start", "h", "end")
    )
    case = Case(data)
    assert case.done and case.variables == {"seen": "ba"}


def test_boundary_events_of_an_offered_step_are_not_armed_before_it_begins() -> None:
    watch = boundary("t", "a", timer("timeDuration", "PT1H"))
    data = process(
        start(), el("adHocSubProcess", "h", user("a"), watch, user("b"), ordering="Sequential"), user("z"),
        chain("start", "h", "z"),
    )  # fmt: skip
    case = Case(data)
    assert not case.timers
    assert list(case.choose("a").timers)
    assert case.fire("t").open == ["b"]  # it was cut off: the other one is left


def test_an_event_ends_a_sequential_one_with_all_that_was_offered() -> None:
    data = process(
        start(), el("adHocSubProcess", "h", user("a"), user("b"), ordering="Sequential"),
        boundary("t", "h", timer("timeDuration", "PT1H")), end(), chain("start", "h"), chain("t", "end"),
    )  # fmt: skip
    assert Case(data).fire("t").done


def test_an_instance_saved_when_the_order_was_that_of_the_file_does_what_is_left() -> None:
    case = Case(ad_hoc(ordering="Sequential")).choose("a")
    assert case.state is not None
    scope = next(scope for scope in case.state.scopes.values() if scope.kind == "body")
    for token in [t for t in case.state.tokens_in(scope.id) if t.data.get("enabled")]:
        case.state.remove_token(token)
    scope.data = {"next": 1}
    assert case.complete("a").open == ["b"]
    assert case.complete("b").complete("b2").complete("c").open == ["z"]


def test_it_is_not_complete_before_its_condition_holds() -> None:
    """13.2.5: as long as the completion condition is false, the activities can be done once more."""
    inner = el(
        "adHocSubProcess",
        "h",
        user("a"),
        user("b"),
        "<bpmn:completionCondition>get('done', 0) == 1</bpmn:completionCondition>",
    )
    case = Case(process(start(), inner, user("z"), end(), chain("start", "h", "z", "end")))
    case.complete("a").complete("b")
    assert case.open == ["a", "b"]
    case.complete("b", done=1)
    assert case.open == ["z"]
    one_by_one = inner.replace('id="h"', 'id="h" ordering="Sequential"')
    case = Case(process(start(), one_by_one, user("z"), end(), chain("start", "h", "z", "end")))
    case.choose("a").complete("a")
    assert case.open == ["a?", "b?"]  # in any order, as often as they like
    case.choose("a").complete("a").choose("b").complete("b")
    assert case.choose("a").complete("a", done=1).open == ["z"]


def test_a_completion_condition_that_is_neither_true_nor_false_is_an_incident() -> None:
    case = Case(ad_hoc("${enough}"), enough="yes").complete("a")
    assert [incident.code for incident in case.incidents] == ["condition.not_boolean"]
    assert Case(ad_hoc("${get('enough', None)}")).complete("a").open == ["b", "c"]  # not known yet
