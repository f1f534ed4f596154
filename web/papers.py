"""Documents that a person makes of a case: what may be made, looked at before it is numbered, made, served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from office import access, cases, documents, organisations, registers, serving
from office.paper_forms import PAPERS, RECEIPT, SERVED_WAYS, SHEET, Blank, Paper
from office.paper_templates import current
from office.parties import get_party
from office.people import units
from storage.clock import local
from storage.database import UnitOfWork
from storage.errors import Forbidden, NotFound, Refusal
from storage.types import new_id
from web import acts
from web.acts import Actor
from web.api.labels import Labels
from web.banjie import Banjie

_LONGEST = 4000  # characters that a person fills in one place


@dataclass(frozen=True, slots=True)
class Served:
    """The entry's number, and the id of the case in which the time to ask for a review now runs (L14)."""

    seq: int
    review: str | None


def offered(uow: UnitOfWork, banjie: Banjie, who: Actor, case_id: str) -> list[dict[str, Any]]:
    """The documents that the actor may make of the case: form, name, what is left to fill in.

    Errors: NotFound `case.unknown`.
    """
    viewer = acts.viewer(uow, who, banjie.clock.now())
    if not access.may_see_case(uow, viewer, case_id):
        raise NotFound("case.unknown", "没有这件事项，或者您无权查看。")
    if not access.may_write_for(uow, viewer, case_id):
        return []
    known = _Known(uow, banjie, who.org_id, case_id)
    return [
        {
            "form": paper.code,
            "name": paper.name,
            "numbered": paper.word is not None,
            "blanks": [
                {
                    "key": blank.key,
                    "label": blank.label,
                    "kind": blank.kind,
                    "required": blank.required,
                    "value": known.prefilled(paper, blank),
                }
                for blank in paper.blanks
            ],
        }
        for paper in PAPERS.values()
        if paper.by_hand and known.has(paper)
    ]


def draft(banjie: Banjie, who: Actor, case_id: str, form: str, blanks: Mapping[str, str]) -> documents.Printed:
    """The document as it would be made, without a number; nothing is kept. Errors: as `make`."""
    with banjie.store.begin() as uow:
        paper, fields = _prepared(uow, banjie, who, case_id, form, blanks, act="preview")
        fields["number"] = "（预览，未编号）" if paper.word else ""
        return documents.draft(uow, who.org_id, case_id, form, fields, now=banjie.clock.now(), by=who.user_id)


def make(banjie: Banjie, who: Actor, case_id: str, form: str, blanks: Mapping[str, str]) -> str:
    """Make the document with its number and keep it with the case; gives its id.

    Errors: `case.unknown`, `case.confidential`, `paper.not_yours`, `paper.not_offered`, `paper.unknown_blank`,
    `paper.blank_missing`, `paper.too_long`, `paper.bad_date`.
    """
    with banjie.store.begin() as uow:
        _, fields = _prepared(uow, banjie, who, case_id, form, blanks, act="document")
        return documents.make(uow, who.org_id, case_id, form, fields, now=banjie.clock.now(), by=who.user_id)


def sheet(banjie: Banjie, who: Actor, register: str, seq: int) -> documents.Printed:
    """An entry of a register on paper, as its register page shows it.

    Errors: `register.unknown`, `register.no_entry`, `case.confidential`.
    """
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        entry = registers.entry(uow, acts.viewer(uow, who, now), register, seq)
        if entry["case_id"] is not None:
            _read(uow, banjie, who, entry["case_id"], act="download")
        Labels(banjie.engine, uow, who.org_id).register_page(register, [entry])
        values = {
            "register_name": entry["name"],
            "register_seq": seq,
            "case_number": entry["number"] or "",
            "entered_at": f"{local(entry['at']):%Y-%m-%d %H:%M}",
            "entered_by": entry["by_name"] or "系统",
            "today": documents.chinese_date(local(now)),
            "org": organisations.get_organisation(uow, who.org_id).name,
            "rows": [{"label": row["label"], "value": row["value"]} for row in entry["fields"]],
        }
        content = documents.print_values(current(uow, who.org_id, SHEET), values)
    return documents.Printed(f"{entry['name']}（第{seq}号）.docx", content)


def receipt(banjie: Banjie, who: Actor, document_id: str) -> documents.Printed:
    """The 送达回证 that goes with a document, to be signed. Errors: `document.unknown`, `serving.not_served`."""
    now = banjie.clock.now()
    with banjie.store.begin() as uow:
        viewer = acts.viewer(uow, who, now)
        found = documents.read(uow, viewer, document_id, now=now, source=who.source)
        row = documents.row_of(uow, who.org_id, document_id)
        if row["form"] not in PAPERS or not PAPERS[row["form"]].served:
            raise Refusal("serving.not_served", "这种文件不用送达签收。", field="document_id")
        told = serving.served_of(uow, who.org_id, found.case_id).get(document_id, {})
        fields = {
            "document_name": PAPERS[row["form"]].name,
            "document_number": row["number"] or "",
            "receiver": told.get("receiver") or _receiver(uow, who.org_id, found.case_id, row["form"]),
            "served_way": told.get("served_way") or "",
        }
        return documents.draft(uow, who.org_id, found.case_id, RECEIPT, fields, now=now, by=who.user_id)


def serve(
    banjie: Banjie, who: Actor, document_id: str, *, served_on: date, way: str, receiver: str, remarks: str
) -> Served:
    """Enter that a document was served. By that of a handling opinion the thirty days of L14 begin to run.

    Errors: those of `serving.record`, `document.unknown`, `case.confidential`, `paper.not_yours`.
    """
    now = banjie.clock.now()
    review = None
    with banjie.store.begin() as uow:
        viewer = acts.viewer(uow, who, now)
        found = documents.read(uow, viewer, document_id, now=now, source=who.source, act="serve")
        if not access.may_write_for(uow, viewer, found.case_id):
            raise _not_yours()
        seq = serving.record(
            uow, who.org_id, document_id, served_on=served_on, way=way, receiver=receiver, remarks=remarks, now=now,
            by=who.user_id,
        )  # fmt: skip
        answers = serving.review_begun_by(uow, who.org_id, document_id, served_on)
        if answers is not None and _runs(banjie, uow, who.org_id, serving.REVIEW):
            review = new_id()
            banjie.engine.start(
                uow, who.org_id, serving.REVIEW, business_key=review, answers=answers, actor=who.user_id
            )
    if review is not None:
        acts.drain(banjie, who.org_id, review)
    return Served(seq, review)


def _runs(banjie: Banjie, uow: UnitOfWork, org_id: str, process_key: str) -> bool:
    """Whether the office has the regulation."""
    return any(one.key == process_key for _, one in banjie.engine.versions.all_current(uow, org_id))


class _Known:
    """What the case knows, in words."""

    def __init__(self, uow: UnitOfWork, banjie: Banjie, org_id: str, case_id: str) -> None:
        self._case = cases.get_case(uow, org_id, case_id)
        labels = Labels(banjie.engine, uow, org_id, case_id)
        self._units = {unit.id: unit.name for unit in units(uow, org_id, inactive=True)}
        self._entries: dict[str, dict[str, Any]] = {}
        self._raw: dict[str, dict[str, Any]] = {}
        for entry in registers.entries_of_case(uow, org_id, case_id):
            labels.know_people([entry["fields"]])
            rows = labels.register_rows(entry["register"], entry["fields"])
            self._raw[entry["register"]] = entry["fields"]
            self._entries[entry["register"]] = {row["key"]: row["value"] for row in rows}

    def has(self, paper: Paper) -> bool:
        """Whether there is what the document is made from."""
        if paper.register is not None and paper.register not in self._entries:
            return False
        return paper.needs is None or bool(self.values(paper).get(paper.needs) or self._case["fields"].get(paper.needs))

    def values(self, paper: Paper) -> dict[str, Any]:
        """The words of the entry that the document is made from. A number of its own is not the register's."""
        values = dict(self._entries.get(paper.register or "", {}))
        if paper.word:
            values.pop("number", None)
            given = self._raw.get(paper.register or "", {}).get("report_no")
            values |= {"number": given} if given else {}
        return values

    def prefilled(self, paper: Paper, blank: Blank) -> str:
        """What may already stand in a place that is filled in by hand."""
        if blank.key == "to_unit":
            given = self.values(paper).get("unit") or self._case["handling_unit"] or ""
            return self._units.get(given, given)
        return str(self.values(paper).get(blank.key) or "")


def _prepared(
    uow: UnitOfWork, banjie: Banjie, who: Actor, case_id: str, form: str, blanks: Mapping[str, str], *, act: str
) -> tuple[Paper, dict[str, Any]]:
    _read(uow, banjie, who, case_id, act=act)
    if not access.may_write_for(uow, acts.viewer(uow, who, banjie.clock.now()), case_id):
        raise _not_yours()
    paper = PAPERS.get(form)
    known = _Known(uow, banjie, who.org_id, case_id)
    if paper is None or not paper.by_hand or not known.has(paper):
        raise Refusal("paper.not_offered", "本件现在不能出具这种文书。", field="form")
    return paper, {**known.values(paper), **_filled(paper, blanks)}


def _filled(paper: Paper, blanks: Mapping[str, str]) -> dict[str, str]:
    places = {blank.key: blank for blank in paper.blanks}
    strange = next((key for key in blanks if key not in places), None)
    if strange is not None:
        raise Refusal("paper.unknown_blank", f"“{paper.name}”没有“{strange}”这一栏。", field=strange)
    found = {}
    for key, blank in places.items():
        text = blanks.get(key, "").strip()
        if blank.required and not text:
            raise Refusal("paper.blank_missing", f"请填写“{blank.label}”。", field=key)
        if len(text) > _LONGEST:
            raise Refusal("paper.too_long", f"“{blank.label}”超过{_LONGEST}字。", field=key)
        if blank.kind == "date" and text and not _is_day(text):
            raise Refusal("paper.bad_date", f"“{blank.label}”不是日期。", field=key)
        found[key] = text
    return found


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _read(uow: UnitOfWork, banjie: Banjie, who: Actor, case_id: str, *, act: str) -> None:
    now: datetime = banjie.clock.now()
    access.require_may_see(uow, acts.viewer(uow, who, now), case_id, now=now, act=act, source=who.source)


def _not_yours() -> Forbidden:
    return Forbidden("paper.not_yours", "只有本件的经办人员和信访工作机构可以出具文书、登记送达。")


def _receiver(uow: UnitOfWork, org_id: str, case_id: str, form: str) -> str:
    """To whom a document goes: the petitioner, unless it goes to a unit."""
    case = cases.get_case(uow, org_id, case_id)
    if form in ("FM23", "FM24", "FM27", "FM42"):
        return ""
    person = get_party(uow, org_id, case["petitioner_id"]) or {}
    return str(person.get("name") or "")


def ways() -> list[dict[str, str]]:
    """The ways of serving, as choices."""
    return [{"value": key, "label": label} for key, label in SERVED_WAYS.items()]
