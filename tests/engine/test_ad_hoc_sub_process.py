"""Ad-hoc sub-process (formal/2011-01-03, 10.2.5, 13.2.5)."""

from __future__ import annotations

from tests.engine.diagrams import Case, chain, el, end, process, start, user


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


def test_sequential_ordering() -> None:
    case = Case(ad_hoc(ordering="Sequential"))
    seen = []
    while case.open != ["z"]:
        assert len(case.open) == 1
        seen += case.open
        case.complete(case.open[0])
    assert seen == ["a", "b", "b2", "c"]


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
    case.complete("a").complete("b")
    assert case.open == ["a"]
    assert case.complete("a", done=1).open == ["z"]


def test_flows_inside_are_followed_before_the_next_begins() -> None:
    inner = el("adHocSubProcess", "h", user("a"), user("a2"), user("b"), chain("a", "a2"), ordering="Sequential")
    case = Case(process(start(), inner, end(), chain("start", "h", "end"))).complete("a")
    assert case.open == ["a2"]
    assert case.complete("a2").open == ["b"]
    assert case.complete("b").done
