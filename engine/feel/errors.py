"""What is wrong with a FEEL text."""

from __future__ import annotations

from storage.errors import BanjieError


class FeelError(BanjieError):
    """A FEEL text cannot be read: `feel.syntax`, `feel.not_supported`, `feel.unknown_function`, `feel.too_long`."""

    default_status = 422

    def __init__(self, code: str, message: str, english: str, source: str = "") -> None:
        shown = " ".join(source.split())[:80]
        super().__init__(f"feel.{code}", f"“{shown}”：{message}" if shown else message)
        self.english = english
