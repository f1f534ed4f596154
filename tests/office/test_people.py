"""People: the tree of units, groups, superiors, posts."""

from __future__ import annotations

import pytest

from office import people
from office.unit_tree import unit_tree
from storage.errors import Conflict, NotFound, Refusal


def test_groups_of_a_role_everywhere_and_of_a_unit(desk):
    with desk.store.begin() as uow:
        people.grant(uow, desk.org, "li", "examiner", "unit_c")
        assert people.groups_of(uow, desk.org, "li") == {
            "user:li",
            "unit:unit_b",
            "handler",
            "handler@unit_b",
            "examiner@unit_c",
        }
        assert "unit_head@unit_b" in people.groups_of(uow, desk.org, "kang")


def test_users_in_group_is_the_inverse_of_groups_of(desk):
    with desk.store.begin() as uow:
        people.grant(uow, desk.org, "li", "examiner", "unit_c")
        everybody = people.users(uow, desk.org)
        groups = {person.id: people.groups_of(uow, desk.org, person.id) for person in everybody}
        for group in set().union(*groups.values()):
            expected = sorted(user_id for user_id, held in groups.items() if group in held)
            assert people.users_in_group(uow, desk.org, group) == expected, group


def test_somebody_who_has_left_has_no_groups(desk):
    with desk.store.begin() as uow:
        people.change_user(uow, desk.org, "li", active=False)
        assert people.groups_of(uow, desk.org, "li") == frozenset()
        assert people.users_in_group(uow, desk.org, "handler@unit_b") == ["kang"]


def test_superior_is_the_head_of_the_unit_then_of_the_unit_above(desk):
    with desk.store.begin() as uow:
        people.change_unit(uow, desk.org, "unit_b", parent_id="leaders")
        assert people.superior_of(uow, desk.org, "li") == "kang"
        assert people.superior_of(uow, desk.org, "kang") == "boss"
        assert people.superior_of(uow, desk.org, "boss") is None
        people.change_user(uow, desk.org, "li", superior_id="chen")
        assert people.superior_of(uow, desk.org, "li") == "chen"


def test_head_by_role_where_no_head_is_entered(desk):
    with desk.store.begin() as uow:
        assert people.head_of(uow, desk.org, "hall") is None
        people.grant(uow, desk.org, "lin", "unit_head", "hall")
        assert people.head_of(uow, desk.org, "hall") == "lin"


def test_units_cannot_form_a_circle(desk):
    with desk.store.begin() as uow:
        people.change_unit(uow, desk.org, "unit_b", parent_id="leaders")
        with pytest.raises(Refusal) as refused:
            people.change_unit(uow, desk.org, "leaders", parent_id="unit_b")
        assert refused.value.code == "unit.circle"
        assert unit_tree(uow, desk.org).below(["leaders"]) == {"leaders", "unit_b"}
        assert unit_tree(uow, desk.org).above("unit_b") == ["unit_b", "leaders"]


def test_a_login_is_taken_once_in_the_installation(desk):
    with desk.store.begin() as uow, pytest.raises(Conflict) as refused:
        people.add_user(uow, desk.org, "又一个", "WANG ", now=desk.now)
    assert refused.value.code == "user.login_taken"
    with desk.store.begin() as uow, pytest.raises(NotFound):
        people.add_user(uow, desk.org, "新人", "xin", now=desk.now, unit_id="nowhere")


def test_search_does_not_take_wildcards(desk):
    with desk.store.begin(write=False) as uow:
        assert [person.id for person in people.users(uow, desk.org, query="王")] == ["wang"]
        assert people.users(uow, desk.org, query="%") == []
        assert {person.id for person in people.users(uow, desk.org, role="petition_clerk")} == {"wang", "lin"}


def test_a_new_unit_is_headed_by_somebody_who_is_here(desk):
    with desk.store.begin() as uow:
        with pytest.raises(NotFound, match=r"^user\.unknown"):
            people.add_unit(uow, desk.org, "水利站", head_id="nobody")
        made = people.get_unit(uow, desk.org, people.add_unit(uow, desk.org, "水利站", head_id="kang", position=3))
    assert (made.head_id, made.position) == ("kang", 3)
