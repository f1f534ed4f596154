"""User task: a person does it with the help of a form (formal/2011-01-03, 10.2.3, 10.2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine import effects as fx
from engine.elements.activity import Activity
from engine.registry import TimerPlan
from engine.running import timing, variables
from engine.running.run import Run
from engine.state import Token, Waiter

if TYPE_CHECKING:
    from engine.expressions import Expression, Template


class UserTask(Activity):
    """Activate: a task is opened for its candidates and the token waits. Complete: by that person's answers."""

    kind = "userTask"
    assignee: Template | None = None
    candidate_groups: Template | None = None  # commas between the groups
    candidate_users: Template | None = None
    due_date: Expression | str | None = None

    def begin(self, run: Run, token: Token) -> None:
        """Open the task."""
        assignee = token.data.pop("give_to", None) or variables.text(run, token, self.assignee)
        groups, users = self.candidates(run, token)
        due = self.arm_due(run, token)
        cover = timing.covering(run, token)
        if isinstance(due, datetime) and (cover.due_at is None or due < cover.due_at):
            cover = timing.Cover(due)
        token.data["task"] = True
        run.emit(
            fx.TaskOpened(
                task_id=run.state.public(token.id),
                element_id=self.id,
                name=self.name,
                form_key=self.form_key,
                assignee=assignee,
                candidate_groups=groups,
                candidate_users=users,
                properties=self.properties,
                scope_path=run.path(token),
                due_at=cover.due_at,
                yellow_at=cover.yellow_at,
                deadline_ref=cover.ref,
            )
        )
        run.wait(token)

    def candidates(self, run: Run, token: Token) -> tuple[list[str], list[str]]:
        """The groups and the users that the task is offered to."""
        groups = _items(variables.text(run, token, self.candidate_groups))
        return groups, _items(variables.text(run, token, self.candidate_users))

    def asked(self) -> tuple[str | None, str | None]:
        """Who it is offered to, as the diagram says it."""
        told = (self.candidate_groups, self.candidate_users)
        groups, users = (None if template is None else template.source for template in told)
        return groups, users

    def arm_due(self, run: Run, token: Token) -> datetime | None:
        """The due date; a plan is kept with the task and closed with it."""
        if self.due_date is None:
            return None
        value = timing.evaluate(run, self, "dueDate", self.due_date, run.scope(token), token)
        if not isinstance(value, TimerPlan):
            return None if value is None else timing.instant_of(value, "dueDate", run.turn.now, self)
        waiter = Waiter(run.state.next(), "due", self.id, token.id, data=timing.plan_data(value))
        run.state.add_waiter(waiter)
        return None

    def answer(self, run: Run, token: Token, answers: Mapping[str, Any]) -> None:
        """A person has done it."""
        outcome = answers.get("outcome")
        run.emit(
            fx.TaskClosed(
                task_id=run.state.public(token.id), element_id=self.id, completed=True,
                outcome=outcome if isinstance(outcome, str) else None,
            )
        )  # fmt: skip
        del token.data["task"]
        token.data["answers"] = variables.plain(answers)
        run.queue(token, "complete")

    def given(self, token: Token) -> Mapping[str, Any]:
        """The answers."""
        answers: dict[str, Any] = token.data.get("answers", {})
        return answers

    def collect(self, run: Run, token: Token) -> None:
        """Answers become variables: by the output parameters, else those that are read or kept by name."""
        answers: dict[str, Any] = token.data.get("answers", {})
        if self.output_parameters:
            variables.write(run, token, variables.mapped(run, token, self.output_parameters, extra=answers))
        else:
            kept = variables.kept_answers(run, token, self, answers, form=self.form_key is not None)
            variables.write(run, token, kept)

    def terminate(self, run: Run, token: Token) -> None:
        """Take the task back."""
        if token.data.pop("task", None):
            run.emit(fx.TaskClosed(task_id=run.state.public(token.id), element_id=self.id, completed=False))


def _items(text: str | None) -> list[str]:
    """The parts of a list with commas."""
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
