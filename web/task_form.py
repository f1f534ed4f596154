"""The form of an open task, with what is known of its case filled in."""

from __future__ import annotations

from typing import Any

from engine.contexts import known_data
from office import askings
from storage.database import UnitOfWork
from web.banjie import Banjie

# What a person decides, confirms or remarks is said anew at every step; only what is known of the case is filled in.
_DECISIONS = frozenset({"radio", "checkbox"})
_OF_THE_STEP = frozenset({"remarks"})
_KNOWN = frozenset({"channel", "kind", "weight", "gender", "confidential", "anonymous"})


def task_form(
    banjie: Banjie, uow: UnitOfWork, org_id: str, task_id: str, *, given: dict[str, Any] | None = None
) -> tuple[Any, dict[str, Any]]:
    """The schema (None: no form) and the data it begins with: the case, over it what was prepared for this step
    (or `given`), and the choices of its lists.
    """
    _, form, variables, context = banjie.engine.task_form(uow, org_id, task_id)
    if form is None:
        return None, {}
    data = known_data(banjie.host.form_data(context), variables)
    options = banjie.host.options(context, list(form.option_keys))
    decided = {field.key for field in form.answered if field.type in _DECISIONS and field.key not in _KNOWN}
    wanted = (form.keys | form.names) - decided - _OF_THE_STEP
    shown = {key: data[key] for key in wanted if data.get(key) is not None}
    prepared = askings.prepared(uow, org_id, task_id) if given is None else given
    shown |= {key: value for key, value in prepared.items() if key in form.keys and value is not None}
    return form.schema, shown | dict(options)
