"""Task and manual task: work that no system supports; the process only notes it (10.2.3, 13.2.3)."""

from __future__ import annotations

from engine.elements.activity import Activity


class Task(Activity):
    """Activate: completes at once."""

    kind = "task"


class ManualTask(Activity):
    """Activate: completes at once."""

    kind = "manualTask"
