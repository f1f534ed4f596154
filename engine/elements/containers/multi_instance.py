"""Multi-instance activity: once for each item, at the same time or in turn (formal/2011-01-03, 10.2.8, 13.2.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.elements.containers import loop
from engine.elements.events.throwing_event import throw
from engine.running import variables
from engine.running.run import Run, StepError
from engine.state import Scope, Token, copied

if TYPE_CHECKING:
    from engine.definition import EventDefinition
    from engine.elements.activity import Activity
    from engine.expressions import Expression


@dataclass(frozen=True)
class Behavior:
    """What is thrown when an instance completes: always, at the first one only, or when a condition holds then."""

    condition: Expression | None
    first_only: bool
    definitions: Sequence[EventDefinition]


@dataclass(frozen=True, kw_only=True)
class MultiInstance:
    """Each repetition sees `loopCounter` (from 0) and its item; all see `nrOfInstances`, `nrOfActiveInstances`,
    `nrOfCompletedInstances` and `nrOfTerminatedInstances`. After each completion the completion condition is asked
    (when it holds, the rest is cancelled) and the events of its `behavior` are thrown. `output` collects `output_item`
    of each repetition into a list, in the order of the items; each instance of a sub-process has an item of its own
    (10.2.8), which the completion condition sees when that instance completes.
    """

    sequential: bool = False
    cardinality: Expression | None = None
    collection: Expression | None = None
    item: str | None = None
    completion: Expression | None = None
    output: str | None = None
    output_item: str | None = None
    behaviors: Sequence[Behavior] = ()

    @property
    def own(self) -> list[str]:
        """The variables that each instance has for itself, besides its input."""
        return [self.output_item] if self.output and self.output_item else []

    def begin(self, run: Run, token: Token, activity: Activity) -> None:
        """Begin all repetitions, or the first one."""
        items, count = self._items(run, token, activity)
        if count == 0:
            if self.output:
                variables.write(run, token, {self.output: []})
            run.queue(token, "complete")
            return
        active = 1 if self.sequential else count
        counts = {
            "nrOfInstances": count,
            "nrOfActiveInstances": active,
            "nrOfCompletedInstances": 0,
            "nrOfTerminatedInstances": 0,
        }
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
            value = variables.evaluate(run, token, self.completion, token.data.get("item", {}) | counts)
            if not isinstance(value, bool):
                raise StepError(
                    "condition.not_boolean", f"“{activity.name}”的完成条件应为真或假。", element=activity.id
                )
            done = value
        if not self._throw(run, token, activity, counts):
            return
        more = self.sequential and not done
        counts["nrOfActiveInstances"] += more
        scope.variables = counts
        if done:
            counts["nrOfTerminatedInstances"] = counts["nrOfActiveInstances"]
            counts["nrOfActiveInstances"] = 0
        loop.end_instance(run, token, last=done)
        if more:
            self._begin(run, scope, activity, counts["nrOfCompletedInstances"], scope.data["items"])

    def collected(self, run: Run, token: Token) -> None:
        """Keep the output item, before another instance can write the same variable."""
        if self.output and self.output_item:
            scope = run.scope(token)
            given = token.data.get("result") or token.data.get("answers") or {}
            visible = run.state.visible(scope, token, token.data.get("data", {}) | given)
            item = copied(visible.get(self.output_item))
            scope.data["output"][token.locals["loopCounter"]] = item
            token.data["item"] = {self.output_item: item}

    def _throw(self, run: Run, token: Token, activity: Activity, counts: dict[str, int]) -> bool:
        """Throw what `behavior` asks for. False: an event that caught it has ended the activity."""
        for behavior in self.behaviors:
            if behavior.first_only and counts["nrOfCompletedInstances"] != 1:
                continue
            asked = behavior.condition
            if asked is not None and variables.evaluate(run, token, asked, counts) is not True:
                continue
            for definition in behavior.definitions:
                throw(run, token, activity, definition, counts)
                if token.id not in run.state.tokens:
                    return False
        return True

    def finish(self, run: Run, token: Token, activity: Activity) -> None:
        """Hand over the collected output."""
        scope = run.state.inside(token)
        if scope is not None and self.output:
            variables.write(run, token, {self.output: scope.data["output"]})
        loop.close_loop(run, token)
