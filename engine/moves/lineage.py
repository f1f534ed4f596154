"""Which token comes from which: read from the lines that elements leave in the history when a token passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from engine.state import Branch, State
from storage.database import UnitOfWork
from storage.tables import engine as tables

Joined = tuple[int, str | None, Branch, list[int]]  # token, the flow it came by, its branch, what it comes from


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A token that has passed an element (or one repetition of it)."""

    token: int
    element: str
    scope: int
    host: int | None  # the token of the activity whose inside the scope is
    came: tuple[int, ...]
    seq: int
    kind: str  # element_passed | repetition_done
    branch: Branch = field(default_factory=list)
    joined: tuple[Joined, ...] = ()  # what a join consumed
    locals: Mapping[str, Any] = field(default_factory=dict)  # of a repetition


class Lineage:
    """All passages of an instance, and what is alive now."""

    def __init__(self, passages: Iterable[Passage], state: State) -> None:
        self.passages: dict[int, Passage] = {}
        self.children: dict[int, set[int]] = {}
        self.state = state
        for one in passages:
            self.passages[one.token] = one
            for parent in one.came:
                self.children.setdefault(parent, set()).add(one.token)
            for token, _, _, came in one.joined:
                for parent in came:
                    self.children.setdefault(parent, set()).add(token)
        for alive in state.tokens.values():
            for parent in alive.came:
                self.children.setdefault(parent, set()).add(alive.id)

    def future(self, token: int) -> set[int]:
        """Every token that comes from one that has passed; with those of the activities that ended because of it.

        What was inside such an activity before is none of them.
        """
        seen: set[tuple[int, bool]] = set()
        ahead = [(token, False)]
        while ahead:
            one, ended = ahead.pop()  # ended: only its end comes from `token`, not its beginning
            children = self.children.get(one, set())
            following = [(child, False) for child in children if not (ended and self.host(child) == one)]
            passed = self.passages.get(one)
            if passed is not None and passed.host is not None and passed.host in self.passages:
                following.append((passed.host, True))
            ahead += [each for each in following if each not in seen]
            seen.update(following)
        return {one for one, _ in seen} - {token}

    def host(self, token: int) -> int | None:
        """The token of the activity that a token is, or was, inside of."""
        alive = self.state.tokens.get(token)
        if alive is not None:
            return self.state.scopes[alive.scope].token
        passed = self.passages.get(token)
        return None if passed is None else passed.host

    def latest(self, element: str) -> Passage | None:
        """The last time an element was passed."""
        found = [one for one in self.passages.values() if one.element == element]
        return max(found, key=lambda one: one.seq, default=None)


def read_lineage(uow: UnitOfWork, org_id: str, instance_id: str, state: State) -> Lineage:
    """The lineage of an instance: without what was gone back from, and without lines that do not tell it (of an
    earlier program), to which nobody can go back."""
    table = tables.history
    query = select(table.c.seq, table.c.kind, table.c.element_id, table.c.data).where(
        table.c.org_id == org_id,
        table.c.instance_id == instance_id,
        table.c.kind.in_(("element_passed", "repetition_done", "returned", "withdrawn")),
    )
    lines = [(row.seq, row.kind, row.element_id, row.data) for row in uow.conn.execute(query.order_by(table.c.seq))]
    return lineage_of(lines, state)


def lineage_of(lines: Sequence[tuple[int, str, str, Mapping[str, Any]]], state: State) -> Lineage:
    """The lineage that lines of history (number, kind, element, data) tell."""
    gone = {token for _, _, _, data in lines for token in data.get("gone", ())}
    return Lineage(
        (
            Passage(
                token=data["token"], element=element, scope=data["scope"], host=data.get("in"),
                came=tuple(data.get("came", ())), seq=seq, kind=kind, branch=data.get("branch", []),
                joined=tuple((t, f, b, c) for t, f, b, c in data.get("joined", ())), locals=data.get("locals", {}),
            )
            for seq, kind, element, data in lines
            if "token" in data and data["token"] not in gone
        ),
        state,
    )  # fmt: skip
