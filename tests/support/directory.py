"""OpenLDAP's slapd with two people, an authority of its own and a certificate for 127.0.0.1, in a folder."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.ports import free_port

BASE = "dc=qingshi,dc=gov,dc=cn"
READER, READER_PASSWORD = f"cn=reader,{BASE}", "reads-and-no-more"
PASSWORD = "hedao-zhifeng-88"
MODULES = "/usr/lib/ldap"

_CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath {modules}
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
security simple_bind=128
database mdb
suffix "{base}"
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by self read by anonymous auth by * none
"""
_PEOPLE = """
dn: {base}
objectClass: dcObject
objectClass: organization
dc: qingshi
o: Qingshi

dn: {reader}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: {reader_password}

dn: ou=people,{base}
objectClass: organizationalUnit
ou: people
"""
_PERSON = """
dn: uid={login},ou=people,{base}
objectClass: inetOrgPerson
uid: {login}
cn: {login}
sn: {login}
userPassword: {password}
"""


@dataclass(frozen=True, slots=True)
class Directory:
    """Where it answers: encrypted from the beginning, or by STARTTLS. `ca`: who signed its certificate."""

    ldaps: str
    ldap: str
    ca: Path
    other_ca: Path


@contextmanager
def running(folder: Path, people: tuple[str, ...] = ("linhai", "chenjing")) -> Iterator[Directory]:
    """The directory, until the end of the block."""
    slapd = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/openldap")
    assert slapd is not None, "no slapd: run `scripts/system directory`"
    (folder / "data").mkdir()
    _certificates(folder)
    (folder / "slapd.conf").write_text(
        _CONFIG.format(folder=folder, modules=MODULES, base=BASE, reader=READER), encoding="utf-8"
    )
    entries = [_PEOPLE.format(base=BASE, reader=READER, reader_password=READER_PASSWORD)]
    entries += [_PERSON.format(login=login, base=BASE, password=PASSWORD) for login in people]
    (folder / "people.ldif").write_text("\n".join(entries), encoding="utf-8")
    config = ["-f", str(folder / "slapd.conf")]
    subprocess.run([slapd, "-T", "add", *config, "-l", str(folder / "people.ldif")], check=True, capture_output=True)
    plain, encrypted = free_port(), free_port()
    urls = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{encrypted}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([slapd, *config, "-h", urls, "-d", "0"], stdout=log, stderr=log)
        try:
            _wait(process, plain, folder / "log")
            yield Directory(
                f"ldaps://127.0.0.1:{encrypted}", f"ldap://127.0.0.1:{plain}", folder / "ca.pem", folder / "other.pem"
            )
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"slapd does not answer: {log.read_text('utf-8', 'replace')}")


def _certificates(folder: Path) -> None:
    """An authority, a certificate by it for 127.0.0.1 alone, and another authority that has signed nothing."""
    now = datetime.datetime.now(datetime.UTC)

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    def signed(name: str, key: ec.EllipticCurvePrivateKey, by: str, by_key: ec.EllipticCurvePrivateKey) -> bytes:
        made = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(by)).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
        made = made.add_extension(x509.BasicConstraints(ca=name == by, path_length=None), critical=True)
        if name != by:
            here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            made = made.add_extension(x509.SubjectAlternativeName([here]), critical=False)
        return made.sign(by_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority, other, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    (folder / "ca.pem").write_bytes(signed("authority", authority, "authority", authority))
    (folder / "other.pem").write_bytes(signed("other", other, "other", other))
    (folder / "server.pem").write_bytes(signed("server", server, "authority", authority))
    (folder / "server.key").write_bytes(
        server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
