"""What a reader or a check has to say about one element of a diagram, table or form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One remark. An error keeps the file from being deployed, a warning is only shown."""

    element_id: str  # id in the file: BPMN element, DMN table, rule or cell, form field key; "" for the whole file
    rule: str  # stable dotted code, e.g. `dmn.cell`
    severity: Severity
    message_zh: str
    message_en: str
    file: str = ""

    def to_json(self) -> dict[str, str]:
        """The finding as the API and the lint report show it."""
        return {
            "element_id": self.element_id,
            "rule": self.rule,
            "severity": self.severity,
            "message_zh": self.message_zh,
            "message_en": self.message_en,
            "file": self.file,
        }
