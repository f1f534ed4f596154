"""An OpenID Connect provider on Authlib's server grants, listening on 127.0.0.1: signs in whoever the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "banjie", "a secret of the test"


@dataclass
class Person:
    """Who is signed in at the provider."""

    subject: str
    claims: dict[str, Any] = field(default_factory=dict)

    def get_user_id(self) -> str:
        return self.subject


class Client(ClientMixin):  # type: ignore[misc]
    """The one installation that the provider knows."""

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code that was given out."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: Person

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider:
    """`person` is signed in; `bend` may change what the ID token claims before it is signed; `rotate` changes keys."""

    def __init__(self, redirect_uri: str, now: Callable[[], int]) -> None:
        self.now = now
        self.person = Person("s-1")
        self.bend: Callable[[dict[str, Any]], None] = lambda claims: None
        self.issuer = ""
        self.client = Client(redirect_uri)
        self.codes: dict[str, Code] = {}
        self.used_nonces: set[str] = set()
        self.key = self.told_key = _key()
        self.app = self._made()

    def rotate(self, *, tell: bool = True) -> None:
        """Sign with another key from now on; without `tell` the published keys stay as they are."""
        self.key = _key()
        if tell:
            self.told_key = self.key

    def _made(self) -> Flask:
        app = Flask(__name__)
        app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": 600}
        server = AuthorizationServer(app, query_client=self._client, save_token=lambda token, asked: None)
        server.register_grant(_grant(self), [_openid(self), CodeChallenge(required=True)])

        @app.get("/.well-known/openid-configuration")
        def about() -> Response:
            told = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/end",
            }
            return jsonify(told)

        @app.get("/keys")
        def keys() -> Response:
            return jsonify(KeySet([self.told_key]).as_dict(private=False))

        @app.get("/authorize")
        def authorize() -> Any:
            grant = server.get_consent_grant(end_user=self.person)
            return server.create_authorization_response(grant_user=self.person, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        @app.get("/end")
        def end() -> Any:
            return redirect(request.args["post_logout_redirect_uri"])

        return app

    def _client(self, client_id: str) -> Client | None:
        return self.client if client_id == CLIENT_ID else None


def _grant(provider: Provider) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, asked: Any) -> None:
            told = asked.payload.data
            provider.used_nonces.add(told["nonce"])
            provider.codes[code] = Code(
                code=code,
                redirect_uri=told["redirect_uri"],
                scope=told["scope"],
                nonce=told["nonce"],
                code_challenge=told["code_challenge"],
                code_challenge_method=told["code_challenge_method"],
                user=asked.user,
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, code: Code) -> None:
            del provider.codes[code.code]

        def authenticate_user(self, code: Code) -> Person:
            return code.user

    return Grant


def _openid(provider: Provider) -> OpenIDCode:
    class OpenID(OpenIDCode):  # type: ignore[misc]
        def resolve_client_private_key(self, client: Client) -> Any:
            return provider.key

        def get_client_algorithm(self, client: Client) -> str:
            return "RS256"

        def get_encode_header(self, client: Client) -> dict[str, Any]:
            return {"alg": "RS256", "kid": provider.key.kid}

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {}

        def get_compatible_claims(self, asked: Any) -> dict[str, Any]:
            now = provider.now()
            return {"iss": provider.issuer, "aud": [CLIENT_ID], "iat": now, "exp": now + 300}

        def exists_nonce(self, nonce: str, asked: Any) -> bool:
            return nonce in provider.used_nonces

        def generate_user_info(self, user: Person, scope: str) -> dict[str, Any]:
            return {"sub": user.subject, **user.claims}

        def encode_id_token(self, token: Any, asked: Any) -> str:
            claims = {
                **self.get_compatible_claims(asked),
                **self.get_authorization_code_claims(asked.authorization_code),
                **self.generate_user_info(asked.user, token["scope"]),
            }
            provider.bend(claims)
            return jwt.encode(self.get_encode_header(asked.client), claims, provider.key, ["RS256"])

    return OpenID(require_nonce=True)


def _key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@contextmanager
def running(redirect_uri: str, now: Callable[[], int]) -> Iterator[Provider]:
    """The provider, listening on a free port as long as the block runs."""
    provider = Provider(redirect_uri, now)
    server = make_server("127.0.0.1", 0, provider.app, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
