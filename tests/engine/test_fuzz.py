"""A short run of `make fuzz`: spoilt files and answers are refused or run; none hangs, breaks or is executed."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fuzz.trying import attempt

FOUND = [("diagram", 356731448)]  # seeds that once showed a fault


@pytest.mark.parametrize(
    ("target", "count"), [("diagram", 120), ("table", 200), ("form", 150), ("answer", 100), ("expression", 500)]
)
def test_spoilt_input(target: str, count: int) -> None:
    seen = Counter(attempt(target, seed) or "ran" for seed in range(count))
    assert seen["ran"] > 0 or target == "answer"  # not only rubbish
    assert seen["refused"] > 0 or target == "expression"  # and not everything is taken


@pytest.mark.parametrize(("target", "seed"), FOUND)
def test_what_was_found_once_stays_right(target: str, seed: int) -> None:
    attempt(target, seed)
