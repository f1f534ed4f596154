"""A progress bar for whatever may take longer than two seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def progress_bar(items: Sequence[T], text: str, *, show: bool) -> Iterator[T]:
    """`items`, with a bar on the terminal's error stream while they are worked through."""
    if not show:
        yield from items
        return
    yield from track(items, description=text, console=Console(stderr=True))
