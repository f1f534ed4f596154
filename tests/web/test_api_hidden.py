"""R65: who may not see a case cannot find it by any route. A walk over all routes with the ids of a hidden case."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, select

from office import cases, people
from office.excel import MEDIA_TYPE
from storage.tables import engine as tables
from tests.support.door import dump
from tests.support.matters import add_everything
from tests.support.office import CLASSES, REGISTRATION, Browser, Office
from tests.support.reading import accesses

MATTER = "反映农业服务中心截留青苗补偿款"
PERSON = "钱密告"
PHONE = "13911112222"
ACCUSED = "agriculture_centre"


@dataclass
class Secret:
    """A hidden case and every id by which one could ask for it."""

    office: Office
    case_id: str
    number: str
    ids: dict[str, str]

    def marks(self) -> set[str]:
        """What must not be read anywhere."""
        plain = {"register", "key", "process_key", "form", "seq", "number"}  # these name nothing that is hidden
        return {MATTER, PERSON, PHONE, self.number, *(self.ids[name] for name in self.ids.keys() - plain)}


@pytest.fixture
def secret(sqlite_office: Office) -> Secret:
    """An accusation against the agriculture centre, with all that a case may have."""
    office = sqlite_office
    told = {"kind": "accusation", "name": PERSON, "phone": PHONE, "matter": MATTER}
    case_id = office.start("linhai", **told)
    answers = REGISTRATION | {"name": PERSON, "phone": PHONE, "matter": MATTER, "accused_units": [ACCUSED]}
    office.complete("linhai", case_id, "CompleteRegistration", answers)
    office.complete("linhai", case_id, "Classify", CLASSES)
    ids = add_everything(office, case_id, "Inform", name=PERSON, matter=MATTER, asked=("jiangbo", "pengfei"))
    with office.banjie.store.begin(write=False) as uow:
        number = cases.get_case(uow, office.org_id, case_id)["number"]
    return Secret(office, case_id, number, ids)


QUERIES: list[dict[str, Any]] = [
    {}, {"state": "all"}, {"filter": "group"}, {"unit": ACCUSED}, {"size": 200},
]  # fmt: skip
WORDS: list[dict[str, Any]] = [
    {}, {"q": MATTER[:6]}, {"q": PERSON}, {"q": PHONE}, {"name": PERSON, "phone": PHONE, "matter": MATTER},
]  # fmt: skip
# Posts that only look for something: what is theirs to show is as hidden as what a GET shows.
SEARCHES = {
    "/api/inbox/search", "/api/cases/search", "/api/registers/{register}/search", "/api/people/search",
    "/api/access-log/search", "/api/duplicates", "/api/admin/instances/search", "/api/admin/users/search",
    "/api/exports/inbox", "/api/exports/cases", "/api/exports/registers/{register}",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "/api/tasks/{task_id}/complete": {"answers": {"decision": "accepted", "notice_way": "written"}},
    "/api/tasks/{task_id}/return/preview": {"target": 1},
    "/api/tasks/{task_id}/return": {"target": 1, "opinion": "退回"},
    "/api/tasks/{task_id}/withdraw": {"opinion": "撤回"},
    "/api/tasks/{task_id}/transfer": {"user_id": "weina", "reason": "转办"},
    "/api/tasks/{task_id}/askings": {"kind": "before", "user_ids": ["weina"], "reason": "会签"},
    "/api/askings/{asking_id}/answer": {"opinion": "看看"},
    "/api/askings/{asking_id}/add": {"user_ids": ["weina"], "reason": "加签"},
    "/api/askings/{asking_id}/remove": {"reason": "减签"},
    "/api/cases/{case_id}/copies": {"user_ids": ["weina"]},
    "/api/cases/{case_id}/urge": {"text": "请尽快办理"},
    "/api/cases/{case_id}/reports": {"id": "看看"},
    "/api/cases/{case_id}/merge/preview": {"case_ids": ["看看"]},
    "/api/cases/{case_id}/merge": {"case_ids": ["看看"], "opinion": "看看"},
    "/api/cases/{case_id}/split": {"case_id": "看看", "reason": "看看"},
    "/api/cases/{case_id}/links": {"other_id": "看看", "reason": "看看"},
    "/api/cases/{case_id}/links/remove": {"other_id": "看看", "reason": "看看"},
    "/api/cases/{case_id}/stop": {
        "deadline_ids": ["看看"],
        "reason": "看看",
        "cause": "hearing",
        "expected_on": "2026-12-31",
    },
    "/api/cases/{case_id}/resume": {"deadline_ids": ["看看"], "reason": "看看"},
    "/api/cases/{case_id}/supervise": {"text": "请尽快办理"},
    "/api/supervisions/{supervision_id}/warn": {"colour": "yellow", "text": "看看", "due": "2026-12-01"},
    "/api/supervisions/{supervision_id}/reply": {"text": "看看"},
    "/api/cases/{case_id}/comments": {"text": "看看"},
    "/api/cases/{case_id}/attachments": {},
    "/api/cases/{case_id}/urgings/{number}/answer": {"answer": "已办"},
    "/api/cases/{case_id}/hold": {"reason": "看看"},
    "/api/holds/{hold_id}/lift": {"reason": "看看"},
    "/api/cases/{case_id}/papers/{form}/draft": {"blanks": {"to_unit": "看看"}},
    "/api/cases/{case_id}/papers/{form}": {"blanks": {"to_unit": "看看"}},
    "/api/documents/{document_id}/served": {"served_on": "2026-11-26", "way": "direct", "receiver": "看看"},
    "/api/registers/{register}/{seq}/correct": {"fields": {"matter": "改了"}, "reason": "看看"},
    "/api/admin/instances/{instance_id}/cancel": {"reason": "看看"},
    "/api/admin/instances/{instance_id}/move": {"reason": "看看", "element_id": "Classify"},
    "/api/admin/incidents/{incident_id}/skip": {"reason": "看看"},
}
# Posts that name no case; they are no way to find one.
ELSEWHERE = {
    "/api/retention/propose", "/api/retention/approve", "/api/retention/withdraw", "/api/retention/carry-out",
    "/api/admin/papers/{form}", "/api/admin/papers/{form}/restore",
    "/api/ldap/login", "/api/ldap/link", "/api/ldap/unlink",
    "/api/openid/link", "/api/openid/unlink", "/api/openid/code",
    "/api/notice-settings", "/api/admin/channels", "/api/admin/channels/{channel_id}",
    "/api/admin/channels/{channel_id}/test", "/api/admin/channels/{channel_id}/remove",
    "/api/admin/deliveries/{delivery_id}/again",
    "/api/admin/webhooks", "/api/admin/webhooks/{webhook_id}", "/api/admin/webhooks/{webhook_id}/rotate",
    "/api/admin/webhooks/{webhook_id}/test", "/api/admin/webhooks/{webhook_id}/remove",
    "/api/login", "/api/logout", "/api/password", "/api/password/strength",
    "/api/security/second-factor", "/api/security/second-factor/confirm",
    "/api/security/second-factor/remove", "/api/security/sessions/{session_id}/end",
    "/api/security/sessions/end-others", "/api/security/keys", "/api/security/keys/begin",
    "/api/security/keys/{key_id}/rename", "/api/security/keys/{key_id}/remove",
    "/api/starts/{process_key}", "/api/admin/lint", "/api/admin/deploy",
    "/api/admin/people/import", "/api/admin/users", "/api/admin/users/{user_id}",
    "/api/admin/users/{user_id}/hand-over",
    "/api/admin/units", "/api/admin/units/{unit_id}",
    "/api/admin/calendar", "/api/absences", "/api/absences/{absence_id}/end", "/api/attendance",
    "/api/admin/posts",
    "/api/admin/posts/{post_id}", "/api/admin/posts/{post_id}/close",
    "/api/admin/schedules/{code}", "/api/admin/schedules/{code}/dates/{nominal}/start", "/api/admin/incidents/repair",
    "/api/admin/safety", "/api/admin/external-logins/remove",
    "/api/admin/settings", "/api/admin/calendar/days", "/api/admin/mail/{mail_id}/retry",
    "/api/admin/definitions/{key}/migration/preview", "/api/admin/definitions/{key}/migration",
    "/api/admin/migrations/{batch_id}/undo",
    "/api/rosters/{code}/days/{day}", "/api/rosters/{code}/rotate", "/api/rosters/{code}/swap",
    "/api/rosters/{code}/swaps", "/api/rosters/swaps/{swap_id}/answer",
    "/api/filters", "/api/filters/{filter_id}/remove", "/api/batch/claim", "/api/batch/complete", "/api/batch/transfer",
}  # fmt: skip


def walk(secret: Secret, browser: Browser) -> list[str]:
    """Every way in which the case showed or was changed."""
    found: list[str] = []
    marks = secret.marks()
    for path, methods in secret.office.app.openapi()["paths"].items():
        address = path.removeprefix("/api").format_map(_Ids(secret.ids))
        named = "{" in path and any(
            f"{{{name}}}" in path for name in secret.ids if name not in ("register", "key", "form")
        )
        if "get" in methods:
            for query in [{}] if "{" in path and "{register}" not in path else QUERIES:
                answer = browser.get(address, **({"year": 2026, "month": 11, "start": "2026-12-01T10:00"} | query))
                shown = [mark for mark in marks if mark in told(answer) and mark not in query.values()]
                if shown or answer.status_code >= 500:
                    found.append(f"GET {path} {query}: {answer.status_code} shows {shown}")
                if named and answer.status_code < 400:
                    found.append(f"GET {path}: {answer.status_code}")
        if path in SEARCHES:
            for words in WORDS:
                answer = browser.post(address, words)
                shown = [mark for mark in marks if mark in told(answer) and mark not in words.values()]
                if shown or answer.status_code >= 500:
                    found.append(f"POST {path} {words}: {answer.status_code} shows {shown}")
        elif "post" in methods and path not in ELSEWHERE:
            assert named, f"{path} is new: say in this test what it does"
            before = dump(secret.office.banjie.store, but=frozenset({"session"}))
            answer = browser.post(address, BODIES.get(path, {}))
            shown = [mark for mark in marks if mark in answer.text]
            if shown or dump(secret.office.banjie.store, but=frozenset({"session"})) != before:
                found.append(f"POST {path}: {answer.status_code} shows {shown} or changes something")
            if "{notice_id}" not in path and answer.status_code not in (403, 404):
                found.append(f"POST {path}: {answer.status_code} {answer.text[:80]}")
    return found


def told(answer: Any) -> str:
    """The words of an answer, also of an Excel file."""
    if answer.headers.get("content-type") != MEDIA_TYPE:
        return str(answer.text)
    book = load_workbook(io.BytesIO(answer.content))
    return "\n".join(str(value) for sheet in book for row in sheet.values for value in row if value is not None)


class _Ids(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "other"


def test_an_outsider_finds_nothing(secret: Secret) -> None:
    """A clerk of the construction centre, who has nothing to do with it."""
    assert walk(secret, secret.office.browser("weina")) == []


@pytest.mark.parametrize("login", ["jiangbo", "pengfei"])
def test_the_accused_unit_finds_nothing(secret: Secret, login: str) -> None:
    """A member and the head of the accused unit, even with a duty that reaches over the whole office."""
    office = secret.office
    with office.banjie.store.begin() as uow:
        for role in ("petition_clerk", "supervisor", "leader_in_charge"):
            people.grant(uow, office.org_id, login, role)
    assert walk(secret, office.browser(login)) == []
    with office.banjie.store.begin() as uow:
        people.grant(uow, office.org_id, login, "admin")
    assert walk(secret, office.browser(login)) == [], "nor as an administrator of the system"
    browser = office.browser(login)
    open_ones = sum(one["instances_open"] for one in browser.told("/admin/definitions"))
    assert open_ones == browser.told("/admin/instances")["total"] == 0, "it is not counted either"
    versions = browser.told("/admin/definitions/petition_main/versions")
    assert sum(one["instances_open"] for one in versions) == 0
    counts = {one["register"]: one["count"] for one in browser.told("/registers")}
    assert counts["FM18a"] == browser.told("/registers/FM18a")["total"] == 0
    told = office.browser(login).done("/admin/incidents/repair", {"ids": [secret.ids["incident_id"]], "act": "retry"})
    assert (told["done"], told["refused"][0]["code"]) == (0, "instance.unknown")


def test_other_clerks_see_it_masked_and_cannot_open_it(secret: Secret) -> None:
    browser = secret.office.browser("wangxiaohua")
    assert secret.number in browser.get("/cases").text, (
        "that there is such a matter is no secret in the petition office"
    )
    for path in ("/cases", "/inbox", "/registers/FM18a", "/board"):
        text = browser.get(path).text
        assert not [mark for mark in (MATTER, PERSON, PHONE) if mark in text], path
    answer = browser.get(f"/cases/{secret.case_id}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "case.confidential")
    assert browser.get(f"/documents/{secret.ids['document_id']}").status_code in (403, 404)


def test_who_handles_it_sees_it_and_the_reading_is_logged(secret: Secret) -> None:
    office = secret.office
    page = office.browser("linhai").told(f"/cases/{secret.case_id}")
    assert MATTER in json.dumps(page, ensure_ascii=False)
    assert office.browser("linhai").get(f"/documents/{secret.ids['document_id']}").content == b"PK"
    with office.banjie.store.begin(write=False) as uow:
        log = accesses(uow, secret.case_id)
    assert {(row["user_id"], row["act"]) for row in log} >= {("linhai", "read"), ("linhai", "download")}


def test_an_administrator_alone_reads_no_case(secret: Secret) -> None:
    browser = secret.office.browser("admin")
    with secret.office.banjie.store.begin() as uow:
        mine = tables.incident.c.id == secret.ids["incident_id"]
        row = uow.conn.execute(select(tables.incident).where(mine)).one()
        uow.conn.execute(
            insert(tables.job).values(
                org_id=row.org_id, id=row.source_id, instance_id=row.instance_id, element_id="Inform",
                business_key=row.business_key, handler="mail.send", inputs={"body": MATTER}, state="failed",
                due_at=row.created_at, created_at=row.created_at, tries=1,
            )
        )  # fmt: skip
    answer = browser.get(f"/admin/incidents/{row.id}/inputs")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "case.confidential")
    for path in ("/cases", "/inbox", "/registers/FM18a", "/admin/instances", f"/tasks/{secret.ids['task_id']}",
                 f"/cases/{secret.case_id}", f"/documents/{secret.ids['document_id']}"):  # fmt: skip
        text = browser.get(path, q="").text
        assert not [mark for mark in (MATTER, PERSON, PHONE) if mark in text], path
