"""Jobs: work that a registered handler does after the step has been committed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine import effects as fx
from engine.running import throwing, variables
from engine.running.run import Run
from engine.state import Token

if TYPE_CHECKING:
    from engine.elements.base import Node


def queue(run: Run, token: Token, node: Node, topic: str, inputs: Mapping[str, Any]) -> None:
    """Queue a job and wait for its answer. A job that is queued again after an error gets an id of its own."""
    again = token.data.pop("job_failed", False)
    token.data["job"] = run.state.next() if again else token.id
    job_id = run.state.public(token.data["job"])
    run.emit(fx.JobQueued(job_id=job_id, element_id=node.id, handler=topic, inputs=dict(inputs)))
    run.wait(token)


def answered(run: Run, token: Token, result: Mapping[str, Any], *, left_out: bool = False) -> None:
    """The handler has answered. `left_out`: the step was skipped without being done, so it cannot be compensated."""
    del token.data["job"]
    if left_out:
        token.data["left_out"] = True
    token.data["result"] = variables.plain(result)
    run.queue(token, "complete")


def failed(run: Run, token: Token, code: str, message: str) -> None:
    """The handler has thrown a BPMN error. If nobody catches it, a retry queues the job again."""
    del token.data["job"]
    token.data["job_failed"] = True
    token.moment = "begin"
    throwing.throw_error(run, token, code, message)


def drop(run: Run, token: Token) -> None:
    """Take the job back."""
    number = token.data.pop("job", None)
    if number is not None:
        run.emit(fx.JobDropped(job_id=run.state.public(number)))
