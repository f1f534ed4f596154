"""Rules about variables: what is read must be written somewhere, as far as that can be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from engine.checking.order import Order
from engine.checking.report import Report
from engine.elements.base import Node
from engine.elements.containers.multi_instance import MultiInstance

ALWAYS = frozenset(
    {
        "loopCounter", "nrOfInstances", "nrOfActiveInstances", "nrOfCompletedInstances", "nrOfTerminatedInstances",
        "activationCount",
        "waitingForStart", "timer_step", "deadline_id", "deadline_code",
    }
)  # fmt: skip


def check(report: Report) -> None:
    """All rules of this group."""
    if _anything_may_come_in(report):
        return
    writers: dict[str, set[str]] = {name: set() for name in ALWAYS}
    for node in report.nodes():
        for name in written_by(report, node):
            writers.setdefault(name, set()).add(node.id)
    _set_later(report, writers)
    told: set[str] = set()
    for use in report.notes.uses:
        for name in sorted(use.names - use.optional - writers.keys() - told):
            told.add(name)
            zh = f"没有任何环节给变量“{name}”赋值，用到它（{use.source[:60]}）时流程会停下。"
            report.warn(use.element_id, "variable.never_set", zh, f"Nothing sets the variable {name}.")


def _set_later(report: Report, writers: Mapping[str, Set[str]]) -> None:
    """Reads that come before every element that sets the variable, whichever way is gone."""
    order = Order(report)
    sources = {flow.id: flow.source for body in report.bodies() for flow in body.flows.values()}
    told: set[tuple[str, str]] = set()
    for use in report.notes.uses:
        element = sources.get(use.element_id, use.element_id)
        for name in sorted(use.names - use.optional):
            setting = writers.get(name)
            if not setting or (use.element_id, name) in told or not order.always_before(element, setting):
                continue
            told.add((use.element_id, name))
            later = "、".join(sorted(report.definition.elements[one].name for one in setting)[:3])
            zh = f"变量“{name}”在这里（{use.source[:60]}）还没有值，后面的“{later}”才给它赋值。"
            report.warn(use.element_id, "variable.set_later", zh, f"The variable {name} is set only later.")


def _anything_may_come_in(report: Report) -> bool:
    """Whether some source of variables is not known by name: then nothing can be proved."""
    definition = report.definition
    if definition.start_form not in definition.forms or definition.message_starts or definition.signal_starts:
        return True  # the process may be started or called with any variables
    return any(_is_open(report, node) for node in report.nodes())


def _is_open(report: Report, node: Any) -> bool:
    if node.kind == "userTask":
        return node.form_key not in report.definition.forms
    if getattr(node, "topic", None) is not None:
        return not node.output_parameters
    if node.kind == "callActivity":
        return any(mapping.source is None and mapping.expression is None for mapping in node.outs)
    if node.kind == "businessRuleTask":
        return not node.result_variable
    catches = node.kind not in ("intermediateThrowEvent", "endEvent", "sendTask")
    return catches and any(d.kind in ("message", "signal") for d in node.definitions)


def written_by(report: Report, node: Any) -> Iterator[str]:
    """The variables that an element is known to set."""
    yield from (parameter.name for parameter in (*node.input_parameters, *node.output_parameters))
    if node.properties.get("actorVariable"):
        yield node.properties["actorVariable"]  # the host keeps here who has completed the task
    form = report.definition.forms.get(node.form_key or "")
    if form is not None:
        yield from form.keys
    for name in ("initiator", "result_variable"):
        if getattr(node, name, None):
            yield getattr(node, name)
    if node.kind == "scriptTask" and node.script is not None:
        yield from node.script.assigns
    if node.kind == "callActivity":
        yield from (mapping.target for mapping in node.outs)
    for definition in node.definitions:
        yield from (n for n in (definition.code_variable, definition.message_variable) if n)
    yield from _loop_names(node)
    if node.kind == "complexGateway":
        yield from (flow.id for flow in node.incoming)


def _loop_names(node: Node) -> Iterator[str]:
    loop = getattr(node, "loop", None)
    if isinstance(loop, MultiInstance):
        yield from (name for name in (loop.item, loop.output, loop.output_item) if name)
