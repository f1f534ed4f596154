"""The API is asked what its OpenAPI document allows, and what it does not: no server error, answers as documented.

`BANJIE_EXAMPLES` (`make openapi`): so many requests of each kind to every operation, each time others.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from office.paper_forms import PAPERS
from office.register_catalogue import REGISTERS
from storage.tables import engine, keeping, people
from storage.tables import office as tables
from tests.support.matters import add_everything, put_back
from tests.support.office import REGISTRATION, Office, open_office
from web.api.common import COOKIE
from web.paths import PROCESSES

EXAMPLES = int(os.environ.get("BANJIE_EXAMPLES", "0"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EACH = EXAMPLES or 2
MOSTLY = st.sampled_from([True, True, True, False])


class Town:
    """The sample town with matters in hand, put back to how it was whenever somebody is logged out."""

    def __init__(self, folder: Path) -> None:
        self.file, self.kept = folder / "banjie.db", folder / "kept.db"
        self.office = open_office(f"sqlite:///{self.file}")
        self.known = _work(self.office)
        self.tokens = {login: str(self.office.browser(login).client.cookies[COOKIE]) for login in ("admin", "linhai")}
        self.office.banjie.close()
        shutil.copy(self.file, self.kept)

    def again(self) -> None:
        """As it was at first."""
        put_back(self.office, self.kept)

    def ask(self, login: str, case: Case) -> Any:
        """The answer to a request, as the browser of somebody who is logged in sends it."""
        browser = self.office.browser(login)
        sent: Any = requests.Request(**case.as_transport_kwargs("http://testserver")).prepare()
        browser.client.cookies.clear()
        headers = {**sent.headers, "X-CSRF-Token": str(browser.csrf), "Cookie": f"{COOKIE}={self.tokens[login]}"}
        return browser.client.request(
            str(sent.method), str(sent.url), content=sent.body, headers=headers, follow_redirects=False
        )


def _work(office: Office) -> dict[str, list[Any]]:
    """Matters in several states, one with all that a matter may have; gives the ids by the names of fields."""
    accepted, _ = office.accepted(), office.start()
    accusation = office.start("linhai", kind="accusation", name="钱密告")
    office.complete(
        "linhai", accusation, "CompleteRegistration", REGISTRATION | {"accused_units": ["agriculture_centre"]}
    )
    office.browser("chenjing").done(f"/cases/{accepted}/urge", {"text": "请尽快办理", "unit_id": "petition_office"})
    office.browser("linhai").done("/filters", {"name": "红灯", "query": {"light": "red"}})
    away = {"user_id": "linhai", "from_at": "2026-12-01T09:00", "to_at": "2026-12-01T18:00", "reason": "急病"}
    office.browser("admin").done("/absences", away)
    add_everything(office, accusation, "Classify", name="钱密告", matter="截留补偿款")
    with office.banjie.store.begin(write=False) as uow:
        users, units = _ids(uow, people.user), _ids(uow, people.unit)
        keys = sorted(set(uow.conn.execute(select(engine.deployment.c.key)).scalars()))
        return {
            "case_id": _ids(uow, tables.case_file), "task_id": _ids(uow, engine.task),
            "instance_id": _ids(uow, engine.instance), "document_id": _ids(uow, tables.document),
            "incident_id": _ids(uow, engine.incident), "notice_id": [*_ids(uow, tables.notice), "all"],
            "hold_id": _ids(uow, keeping.legal_hold), "absence_id": _ids(uow, people.absence),
            "post_id": _ids(uow, people.post), "filter_id": _ids(uow, tables.saved_filter),
            "user_id": users, "person_id": users, "head_id": users, "a_id": users, "b_id": users,
            "unit_id": units, "parent_id": units, "unit": units, "shared": units,
            "register": sorted(REGISTERS), "seq": [1, 2], "number": [1], "form": sorted(PAPERS),
            "key": keys, "process_key": keys, "process": keys, "code": ["R39.reply", "R28.sunday", "adhoc"],
            "element_id": ["CompleteRegistration", "Classify", "Inform"], "role": ["petition_clerk"],
            "ids": [_ids(uow, engine.task)[:2], _ids(uow, engine.incident)], "case_ids": [_ids(uow, tables.case_file)],
            "from_version": [1], "to_version": [1], "version": [1], "base_version": [1], "target": [1, 2],
            "start": ["2026-12-31T10:00"], "unit_ids": [units[:2]], "profile": ["service_centre_petition"],
            "roles": [["petition_clerk"], ["handler@agriculture_centre"]], "mentions": [users[:2]],
            "bpmn": [(PROCESSES / "petition_main" / "petition_main.bpmn").read_text("utf-8")],
        }  # fmt: skip


def _ids(uow: Any, table: Any) -> list[str]:
    return sorted(uow.conn.execute(select(table.c.id)).scalars())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = Town(tmp_path_factory.mktemp("openapi"))
    yield made
    made.office.banjie.close()


def known_instead(case: Case, town: Town, data: st.DataObject) -> None:
    """Put an id that there is in the place of most that were made up: else all is only not found."""
    for name in case.path_parameters:
        if name in town.known and data.draw(MOSTLY):
            case.path_parameters[name] = data.draw(st.sampled_from(town.known[name]))
    places: list[Any] = [case.query, case.body]
    for given_ in places:
        for name in given_ if isinstance(given_, dict) else ():
            if name in town.known and data.draw(MOSTLY):
                given_[name] = data.draw(st.sampled_from(town.known[name]))


@pytest.mark.parametrize("login", ["admin", "linhai"])
def test_no_request_breaks_the_server_and_all_answers_are_as_documented(town: Town, login: str) -> None:
    schema = schemathesis.openapi.from_dict(town.office.app.openapi())
    wrong: dict[str, str] = {}
    done: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # of a valid document
        town.again()
        for mode in GenerationMode:
            done += ask_all(operation, mode, town, login, wrong)
    assert done[200] > done.total() / 10 and done[401] < done.total() / 10, done  # it was really asked
    assert not wrong, "\n\n".join(f"{label}\n{told}" for label, told in wrong.items())


def ask_all(operation: Any, mode: GenerationMode, town: Town, login: str, wrong: dict[str, str]) -> Counter[int]:
    """Ask an operation `EACH` times; counts the answers and notes in `wrong` the first that should not be."""
    answered: Counter[int] = Counter()

    @settings(
        max_examples=EACH, phases=[Phase.generate], derandomize=not EXAMPLES, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def asked(case: Case, data: st.DataObject) -> None:
        known_instead(case, town, data)
        answer = town.ask(login, case)
        answered[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failed:
            wrong.setdefault(f"{operation.label} ({answer.status_code})", str(failed))
        if answer.status_code == 401:
            town.again()

    with contextlib.suppress(Unsatisfiable):  # nothing that this operation is given can be wrong
        asked()
    return answered


# What a GET may be asked for in its address, where a proxy's log keeps it: none of it can name a person.
IN_ADDRESSES = {
    "state", "light", "unit", "filter", "sort", "page", "size", "since", "until", "unread", "key", "process", "card",
    "year", "month", "first", "last", "day", "of", "version",
    "start", "code", "n", "mode", "on", "appeal_claim",  # the deadline calculator; `code` and `state` of a sign-in
    "next",
}  # fmt: skip


def test_what_was_typed_is_in_no_address(town: Town) -> None:
    """Searches and hints of duplicates are asked for in the body; so is whatever comes to be asked for."""
    known = {
        (path, parameter["name"])
        for path, methods in town.office.app.openapi()["paths"].items()
        for told in methods.values()
        for parameter in told.get("parameters", [])
        if parameter["in"] == "query"
    }
    assert {(path, name) for path, name in known if name not in IN_ADDRESSES} == set()
    assert ("/api/cases", "state") in known
