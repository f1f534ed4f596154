"""Sign-in by OpenID Connect: authorization code with PKCE at the one provider that the operator has named.

BANJIE_OIDC_ISSUER         https://sso.example.gov.cn/realms/town (http only on this machine)
BANJIE_OIDC_CLIENT_ID      by what name the provider knows this installation
BANJIE_OIDC_CLIENT_SECRET  its secret
BANJIE_PUBLIC_URL          where browsers reach this installation; redirect address: .../api/openid/callback
BANJIE_OIDC_NAME           what the button says; 统一身份认证 unless given
BANJIE_OIDC_LOGIN_CLAIM    claim that holds the log-in name, by which an account is tied at its first sign-in
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from storage.errors import BanjieError, Forbidden

TIMEOUT = 10  # seconds for each answer of the provider
LEEWAY = 120  # seconds that the provider's clock may be off
KEEP = timedelta(hours=1)  # how long what the provider tells of itself is believed
METHOD = "openid"  # of a session that was opened by it
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_HERE = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator has set."""

    issuer: str
    client_id: str
    client_secret: str
    public_url: str
    name: str
    login_claim: str | None

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends the browser back to."""
        return f"{self.public_url}/api/openid/callback"

    @classmethod
    def from_environment(cls) -> Settings | None:
        """None if no provider is named. Errors: `openid.settings`."""
        given = {name: os.environ.get(f"BANJIE_{name}", "").strip() for name in _NAMES}
        if not given["OIDC_ISSUER"]:
            return None
        wanted = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "PUBLIC_URL")
        if not all(given[name] for name in wanted) or not _safe(given["OIDC_ISSUER"]):
            raise _wrong_settings()
        return cls(
            issuer=given["OIDC_ISSUER"],
            client_id=given["OIDC_CLIENT_ID"],
            client_secret=given["OIDC_CLIENT_SECRET"],
            public_url=given["PUBLIC_URL"].rstrip("/"),
            name=given["OIDC_NAME"] or "统一身份认证",
            login_claim=given["OIDC_LOGIN_CLAIM"] or None,
        )


_NAMES = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "OIDC_LOGIN_CLAIM", "PUBLIC_URL")


class Provider:
    """The provider of `settings`: what it tells of itself and its keys are kept for an hour."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._about: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at: datetime | None = None

    def address(self, *, state: str, nonce: str, verifier: str, now: datetime) -> str:
        """Where the browser is sent. Errors: `openid.provider`."""
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self.about(now)["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def claims(self, code: str, *, nonce: str, verifier: str, now: datetime) -> Mapping[str, Any]:
        """What the provider vouches for, in exchange for the code.

        Errors: `openid.provider` (it cannot be reached or answers otherwise than agreed), `openid.refused` (the code or
        the token does not hold: signature, issuer, audience, nonce, time).
        """
        try:
            with self._client() as client:
                token = client.fetch_token(self.about(now)["token_endpoint"], code=code, code_verifier=verifier)
        except OAuthError as error:
            raise _refused() from error
        except (httpx2.HTTPError, ValueError) as error:
            raise _unreachable() from error
        return self._checked(token, nonce, now)

    def logout_address(self, now: datetime) -> str | None:
        """Where the browser goes to end the provider's own session; None if it has no such page or is not there."""
        try:
            page = self.about(now).get("end_session_endpoint")
        except BanjieError:
            return None
        query = {"client_id": self.settings.client_id, "post_logout_redirect_uri": f"{self.settings.public_url}/login"}
        return f"{page}{'&' if '?' in page else '?'}{urlencode(query)}" if page else None

    def about(self, now: datetime) -> dict[str, Any]:
        """What the provider tells of itself (OpenID Connect Discovery). Errors: `openid.provider`."""
        with self._lock:
            if self._read_at is None or not timedelta() <= now - self._read_at < KEEP:
                told = self._get(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
                wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if told.get("issuer") != self.settings.issuer or not all(_safe(told.get(name)) for name in wanted):
                    raise _unreachable()
                if not _safe(told.get("end_session_endpoint")):
                    told.pop("end_session_endpoint", None)
                self._about, self._keys, self._read_at = told, None, now
            return self._about

    def _checked(self, token: Mapping[str, Any], nonce: str, now: datetime) -> Mapping[str, Any]:
        text = str(token.get("id_token") or "")
        try:
            try:
                signed = jwt.decode(text, self._key_set(now), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # the provider may have other keys since
                signed = jwt.decode(text, self._key_set(now, anew=True), algorithms=ALGORITHMS)
            wanted = {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
            }
            params = {"nonce": nonce, "client_id": self.settings.client_id, "access_token": token.get("access_token")}
            told = CodeIDToken(signed.claims, signed.header, wanted, params)
            told.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused() from error
        if not isinstance(told["sub"], str) or not 0 < len(told["sub"]) <= 255:
            raise _refused()
        return dict(told)

    def _key_set(self, now: datetime, *, anew: bool = False) -> KeySet:
        address = self.about(now)["jwks_uri"]
        with self._lock:
            if self._keys is None or anew:
                self._keys = KeySet.import_key_set(self._get(address))  # type: ignore[arg-type]
            return self._keys

    def _get(self, address: str) -> dict[str, Any]:
        try:
            told = httpx2.get(address, timeout=TIMEOUT).raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise _unreachable() from error
        if not isinstance(told, dict):
            raise _unreachable()
        return told

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self.settings.client_id,
            self.settings.client_secret,
            scope="openid profile",
            redirect_uri=self.settings.redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT,
        )


_providers: dict[Settings, Provider] = {}


def provider() -> Provider | None:
    """The provider that is set. Errors: `openid.settings`."""
    settings = Settings.from_environment()
    return None if settings is None else _providers.setdefault(settings, Provider(settings))


def required() -> Provider:
    """The provider that is set. Errors: `openid.off`, `openid.settings`."""
    found = provider()
    if found is None:
        raise BanjieError("openid.off", "没有设置统一身份认证。", status=404)
    return found


def secret() -> str:
    """A value nobody can guess; long enough for a PKCE verifier."""
    return secrets.token_urlsafe(48)


def _safe(address: object) -> bool:
    """https, or http on this machine."""
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
    except ValueError:
        return False
    return (
        parts is not None
        and bool(parts.hostname)
        and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE))
    )


def _refused() -> Forbidden:
    return Forbidden("openid.refused", "统一身份认证的回答没有通过核对，请重新登录。", status=401)


def _unreachable() -> BanjieError:
    return BanjieError("openid.provider", "统一身份认证暂时不能使用，请稍后再试，或用密码登录。", status=502)


def _wrong_settings() -> BanjieError:
    return BanjieError(
        "openid.settings",
        "统一身份认证设置不全：须有 BANJIE_OIDC_ISSUER（https 地址）、BANJIE_OIDC_CLIENT_ID、"
        "BANJIE_OIDC_CLIENT_SECRET、BANJIE_PUBLIC_URL。",
        status=503,
    )
