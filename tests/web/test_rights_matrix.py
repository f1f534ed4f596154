"""Who may do what: every route, every role, and cases of one's own unit, below it, of another, and accusing it.

Two tables say it in letters; the walk asks for real. A route or a role without a line fails the test. Each kind of role
walks all routes, every other role one route of each rule; `BANJIE_RIGHTS=all`: every role walks all routes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from office import accounts, people
from office.roles import ROLES
from office.second_factor import Answer
from storage.tables.office import case_file
from tests.support.matters import add_everything, put_back
from tests.support.office import CLASSES, REGISTRATION, open_office
from web.api.common import COOKIE

# a sees all cases of the office   b the boards          h the heat maps        l who read what
# u urges and supervises           w writes documents    c corrects registers   k keeps records from destruction
# d destroys records               p approves that       r registers petitions  s administers
# j merges petitions and takes them apart
# Somebody has the step at which the cases are: nobody sees them for being of a post that it was offered to.
RIGHTS: dict[str, str] = {
    "admin": "hls",
    "petition_clerk": "auwrj", "petition_section": "auwj", "petition_office": "abhuwrj",
    "petition_office_head": "abhuwckprj", "office_director": "awckp", "archivist": "awckd",
    "supervisor": "abhluk", "case_filing_division": "ar", "examiner": "a", "distributor": "a",
    "centre_director": "abhuckpj",
    **dict.fromkeys(
        ("town_principal", "bureau_director", "deputy_director_in_charge", "secretary_general",
         "deputy_secretary_general", "main_leader", "leader_in_charge", "party_group_secretary", "party_secretary",
         "mayor", "court_president", "village_branch_secretary", "factory_leader"), "abhukpj"),
    **dict.fromkeys(("window_clerk", "reception_leader", "village_cadre", "receptionist"), "r"),
    **dict.fromkeys(
        ("member_unit", "assessor", "accountability_committee", "discipline_supervision", "handling_unit", "handler",
         "unit_head", "bailiff", "public_security", "village_director", "property_officer", "gate_guard", "auditor",
         "union_chair", "petitioner", "first_contact_officer", "responsible_post", "post_a", "post_b", "window_head",
         "verifier", "mediator", "investigator", "inspector", "drafter", "reviewer", "receiver", "staff", "driver"),
        ""),
}  # fmt: skip

# Which cases one sees: rows by the right `a`; what the accused's own unit asks for is not there for anybody in it.
SEES = {  # unit of the case:  own    below  other  accused
    "a": {"own": True, "below": True, "other": True, "accused": False},
    "": {"own": True, "below": True, "other": False, "accused": False},
}

# open: also to strangers.  any: to all who are logged in.  Letters: to those who have one of them, else 403.
# case: to who sees the case, else 404.  case:x: then to those with the letter, else 403.  case:403: nobody, but it
# may be known to be there.  task: 403 to all but who holds it.  none: 404, as it is another's (s/none: but
# administrators may).  x:none: to those with the letter, but there is none, 404.  login: 401 for what is told wrongly.
# local: not from another machine.  off: not there, as it is not set.
ROUTES = """
GET  /assets                                        open
GET  /healthz                                       open
GET  /readyz                                        open
GET  /metrics                                       local
GET  /{path:path}                                   open
GET  /api/openapi.json                              open
POST /api/login                                     login
POST /api/logout                                    any
POST /api/password                                  any
POST /api/password/strength                         any
GET  /api/me                                        open
GET  /api/openid                                    open
GET  /api/openid/begin                              open
GET  /api/openid/callback                           open
POST /api/openid/code                               login
POST /api/openid/link                               any:403
POST /api/openid/unlink                             none
GET  /api/openid/linked                             any
GET  /api/ldap                                      open
POST /api/ldap/login                                off
GET  /api/ldap/linked                               any
POST /api/ldap/link                                 any:403
POST /api/ldap/unlink                               none
GET  /api/security                                  any
POST /api/security/second-factor                    any
POST /api/security/second-factor/confirm            any
POST /api/security/second-factor/remove             any:403
POST /api/security/sessions/{session_id}/end        any:403
POST /api/security/sessions/end-others              any:403
POST /api/security/keys/begin                       any
POST /api/security/keys                             any
POST /api/security/keys/{key_id}/rename             none
POST /api/security/keys/{key_id}/remove             any:403
GET  /api/inbox                                     any
POST /api/inbox/search                              any
GET  /api/filters                                   any
POST /api/filters                                   any
POST /api/filters/{filter_id}/remove                none
POST /api/batch/claim                               any
POST /api/batch/complete                            any
POST /api/batch/transfer                            any
GET  /api/tasks/{task_id}                           case
POST /api/tasks/{task_id}/claim                     task
POST /api/tasks/{task_id}/begin                     task
POST /api/tasks/{task_id}/release                   task
POST /api/tasks/{task_id}/complete                  task
GET  /api/tasks/{task_id}/returns                   task
POST /api/tasks/{task_id}/return/preview            task
POST /api/tasks/{task_id}/return                    task
POST /api/tasks/{task_id}/withdraw/preview          case:!
POST /api/tasks/{task_id}/withdraw                  case:!
POST /api/tasks/{task_id}/transfer                  task
POST /api/tasks/{task_id}/askings                   task
GET  /api/askings                                   any
GET  /api/askings/{asking_id}                       none
POST /api/askings/{asking_id}/answer                none
POST /api/askings/{asking_id}/add                   task
POST /api/askings/{asking_id}/remove                task
GET  /api/starts                                    any
POST /api/starts/{process_key}                      r
POST /api/duplicates                                any
GET  /api/units                                     any
GET  /api/people                                    any
POST /api/people/search                             any
GET  /api/cases                                     any
POST /api/cases/search                              any
GET  /api/cases/{case_id}                           case
GET  /api/cases/{case_id}/archive                   case:403
GET  /api/instances/{instance_id}/diagram           case+s
POST /api/cases/{case_id}/urge                      case:u
GET  /api/cases/{case_id}/changes                   case
POST /api/cases/{case_id}/reports                   case
POST /api/cases/{case_id}/merge/preview             case:j
POST /api/cases/{case_id}/merge                     case:j
POST /api/cases/{case_id}/split                     case:j
POST /api/cases/{case_id}/links                     case:w
POST /api/cases/{case_id}/links/remove              case:w
POST /api/cases/{case_id}/stop                      case:u
POST /api/cases/{case_id}/resume                    case:u
POST /api/cases/{case_id}/urgings/{number}/answer   case:403
POST /api/cases/{case_id}/supervise                 case:u
GET  /api/board                                     b
GET  /api/supervisions                              b
POST /api/supervisions/{supervision_id}/warn        case:u
POST /api/supervisions/{supervision_id}/reply       case:403
GET  /api/statistics                                b
GET  /api/registers                                 any
GET  /api/registers/{register}                      any
POST /api/registers/{register}/search               any
GET  /api/registers/{register}/{seq}/fields         case:c
POST /api/registers/{register}/{seq}/correct        case:c
GET  /api/registers/{register}/{seq}/sheet          case
GET  /api/access-log                                l
POST /api/access-log/search                         l
GET  /api/documents/{document_id}                   case
GET  /api/documents/{document_id}/preview           case
GET  /api/documents/{document_id}/pdf               case
GET  /api/documents/{document_id}/receipt           case
POST /api/documents/{document_id}/served            case:w
GET  /api/notices                                   any
POST /api/notices/{notice_id}/read                  none
GET  /api/notice-settings                           any
POST /api/notice-settings                           any
GET  /api/deadline                                  any
GET  /api/deadline-codes                            any
GET  /api/cases/{case_id}/papers                    case
POST /api/cases/{case_id}/papers/{form}/draft       case:w
POST /api/cases/{case_id}/papers/{form}             case:w
POST /api/cases/{case_id}/comments                  case
POST /api/cases/{case_id}/copies                    case:w
POST /api/cases/{case_id}/attachments               case
POST /api/exports/registers/{register}              any
POST /api/exports/inbox                             any
POST /api/exports/cases                             any
GET  /api/exports/board                             b
GET  /api/exports/supervisions                      b
GET  /api/exports/statistics                        b
GET  /api/heat                                      h
GET  /api/heat/{key}                                h
GET  /api/rosters                                   any
GET  /api/rosters/{code}                            none
POST /api/rosters/{code}/days/{day}                 none
POST /api/rosters/{code}/rotate                     none
POST /api/rosters/{code}/swap                       none
POST /api/rosters/{code}/swaps                      none
POST /api/rosters/swaps/{swap_id}/answer            none
GET  /api/exports/rosters/{code}                    none
GET  /api/absences                                  any
POST /api/absences                                  s
POST /api/absences/{absence_id}/end                 s/none
GET  /api/attendance                                any
POST /api/attendance                                any
GET  /api/posts                                     any
GET  /api/retention                                 k
POST /api/retention/propose                         d
POST /api/retention/approve                         p:none
POST /api/retention/withdraw                        dp:none
POST /api/retention/carry-out                       d:none
POST /api/cases/{case_id}/hold                      k+case
POST /api/holds/{hold_id}/lift                      k+case
POST /api/admin/mail/{mail_id}/retry                s:none
POST /api/admin/external-logins/remove              s:none
POST /api/admin/channels/{channel_id}               s:none
POST /api/admin/webhooks/{webhook_id}               s:none
POST /api/admin/webhooks/{webhook_id}/rotate        s:none
POST /api/admin/webhooks/{webhook_id}/test          s:none
POST /api/admin/channels/{channel_id}/test          s:none
POST /api/admin/channels/{channel_id}/remove        s:none
POST /api/admin/webhooks/{webhook_id}/remove        s:none
POST /api/admin/deliveries/{delivery_id}/again      s:none
POST /api/admin/migrations/{batch_id}/undo          s:none
"""
# Below /api/admin all is for administrators; of an accusation against their own unit not even for them.
ADMIN_CASE = ("{instance_id}", "{incident_id}")

BODIES: dict[str, Any] = {
    "/api/login": {"login": "nobody", "password": "x"},
    "/api/password": {"old": "x", "new": "short"},
    "/api/password/strength": {"new": "short"},
    "/api/ldap/login": {"login": "x", "password": "x"},
    "/api/ldap/link": {"password": "x", "login": "x", "directory_password": "x"},
    "/api/openid/link": {"password": "x"}, "/api/openid/code": {"code": "1"},
    "/api/security/second-factor/confirm": {"code": "1"}, "/api/security/second-factor/remove": {"password": "x"},
    "/api/security/sessions/{session_id}/end": {"password": "x"},
    "/api/security/sessions/end-others": {"password": "x"},
    "/api/security/keys/begin": {"password": "x"}, "/api/security/keys/{key_id}/remove": {"password": "x"},
    "/api/security/keys/{key_id}/rename": {"name": "x"},
    "/api/security/keys": {
        "name": "x",
        "key": {
            "id": "x", "rawId": "x", "type": "public-key",
            "response": {"clientDataJSON": "x", "attestationObject": "x"},
        },
    },
    "/api/filters": {"name": "红", "query": {"light": "red"}},
    "/api/supervisions/{supervision_id}/warn": {"colour": "yellow", "text": "看看", "due": "2026-12-01"},
    "/api/supervisions/{supervision_id}/reply": {"text": "看看"},
    "/api/batch/claim": {"ids": ["none"]}, "/api/batch/complete": {"ids": ["none"]},
    "/api/batch/transfer": {"ids": ["none"], "user_id": "weina", "reason": "转办"},
    "/api/tasks/{task_id}/return/preview": {"target": 1},
    "/api/tasks/{task_id}/return": {"target": 1, "opinion": "退回"},
    "/api/tasks/{task_id}/withdraw": {"opinion": "撤回"},
    "/api/tasks/{task_id}/transfer": {"user_id": "weina", "reason": "转办"},
    "/api/tasks/{task_id}/askings": {"kind": "before", "user_ids": ["weina"], "reason": "会签"},
    "/api/askings/{asking_id}/answer": {"opinion": "看看"},
    "/api/askings/{asking_id}/add": {"user_ids": ["weina"], "reason": "加签"},
    "/api/askings/{asking_id}/remove": {"reason": "减签"},
    "/api/cases/{case_id}/urge": {"text": "请办"}, "/api/cases/{case_id}/supervise": {"text": "请办"},
    "/api/cases/{case_id}/stop": {
        "deadline_ids": ["none"], "reason": "听证", "cause": "hearing", "expected_on": "2026-12-31",
    },
    "/api/cases/{case_id}/resume": {"deadline_ids": ["none"], "reason": "听证结束"},
    "/api/cases/{case_id}/reports": {"id": "none"},
    "/api/cases/{case_id}/merge/preview": {"case_ids": ["none"]},
    "/api/cases/{case_id}/merge": {"case_ids": ["none"], "opinion": "同一件"},
    "/api/cases/{case_id}/split": {"case_id": "none", "reason": "错"},
    "/api/cases/{case_id}/links": {"other_id": "none", "reason": "同一人"},
    "/api/cases/{case_id}/links/remove": {"other_id": "none", "reason": "错"},
    "/api/cases/{case_id}/urgings/{number}/answer": {"answer": "已办"},
    "/api/registers/{register}/{seq}/correct": {"fields": {"matter": "改了"}, "reason": "写错"},
    "/api/documents/{document_id}/served": {"served_on": "2026-11-26", "way": "direct", "receiver": "甲"},
    "/api/cases/{case_id}/papers/{form}/draft": {"blanks": {}}, "/api/cases/{case_id}/papers/{form}": {"blanks": {}},
    "/api/cases/{case_id}/comments": {"text": "看看"}, "/api/cases/{case_id}/copies": {"user_ids": ["weina"]},
    "/api/notice-settings": {"channels": {"talk": ["inside"]}},
    "/api/absences": {"user_id": "weina", "from_at": "2026-12-01T09:00", "to_at": "2026-12-01T18:00", "reason": "急病"},
    "/api/attendance": {"way": "in"},
    "/api/rosters/{code}/days/{day}": {"places": {}},
    "/api/rosters/{code}/rotate": {"place": "duty", "first": "2026-12-01", "last": "2026-12-01", "people": ["weina"]},
    "/api/rosters/{code}/swaps": {
        "place": "duty", "day": "2026-12-01", "other": {"day": "2026-12-02", "user_id": "dingyi"},
    },
    "/api/rosters/swaps/{swap_id}/answer": {"agree": True},
    "/api/rosters/{code}/swap": {
        "place": "duty", "one": {"day": "2026-12-01", "user_id": "weina"},
        "other": {"day": "2026-12-02", "user_id": "dingyi"},
    },
    "/api/retention/propose": {"case_ids": [], "reason": "期满"},
    "/api/retention/approve": {"list_no": "none"}, "/api/retention/withdraw": {"list_no": "none", "reason": "错"},
    "/api/retention/carry-out": {"list_no": "none"},
    "/api/cases/{case_id}/hold": {"reason": "涉诉"}, "/api/holds/{hold_id}/lift": {"reason": "已结"},
    "/api/admin/channels": {"name": "群", "address": "json://1.2.4.8"},
    "/api/admin/channels/{channel_id}": {"name": "群", "active": True},
    "/api/admin/webhooks": {"name": "县平台", "address": "https://1.2.4.8/hook", "events": ["case.closed"]},
    "/api/admin/webhooks/{webhook_id}": {"name": "县平台", "events": ["case.closed"], "active": True},
    "/api/admin/instances/{instance_id}/cancel": {"reason": "错"},
    "/api/admin/instances/{instance_id}/move": {"reason": "错", "element_id": "Reply"},
    "/api/admin/incidents/{incident_id}/skip": {"reason": "错"},
    "/api/admin/external-logins/remove": {"issuer": "x", "user_id": "x", "reason": "x"},
}  # fmt: skip
PASSWORD_ASKED = (
    "/api/login", "/api/openid/link", "/api/ldap/link", "/api/security/second-factor/remove",
    "/api/security/sessions/{session_id}/end", "/api/security/sessions/end-others",
    "/api/security/keys/{key_id}/remove",
)  # fmt: skip
QUERY: dict[str, str | int | float | bool | None] = {
    "year": 2026, "month": 11, "code": "R39.reply", "start": "2026-12-01T10:00", "first": "2026-12-01",
    "last": "2026-12-31",
}  # fmt: skip
SCOPES = ("own", "below", "other", "accused")
UNIT = "agriculture_centre"


class Office:
    """The town, one person of each role in one unit, and a case of each scope with all that a case may have."""

    def __init__(self, folder: Path) -> None:
        self.office = office = open_office(f"sqlite:///{folder}/banjie.db")
        self.kept = folder / "kept.db"
        units = {"own": UNIT, "below": "water_station", "other": "construction_centre", "accused": None}
        with office.banjie.store.begin() as uow:
            people.add_unit(uow, office.org_id, "水利站", unit_id="water_station", parent_id=UNIT)
        self.ids, self.tokens = {}, {}
        for scope, unit in units.items():
            accusing = {"kind": "accusation"} if scope == "accused" else {}
            case_id = office.start("linhai", matter=f"{scope}的事项", **accusing)
            answers = REGISTRATION | {"matter": f"{scope}的事项"}
            answers |= {"accused_units": [UNIT]} if accusing else {}
            office.complete("linhai", case_id, "CompleteRegistration", answers)
            office.complete("linhai", case_id, "Classify", CLASSES)
            office.browser("linhai").done(f"/tasks/{office.task(case_id, 'Inform')}/claim")
            self.ids[scope] = add_everything(office, case_id, "Inform", name="甲", matter=f"{scope}的事项")
            with office.banjie.store.begin() as uow:
                uow.conn.execute(update(case_file).where(case_file.c.id == case_id).values(handling_unit=unit))
        office.browser("linhai").done("/filters", {"name": "红", "query": {"light": "red"}})
        away = {
            "user_id": "linhai", "from_at": "2026-12-01T09:00", "to_at": "2026-12-01T18:00", "reason": "急病",
        }  # fmt: skip
        absence = office.browser("admin").done("/absences", away)["id"]
        others = {
            "session_id": office.browser("linhai").told("/security")["sessions"][0]["id"],
            "filter_id": office.browser("linhai").told("/filters")[0]["id"], "absence_id": absence,
            "user_id": "weina", "unit_id": "water_station", "day": "2026-12-01",
            "post_id": office.browser("admin").told("/admin/posts")[0]["id"],
        }  # fmt: skip
        for ids in self.ids.values():
            ids.update(others)
        with office.banjie.store.begin() as uow:
            now = office.clock.now()
            for role in ROLES:
                user_id = f"one-{role}"
                people.add_user(uow, office.org_id, role, user_id, now=now, user_id=user_id, unit_id=UNIT, roles=[role])
                accounts.set_same_password(uow, office.org_id, [user_id], "banjie-2026", now=now)
                opened = accounts.open_external(uow, office.org_id, user_id, "test", None, answer=Answer(), now=now)
                assert isinstance(opened, tuple)
                self.tokens[role] = (opened[0], opened[1].csrf)
        self.client = office.stranger().client
        office.banjie.close()
        shutil.copy(folder / "banjie.db", self.kept)
        put_back(office, self.kept)

    def ask(self, role: str | None, method: str, path: str, scope: str) -> Any:
        """The answer to somebody of the role (None: a stranger); what it changed is taken back."""
        address = path.format_map(_Ids(self.ids[scope])) if path.startswith("/api/") else path.partition("{")[0]
        token, csrf = self.tokens[role] if role is not None else ("", "")
        headers = {"Cookie": f"{COOKIE}={token}", "X-CSRF-Token": csrf}
        self.client.cookies.clear()
        if method == "GET":
            return self.client.get(address, params=QUERY, headers=headers, follow_redirects=False)
        answer = self.client.post(address, json=BODIES.get(path, {}), headers=headers)
        if answer.status_code < 400 or path in PASSWORD_ASKED:
            put_back(self.office, self.kept)
        return answer


class _Ids(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "none"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("rights"))
    yield made
    made.office.banjie.close()


def rules(town: Office) -> dict[tuple[str, str], str]:
    """Each route of the application with its rule."""
    told = {(m, p): rule for m, p, rule in (line.split() for line in ROUTES.strip().splitlines())}
    there = {(m.upper(), p) for p, ms in town.office.app.openapi()["paths"].items() for m in ms}
    there |= {("GET", str(path)) for one in town.office.app.routes if (path := getattr(one, "path", None))}
    admin = {key for key in there if key[1].startswith("/api/admin/")}
    missing, gone = there - told.keys() - admin, told.keys() - there
    assert not missing and not gone, f"say in the table who may: {sorted(missing)}; gone: {sorted(gone)}"
    return told | {key: "s+case" if any(name in key[1] for name in ADMIN_CASE) else "s" for key in admin - told.keys()}


def expected(rule: str, role: str | None, scope: str) -> set[int] | None:
    """The statuses that the rule allows; None: anything but 401, 403 and 404."""
    if rule == "open":
        return None
    if rule == "off":
        return {404}
    if rule in ("login", "local"):
        return {401} if rule == "login" else {403}
    if role is None:
        return {401}
    mine = RIGHTS[role]
    sees = SEES["a" if "a" in mine else ""][scope]
    seen = None if sees else {404}
    if rule == "any":
        return None
    if rule == "s/none":
        return None if "s" in mine else {404}
    if rule == "any:403":
        return {403}
    if rule == "none":
        return {404}
    if rule == "task":
        return {404} if scope == "accused" else {403}
    if rule == "case+s":
        return None if "s" in mine and scope != "accused" else seen
    if rule.startswith("case"):
        _, _, letter = rule.partition(":")
        if seen is not None or not letter:
            return seen
        if letter == "!":
            return {403, 404, 409, 422}
        return None if letter in mine else {403}
    letters, plus, _ = rule.partition("+")
    letters, _, then = letters.partition(":")
    if not set(letters) & set(mine):
        return {403}
    if then:
        return {404}
    if plus and letters == "s":
        return {404} if scope == "accused" else None
    return seen if plus else None


def kinds() -> dict[str, list[str]]:
    """The roles by what they may."""
    found: dict[str, list[str]] = {}
    for role, letters in RIGHTS.items():
        found.setdefault(letters, []).append(role)
    return found


def test_every_role_has_its_line() -> None:
    assert set(RIGHTS) == set(ROLES)


@pytest.mark.parametrize("kind", ["stranger", *(letters or "-" for letters in kinds())])
def test_every_route_answers_a_kind_of_role_as_the_table_says(town: Office, kind: str) -> None:
    roles = [None] if kind == "stranger" else kinds()[kind.strip("-")]
    first: dict[str, tuple[str, str]] = {}
    for route, rule in rules(town).items():
        first.setdefault(rule, route)
    wrong = []
    for number, role in enumerate(roles):
        everything = number == 0 or os.environ.get("BANJIE_RIGHTS") == "all"
        for (method, path), rule in rules(town).items():
            if not everything and first[rule] != (method, path):
                continue
            of_a_case = "case" in rule or rule == "task"
            for scope in SCOPES if of_a_case else ("accused",):
                answer = town.ask(role, method, path, scope)
                status, right = answer.status_code, expected(rule, role, scope)
                if not (status in right if right is not None else status not in (401, 403, 404) and status < 500):
                    code = answer.text[:90]
                    wrong.append(f"{role} {method} {path} ({rule}) {scope}: {status}, not {right}: {code}")
                marks = (town.ids["accused"]["case_id"], "accused的事项")
                if role is not None and any(mark in answer.text for mark in marks):
                    wrong.append(f"{role} {method} {path} {scope}: shows the accusation")
    assert not wrong, "\n".join(wrong)
