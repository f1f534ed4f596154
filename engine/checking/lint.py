"""All rules, one group after the other. Errors keep a diagram from being deployed; warnings are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.checking import events, gateways, references, structure, values
from engine.checking.report import Report
from engine.checking.soundness import check as check_soundness
from engine.definition import Definition
from engine.findings import Finding

if TYPE_CHECKING:
    from engine.reading.definitions import Known
    from engine.reading.notes import Notes


def lint(definition: Definition, known: Known, notes: Notes, root: Any) -> list[Finding]:
    """Everything the rules have to say about a definition that could be read. `root` is the parsed file."""
    report = Report(definition, known, notes)
    structure.check(report, root)
    events.check(report)
    gateways.check(report)
    references.check(report)
    values.check(report)
    if not report.has_errors and not any(finding.severity == "error" for finding in notes.findings):
        check_soundness(report)
    return report.findings
