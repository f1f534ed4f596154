"""What all events share (formal/2011-01-03, 10.4)."""

from __future__ import annotations

from typing import Any

from engine.elements.base import Node
from engine.running import variables
from engine.running.run import Run
from engine.state import Token, Waiter


class Event(Node):
    """A flow node with event definitions. With `parallel_multiple` it happens when all of them have (10.4.6)."""

    parallel_multiple = False

    def all_happened(self, memory: dict[str, Any], waiter: Waiter, payload: dict[str, Any]) -> bool:
        """Parallel multiple: whether this was the last part still missing; `payload` then holds what came with all."""
        seen = memory.setdefault("happened", {}).setdefault(self.id, {"payload": {}, "parts": []})
        seen["payload"] |= payload
        if waiter.index not in seen["parts"]:
            seen["parts"].append(waiter.index)
        if len(seen["parts"]) < len(self.definitions):
            return False
        payload |= seen["payload"]
        del memory["happened"][self.id]
        if not memory["happened"]:
            del memory["happened"]
        return True

    def collect(self, run: Run, token: Token) -> None:
        """What came with the event: by the output parameters, else those of its values that the diagram reads."""
        payload: dict[str, Any] = token.data.get("result", {})
        if self.output_parameters:
            variables.write(
                run, token, variables.mapped(run, token, self.output_parameters, extra=payload), of_event=True
            )
        elif payload:
            variables.write(run, token, variables.keep_read(run, token, payload), of_event=True)
        self.put_out(run, token, payload, item=True)
