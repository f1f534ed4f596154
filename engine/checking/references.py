"""Rules about what a diagram names: handlers, checks, forms, groups, deadlines, decisions, called processes."""

from __future__ import annotations

from typing import Any

from engine import reports
from engine.checking.report import Report
from engine.decisions import MAPPINGS

HANDLED = ("serviceTask", "businessRuleTask", "sendTask")


def check(report: Report) -> None:
    """All rules of this group."""
    for node in report.nodes():
        _handler(report, node)
        _checks(report, node)
        _form(report, node)
        _reported(report, node)
        if node.kind == "userTask":
            _groups(report, node)
        if node.kind == "callActivity":
            _called(report, node)
        if node.kind == "businessRuleTask":
            _decision(report, node)
    _deadlines(report)


def _handler(report: Report, node: Any) -> None:
    topic = getattr(node, "topic", None)
    if topic is not None and topic not in report.known.handlers:
        report.error(node.id, "handler.unknown", f"没有名为“{topic}”的处理程序。", f"No handler named {topic}.")
    if node.kind in HANDLED and topic is None and node.expression is None:
        if node.kind == "businessRuleTask" and node.decision is not None:
            return
        if node.kind == "sendTask" and node.definitions:
            return
        zh = f"“{node.name}”没有指定由什么来办（外部任务的主题、表达式、决策表或消息）。"
        report.error(node.id, "service.no_handler", zh, "Nothing is named that does the work.")


def _checks(report: Report, node: Any) -> None:
    for name in node.properties.get("check", "").split(","):
        if name.strip() and name.strip() not in report.known.checks:
            report.error(
                node.id, "check.unknown", f"没有名为“{name.strip()}”的检查。", f"No check named {name.strip()}."
            )


def _form(report: Report, node: Any) -> None:
    if node.form_key and node.form_key not in report.definition.forms:
        zh = f"没有表单“{node.form_key}”（应有文件 {node.form_key}.form）。"
        report.error(node.id, "form.unknown", zh, f"No form {node.form_key}.")


def _groups(report: Report, node: Any) -> None:
    if node.assignee is None and node.candidate_groups is None and node.candidate_users is None:
        zh = f"“{node.name}”没有写由谁办理，谁的待办里都不会出现。"
        report.warn(node.id, "task.nobody", zh, "Nobody is named to do this task.")
    if report.known.groups is None or node.candidate_groups is None:
        return
    for item in node.candidate_groups.source.split(","):
        role = item.strip().partition("@")[0]
        literal = role and not any(mark in role for mark in ("${", "#{", "}", ":"))
        if literal and role not in report.known.groups:
            report.error(node.id, "group.unknown", f"没有岗位“{role}”。", f"No role {role}.")


def _reported(report: Report, node: Any) -> None:
    """A message that a page offers is one that is waited for, and names a form and posts that there are."""
    given = [name for name in reports.PROPERTIES if node.properties.get(name)]
    if not given:
        return
    waited_for = node.kind in ("startEvent", "intermediateCatchEvent", "boundaryEvent") and any(
        definition.kind == "message" for definition in node.definitions
    )
    opens = node.kind == "startEvent" and any(node.id in one.elements for one in report.definition.processes.values())
    if not waited_for or opens or reports.TITLE not in given:
        zh = f"“{node.name}”上的 {given[0]} 不起作用：{reports.TITLE} 写在办理中等待消息的事件上，其余两项与它同写。"
        report.error(node.id, "message.not_offered", zh, f"{given[0]} has no effect here.")
    form = node.properties.get(reports.FORM)
    if form and form not in report.definition.forms:
        zh = f"没有表单“{form}”（应有文件 {form}.form）。"
        report.error(node.id, "form.unknown", zh, f"No form {form}.")
    for item in node.properties.get(reports.GROUPS, "").split(","):
        role = item.strip().partition("@")[0]
        if report.known.groups is not None and role and ":" not in role and role not in report.known.groups:
            report.error(node.id, "group.unknown", f"没有岗位“{role}”。", f"No role {role}.")


def _called(report: Report, node: Any) -> None:
    called = node.called
    if called is None or not called.constant:
        return
    key = called.source.strip()
    beside = report.definition.processes.get(key)
    if beside is not None and not beside.openings:
        zh = f"被调用的流程“{key}”没有普通开始事件。"
        report.error(node.id, "call.no_start", zh, f"The process {key} has no none start event to be called by.")
    if (
        report.known.processes is not None
        and key not in report.known.processes
        and key not in report.definition.processes
    ):
        report.error(node.id, "call.unknown", f"要调用的流程“{key}”不存在。", f"No process {key} to call.")


def _decision(report: Report, node: Any) -> None:
    if node.decision is not None and node.decision not in report.definition.decisions:
        report.error(node.id, "decision.unknown", f"没有决策表“{node.decision}”。", f"No decision {node.decision}.")
    if node.mapping not in MAPPINGS:
        zh = f"决策结果的取法“{node.mapping}”不认识。"
        report.error(node.id, "decision.mapping", zh, f"Unknown mapDecisionResult {node.mapping}.")


def _deadlines(report: Report) -> None:
    if report.known.deadlines is None:
        return
    for use in report.notes.uses:
        for call in use.calls:
            if call.name != "deadline":
                continue
            code = next(iter(call.args), None)
            if isinstance(code, str) and code not in report.known.deadlines:
                report.error(use.element_id, "deadline.unknown", f"没有期限代码“{code}”。", f"No deadline code {code}.")
