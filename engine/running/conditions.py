"""Conditional events: they happen when a change of data makes their condition true (formal/2011-01-03, 10.4.5).

A condition is looked at when it is armed and whenever a variable that it reads is written. It happens when it turns
from false to true; one that cannot be worked out yet (a variable is not set, or of another type) is false.
"""

from __future__ import annotations

from engine.expressions import ExpressionError
from engine.running import waiting
from engine.running.run import Run
from engine.state import Waiter


def check(run: Run) -> None:
    """Look at the armed conditions that read what was written since the last look."""
    changed, run.changed = run.changed, set()
    for waiter in run.state.waiters_of_kind("condition"):
        if waiter.id in run.state.waiters:
            _look(run, waiter, changed)


def _look(run: Run, waiter: Waiter, changed: set[str]) -> None:
    scope, token, event = waiting.place(run, waiter)
    condition = event.definitions[waiter.index].condition
    assert condition is not None
    if "seen" in waiter.data and not condition.names & changed:
        return
    try:
        value = condition.evaluate(run.state.visible(scope, token), run.functions(event, scope, token)) is True
    except ExpressionError:
        value = False
    before, waiter.data["seen"] = waiter.data.get("seen", False), value
    if value and not before:
        waiting.trigger(run, waiter, {})
