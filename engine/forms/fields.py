"""The fields of a form, as the server needs them: what kind of answer each takes and within which limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel import Feel
from engine.forms.patterns import Pattern

TEXT = frozenset({"textfield", "textarea"})
CHOICE_ONE = frozenset({"select", "radio"})
CHOICE_MANY = frozenset({"checklist", "taglist"})
CHOICE = CHOICE_ONE | CHOICE_MANY
ANSWERED = TEXT | CHOICE | {"number", "checkbox", "datetime", "filepicker"}
CONTAINERS = frozenset({"group", "columns", "dynamiclist"})
COMPUTED = frozenset({"expression"})  # computed in the browser: an answer is ignored
SHOWN = frozenset(
    {"text", "html", "spacer", "separator", "image", "button", "table", "iframe", "documentPreview"}
)  # no answer
TYPES = ANSWERED | CONTAINERS | COMPUTED | SHOWN


@dataclass(frozen=True, kw_only=True)
class Field:
    """A component of a form."""

    type: str
    path: tuple[str, ...]  # keys from the row or the form to the answer; of a group: its prefix, often empty
    label: str
    hide: Feel | None = None
    locked: Feel | bool = False  # disabled or read-only: shown, not asked
    required: bool = False
    default: Any = None
    min: float | None = None
    max: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: Pattern | None = None
    pattern_message: str | None = None
    validation: str | None = None  # email | phone
    decimal_digits: int | None = None
    as_text: bool = False  # a number given as text
    subtype: str = "date"  # of a datetime: date | time | datetime
    options: tuple[Any, ...] | None = None  # fixed values
    options_key: str | None = None  # name of the values given from outside
    options_feel: Feel | None = None
    multiple: bool = False  # files
    children: tuple[Field, ...] = ()

    @property
    def key(self) -> str:
        """The key as the form's author wrote it."""
        return ".".join(self.path)


def lookup(answers: Any, path: tuple[str, ...]) -> tuple[bool, Any]:
    """Whether there is an answer at `path`, and which."""
    for part in path:
        if not isinstance(answers, Mapping) or part not in answers:
            return False, None
        answers = answers[part]
    return True, answers


def place(result: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put `value` at `path`."""
    for part in path[:-1]:
        result = result.setdefault(part, {})
    result[path[-1]] = value


def contains(values: Iterable[Any], value: Any) -> bool:
    """Whether `value` is one of `values`; true is not 1."""
    return any(type(one) is type(value) and one == value for one in values)
