"""What a person reports to a running instance: messages that it waits for and that a page offers.

A message event with the property `messageTitle` is offered by that title, to the posts of `messageGroups`, with the
form `messageForm`. What is reported is answered like a task: validated, checked, kept by the host, then delivered to
the very event that was offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from engine import commands as cmd
from engine.contexts import known_data, said, task_context, told
from engine.history import Line
from engine.loading import held, load_instance, read_instance
from engine.registry import HostContext
from engine.running.run import Copies
from storage.database import UnitOfWork
from storage.errors import Conflict
from storage.tables import engine as tables

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.forms import Form

TITLE, GROUPS, FORM = "messageTitle", "messageGroups", "messageForm"
PROPERTIES = (TITLE, GROUPS, FORM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A message that an instance waits for, as a page offers it. `id` is its subscription's."""

    id: str
    instance_id: str
    message: str  # its name in the diagram
    element_id: str
    title: str
    groups: tuple[str, ...]  # empty: whoever answers for the matter
    form: Form | None
    variables: Mapping[str, Any]
    interrupts: bool  # what is being done around it ends
    context: HostContext  # for what its form is filled in with


def offers(engine: Engine, uow: UnitOfWork, org_id: str, business_key: str, *, actor: str) -> list[Offer]:
    """The messages that the instances of a matter wait for and a person may report, the longest waited for first."""
    table, instance = tables.subscription, tables.instance
    query = (
        select(table.c.id, table.c.instance_id, table.c.element_id, table.c.name)
        .join(instance, (instance.c.org_id == table.c.org_id) & (instance.c.id == table.c.instance_id))
        .where(
            table.c.org_id == org_id, table.c.kind == "message", instance.c.business_key == business_key,
            instance.c.state == "active",
        )
        .order_by(table.c.created_at, table.c.id)
    )  # fmt: skip
    found = []
    for row in uow.conn.execute(query).all():
        definition, state = engine.place(uow, org_id, row.instance_id, row.id)
        node = definition.elements[row.element_id]
        properties = node.properties
        if not properties.get(TITLE):
            continue
        waiter = state.waiters[state.number(row.id)]
        token = state.tokens[waiter.token] if waiter.token is not None else None
        scope = state.scopes[token.scope if token is not None else waiter.scope or 0]
        found.append(
            Offer(
                id=row.id,
                instance_id=row.instance_id,
                message=row.name,
                element_id=row.element_id,
                title=properties[TITLE],
                groups=tuple(one.strip() for one in properties.get(GROUPS, "").split(",") if one.strip()),
                form=definition.forms.get(properties.get(FORM, "")),
                interrupts=_interrupts(node),
                variables=Copies(state.visible(scope, token)),
                context=engine.host_context(
                    uow, held(read_instance(uow, org_id, row.instance_id), org_id, row.instance_id), actor
                ),
            )
        )
    return found


def _interrupts(node: Any) -> bool:
    """Whether a boundary event ends its activity, or the start of an event sub-process what is around it."""
    return bool(
        (node.kind == "boundaryEvent" and node.cancel_activity) or (node.kind == "startEvent" and node.is_interrupting)
    )


def report(
    engine: Engine, uow: UnitOfWork, org_id: str, offer: Offer, answers: Mapping[str, Any], *, actor: str
) -> None:
    """Deliver what was offered, with the answers of its form. Errors: `form.*`, what a check of the host refuses,
    `message.unwanted` (it waits no more)."""
    instance, state = load_instance(uow, org_id, offer.instance_id)
    if not state.awaits(offer.id):
        raise Conflict("message.unwanted", "此事项目前不接受这项操作。")
    definition = engine.versions.by_hash(uow, instance.definition_hash)
    node = engine.place(uow, org_id, offer.instance_id, offer.id)[0].elements[offer.element_id]
    if offer.form is None:
        answers = {}
    else:
        data = known_data(engine.host.form_data(engine.host_context(uow, instance, actor)), offer.variables)
        options = engine.options(uow, instance, offer.form.option_keys, actor)
        answers = said(offer.form.validate(answers, options, data), answers)
    context = task_context(
        uow, instance, element_id=node.id, name=offer.title, properties=node.properties,
        form_key=node.properties.get(FORM), answers=answers, now=engine.clock.now(), actor=actor,
        variables=offer.variables,
    )  # fmt: skip
    engine.host.check(context)
    more = engine.host.completed(context) or {}
    unasked = dict.fromkeys(offer.form.keys) if offer.form is not None else {}  # what was not answered is read as null
    payload = {**unasked, **answers, **more}
    line = Line(kind="message_caught", element_id=node.id, name=offer.title, data=told(answers, instance.business_key))
    command = cmd.Deliver(subscription_id=offer.id, payload=payload)
    engine.turn(uow, definition, instance, state, command, actor=actor, lines=[line])
