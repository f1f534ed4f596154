"""Intermediate throw event: sets something off and goes on (formal/2011-01-03, 10.4.4, 13.4.2)."""

from __future__ import annotations

from engine.elements.events.throwing_event import ThrowingEvent
from engine.running import moving
from engine.running.run import Run
from engine.state import Token


class IntermediateThrowEvent(ThrowingEvent):
    """Activate: throws and completes. A link goes on at the catch event of the same name (10.4.5)."""

    kind = "intermediateThrowEvent"
    link_target: str | None = None  # id of the catch event

    def activate(self, run: Run, token: Token) -> None:
        """Throw; a link has nothing to throw."""
        if self.link_target is not None:
            run.queue(token, "complete")
        else:
            super().activate(run, token)

    def leave(self, run: Run, token: Token) -> None:
        """Go on; through a link to its other end."""
        if self.link_target is None:
            super().leave(run, token)
            return
        self.note(run, token, [])
        target = self.within.elements[self.link_target]
        moving.arrive(run, target, run.scope(token), locals=token.locals, branch=token.branch, moment="complete")
        moving.consume(run, token)
