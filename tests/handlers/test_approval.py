"""Who may not be the same person in an approval chain, and the opinion that is issued (R42-R44)."""

from __future__ import annotations

import pytest

from office import documents
from storage.errors import Refusal
from tests.handlers.desk import Desk

DRAFT = {
    "claim": "补发补偿款",
    "facts": "应发未发",
    "opinion": "予以补发",
    "legal_basis": "条例第二十条",
    "remedies": "三十日内可请求复查",
}


def refused(desk: Desk, check: str, answers: dict[str, str], *, actor: str = "wang") -> str:
    with pytest.raises(Refusal) as caught:
        desk.check(check, actor=actor, **answers)
    return caught.value.code


def test_who_drafted_does_not_review(desk: Desk) -> None:
    desk.done("Draft", actor="wang")
    desk.variables = {"step": {"act": "review", "apart": "Draft"}}
    assert refused(desk, "approval.apart", {"outcome": "agree"}) == "approval.same_person"
    desk.check("approval.apart", actor="zhao", outcome="agree")


def test_who_reviewed_does_not_approve_but_who_signed_off_may(desk: Desk) -> None:
    desk.done("SignOff", actor="zhao")
    desk.done("Review", actor="wang")
    desk.variables = {"step": {"act": "approve", "apart": "Draft, Review"}}
    assert refused(desk, "approval.apart", {}) == "approval.same_person"
    desk.check("approval.apart", actor="zhao")


def test_a_return_says_why(desk: Desk) -> None:
    assert refused(desk, "approval.reasons", {"outcome": "return"}) == "return.reasons_missing"
    desk.check("approval.reasons", outcome="return", return_reasons="依据不准")
    desk.check("approval.reasons", outcome="agree")


@pytest.mark.parametrize("left_out", sorted(DRAFT))
def test_an_opinion_has_all_that_the_law_asks(desk: Desk, left_out: str) -> None:
    desk.variables = {"chain": "bureau_opinion"}
    desk.check("approval.opinion_complete", **DRAFT)
    assert refused(desk, "approval.opinion_complete", DRAFT | {left_out: ""}) == "opinion.incomplete"
    desk.variables = {"chain": "bureau_result"}
    desk.check("approval.opinion_complete")


def test_an_opinion_on_a_review_rests_on_a_new_investigation(desk: Desk) -> None:
    desk.variables = {"chain": "bureau_opinion", "case_source": "review"}
    assert refused(desk, "approval.opinion_complete", DRAFT) == "opinion.not_reinvestigated"


@pytest.mark.parametrize(
    ("source", "form", "number"),
    [("own", "FM26", "信访处〔2026〕1号"), ("review", "FM26_review", "信访复〔2026〕1号")],
)
def test_the_opinion_is_numbered_and_entered(desk: Desk, source: str, form: str, number: str) -> None:
    desk.done("Draft", **DRAFT)
    given, _ = desk.handle("opinion.issue", case_source=source)
    assert given == {"opinion_number": number}
    assert [one["form"] for one in documents.documents_of(desk.uow, desk.org_id, desk.case_id)] == [form]
    (entry,) = desk.register("FM26")
    assert (entry["number"], entry["legal_basis"]) == (number, "条例第二十条")


def test_nothing_is_served_before_it_is_numbered(desk: Desk) -> None:
    assert refused(desk, "opinion.served", {}) == "opinion.not_approved"
    desk.variables = {"opinion_number": "信访处〔2026〕1号"}
    desk.check("opinion.served")
