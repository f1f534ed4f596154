"""Sign-in by the office's directory (LDAP): the directory says whether name and password are right, and whose they are.

BANJIE_LDAP_URL            ldaps://dc.example.gov.cn, or ldap://... which must take STARTTLS (but on this machine)
BANJIE_LDAP_BASE           below what people are looked for: ou=people,dc=example,dc=gov,dc=cn
BANJIE_LDAP_FILTER         how one is found; (uid={login}) unless given; (sAMAccountName={login}) in Active Directory
BANJIE_LDAP_BIND_DN        who may look for people, with BANJIE_LDAP_BIND_PASSWORD; without it nobody is asked
BANJIE_LDAP_USER_DN        instead of looking: uid={login},ou=people,dc=example,dc=gov,dc=cn
BANJIE_LDAP_CA             file of the authority that signed the directory's certificate; else those of the system
BANJIE_LDAP_TIE_BY_LOGIN   1: an account is tied at its first sign-in to the user who has the same log-in name
BANJIE_LDAP_NAME           what the button says; 单位目录 unless given
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ldap3 import BASE, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn

from storage.errors import BanjieError

TIMEOUT = 10  # seconds for the connection and for each answer
METHOD = "ldap"  # of a session that was opened by it
IDS = ("entryUUID", "objectGUID")  # what stays when somebody is renamed: OpenLDAP and others, Active Directory
_HERE = {"127.0.0.1", "localhost", "::1"}
_LONGEST = 200  # characters of a name or a password that are sent on


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator has set."""

    host: str
    port: int
    ssl: bool
    base: str
    filter: str
    bind_dn: str
    bind_password: str
    user_dn: str
    ca: str | None
    tie_by_login: bool
    name: str

    @property
    def issuer(self) -> str:
        """By what name its accounts are kept, like the issuer of a sign-in service."""
        return f"{'ldaps' if self.ssl else 'ldap'}://{self.host}/{self.base}"

    @classmethod
    def from_environment(cls) -> Settings | None:
        """None if no directory is named. Errors: `ldap.settings`."""
        given = {name: os.environ.get(f"BANJIE_LDAP_{name}", "").strip() for name in _NAMES}
        if not given["URL"]:
            return None
        try:
            url = urlsplit(given["URL"])
            host, port = url.hostname, url.port
        except ValueError:
            raise _wrong_settings() from None
        people = given["USER_DN"] or (given["BIND_DN"] and given["BIND_PASSWORD"] and given["BASE"])
        pattern = given["USER_DN"] or given["FILTER"] or "(uid={login})"
        if url.scheme not in ("ldap", "ldaps") or not host or not people or "{login}" not in pattern:
            raise _wrong_settings()
        return cls(
            host=host,
            port=port or (636 if url.scheme == "ldaps" else 389),
            ssl=url.scheme == "ldaps",
            base=given["BASE"],
            filter=given["FILTER"] or "(uid={login})",
            bind_dn=given["BIND_DN"],
            bind_password=given["BIND_PASSWORD"],
            user_dn=given["USER_DN"],
            ca=given["CA"] or None,
            tie_by_login=given["TIE_BY_LOGIN"] == "1",
            name=given["NAME"] or "单位目录",
        )


_NAMES = ("URL", "BASE", "FILTER", "BIND_DN", "BIND_PASSWORD", "USER_DN", "CA", "TIE_BY_LOGIN", "NAME")


def required() -> Settings:
    """The directory that is set. Errors: `ldap.off`, `ldap.settings`."""
    found = Settings.from_environment()
    if found is None:
        raise BanjieError("ldap.off", "没有设置单位目录登录。", status=404)
    return found


def subject(settings: Settings, login: str, password: str) -> str | None:
    """Whose name and password they are, by what the directory knows them by; None if they are wrong.

    It takes as long as the directory does: not inside a transaction. Errors: `ldap.unreachable`.
    """
    login = login.strip()
    if not 0 < len(login) <= _LONGEST or not 0 < len(password) <= _LONGEST:
        return None  # an empty password binds as nobody, which succeeds (RFC 4513, 5.1.2)
    try:
        if settings.user_dn:
            return _own(settings, settings.user_dn.replace("{login}", escape_rdn(login)), password)
        found = _look(settings, login)
        return found[1] if found is not None and _own(settings, found[0], password) is not None else None
    except (LDAPException, OSError) as error:
        raise _unreachable() from error


def _look(settings: Settings, login: str) -> tuple[str, str] | None:
    """Name and id of the one entry with this log-in name, as whoever may look for people sees it."""
    with _connection(settings, settings.bind_dn, settings.bind_password) as directory:
        if not directory.bind():
            raise _unreachable()
        wanted = settings.filter.replace("{login}", escape_filter_chars(login))
        directory.search(settings.base, wanted, SUBTREE, attributes=list(IDS), size_limit=2, time_limit=TIMEOUT)
        return _entry(directory)


def _own(settings: Settings, name: str, password: str) -> str | None:
    """The id of the entry, if the password opens it."""
    with _connection(settings, name, password) as directory:
        if not directory.bind():
            return None
        directory.search(name, "(objectClass=*)", BASE, attributes=list(IDS), time_limit=TIMEOUT)
        found = _entry(directory)
        return found[1] if found is not None else name.lower()


def _entry(directory: Connection) -> tuple[str, str] | None:
    """Name and id of what was found, if it is one."""
    found = [one for one in directory.response or () if one["type"] == "searchResEntry"]
    if len(found) != 1:
        return None
    told: dict[str, Any] = {key.lower(): values for key, values in found[0]["raw_attributes"].items() if values}
    ids = [told[one.lower()][0] for one in IDS if one.lower() in told]
    name = str(found[0]["dn"])
    if not ids:
        return name, name.lower()
    text = ids[0].decode("ascii", "replace") if len(ids[0]) != 16 else ids[0].hex()  # objectGUID is 16 bytes
    return name, text


@contextmanager
def _connection(settings: Settings, name: str, password: str) -> Iterator[Connection]:
    """Open, encrypted, the certificate checked against the authority and the host; not yet bound."""
    tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.ca)
    server = Server(
        settings.host, port=settings.port, use_ssl=settings.ssl, tls=tls, get_info=NONE, connect_timeout=TIMEOUT
    )
    directory = Connection(
        server, user=name, password=password, receive_timeout=TIMEOUT, auto_referrals=False, read_only=True
    )
    directory.open()
    try:
        if not settings.ssl and settings.host not in _HERE and not directory.start_tls():
            raise _unreachable()
        yield directory
    finally:
        directory.unbind()


def _unreachable() -> BanjieError:
    return BanjieError("ldap.unreachable", "单位目录暂时不能使用，请稍后再试，或用本系统的密码登录。", status=502)


def _wrong_settings() -> BanjieError:
    return BanjieError(
        "ldap.settings",
        "单位目录设置不全：须有 BANJIE_LDAP_URL（ldaps:// 或 ldap://），以及 BANJIE_LDAP_USER_DN（含 {login}），"
        "或 BANJIE_LDAP_BASE、BANJIE_LDAP_BIND_DN、BANJIE_LDAP_BIND_PASSWORD。",
        status=503,
    )
