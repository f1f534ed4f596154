"""Multi-instance activity: once for each item, at the same time or in turn (formal/2011-01-03, 10.2.8, 13.2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.elements.containers import loop
from engine.running import variables
from engine.running.run import Run, StepError
from engine.state import Scope, Token, copied

if TYPE_CHECKING:
    from engine.elements.activity import Activity
    from engine.expressions import Expression


@dataclass(frozen=True, kw_only=True)
class MultiInstance:
    """Each repetition sees `loopCounter` (from 0) and its item; all see `nrOfInstances`, `nrOfActiveInstances` and
    `nrOfCompletedInstances`. After each completion the completion condition is asked; when it holds, the rest is
    cancelled. `output` collects `output_item` of each repetition into a list, in the order of the items.
    """

    sequential: bool = False
    cardinality: Expression | None = None
    collection: Expression | None = None
    item: str | None = None
    completion: Expression | None = None
    output: str | None = None
    output_item: str | None = None

    def begin(self, run: Run, token: Token, activity: Activity) -> None:
        """Begin all repetitions, or the first one."""
        items, count = self._items(run, token, activity)
        if count == 0:
            if self.output:
                variables.write(run, token, {self.output: []})
            run.queue(token, "complete")
            return
        active = 1 if self.sequential else count
        counts = {"nrOfInstances": count, "nrOfActiveInstances": active, "nrOfCompletedInstances": 0}
        scope = loop.open_loop(run, token, activity, counts)
        if self.output:
            scope.data["output"] = [None] * count
        if self.sequential:
            scope.data["items"] = items
            self._begin(run, scope, activity, 0, items)
        else:
            for number in range(count):
                self._begin(run, scope, activity, number, items)

    def _items(self, run: Run, token: Token, activity: Activity) -> tuple[list[Any] | None, int]:
        items: list[Any] | None = None
        if self.collection is not None:
            value = variables.plain(variables.evaluate(run, token, self.collection))
            if not isinstance(value, list):
                raise StepError("multi_instance.collection", f"“{activity.name}”的集合不是列表。", element=activity.id)
            items = value
        if self.cardinality is not None:
            count = variables.evaluate(run, token, self.cardinality)
            if isinstance(count, float) and count.is_integer():
                count = int(count)
            if not isinstance(count, int) or isinstance(count, bool) or count < 0:
                raise StepError(
                    "multi_instance.cardinality",
                    f"“{activity.name}”的次数应是非负整数，但得到的是{count!r:.40}。",
                    element=activity.id,
                )
        else:
            count = len(items or [])
        if items is not None:
            count = min(count, len(items))
        if count > run.turn.limits.instances:
            raise StepError(
                "limit.instances",
                f"“{activity.name}”要办{count}次，最多{run.turn.limits.instances}次。",
                element=activity.id,
            )
        return items, count

    def _begin(self, run: Run, scope: Scope, activity: Activity, number: int, items: list[Any] | None) -> None:
        values: dict[str, Any] = {"loopCounter": number}
        if items is not None and self.item:
            values[self.item] = copied(items[number])
        loop.begin_instance(run, scope, activity, values)

    def instance_done(self, run: Run, token: Token, activity: Activity) -> None:
        """Count it, ask the completion condition, go on."""
        scope = run.scope(token)
        assert scope.variables is not None
        counts = dict(scope.variables)
        counts["nrOfCompletedInstances"] += 1
        counts["nrOfActiveInstances"] -= 1
        done = counts["nrOfCompletedInstances"] == counts["nrOfInstances"]
        if self.completion is not None and not done:
            value = variables.evaluate(run, token, self.completion, counts)
            if not isinstance(value, bool):
                raise StepError(
                    "condition.not_boolean", f"“{activity.name}”的完成条件应为真或假。", element=activity.id
                )
            done = value
        if self.output and self.output_item:
            visible = run.state.visible(scope, token, token.data.get("result"))
            scope.data["output"][token.locals["loopCounter"]] = copied(visible.get(self.output_item))
        more = self.sequential and not done
        counts["nrOfActiveInstances"] += more
        scope.variables = counts
        loop.end_instance(run, token, last=done)
        if more:
            self._begin(run, scope, activity, counts["nrOfCompletedInstances"], scope.data["items"])

    def finish(self, run: Run, token: Token, activity: Activity) -> None:
        """Hand over the collected output."""
        scope = run.state.inside(token)
        if scope is not None and self.output:
            variables.write(run, token, {self.output: scope.data["output"]})
        loop.close_loop(run, token)
