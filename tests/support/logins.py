"""Log-ins that take no time: people of the tests log in thousands of times, and no one attacks them."""

from __future__ import annotations

from argon2 import PasswordHasher

from office import accounts


def make_cheap() -> None:
    """Passwords hashed and checked in this process from now on cost next to nothing."""
    accounts._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
