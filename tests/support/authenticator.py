"""A security key in software (WebAuthn): makes key pairs, signs what it is asked, and errs as it is told to."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One key with one credential. `verifies`: it has asked for a PIN; `count`: its signatures so far."""

    def __init__(self, origin: str, *, verifies: bool = False, count: int = 0) -> None:
        self.origin = origin
        self.verifies = verifies
        self.count = count
        self.credential_id = os.urandom(32)
        self._private = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any], **client: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`; `client` stands for what the browser says otherwise."""
        numbers = self._private.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(public)
        data = self._data(options["rp"]["id"], _ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        said = self._said("webauthn.create", options, client)
        answer = self._answer(clientDataJSON=said, attestationObject=attestation)
        answer["response"]["transports"] = ["usb"]
        return answer

    def get(self, options: dict[str, Any], *, rp_id: str | None = None, **client: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`."""
        self.count += 1
        data = self._data(rp_id or options["rpId"], 0)
        said = self._said("webauthn.get", options, client)
        signature = self._private.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature)

    def _data(self, rp_id: str, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _said(self, kind: str, options: dict[str, Any], client: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | client).encode()

    def _answer(self, **response: bytes) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential_id)
        told = {key: bytes_to_base64url(value) for key, value in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": told}
