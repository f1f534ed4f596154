"""Ad-hoc sub-process (formal/2011-01-03, 10.2.5, 13.2.5)."""

from __future__ import annotations

from tests.engine.diagrams import Case, chain, el, process, start, user


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
