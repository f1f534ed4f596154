"""The form of an open task, with what is known of its case filled in."""

from __future__ import annotations

from typing import Any

from engine.contexts import known_data
from office import askings, organisations
from office.register_catalogue import REGISTERS
from storage.database import UnitOfWork
from web.banjie import Banjie

# What a person decides, confirms or remarks is said anew at every step; only what is known of the case is filled in.
_DECISIONS = frozenset({"radio", "checkbox"})
_OF_THE_STEP = frozenset({"remarks"})
_KNOWN = frozenset({"channel", "kind", "weight", "gender", "confidential", "anonymous"})
# Particulars of the petitioner and the letter that not every form of registration has.
_PARTICULARS = frozenset({"gender", "age", "occupation", "political_status", "unit", "envelope_checked"})


def task_form(
    banjie: Banjie, uow: UnitOfWork, org_id: str, task_id: str, *, given: dict[str, Any] | None = None
) -> tuple[Any, dict[str, Any]]:
    """The schema (None: no form) and the data it begins with: the case, over it what was prepared for this step
    (or `given`), and the choices of its lists.
    """
    row, form, variables, context = banjie.engine.task_form(uow, org_id, task_id)
    if form is None:
        return None, {}
    data = known_data(banjie.host.form_data(context), variables)
    options = banjie.host.options(context, list(form.option_keys))
    decided = {field.key for field in form.answered if field.type in _DECISIONS and field.key not in _KNOWN}
    wanted = (form.keys | form.names) - decided - _OF_THE_STEP
    shown = {key: data[key] for key in wanted if data.get(key) is not None}
    prepared = askings.prepared(uow, org_id, task_id) if given is None else given
    shown |= {key: value for key, value in prepared.items() if key in form.keys and value is not None}
    return _as_registered(banjie, uow, org_id, row, form.schema), shown | dict(options)


def _as_registered(banjie: Banjie, uow: UnitOfWork, org_id: str, row: Any, schema: dict[str, Any]) -> dict[str, Any]:
    """The shared form of registration as the organisation's own (FM18a-f): its labels, only the particulars it asks."""
    definition, _ = banjie.engine.place(uow, org_id, row.instance_id, row.id)
    if "FM18" not in str(definition.elements[row.element_id].properties.get("register", "")).split(","):
        return schema
    profile = organisations.profile_of(uow, org_id)
    columns = REGISTERS[str(profile.param("registration.form"))].columns
    required = {str(key).removeprefix("petitioner_") for key in profile.param("registration.required") or ()}
    asked = []
    for one in schema["components"]:
        key = one.get("key")
        if key in _PARTICULARS and key not in columns and key not in required:
            continue
        label = "dateLabel" if one.get("type") == "datetime" else "label"
        asked.append({**one, label: columns[key]} if key in columns else one)
    return {**schema, "components": asked}
