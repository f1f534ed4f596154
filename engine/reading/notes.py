"""What the readers of one file share: findings, names read, and compiling the texts of the diagram."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import TypeVar

from engine.expressions import (
    Call,
    Expression,
    ExpressionError,
    Script,
    Template,
    compile_expression,
    compile_script,
    compile_template,
)
from engine.expressions.parsing import closing_brace
from engine.findings import Finding, Severity
from engine.running.timing import BARE
from engine.times import TimeError, parse_cycle, parse_duration, parse_instant

Compiled = TypeVar("Compiled", Expression, Template, Script)


@dataclass(frozen=True)
class Use:
    """Where an expression is used, for the checks: element, what it is, which names and functions it needs."""

    element_id: str
    what: str  # condition, timer, script, parameter, ...
    names: Set[str]
    optional: Set[str]
    calls: tuple[Call, ...]
    source: str


@dataclass
class Notes:
    """Findings and uses collected while a file is read."""

    file: str
    functions: Set[str]
    findings: list[Finding] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)

    def add(self, element_id: str, rule: str, zh: str, en: str, severity: Severity = "error") -> None:
        """A remark about an element."""
        self.findings.append(Finding(element_id, rule, severity, zh, en, self.file))

    def unsupported(self, element_id: str, zh: str, en: str) -> None:
        """Something that would not run as the standard says."""
        self.add(element_id, "bpmn.unsupported", f"不支持：{zh}。", f"Not supported: {en}.")

    def expression(self, text: str | None, element_id: str, what: str) -> Expression | None:
        """Compile an expression; None (and a finding) if it is wrong, None if there is none."""
        return self._compile(lambda t: compile_expression(t, functions=self.functions), text, element_id, what)

    def template(self, text: str | None, element_id: str, what: str) -> Template | None:
        """Compile a text with `${…}` parts."""
        return self._compile(lambda t: compile_template(t, functions=self.functions), text, element_id, what)

    def script(self, text: str | None, element_id: str) -> Script | None:
        """Compile assignments."""
        return self._compile(lambda t: compile_script(t, functions=self.functions), text, element_id, "script")

    def _compile(
        self, compile_: Callable[[str], Compiled], text: str | None, element_id: str, what: str
    ) -> Compiled | None:
        if text is None or not text.strip():
            return None
        try:
            compiled = compile_(text)
        except ExpressionError as error:
            self.add(element_id, error.code, error.message, f"Bad {what}: {error.code} in {text.strip()[:80]!r}")
            return None
        self.uses.append(Use(element_id, what, compiled.names, compiled.optional, tuple(compiled.calls), text.strip()))
        return compiled

    def timer(self, text: str | None, kind: str, element_id: str) -> Expression | Template | str | None:
        """A timer's text: bare ISO 8601 (or cron) as it is, with `${…}` inside it (`R3/${from}/PT1H`) as a text that
        is put together, anything else as an expression.
        """
        if text is None or not text.strip():
            return None
        text = text.strip()
        if "${" in text or "#{" in text:
            whole = text[:2] in ("${", "#{") and closing_brace(text, 2) == len(text) - 1
            return self._timer(text, kind, element_id) if whole else self.template(text, element_id, "timer")
        if not BARE.match(text):
            return self._timer(text, kind, element_id)
        self._check_time(text, kind, element_id)
        return text

    def _timer(self, text: str, kind: str, element_id: str) -> Expression | None:
        """A timer's expression. One that is always the same must give a text about time, or null."""
        timer = self.expression(text, element_id, "timer")
        if timer is None or timer.names or timer.calls:
            return timer
        try:
            value = timer.evaluate({})
        except ExpressionError:
            return timer  # told when it runs
        if isinstance(value, str):
            self._check_time(value, kind, element_id)
        elif value is not None:
            zh = f"“{text[:60]}”不是日期、时长或周期，应写成如 2026-12-01、PT1H、R3/PT1H。"
            self.add(element_id, "timer.syntax", zh, f"Bad timer {text[:60]!r}")
        return timer

    def _check_time(self, text: str, kind: str, element_id: str) -> None:
        try:
            if kind == "timeCycle":
                parse_cycle(text)
            elif kind == "timeDuration" or text.lstrip("+-").startswith("P"):
                parse_duration(text, positive=True)
            else:
                parse_instant(text)
        except TimeError as error:
            self.add(element_id, "timer.syntax", error.message, f"Bad timer {text[:60]!r}")
