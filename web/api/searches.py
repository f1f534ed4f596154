"""What lists are asked for.

An address is kept by proxies, by the browser's history and by logs, so nothing that can name a person is ever in one:
a filter that names nobody may be, what was typed comes in the body of a POST that only reads.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field


class Page(BaseModel):
    """Which page of a list, and how many rows one has."""

    page: int = Field(default=1, ge=1, le=100_000)
    size: int = Field(default=50, ge=1, le=200)


class Words(BaseModel):
    """What was typed: a name, a number, a part of the matter."""

    q: str = Field(default="", max_length=100)


class Search(Words, Page):
    """A page of a list that has no filters, searched."""


class InboxPage(Page):
    """A page of one's tasks: which of them, in which order."""

    filter: Literal["mine", "group", "all"] = "all"
    light: Literal["red", "yellow", "green", "none"] | None = None
    sort: Literal["due", "number", "created"] = "due"


class InboxSearch(InboxPage, Words):
    """A page of one's tasks, searched."""


class CasesPage(Page):
    """A page of the cases: which of them."""

    state: str | None = None
    light: Literal["red", "yellow", "green"] | None = None
    unit: str | None = None


class CasesSearch(CasesPage, Words):
    """A page of the cases, searched."""


class ReadsPage(Page):
    """A page of the access log: of which days."""

    since: date | None = None
    until: date | None = None


class ReadsSearch(ReadsPage, Words):
    """A page of the access log, searched."""


class InstancesPage(Page):
    """A page of the instances: which of them."""

    state: str = "active"
    key: str | None = None


class InstancesSearch(InstancesPage, Words):
    """A page of the instances, searched."""


class Likeness(BaseModel):
    """What is being registered, to look for others like it."""

    name: str = Field(default="", max_length=100)
    matter: str = Field(default="", max_length=2000)
    phone: str = Field(default="", max_length=50)
