"""Several cases in one commit: each act in a savepoint of its own, so that one that fails loses nothing but itself.

A commit costs about as much as a whole step. What nobody waits for one by one - due timers, jobs, many tasks completed
at once - shares it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from engine.inside import TimedOut
from engine.loading import Busy
from storage import spans
from storage.database import Store, UnitOfWork

T = TypeVar("T")

MOST = 50  # acts in one transaction
SECONDS = 0.25  # after which a transaction takes no further act: others wait for what it holds

Act = Callable[[UnitOfWork, bool], T]
Run = Callable[[Callable[[], Any]], Any]


def _here(act: Callable[[], T]) -> T:
    return act()


def share(store: Store, acts: Sequence[Act[T]], run: Run = _here) -> list[T | Exception]:
    """Do all acts in order, as many in a transaction as fit; gives what each returned, or the error that undid it.

    An act is given the unit of work and whether it may wait for an instance that somebody else has. Only the first of
    a transaction may: one that held instances while it waited for another could wait for somebody who waits for it.
    Others raise `Busy` and come first in a later transaction. An error of the commit itself is raised.

    `run` does each transaction; if it raises `TimedOut`, that is the end of the act in hand, and the others of that
    transaction are done again.
    """
    results: dict[int, T | Exception] = {}
    ahead = list(enumerate(acts))
    while ahead:
        part = _Part(store, ahead[:MOST])
        try:
            results |= run(part.do)
        except TimedOut as error:
            results[part.at] = error
        ahead = [(number, act) for number, act in ahead if number not in results]
    return [results[number] for number in range(len(acts))]


class _Part(Generic[T]):
    """Acts that share a transaction, and the one that is in hand."""

    def __init__(self, store: Store, acts: Sequence[tuple[int, Act[T]]]) -> None:
        self._store = store
        self._acts = acts
        self.at = acts[0][0]

    def do(self) -> dict[int, T | Exception]:
        """The results of those that were done."""
        results: dict[int, T | Exception] = {}
        with spans.span("shared"), self._store.begin() as uow:
            until = time.monotonic() + SECONDS
            for number, act in self._acts:
                self.at = number
                try:
                    with uow.savepoint():
                        results[number] = act(uow, number == self._acts[0][0])
                except Busy:
                    pass
                except Exception as error:
                    results[number] = error
                if time.monotonic() > until:
                    break
        return results
