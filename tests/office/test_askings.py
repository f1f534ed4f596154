"""What a round of 会签 comes to, by its rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.askings import settled

Y, N = True, False
X = None  # not yet said


@pytest.mark.parametrize(
    ("kind", "rule", "share", "said", "result"),
    [
        ("before", "all", None, [Y, X], None),
        ("before", "all", None, [N, X], None),  # all opinions are heard
        ("before", "all", None, [N, Y], "refused"),
        ("before", "all", None, [Y, Y], "agreed"),
        ("before", "order", None, [Y, X, X], None),
        ("before", "any", None, [X, X], None),
        ("before", "any", None, [X, N], "refused"),
        ("before", "any", None, [X, Y], "agreed"),
        ("before", "share", 60, [Y, Y, X], "agreed"),
        ("before", "share", 67, [Y, Y, X], None),
        ("before", "share", 67, [Y, N, X], "refused"),
        ("after", "all", None, [N, X], "refused"),  # it cannot be agreed to any more
        ("after", "all", None, [Y, X], None),
        ("after", "all", None, [Y, Y], "agreed"),
        ("after", "order", None, [Y, N, X], "refused"),
        ("after", "any", None, [N, X], None),
        ("after", "any", None, [N, Y], "agreed"),
        ("after", "any", None, [N, N], "refused"),
        ("after", "share", 50, [Y, X], "agreed"),
        ("after", "share", 51, [Y, N], "refused"),
        ("delegate", "any", None, [X], None),
        ("delegate", "any", None, [Y], "agreed"),
        ("before", "all", None, [], "removed"),
        ("after", "share", 50, [], "removed"),
    ],
)
def test_result_by_rule(kind: str, rule: str, share: int | None, said: list[bool | None], result: str | None) -> None:
    assert settled(kind, rule, share, said) == result


_rules = st.tuples(st.sampled_from(["before", "after"]), st.sampled_from(["all", "any", "share", "order"]))


@given(_rules, st.integers(1, 100), st.lists(st.booleans(), min_size=1, max_size=9), st.data())
def test_a_result_once_reached_stands(
    rules: tuple[str, str], share: int, said: list[bool], data: st.DataObject
) -> None:
    """Whoever has not spoken yet can change nothing: so nobody is asked in vain, and everybody's word suffices."""
    kind, rule = rules
    spoken = data.draw(st.integers(0, len(said)))
    early = settled(kind, rule, share, [*said[:spoken], *[None] * (len(said) - spoken)])
    end = settled(kind, rule, share, said)
    assert end in ("agreed", "refused")
    if early is not None and not (kind == "before" and rule == "any"):  # the first answer is the answer
        assert early == end
