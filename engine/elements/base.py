"""What every flow node is: its place in the diagram and its three moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from engine.definition import Body, EventDefinition, Flow
from engine.running import moving, variables, waiting
from engine.running.run import Run
from engine.state import Scope, Token, Waiter
from engine.stores import DataStore

if TYPE_CHECKING:
    from engine.expressions import Template


@dataclass(frozen=True)
class Parameter:
    """An input or output parameter: a name and what it is worth."""

    name: str
    template: Template
    reads: Mapping[str, DataStore] = field(default_factory=dict)  # names in it that are data stores
    store: DataStore | None = None  # where the value goes, if not into a variable

    def evaluate(self, variables: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
        """Its value, in its own type."""
        return self.template.value(variables, functions)


class Node(BpmnTaskSpec):  # type: ignore[misc]  # the library ships no types
    """A flow node. A token at it lives through three moments.

    `activate`: a token has come. Possible actions: arm what the element waits for, begin its work.
        Next: wait for it, or `complete` at once.
    `complete`: the work is done. Possible actions: take its results, disarm, tell the host that it was passed.
        Next: `leave`.
    `terminate`: the diagram takes the token away. Possible actions: take back what `activate` handed out (a task, a
        job). What is armed for the token and what is inside it is removed by the caller. Next: nothing.

    `leave` sends tokens along the outgoing flows. A `StepError` (or any `BanjieError`) in a moment makes the token an
    incident that is retried from that moment.
    """

    kind = ""  # tag name in the diagram

    def __init__(self, within: Body, id: str, name: str = "") -> None:
        super().__init__(within, id)
        self.id: str = id
        self.bpmn_id = id
        self.bpmn_name = name or None
        self.name: str = name or id  # what people see; the library's own name for it is the id
        self.within = within
        self.documentation: str | None = None
        self.lane: str | None = None
        self.properties: dict[str, str] = {}
        self.incoming: list[Flow] = []
        self.outgoing: list[Flow] = []
        self.boundary_events: list[Any] = []
        self.definitions: list[EventDefinition] = []  # of events
        self.correlation: Template | None = None  # of what throws or catches messages; None: the case itself
        self.input_parameters: list[Parameter] = []
        self.output_parameters: list[Parameter] = []
        self.data_outputs: list[Parameter] = []  # of data output associations: what goes into which variable
        self.inside: Body | None = None
        self.form_key: str | None = None
        self.initiator: str | None = None  # variable that gets the starter's user id
        self.is_for_compensation = False

    def connect(self, taskspec: Node) -> None:
        """Keep the library's list of neighbours by element id."""
        self._outputs.append(taskspec.id)
        taskspec._inputs.append(self.id)

    def activate(self, run: Run, token: Token) -> None:
        """A token has come; see the class."""
        run.queue(token, "complete")

    def complete(self, run: Run, token: Token) -> None:
        """The work is done; see the class."""
        self.collect(run, token)
        waiting.drop_of_token(run, token, completed=True)
        self.passed(run, token)
        run.queue(token, "leave")

    def leave(self, run: Run, token: Token) -> None:
        """Go on along the outgoing flows."""
        self.depart(run, token, moving.conditional_flows(run, token, self))

    def terminate(self, run: Run, token: Token) -> None:
        """The token is taken away; see the class."""

    def refill(self, run: Run, scope: Scope) -> bool:
        """The inside of this element is empty. Gives whether more has begun there, so that it is not done yet."""
        return False

    def triggered(
        self,
        run: Run,
        scope: Scope,
        token: Token | None,
        definition: EventDefinition,
        payload: dict[str, Any],
        waiter: Waiter | None,
    ) -> None:
        """What this event waits for has happened."""
        raise NotImplementedError(f"{self.kind} waits for nothing")

    # -- shared by the elements ------------------------------------------------------------------------------------

    def collect(self, run: Run, token: Token) -> None:
        """Take the results of the work into variables."""

    def put_out(self, run: Run, token: Token, result: Mapping[str, Any], *, item: bool = False) -> None:
        """Follow the data output associations, over what the element has given (13.2.2, 10.4.1).

        `item`: it is what came with a message or signal. That is the output, whatever it is called: its one value, or
        all of them by name.
        """
        if not self.data_outputs:
            return
        names = {name for part in self.data_outputs for name in part.template.names}
        if item and result and len(names) == 1:
            whole = next(iter(result.values())) if len(result) == 1 else dict(result)
            result = {**dict.fromkeys(names, whole), **result}
        values = variables.mapped(run, token, self.data_outputs, extra=result)
        for part in self.data_outputs:
            if part.store is not None:
                run.put_in_store(token, part.store, values.pop(part.name))
        variables.write(run, token, values)

    def passed(self, run: Run, token: Token) -> None:
        """Tell the host, if the diagram has something for it here."""
        if self.properties:
            run.turn.host.passed(run.context(self, run.scope(token), token))

    def depart(self, run: Run, token: Token, flows: list[Flow]) -> None:
        """Write the history line of the element and move on along `flows`."""
        self.note(run, token, flows)
        moving.follow(run, token, flows)

    def note(self, run: Run, token: Token, flows: list[Flow]) -> None:
        """The history line: which flows were taken, which variables the element wrote."""
        data: dict[str, Any] = {"process": run.definition_of(run.scope(token)).key, **run.lineage(token)}
        if flows:
            data["flows"] = [flow.id for flow in flows]
        written = run.written.pop(token.id, None)
        if written:
            data["changed"] = sorted(written)
        run.record("element_passed", self, data)
