"""What the host is told of an instance or a task, and what of a form's answers goes where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.registry import HostContext, TaskContext
from engine.writing import Loaded
from storage.database import UnitOfWork


def host_context(uow: UnitOfWork, instance: Loaded, *, now: datetime, actor: str | None) -> HostContext:
    """The host's view of an instance outside any element."""
    return HostContext(
        org_id=instance.org_id,
        instance_id=instance.id,
        process_key=instance.process_key,
        business_key=instance.business_key,
        element_id="",
        element_name="",
        properties={},
        variables={},
        now=now,
        actor=actor,
        uow=uow,
    )


def task_context(
    uow: UnitOfWork,
    instance: Loaded,
    *,
    element_id: str,
    name: str,
    properties: Mapping[str, str],
    form_key: str | None,
    answers: Mapping[str, Any],
    now: datetime,
    actor: str | None,
    task_id: str = "",
    variables: Mapping[str, Any] | None = None,
    scope_path: Sequence[str] = (),
) -> TaskContext:
    """The host's view of a user task with its answers; without `task_id`, of a start event with those of its form."""
    return TaskContext(
        org_id=instance.org_id,
        instance_id=instance.id,
        process_key=instance.process_key,
        business_key=instance.business_key,
        element_id=element_id,
        element_name=name,
        properties=properties,
        variables=variables or {},
        now=now,
        actor=actor,
        token_id=task_id,
        scope_path=tuple(scope_path),
        uow=uow,
        task_id=task_id,
        form_key=form_key,
        answers=answers,
    )


def known_data(case: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    """What a form is shown with: the case's data, and over it what the task's own place in the diagram knows."""
    return {**case, **{name: value for name, value in variables.items() if value is not None}}


def said(clean: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered: a field that was not sent is left as it was; one that was sent empty is emptied."""
    return {key: value for key, value in clean.items() if key in sent or value not in (None, [])}


def told(answers: Mapping[str, Any], business_key: str | None) -> dict[str, Any]:
    """What history keeps of answers: where there is a case, the case keeps them and history can only prove them."""
    if business_key is None:
        return {"answers": dict(answers)}
    text = json.dumps(answers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"answers_sha256": hashlib.sha256(text.encode()).hexdigest()}
