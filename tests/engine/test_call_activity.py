"""Call activity (formal/2011-01-03, 10.2.7, 13.2.6)."""

from __future__ import annotations

from tests.engine.diagrams import (
    Case,
    boundary,
    chain,
    el,
    end,
    event,
    extension,
    form,
    process,
    read,
    script,
    start,
    user,
)


def caller(*mappings: str, called: str = "q", **attributes: str) -> bytes:
    return process(
        start(),
        el("callActivity", "c", extension(*mappings), calledElement=called, **attributes),
        user("z"),
        end(),
        chain("start", "c", "z", "end"),
    )


CALLED = process(start(), script("s", "y = x + 1"), user("u"), end(), chain("start", "s", "u", "end"), id="q")


def test_without_mappings_all_goes_in_and_nothing_comes_out() -> None:
    case = Case(caller(), CALLED, x=1, w=2)
    assert case.open == ["u"] and case.variables == {"x": 1, "w": 2}
    case.complete("u")
    assert case.open == ["z"] and case.variables == {"x": 1, "w": 2}
    assert case.complete("z").done


def test_mappings() -> None:
    data = caller('<camunda:in sourceExpression="${w + 1}" target="x"/>', '<camunda:out source="y" target="got"/>')
    case = Case(data, CALLED, x=100, w=2)
    case.complete("u")
    assert case.variables == {"x": 100, "w": 2, "got": 4}


def test_all_variables_out() -> None:
    case = Case(caller('<camunda:out variables="all"/>'), CALLED, x=1).complete("u", more=5)
    assert case.variables == {"x": 1, "y": 2, "more": 5}


def test_the_definition_is_pinned_at_entry() -> None:
    case = Case(caller(), CALLED, x=1)
    newer = read(process(start(), user("other"), chain("start", "other"), id="q"), "q")
    case.shelf.all.append(newer)
    case.complete("u")
    assert case.open == ["z"]
    assert Case(caller(), CALLED, newer, x=1).open == ["other"]
    first = caller(called="q", camunda__calledElementBinding="version", camunda__calledElementVersion="1")
    assert Case(first, CALLED, newer, x=1).open == ["u"]


def test_a_process_of_the_same_file() -> None:
    called = f'<bpmn:process id="q" isExecutable="true">{start("qs")}{user("u")}{chain("qs", "u")}</bpmn:process>'
    case = Case(process(start(), el("callActivity", "c", calledElement="q"), chain("start", "c"), roots=called))
    assert case.open == ["u"]
    assert case.complete("u").done


def test_an_error_ends_the_call_and_is_caught_at_it() -> None:
    called = process(start(), user("u"), el("endEvent", "e", event("error", "e1")), chain("start", "u", "e"), id="q")
    data = process(
        start(),
        el("callActivity", "c", calledElement="q"),
        boundary("b", "c", event("error", "e1")),
        user("z"),
        chain("start", "c"),
        chain("b", "z"),
    )
    assert Case(data, called).complete("u").open == ["z"]


def test_a_call_of_itself_stops_with_an_incident() -> None:
    data = process(start(), el("callActivity", "c", calledElement="p"), end(), chain("start", "c", "end"))
    case = Case(data)
    assert [i.code for i in case.incidents] == ["limit.depth"]
    assert case.state is not None and len(case.state.scopes) == 1  # the calls inside each other are undone


def test_answers_read_only_by_the_called_process_are_kept() -> None:
    schema = form("x", "v")
    data = process(
        start(), user("a", camunda__formKey="f"), el("callActivity", "c", calledElement="q"), chain("start", "a", "c")
    )
    case = Case(read(data, f_form=schema), CALLED).complete("a", x="1", v="2")
    assert case.variables == {"x": "1"}


def test_history_names_the_process_that_an_element_belongs_to() -> None:
    case = Case(caller(), CALLED, x=1)
    assert [(line.element_id, line.data["process"]) for line in case.lines] == [
        ("start", "p"),
        ("start", "q"),
        ("s", "q"),
    ]


def test_global_tasks_are_called_like_processes() -> None:
    """10.2.7: a global task is a reusable task; 8.2: a reference may bear the prefix of its namespace."""
    roots = (
        '<bpmn:globalUserTask id="gu" name="Ask" camunda:candidateGroups="clerk"/>'
        '<bpmn:globalScriptTask id="gs"><bpmn:script>y = x + 1</bpmn:script></bpmn:globalScriptTask>'
    )
    out = extension('<camunda:out source="y" target="y"/>')
    data = process(
        start(),
        el("callActivity", "s", out, calledElement="gs"),
        el("callActivity", "u", calledElement="bpmn:gu"),
        end(),
        chain("start", "s", "u", "end"),
        roots=roots,
    )
    case = Case(data, x=1)
    assert case.open == ["gu"] and case.variables == {"x": 1, "y": 2}
    assert case.complete("gu").done
    assert not [finding for finding in read(data).findings if finding.element_id in ("gu", "gs")]
