"""Repetitions that only wait stay packed: of five thousand tasks open at once, a step reads and writes a few dozen.

An instance is loaded and saved at every step. The repetitions of a large multi-instance activity that wait, and own
neither a scope nor a waiter, are saved in packs: each pack is a text inside the saved state that is opened only when
one of its tokens is asked for, and otherwise saved again as it was read. Whoever looks at all tokens opens all packs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from engine.state import State, Token

LARGE = 64  # from so many repetitions on those that wait are packed; also how many a pack holds at most

_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Pack:
    """Tokens of one loop scope. Those that are there have numbers from `first` to `last`."""

    scope: int
    first: int
    last: int
    count: int
    text: str


class Tokens(dict[int, "Token"]):
    """The tokens of an instance by number; those in packs come out when they are asked for."""

    def __init__(self, put: Callable[[list[Any]], object]) -> None:
        super().__init__()
        self.packs: list[Pack] = []
        self._put = put  # adds the token of a saved row to the state

    def open(self, wanted: Callable[[Pack], bool]) -> None:
        """Take the tokens out of the packs that are wanted."""
        found = [pack for pack in self.packs if wanted(pack)]
        if found:
            self.packs = [pack for pack in self.packs if not wanted(pack)]
            for pack in found:
                for row in json.loads(pack.text):
                    self._put(row)

    def open_scope(self, scope_id: int) -> None:
        """Take out all tokens of a scope."""
        self.open(lambda pack: pack.scope == scope_id)

    def open_all(self) -> None:
        """Take out all tokens."""
        self.open(lambda pack: True)

    def holding(self, name: str, number: int) -> Token | None:
        """The token that keeps `number` under `name` in its data."""
        kept = f'"{name}":{number}'
        self.open(lambda pack: kept in pack.text)
        return next((token for token in dict.values(self) if token.data.get(name) == number), None)

    def packed(self, scope_id: int) -> int:
        """How many tokens of a scope are in packs."""
        return sum(pack.count for pack in self.packs if pack.scope == scope_id)

    def __missing__(self, number: int) -> Token:
        self.open(lambda pack: pack.first <= number <= pack.last)
        found = dict.get(self, number)
        if found is None:
            raise KeyError(number)
        return found

    def get(self, number: int, default: Any = None) -> Any:
        """The token, or `default`."""
        try:
            return self[number]
        except KeyError:
            return default

    def __contains__(self, number: object) -> bool:
        return dict.__contains__(self, number) or (bool(self.packs) and self.get(cast(int, number)) is not None)

    def __len__(self) -> int:
        return dict.__len__(self) + sum(pack.count for pack in self.packs)

    def __iter__(self) -> Iterator[int]:
        self.open_all()
        return dict.__iter__(self)

    def keys(self) -> KeysView[int]:  # type: ignore[override]
        """All numbers."""
        self.open_all()
        return cast("KeysView[int]", dict.keys(self))

    def values(self) -> ValuesView[Token]:  # type: ignore[override]
        """All tokens."""
        self.open_all()
        return cast("ValuesView[Token]", dict.values(self))

    def items(self) -> ItemsView[int, Token]:  # type: ignore[override]
        """All numbers and tokens."""
        self.open_all()
        return cast("ItemsView[int, Token]", dict.items(self))

    def loose(self) -> list[Token]:
        """The tokens that are in no pack."""
        return list(dict.values(self))


def packed(state: State, row: Callable[[Token], list[Any]]) -> tuple[list[Token], list[Pack]]:
    """How the tokens of a state are saved: one by one, and in packs. The state stays as it is."""
    packs, gone = list(state.tokens.packs), set[int]()
    for scope in state.scopes.values():
        if scope.kind != "loop":
            continue
        loose = state.loose_in(scope.id)
        if len(loose) + state.tokens.packed(scope.id) <= LARGE:
            continue
        waiting = sorted((token for token in loose if state.only_waits(token)), key=lambda token: token.id)
        gone.update(token.id for token in waiting)
        for start in range(0, len(waiting), LARGE):
            part = waiting[start : start + LARGE]
            packs.append(Pack(scope.id, part[0].id, part[-1].id, len(part), _text([row(token) for token in part])))
    packs.sort(key=lambda pack: (pack.scope, pack.first, pack.last))
    return [token for token in state.tokens.loose() if token.id not in gone], packs
