"""Security keys (FIDO2, WebAuthn level 2): what a person holds in the hand, as a second factor of a log-in.

A key answers a challenge that is made for one person and one purpose, is good for minutes and once, and only at the
address of this installation: what was typed into a false page is worth nothing. A key whose count of signatures does
not grow has been copied, and opens nothing any more.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, literal, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from storage.database import UnitOfWork
from storage.errors import Conflict, NotFound, Refusal
from storage.tables.people import key_challenge, security_key
from storage.types import new_id

NAME = "办结"
PATIENCE = timedelta(minutes=5)  # from being asked until the key has answered
MOST = 10  # keys of one person
LONGEST_NAME = 60
Fault = Literal["stale", "wrong", "copied"]  # asked too long ago, or answered before; no key of the person; a copy
_TRANSPORTS = {one.value for one in AuthenticatorTransport}


@dataclass(frozen=True, slots=True)
class Site:
    """Where browsers reach this installation: the host name that keys are made for, and the origin they must say."""

    host: str
    origin: str


def keys_of(uow: UnitOfWork, org_id: str, user_id: str) -> list[dict[str, Any]]:
    """A person's keys, the oldest first: id, name, added_at, used_at, and blocked (there may be a copy of it)."""
    query = select(security_key).where(*_mine(org_id, user_id)).order_by(security_key.c.added_at, security_key.c.id)
    return [
        {"id": row.id, "name": row.name, "added_at": row.added_at, "used_at": row.used_at,
         "blocked": row.blocked_at is not None}
        for row in uow.conn.execute(query)
    ]  # fmt: skip


def has_one(uow: UnitOfWork, org_id: str, user_id: str) -> bool:
    """Whether the person has a key; a blocked one counts, or a copy of it would take the second factor away."""
    return uow.conn.execute(select(security_key.c.id).where(*_mine(org_id, user_id))).first() is not None


def begin(
    uow: UnitOfWork, org_id: str, user_id: str, login: str, site: Site, *, verify: bool, now: datetime
) -> dict[str, Any]:
    """What the browser is given to make a new key answer. `verify`: by PIN or finger. Errors: `key.too_many`."""
    known = _rows(uow, org_id, user_id)
    if len(known) >= MOST:
        raise Conflict("key.too_many", f"每人最多登记{MOST}把安全密钥，请先移除不用的。")
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=NAME,
        user_id=hashlib.sha256(f"{org_id}/{user_id}".encode()).digest(),  # the key keeps it: it names nobody
        user_name=login,
        challenge=_challenge(uow, org_id, user_id, "enrol", now),
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=_verification(verify)
        ),
        exclude_credentials=[_descriptor(row) for row in known],
    )
    told: dict[str, Any] = json.loads(options_to_json(options))
    return told


def enrol(
    uow: UnitOfWork, org_id: str, user_id: str, name: str, answer: Mapping[str, Any], site: Site, *, verify: bool,
    now: datetime,
) -> str:  # fmt: skip
    """Keep the key that answered; gives its id. Errors: `key.name`, `key.stale`, `key.refused`, `key.taken`."""
    name = _named(name)
    challenge = _answered(uow, org_id, user_id, "enrol", answer, now)
    if challenge is None:
        raise Refusal("key.stale", "这次登记已过期或已用过，请重新开始。")
    try:
        made = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=verify,
        )
    except Exception as error:  # the library raises whatever a made-up answer makes its parsers raise
        raise Refusal("key.refused", "没有认出这把安全密钥的应答，请重试；仍然不行的，换一把。") from error
    credential_id = bytes_to_base64url(made.credential_id)
    if uow.conn.execute(select(security_key.c.id).where(security_key.c.credential_id == credential_id)).first():
        raise Conflict("key.taken", "这把安全密钥已经登记过。")
    told = answer.get("response", {}).get("transports") or []
    uow.conn.execute(
        insert(security_key).values(
            org_id=org_id, id=(key_id := new_id()), user_id=user_id, credential_id=credential_id, name=name,
            public_key=bytes_to_base64url(made.credential_public_key), sign_count=made.sign_count,
            transports=[one for one in told if one in _TRANSPORTS], added_at=now,
        )
    )  # fmt: skip
    return key_id


def ask(
    uow: UnitOfWork, org_id: str, user_id: str, site: Site | None, *, verify: bool, now: datetime
) -> dict[str, Any] | None:
    """What the browser is given to make one of the person's keys answer; None if there is none that could."""
    usable = [row for row in _rows(uow, org_id, user_id) if row.blocked_at is None]
    if site is None or not usable:
        return None
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=_challenge(uow, org_id, user_id, "login", now),
        timeout=_milliseconds(),
        allow_credentials=[_descriptor(row) for row in usable],
        user_verification=_verification(verify),
    )
    told: dict[str, Any] = json.loads(options_to_json(options))
    return told


def check(
    uow: UnitOfWork, org_id: str, user_id: str, answer: Mapping[str, Any], site: Site | None, *, verify: bool,
    now: datetime,
) -> Fault | None:  # fmt: skip
    """None if one of the person's keys answered what it was asked, else why that does not count; it is used up."""
    challenge = _answered(uow, org_id, user_id, "login", answer, now)
    if site is None or challenge is None:
        return "stale"
    query = select(security_key).where(*_mine(org_id, user_id), security_key.c.credential_id == str(answer.get("id")))
    row = uow.conn.execute(query.with_for_update()).one_or_none()
    if row is None:
        return "wrong"
    try:
        seen = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=0,  # it is compared below, where what it means is known
            require_user_verification=verify,
        )
    except Exception:  # as in `enrol`
        return "wrong"
    this = (security_key.c.org_id == org_id) & (security_key.c.id == row.id)
    backwards = seen.new_sign_count <= row.sign_count and (seen.new_sign_count > 0 or row.sign_count > 0)
    if row.blocked_at is not None or backwards:
        uow.conn.execute(update(security_key).where(this).values(blocked_at=row.blocked_at or now))
        return "copied"
    uow.conn.execute(update(security_key).where(this).values(sign_count=seen.new_sign_count, used_at=now))
    return None


def rename(uow: UnitOfWork, org_id: str, user_id: str, key_id: str, name: str) -> None:
    """Call the key otherwise. Errors: `key.name`, `key.unknown`."""
    this = *_mine(org_id, user_id), security_key.c.id == key_id
    if not uow.conn.execute(update(security_key).where(*this).values(name=_named(name))).rowcount:
        raise _unknown()


def remove(uow: UnitOfWork, org_id: str, user_id: str, key_id: str) -> str:
    """The key opens nothing any more; gives what it was called. Errors: `key.unknown`."""
    this = *_mine(org_id, user_id), security_key.c.id == key_id
    name = uow.conn.execute(select(security_key.c.name).where(*this)).scalar_one_or_none()
    if name is None:
        raise _unknown()
    uow.conn.execute(delete(security_key).where(*this))
    return str(name)


def remove_all(uow: UnitOfWork, org_id: str, user_id: str) -> None:
    """None of the person's keys opens anything any more."""
    uow.conn.execute(delete(security_key).where(*_mine(org_id, user_id)))


def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Delete challenges that were not answered."""
    uow.conn.execute(delete(key_challenge).where(key_challenge.c.expires_at <= now))


def _challenge(uow: UnitOfWork, org_id: str, user_id: str, purpose: str, now: datetime) -> bytes:
    """A new challenge, of which only the hash is kept."""
    made = secrets.token_bytes(32)
    uow.conn.execute(
        insert(key_challenge).values(
            challenge_hash=_digest(made), org_id=org_id, user_id=user_id, purpose=purpose, expires_at=now + PATIENCE
        )
    )
    return made


def _answered(
    uow: UnitOfWork, org_id: str, user_id: str, purpose: str, answer: Mapping[str, Any], now: datetime
) -> bytes | None:
    """The challenge that the answer says it answers, if it was put to this person and is still open; it is used up."""
    try:
        challenge = parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"])).challenge
    except Exception:  # as in `enrol`
        return None
    table = key_challenge.c
    asked = (
        table.challenge_hash == _digest(challenge), table.org_id == org_id, table.user_id == user_id,
        table.purpose == literal(purpose), table.expires_at > now,
    )  # fmt: skip
    return challenge if uow.conn.execute(delete(key_challenge).where(*asked)).rowcount else None


def _rows(uow: UnitOfWork, org_id: str, user_id: str) -> list[Row[Any]]:
    query = select(security_key).where(*_mine(org_id, user_id)).order_by(security_key.c.added_at, security_key.c.id)
    return list(uow.conn.execute(query))


def _mine(org_id: str, user_id: str) -> tuple[Any, Any]:
    return security_key.c.org_id == org_id, security_key.c.user_id == user_id


def _descriptor(row: Row[Any]) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(one) for one in row.transports if one in _TRANSPORTS]
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential_id), transports=transports or None)


def _verification(verify: bool) -> UserVerificationRequirement:
    """Not asked unless the office wants it: the password has been."""
    return UserVerificationRequirement.REQUIRED if verify else UserVerificationRequirement.DISCOURAGED


def _named(name: str) -> str:
    if not (name := name.strip()) or len(name) > LONGEST_NAME:
        raise Refusal("key.name", f"请给安全密钥起个名称，不超过{LONGEST_NAME}字。", field="name")
    return name


def _unknown() -> NotFound:
    return NotFound("key.unknown", "没有这把安全密钥，可能已经移除。")


def _milliseconds() -> int:
    return int(PATIENCE.total_seconds() * 1000)


def _digest(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
