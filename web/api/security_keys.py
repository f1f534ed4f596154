"""A user's own security keys: made known, named, taken away."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from office import notices, people, safety, second_factor, security_keys
from web.api.common import Enrolling, Program, Who
from web.api.security import Password, password_again
from web.public_address import required_site

router = APIRouter(prefix="/security/keys", tags=["登录安全"])


class Name(BaseModel):
    """What its owner calls a key."""

    name: str = Field(max_length=200)


class KeyMade(BaseModel):
    """What the authenticator says, in base64url (WebAuthn, AuthenticatorAttestationResponse)."""

    client_data: str = Field(alias="clientDataJSON", max_length=8000)
    attestation: str = Field(alias="attestationObject", max_length=100_000)
    transports: list[str] = Field(default=[], max_length=20)


class NewKey(BaseModel):
    """What a new security key answered to what it was asked."""

    id: str = Field(max_length=2000)
    raw_id: str = Field(alias="rawId", max_length=2000)
    type: Literal["public-key"]
    response: KeyMade


class Enrolment(Name):
    """A new key and its name."""

    key: NewKey


@router.post("/begin", summary="登记安全密钥：询问")
def begin(body: Password, who: Enrolling, banjie: Program) -> dict[str, Any]:
    """What `navigator.credentials.create` is given. Errors: `key.no_address`, `password.wrong`, `key.too_many`."""
    site = required_site()
    password_again(body.password, who, banjie)
    with banjie.store.begin() as uow:
        login = people.get_user(uow, who.org_id, who.user_id).login
        verify = safety.rules(uow, who.org_id).verify_user
        return security_keys.begin(
            uow, who.org_id, who.user_id, login, site, verify=verify, now=banjie.clock.now()
        )  # fmt: skip


@router.post("", summary="登记安全密钥")
def enrol(body: Enrolment, who: Enrolling, banjie: Program) -> dict[str, Any]:
    """Gives the recovery codes with the first factor of any kind, else none."""
    site, now = required_site(), banjie.clock.now()
    with banjie.store.begin() as uow:
        answer = body.key.model_dump(by_alias=True)
        codes = second_factor.add_key(uow, who.org_id, who.user_id, body.name, answer, site, now=now)
        notices.tell_of_account(uow, who.org_id, who.user_id, f"您登记了安全密钥“{body.name.strip()}”", now=now)
    return {"recovery_codes": codes}


@router.post("/{key_id}/rename", summary="安全密钥改名")
def rename(key_id: str, body: Name, who: Who, banjie: Program) -> dict[str, bool]:
    with banjie.store.begin() as uow:
        security_keys.rename(uow, who.org_id, who.user_id, key_id, body.name)
    return {"ok": True}


@router.post("/{key_id}/remove", summary="移除安全密钥")
def remove(key_id: str, body: Password, who: Who, banjie: Program) -> dict[str, bool]:
    password_again(body.password, who, banjie)
    with banjie.store.begin() as uow:
        name = second_factor.remove_key(uow, who.org_id, who.user_id, key_id)
        text = f"您的安全密钥“{name}”已移除"
        notices.tell_of_account(uow, who.org_id, who.user_id, text, now=banjie.clock.now())
    return {"ok": True}
