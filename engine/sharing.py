"""Several cases in one commit: each act in a savepoint of its own, so that one that fails loses nothing but itself.

A commit costs about as much as a whole step. What nobody waits for one by one - due timers, jobs, many tasks completed
at once - shares it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.loading import Busy
from storage import spans
from storage.database import Store, UnitOfWork

T = TypeVar("T")

MOST = 50  # acts in one transaction
SECONDS = 0.25  # after which a transaction takes no further act: others wait for what it holds

Act = Callable[[UnitOfWork, bool], T]


def share(store: Store, acts: Sequence[Act[T]]) -> list[T | Exception]:
    """Do all acts in order, as many in a transaction as fit; gives what each returned, or the error that undid it.

    An act is given the unit of work and whether it may wait for an instance that somebody else has. Only the first of
    a transaction may: one that held instances while it waited for another could wait for somebody who waits for it.
    Others raise `Busy` and come first in a later transaction. An error of the commit itself is raised.
    """
    results: dict[int, T | Exception] = {}
    ahead = deque(enumerate(acts))
    while ahead:
        with spans.span("shared"), store.begin() as uow:
            later, first, until = [], True, time.monotonic() + SECONDS
            for _ in range(min(MOST, len(ahead))):
                number, act = ahead.popleft()
                try:
                    with uow.savepoint():
                        results[number] = act(uow, first)
                except Busy:
                    later.append((number, act))
                except Exception as error:
                    results[number] = error
                first = False
                if time.monotonic() > until:
                    break
        ahead.extendleft(reversed(later))
    return [results[number] for number in range(len(acts))]
