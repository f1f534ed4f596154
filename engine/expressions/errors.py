"""What is wrong with an expression, said to the person who drew the diagram."""

from __future__ import annotations

from storage.errors import BanjieError

SHOWN = 80  # characters of an expression shown in a message


class ExpressionError(BanjieError):
    """An expression cannot be read or evaluated.

    Codes: `expression.syntax`, `.not_allowed`, `.unknown_function`, `.unknown_variable`, `.type`, `.value`, `.too_big`
    (a result or the work for it), `.too_long` (the text).
    """

    default_status = 422

    def __init__(self, code: str, message: str, *, source: str | None = None) -> None:
        super().__init__(f"expression.{code}", message)
        self.reason = message  # without the expression's text
        self.source: str | None = None
        if source is not None:
            self.within(source)

    def within(self, source: str) -> ExpressionError:
        """The same error, saying in which expression; the innermost expression is kept."""
        if self.source is None:
            self.source = source
            shown = " ".join(source.split())
            shown = shown[:SHOWN] + ("…" if len(shown) > SHOWN else "")
            self.message = f"表达式“{shown}”：{self.reason}"
            self.args = (f"{self.code}: {self.message}",)
        return self
