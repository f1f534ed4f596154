"""How the people of a scenario do what they do: by `web.acts` in this program, or over HTTP as the inbox does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from office import absences, access, posts, rostering
from storage.database import UnitOfWork
from web import acts, joining, reporting, rosters
from web.banjie import Banjie


class Hands(Protocol):
    """What people do; each method raises the `BanjieError` that refuses the act."""

    def start(self, person: str, process_key: str, answers: Mapping[str, Any]) -> str:
        """Open a matter; gives the case's id."""
        ...

    def claim(self, person: str, task_id: str) -> None:
        """Take an offered task."""
        ...

    def begin(self, person: str, task_id: str) -> None:
        """Begin a step that is offered (ad-hoc sub-process)."""
        ...

    def complete(self, person: str, task_id: str, answers: Mapping[str, Any]) -> None:
        """Do a task, which is claimed first if it is still offered."""
        ...

    def message(self, person: str, case_id: str, name: str, payload: Mapping[str, Any]) -> None:
        """Report to a case what its diagram waits for under this name (事项变化)."""
        ...

    def urge(self, person: str, case_id: str, words: Mapping[str, Any]) -> None:
        """催办 (R57)."""
        ...

    def supervise(self, person: str, case_id: str, words: Mapping[str, Any]) -> None:
        """督办 (R58)."""
        ...

    def load_calendar(self, person: str, text: str) -> None:
        """Load a year's table."""
        ...

    def save_post(self, person: str, words: Mapping[str, Any]) -> None:
        """Enter a post with A and B (R05): unit_id, name, a_id, b_id."""
        ...

    def add_absence(self, person: str, words: Mapping[str, Any]) -> None:
        """Enter when the person is away: from_at, to_at, reason."""
        ...

    def set_roster(self, person: str, words: Mapping[str, Any]) -> None:
        """Name people on a roster (R18, R83): code, day, places."""
        ...

    def merge(self, person: str, case_id: str, others: Sequence[str], opinion: str) -> None:
        """并案: the others rest under the case."""
        ...

    def split(self, person: str, case_id: str, other: str, reason: str) -> None:
        """分案: a case that was merged goes on."""
        ...

    def look(self, person: str, case_id: str, expect: Mapping[str, Any]) -> list[str]:
        """What these hands see that is not as it should be, in Chinese; `expect` is that of the step."""
        ...


class DirectHands:
    """By `web.acts`, without HTTP between."""

    def __init__(self, banjie: Banjie, org_id: str) -> None:
        self.banjie, self.org_id = banjie, org_id

    def _who(self, person: str) -> acts.Actor:
        return acts.Actor(self.org_id, person)

    def start(self, person: str, process_key: str, answers: Mapping[str, Any]) -> str:
        return acts.start(self.banjie, self._who(person), process_key, answers).case_id

    def claim(self, person: str, task_id: str) -> None:
        acts.claim(self.banjie, self._who(person), task_id)

    def begin(self, person: str, task_id: str) -> None:
        acts.begin(self.banjie, self._who(person), task_id)

    def complete(self, person: str, task_id: str, answers: Mapping[str, Any]) -> None:
        acts.complete(self.banjie, self._who(person), task_id, answers)

    def message(self, person: str, case_id: str, name: str, payload: Mapping[str, Any]) -> None:
        reporting.report(self.banjie, self._who(person), case_id, payload, name=name)

    def urge(self, person: str, case_id: str, words: Mapping[str, Any]) -> None:
        acts.urge(self.banjie, self._who(person), case_id, **words)

    def supervise(self, person: str, case_id: str, words: Mapping[str, Any]) -> None:
        acts.supervise(self.banjie, self._who(person), case_id, **words)

    def load_calendar(self, person: str, text: str) -> None:
        acts.load_calendar(self.banjie, self._who(person), text)

    def save_post(self, person: str, words: Mapping[str, Any]) -> None:
        now = self.banjie.clock.now()
        with self.banjie.store.begin() as uow:
            access.require_role(access.viewer_of(uow, self.org_id, person), access.ADMIN)
            posts.add_post(uow, self.org_id, **words, now=now, by=person)

    def add_absence(self, person: str, words: Mapping[str, Any]) -> None:
        since, until = (datetime.fromisoformat(words[key]) for key in ("from_at", "to_at"))
        now = self.banjie.clock.now()
        with self.banjie.store.begin() as uow:
            absences.add_absence(uow, self.org_id, person, since, until, words["reason"], now=now, by=person)

    def set_roster(self, person: str, words: Mapping[str, Any]) -> None:
        day, now = date.fromisoformat(words["day"]), self.banjie.clock.now()

        def act(uow: UnitOfWork) -> tuple[None, list[date]]:
            named = rostering.set_day(uow, self.org_id, words["code"], day, words["places"], now=now, by=person)
            return None, named

        rosters.keep(self.banjie, self._who(person), words["code"], act)

    def merge(self, person: str, case_id: str, others: Sequence[str], opinion: str) -> None:
        joining.merge(self.banjie, self._who(person), case_id, others, opinion)

    def split(self, person: str, case_id: str, other: str, reason: str) -> None:
        joining.split(self.banjie, self._who(person), case_id, other, reason)

    def look(self, person: str, case_id: str, expect: Mapping[str, Any]) -> list[str]:
        return []
