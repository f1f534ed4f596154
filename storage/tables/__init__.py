"""All tables of Banjie. Every hot table's key begins with the organisation."""

from storage.tables import (
    asking,
    attendance,
    counting,
    engine,
    joining,
    keeping,
    office,
    people,
    rosters,
    stopping,
    telling,
)
from storage.tables.base import metadata

__all__ = [
    "asking",
    "attendance",
    "counting",
    "engine",
    "joining",
    "keeping",
    "metadata",
    "office",
    "people",
    "rosters",
    "stopping",
    "telling",
]
