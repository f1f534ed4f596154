"""Moving through the tokens of a FEEL text, with a limit to how often they may be looked at."""

from __future__ import annotations

from collections.abc import Iterable

from engine.feel.errors import FeelError
from engine.feel.tokens import Token, tokenize

MAX_STEPS = 50_000  # tokens looked at, again and again where a bracket may mean two things


class Cursor:
    """A place in a list of tokens."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        self.tokens = tokenize(text, names)
        self.position = 0
        self.steps = 0

    @property
    def token(self) -> Token:
        """The token looked at."""
        return self.tokens[self.position]

    def advance(self) -> Token:
        """That token, and on to the next."""
        token = self.token
        self.position += 1
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise FeelError("too_long", "写法太复杂，无法读懂。", "too complicated to read", self.text)
        return token

    def at(self, *signs: str) -> bool:
        """Whether one of `signs` (or keywords) is next."""
        return self.token.kind in ("sign", "keyword") and self.token.text in signs

    def take(self, *signs: str) -> str | None:
        """The next sign if it is one of `signs`."""
        return self.advance().text if self.at(*signs) else None

    def expect(self, *signs: str) -> str:
        """The next sign, which must be one of `signs`."""
        found = self.take(*signs)
        if found is None:
            raise self.syntax(f"这里应该是 {' 或 '.join(signs)}")
        return found

    def finish(self) -> None:
        """Nothing may be left."""
        if self.at("instance"):
            raise self.refuse("instance of", "instance of")
        if self.token.kind != "end":
            raise self.syntax("后面多出了内容")

    def syntax(self, reason: str) -> FeelError:
        """The text is not FEEL at this token."""
        shown = self.token.text[:30]
        at = f"'{shown}'" if shown else "the end"
        return FeelError("syntax", f"{reason}（在“{shown or '结尾'}”处）。", f"syntax error at {at}", self.text)

    def refuse(self, what: str, english: str) -> FeelError:
        """The text is FEEL, but not of the part that is read."""
        return FeelError("not_supported", f"不支持 {what}。", f"{english} is not supported", self.text)
