"""What all events share (formal/2011-01-03, 10.4)."""

from __future__ import annotations

from typing import Any

from engine.elements.base import Node
from engine.running import variables
from engine.running.run import Run
from engine.state import Token


class Event(Node):
    """A flow node with event definitions."""

    def collect(self, run: Run, token: Token) -> None:
        """What came with the event: by the output parameters, else those of its values that the diagram reads."""
        payload: dict[str, Any] = token.data.get("result", {})
        if self.output_parameters:
            variables.write(
                run, token, variables.mapped(run, token, self.output_parameters, extra=payload), of_event=True
            )
        elif payload:
            variables.write(run, token, variables.keep_read(run, token, payload), of_event=True)
