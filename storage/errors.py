"""The errors that reach a person: a stable code for programs, a Chinese sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError, TimeoutError


class BanjieError(Exception):
    """Something was refused; nothing was changed.

    `code` is stable and dotted (`task.already_done`), `message` is Chinese and says what to do next, `field` or
    `element` names the form field or diagram element, `status` is the HTTP status that fits.
    """

    default_status = 400

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        element: str | None = None,
        status: int | None = None,
        details: Any = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field
        self.element = element
        self.status = status or self.default_status
        self.details = details

    def to_json(self) -> dict[str, Any]:
        """The error as the API shows it."""
        shown: Mapping[str, Any] = {
            "code": self.code,
            "message": self.message,
            "field": self.field,
            "element": self.element,
            "details": self.details,
        }
        return {key: value for key, value in shown.items() if value is not None}


class Refusal(BanjieError):
    """A rule of the office forbids this act."""

    default_status = 422


class NotFound(BanjieError):
    """There is no such thing, or the asker may not know that there is."""

    default_status = 404


class Conflict(BanjieError):
    """Somebody else was faster; what was read is no longer current."""

    default_status = 409


class Forbidden(BanjieError):
    """The asker is known, but may not do this."""

    default_status = 403


class BadDiagram(BanjieError):
    """A diagram, form or table cannot be deployed; `details` lists the findings."""

    default_status = 422


def database_trouble(error: BaseException) -> bool:
    """Whether the database was gone, full, locked or gave way: what was asked is not wrong, only its time.

    Whoever does work that nobody waits for does it again, and does not count it as a failure of that work.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError | PendingRollbackError | TimeoutError)
