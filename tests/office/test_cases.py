"""Cases: answers and where they go, states, classes, the same matter again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from office import access, cases, duplicates, timeline
from office.case_answers import as_list, sort_answers
from office.case_states import CLOSED_STATES, STATES, TRANSITIONS, may_follow
from office.parties import account_of, get_party
from storage.errors import NotFound, Refusal


def _apply(uow, desk, case_id, by="wang", **answers):
    return cases.apply_answers(uow, desk.org, case_id, answers, actor=by, now=desk.now, name="办理")


def _petitioner(uow, desk, case):
    return get_party(uow, desk.org, case["petitioner_id"]) or {}


def test_opening_registers_the_petitioner_and_keeps_every_answer(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(
            uow, gender="男", age="52", political_status="群众", address="上青村", demand="修好水渠", weather="雨"
        )
        case = cases.get_case(uow, desk.org, case_id)
        assert case["number"] == "FWZX-2026-V-0001"
        assert (case["title"], case["state"]) == ("村口水渠垮塌无人修", "registered")
        assert case["first_contact_officer"] == case["created_by"] == "wang"
        assert case["registered_at"] == desk.now
        assert case["fields"] == {"weather": "雨"}
        person = get_party(uow, desk.org, case["petitioner_id"]) or {}
        assert (person["name"], person["gender"], person["age"], person["political_status"]) == (
            "赵大山",
            "男",
            52,
            "群众",
        )
        (entry,) = cases.entries(uow, desk.org, case_id)
        assert entry["answers"]["weather"] == "雨" and entry["by"] == "wang"
        assert cases.participants(uow, desk.org, case_id) == ["wang"]


def test_first_contact_officer_may_be_another_and_never_changes(desk):
    with desk.store.begin() as uow:
        case_id = cases.open_case(
            uow, desk.org, "first_inquiry", {"matter": "问路"}, actor="wang", now=desk.now, first_contact_officer="li"
        )
        _apply(uow, desk, case_id, first_contact_officer="lin")
        assert cases.get_case(uow, desk.org, case_id)["first_contact_officer"] == "li"


def test_after_registration_a_bare_name_is_not_the_petitioner(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        _apply(uow, desk, case_id, name="乙局张科长", phone="110")
        case = cases.get_case(uow, desk.org, case_id)
        assert _petitioner(uow, desk, case)["name"] == "赵大山"
        assert case["fields"]["name"] == "乙局张科长"
        _apply(uow, desk, case_id, petitioner_phone="13900000009")
        assert _petitioner(uow, desk, case)["phone"] == "13900000009"


def test_an_accusation_is_confidential_and_stays_so(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, kind="accusation")
        _apply(uow, desk, case_id, confidential=False)
        assert cases.get_case(uow, desk.org, case_id)["confidential"]
        ordinary = desk.open(uow, confidential="是")
        _apply(uow, desk, ordinary, confidential="否")
        assert not cases.get_case(uow, desk.org, ordinary)["confidential"]


def test_health_notes_stay_out_of_fields_and_entries(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        _apply(uow, desk, case_id, suspected_condition="发热", remarks="已联系卫生院")
        case = cases.get_case(uow, desk.org, case_id)
        assert "suspected_condition" not in case["fields"]
        assert "suspected_condition" not in cases.entries(uow, desk.org, case_id)[-1]["answers"]
        assert [(note["kind"], note["text"]) for note in cases.notes(uow, desk.org, case_id)] == [("health", "发热")]
        (kept,) = uow.conn.execute(text("select text from case_note")).scalars()
        assert kept.startswith("~"), "it is sealed in the database"


def test_a_digest_is_added_to_the_main_way_and_does_not_push_it_out(desk):
    """A48"""
    with desk.store.begin() as uow:
        case_id = desk.open(uow, way="phone_contact")
        _apply(uow, desk, case_id, way="digest_report")
        case = cases.get_case(uow, desk.org, case_id)
        assert (case["way"], case["ways"]) == ("phone_contact", ["phone_contact", "digest_report"])
        with pytest.raises(Refusal) as refused:
            _apply(uow, desk, case_id, ways=["digest_report"])
        assert refused.value.code == "way.cannot_remove"
        _apply(uow, desk, case_id, way="filed_assignment")
        assert cases.get_case(uow, desk.org, case_id)["ways"] == ["filed_assignment", "digest_report"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"kind": "complaint"}, "answer.bad_choice"),
        ({"channel": "fax"}, "answer.bad_choice"),
        ({"confidential": "maybe"}, "answer.bad_choice"),
        ({"group_count": "-3"}, "answer.bad_number"),
        ({"age": "three"}, "party.bad_age"),
        ({"matter": "长" * 20_001}, "answer.too_long"),
        ({"matter_classes": ["11"]}, "class.unknown"),
    ],
)
def test_bad_answers_are_refused_and_nothing_changes(desk, answers, code):
    with desk.store.begin() as uow:
        case_id = cases.open_case(uow, desk.org, "petition_main", {"matter": "原来的"}, actor="wang", now=desk.now)
    with desk.store.begin() as uow, pytest.raises(Refusal) as refused:
        _apply(uow, desk, case_id, **answers)
    assert refused.value.code == code
    with desk.store.begin(write=False) as uow:
        assert cases.get_case(uow, desk.org, case_id)["matter"] == "原来的"
        assert len(cases.entries(uow, desk.org, case_id)) == 1


def test_states_follow_the_life_cycle(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        for state in ("classified", "accepted", "in_handling", "result_submitted", "under_examination", "returned"):
            cases.set_state(uow, desk.org, case_id, state, now=desk.now)
        with pytest.raises(Refusal) as refused:
            cases.set_state(uow, desk.org, case_id, "archived", now=desk.now)
        assert refused.value.code == "case.bad_transition"
        for state in ("in_handling", "result_submitted", "under_examination", "approved", "replied", "closed"):
            cases.set_state(uow, desk.org, case_id, state, now=desk.now, result="resolved")
        case = cases.get_case(uow, desk.org, case_id)
        assert (case["return_count"], case["closed_at"], case["result"]) == (1, desk.now, "resolved")
        assert case["acceptance"] == "accepted"
        for state in ("archived", "followed_up", "reopened"):
            cases.set_state(uow, desk.org, case_id, state, now=desk.now)
        case = cases.get_case(uow, desk.org, case_id)
        assert (case["closed_at"], case["repeat_count"]) == (None, 1)  # A59: relapse
        with pytest.raises(NotFound):
            cases.set_state(uow, desk.org, "nothing", "closed", now=desk.now)


def test_the_table_of_states_is_sound():
    assert set(TRANSITIONS) == set(STATES)
    for state, onward in TRANSITIONS.items():
        assert onward <= set(STATES)
        assert state not in onward
        assert may_follow(state, state)
    for final in ("merged", "withdrawn", "terminated"):
        assert TRANSITIONS[final] == frozenset()
        assert final in CLOSED_STATES
    assert not may_follow("replied", "received")
    assert may_follow("registered", "replied")  # answered on the spot


def test_a_number_is_given_once(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow)
        assert cases.get_case(uow, desk.org, case_id)["number"] == "FWZX-2026-V-0001"
        with pytest.raises(Refusal) as refused:
            cases.set_number(uow, desk.org, case_id, "FWZX-2026-V-0009", now=desk.now)
        assert refused.value.code == "case.numbered"


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))))
def test_answers_without_column_all_go_to_the_fields(answers):
    known = sort_answers({"matter": "x", **{f"zz_{key}": value for key, value in answers.items()}}, registering=True)
    assert known.fields == {f"zz_{key}": value for key, value in answers.items()}


def test_lists_are_read_from_text():
    assert as_list("甲、乙，丙;丁\n戊") == ["甲", "乙", "丙", "丁", "戊"]
    assert as_list("") == as_list(None) == []
    assert as_list(3) == [3]


# ------------------------------------------------------------------ the same matter again


def test_duplicates_are_hinted_and_linked(desk):
    """A49: linked to the first, repeat_count 1."""
    with desk.store.begin() as uow:
        first = desk.open(uow)
        desk.open(uow, name="别人", phone="13700000000")
        viewer = access.viewer_of(uow, desk.org, "wang")
        (hint,) = duplicates.duplicates(uow, viewer, name="赵大山", matter="水渠垮塌一直无人来修")
        assert (hint["case_id"], hint["same_matter"], hint["same_phone"]) == (first, True, False)
        (hint,) = duplicates.duplicates(uow, viewer, phone="13800000001", matter="低保申请被拒")
        assert not hint["same_matter"] and hint["same_phone"]
        assert duplicates.duplicates(uow, viewer, name=" ", matter="水渠") == []

        desk.clock.advance(days=7)
        again, third = desk.open(uow), desk.open(uow)
        assert duplicates.link_repeat(uow, desk.org, again, first, now=desk.now, by="wang") == 1
        assert duplicates.link_repeat(uow, desk.org, again, first, now=desk.now, by="wang") == 1
        assert duplicates.link_repeat(uow, desk.org, third, again, now=desk.now, by="wang") == 2  # to the first one
        case = cases.get_case(uow, desk.org, third)
        assert case["repeat_of"] == first
        told = duplicates.repetition(uow, desk.org, case)
        assert told["repeat_count"] == 2 and told["earlier_ids"][0] == first
        assert str(told["first_date"]) == "2026-11-26"
        assert {link["case_id"] for link in duplicates.links_of(uow, viewer, first)} == {again, third}
        with pytest.raises(Refusal):
            duplicates.link_repeat(uow, desk.org, first, first, now=desk.now, by="wang")


def test_hints_never_show_what_the_clerk_may_not_read(desk):
    with desk.store.begin() as uow:
        desk.open(uow, kind="accusation")
        viewer = access.viewer_of(uow, desk.org, "lin")
        assert duplicates.duplicates(uow, viewer, name="赵大山", matter="水渠") == []


def test_one_person_one_account(desk):
    """R62: repeated petitions share the person's account."""
    with desk.store.begin() as uow:
        one, other = (cases.get_case(uow, desk.org, desk.open(uow))["petitioner_id"] for _ in range(2))
        assert one == other
        stranger = cases.get_case(uow, desk.org, desk.open(uow, phone="13700000000"))["petitioner_id"]
        assert stranger != one
        assert account_of(uow, desk.org, one) == account_of(uow, desk.org, one) == "0001"
        assert account_of(uow, desk.org, stranger) == "0002"


def test_a_repetition_of_a_hidden_case_does_not_tell_of_it(desk):
    """R65: who handles the later case may be accused in the first."""
    with desk.store.begin() as uow:
        first = desk.open(uow, kind="accusation", accused="康明")
        later = desk.open(uow, handling_unit="unit_b")
        duplicates.link_repeat(uow, desk.org, later, first, now=desk.now, by="wang")
        shown = {
            user: timeline.case_page(uow, access.viewer_of(uow, desk.org, user), later, now=desk.now)
            for user in ("wang", "li")
        }
        keys = ("repeat_of", "repeat_count", "earlier_ids")
        assert [shown["wang"]["case"][key] for key in keys] == [first, 1, [first]]
        assert [shown["li"]["case"][key] for key in keys] == [None, 0, []]
        assert first not in str(shown["li"])
