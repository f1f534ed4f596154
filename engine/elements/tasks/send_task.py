"""Send task: sends a message and is done (formal/2011-01-03, 10.2.3, 13.2.3); with a handler it is a service task."""

from __future__ import annotations

from engine.elements.events.throwing_event import send
from engine.elements.tasks.service_task import ServiceTask
from engine.running.run import Run
from engine.state import Token


class SendTask(ServiceTask):
    """Activate: the message leaves with the input parameters. Complete: at once."""

    kind = "sendTask"

    def begin(self, run: Run, token: Token) -> None:
        """Send."""
        for definition in self.definitions:
            send(run, token, self, definition, token.inputs)
        super().begin(run, token)
