"""Who may be given a matter, to handle, to answer or to read: who is here, and whom it does not accuse (R65)."""

from __future__ import annotations

from office.accused import require_may_be_given
from office.people import User, get_user
from storage.database import UnitOfWork
from storage.errors import Refusal


def receiver(uow: UnitOfWork, org_id: str, user_id: str, case_id: str | None, *, field: str) -> User:
    """The person whom the case (None: work of no case) may be given; `field` is where the person was chosen.

    Errors: `user.unknown`, `receiver.away`, `transfer.accused`.
    """
    person = get_user(uow, org_id, user_id)
    if not person.active:
        raise Refusal("receiver.away", f"{person.name}已不在岗，请另选一位。", field=field)
    if case_id is not None:
        require_may_be_given(uow, org_id, case_id, user_id=user_id, field=field)
    return person
