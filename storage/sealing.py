"""Seals what names a person before it is written: AES-256-GCM under keys that the database does not hold (R65).

The key file (`BANJIE_KEYS`, else `var/keys`) has one key a line, `<name> <32 bytes in base64>`, and remarks (`#`).
The last key seals; all of them open, so a new key is put in force by adding a line and sealing again. A sealed text is
`~<key name>~<base64 of nonce and ciphertext>`: what a database, a backup or a stolen disk shows.
A vault hands the keys over as systemd's credential `banjie-keys`, or by what a command says, once in each process
(`BANJIE_KEYS_COMMAND`): they are on no disk, and a new key is put in force there.
A database remembers that it was sealed: without its keys it does not start, and no new ones are made.

To find a person without opening every row, a search word is kept as its HMAC (`tokens`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import shlex
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import BanjieError

_SEALED = re.compile(r"~([a-z0-9]{1,20})~([A-Za-z0-9+/=]+)")
_KEY_NAME = re.compile(r"[a-z0-9]{1,20}")
PUT_BACK = "请放回这个数据库原来的密钥文件，并用 BANJIE_KEYS 指明它。"
_NONCE = 12  # bytes, random
_SHORTEST_PART, _LONGEST_NAME = 2, 12  # characters: one alone would tell how often a surname occurs
_TOKEN = 16  # bytes of an HMAC that are kept
_CREDENTIAL = "banjie-keys"  # as systemd's LoadCredential= names it
_PATIENCE = 60  # seconds that the command may take


class KeyRing:
    """The keys of one installation, oldest first; the last one seals."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        self.names = tuple(name for name, _ in keys)
        self._ciphers = {name: AESGCM(key) for name, key in keys}
        self._index_keys = [hashlib.sha256(b"banjie index" + key).digest() for _, key in keys]

    def seal(self, text: str) -> str:
        """The text under the newest key; the same text seals differently each time."""
        name = self.names[-1]
        return f"~{name}~{base64.b64encode(self._close(name, text.encode('utf-8', 'surrogatepass'))).decode()}"

    def open(self, text: str) -> str:
        """The text that was sealed; one that was never sealed as it is. Errors: `keys.missing`, `keys.damaged`."""
        found = _SEALED.fullmatch(text)
        if found is None:
            return text
        try:
            closed = base64.b64decode(found[2], validate=True)
        except ValueError:
            closed = b""
        return self._open(found[1], closed).decode("utf-8", "surrogatepass")

    def seal_bytes(self, data: bytes) -> bytes:
        """The same for bytes."""
        name = self.names[-1]
        return b"%s~%s" % (name.encode(), self._close(name, data))

    def open_bytes(self, sealed: bytes) -> bytes:
        """The bytes that `seal_bytes` sealed. Errors: as `open`."""
        name, _, closed = sealed.partition(b"~")
        return self._open(name.decode("ascii", "replace"), closed)

    def _close(self, name: str, data: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._ciphers[name].encrypt(nonce, data, None)

    def _open(self, name: str, closed: bytes) -> bytes:
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise BanjieError("keys.missing", f"密钥文件里没有密钥“{name}”，打不开信访人信息。{PUT_BACK}", status=500)
        try:
            return cipher.decrypt(closed[:_NONCE], closed[_NONCE:], None)
        except (ValueError, InvalidTag) as error:
            raise BanjieError("keys.damaged", "一项加密内容已损坏或被改动，无法打开。", status=500) from error

    def token(self, kind: str, word: str) -> str:
        """What a search word of a kind is kept as, under the newest key."""
        return _token(self._index_keys[-1], kind, word)

    def tokens(self, kind: str, word: str) -> list[str]:
        """What a search word may have been kept as, under each key."""
        return [_token(key, kind, word) for key in self._index_keys]


def person_words(values: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """The words, each with its kind, by which a person is found: telephone, identity number, name and its parts."""
    name = (values.get("name") or "").strip()[:_LONGEST_NAME]
    parts = {name[at:end] for at in range(len(name)) for end in range(at + _SHORTEST_PART, len(name) + 1)}
    words = [("part", part) for part in sorted(parts)]
    words += [(kind, text) for kind in ("name", "phone", "id_no") if (text := (values.get(kind) or "").strip())]
    return words


def _token(key: bytes, kind: str, word: str) -> str:
    return base64.b64encode(hmac.digest(key, f"{kind}\0{word}".encode(), "sha256")[:_TOKEN]).decode().rstrip("=")


def key_file() -> Path:
    """Where the keys are: `BANJIE_KEYS`, else systemd's credential, else `var/keys` beside the default database."""
    named = os.environ.get("BANJIE_KEYS")
    return Path(named) if named else _credential() or Path("var") / "keys"


def outside() -> str | None:
    """What hands the keys over, in words, if this program does not keep the file itself."""
    if _command():
        return "BANJIE_KEYS_COMMAND"
    if not os.environ.get("BANJIE_KEYS") and _credential():
        return f"systemd credential {_CREDENTIAL}"
    return None


def key_ring() -> KeyRing:
    """The keys in force, read again when the file changes. Errors: `keys.missing`, `keys.bad_file`, `keys.command`."""
    if command := _command():
        return _said(command)
    path = key_file().absolute()
    try:
        stamp = path.stat()
    except FileNotFoundError:
        raise BanjieError("keys.missing", f"没有密钥文件 {path}。{PUT_BACK}", status=500) from None
    return _read(path, stamp.st_mtime_ns, stamp.st_size)


def _command() -> str:
    return os.environ.get("BANJIE_KEYS_COMMAND", "").strip()


def _credential() -> Path | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder) / _CREDENTIAL if folder else None
    return path if path is not None and path.exists() else None


@lru_cache(maxsize=2)
def _said(command: str) -> KeyRing:
    """The keys that the command says; they are kept in memory only, and what it says is shown to nobody."""
    try:
        told = subprocess.run(shlex.split(command), capture_output=True, check=True, timeout=_PATIENCE).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        words = "取密钥的命令（BANJIE_KEYS_COMMAND）没有成功，请在命令行里试它。"
        raise BanjieError("keys.command", words, status=500) from None
    return _ring(told, "取密钥的命令（BANJIE_KEYS_COMMAND）给出的内容")


def check(remembered: str | None) -> None:
    """Before a database is used: the keys are those it was sealed with; a new one gets keys. Errors: `keys.*`."""
    if remembered is not None:
        key_ring().open(remembered)
    elif outside():
        key_ring()
    elif not key_file().exists():
        add_key()


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int, _size: int) -> KeyRing:
    try:
        content = path.read_bytes()
    except OSError:
        content = b"?"  # is told as what cannot be understood
    return _ring(content, f"密钥文件 {path}")


def _ring(content: bytes, source: str) -> KeyRing:
    try:
        keys = list(_keys(content.decode().splitlines()))
    except ValueError:  # which may quote a line: it is not passed on
        words = f"{source}读不懂：每行应为“名称 空格 32字节密钥的base64”。"
        raise BanjieError("keys.bad_file", words, status=500) from None
    if not keys or len({name for name, _ in keys}) != len(keys):
        raise BanjieError("keys.bad_file", f"{source}没有密钥，或两个密钥同名。", status=500)
    return KeyRing(keys)


def _keys(lines: Iterable[str]) -> Iterable[tuple[str, bytes]]:
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        name, encoded = line.split()
        key = base64.b64decode(encoded, validate=True)
        if not _KEY_NAME.fullmatch(name) or len(key) != 32:
            raise ValueError(line)
        yield name, key


def add_key() -> str:
    """Add a new key to the file, which is made if it is not there; it seals from now on. Gives its name.

    Errors: `keys.outside`.
    """
    if source := outside():
        words = f"密钥由外部交给（{source}），不能在这里更换：请在那里末尾加一行新密钥，重启后运行 banjie keys reseal。"
        raise BanjieError("keys.outside", words, status=409)
    path = key_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.exists()
    old = path.read_text("utf-8") if there else "# 办结的密钥：与数据库、备份分开保管；丢失后信访人信息无法恢复。\n"
    name = f"k{secrets.token_hex(4)}"
    unfinished = path.with_name(f"{path.name}.{name}")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(f"{old}{name} {base64.b64encode(secrets.token_bytes(32)).decode()}\n")
        out.flush()
        os.fsync(out.fileno())
    if there:  # as it was when the old keys were read: a file made since then must not be overwritten
        unfinished.replace(path)
        return name
    try:
        os.link(unfinished, path)  # of two programs that start at once, one makes the file
    except FileExistsError:
        return key_ring().names[-1]
    finally:
        unfinished.unlink()
    return name
