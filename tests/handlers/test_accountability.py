"""问责: staff only, never by the person concerned, only what the regulation provides."""

from __future__ import annotations

from typing import Any

import pytest

from office import people
from tests.handlers.desk import NOW, Desk, refusal


def test_the_responsible_person_is_staff_and_not_the_petitioner(desk: Desk) -> None:
    desk.check("accountability.person_is_staff", responsible_person="sun", judgement="proceed")
    desk.check("accountability.person_is_staff", judgement="unfounded")
    for nobody in ("李大明", "", None):
        with refusal("accountability.not_staff"):
            desk.check("accountability.person_is_staff", responsible_person=nobody, judgement="proceed")
    people.change_user(desk.uow, desk.org_id, "zhou", active=False)
    with refusal("accountability.not_staff"):
        desk.check("accountability.person_is_staff", responsible_person="zhou", judgement="proceed")
    people.add_user(desk.uow, desk.org_id, "李大明", "ldm", now=NOW, user_id="ldm", phone="13800000001")
    with refusal("accountability.not_staff"):
        desk.check("accountability.person_is_staff", responsible_person="ldm", judgement="proceed")


def test_nobody_judges_himself(desk: Desk) -> None:
    desk.check("accountability.not_self", actor="zhao", responsible_person="sun")
    with refusal("accountability.own_matter"):
        desk.check("accountability.not_self", actor="sun", responsible_person="sun")
    desk.variables = {"responsible_person": "sun"}
    with refusal("accountability.own_matter"):
        desk.check("accountability.not_self", actor="sun", measure="none")


def test_the_person_is_heard(desk: Desk) -> None:
    desk.check("accountability.statement", hearing_way="declined")
    desk.check("accountability.statement", hearing_way="oral", statement="当时在外出差")
    with refusal("accountability.statement_missing"):
        desk.check("accountability.statement", hearing_way="oral", statement="")


@pytest.mark.parametrize(
    ("basis", "judged", "measure", "allowed"),
    [
        ("R73", {"ground": "overdue", "caused_repeat": "no"}, "none", True),
        ("R73", {"ground": "overdue", "caused_repeat": "no"}, "circulated_criticism", False),
        ("R73", {"ground": "overdue", "caused_repeat": "yes"}, "circulated_criticism", True),
        ("R73", {"ground": "leak", "caused_repeat": "no"}, "referred_to_departments", True),
        ("R73", {"ground": "leak", "caused_repeat": "yes"}, "admonition_talk", False),
        ("R06", {"ground": "overdue", "caused_repeat": "no"}, "admonition_talk", True),
        ("R06", {"ground": "overdue", "caused_repeat": "no"}, "referred_to_departments", False),
        (None, {"ground": "shirking", "caused_repeat": "yes"}, "circulated_criticism", True),
        ("R73", {"ground": "shirking", "caused_repeat": "yes"}, None, False),
    ],
)
def test_only_the_measures_of_the_regulation(
    desk: Desk, basis: str | None, judged: dict[str, Any], measure: str | None, allowed: bool
) -> None:
    desk.variables = {"basis": basis}
    desk.done("Judge", **judged)
    if allowed:
        desk.check("accountability.measure", measure=measure)
    else:
        with refusal("accountability.measure_not_allowed"):
            desk.check("accountability.measure", measure=measure)
