"""Which addresses this program may call: public ones over HTTPS, others as the operator allows (ASVS 12.6.1).

`BANJIE_OUTGOING_ALLOW` names networks that may be reached although they are not public (`10.1.0.0/16,192.168.3.7`),
`BANJIE_OUTGOING_HTTP=yes` lets plain HTTP be used. Both are for the operator: an administrator of one organisation must
not reach the machines beside the server.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from urllib.parse import urlsplit

from storage.errors import BanjieError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"https": 443, "http": 80}
# They carry an IPv4 address inside, which may be any.
_TUNNELS = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


def checked(url: str) -> tuple[str, int, str]:
    """Host, port and the address to connect to. Errors: `outgoing.*`."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in _PORTS or not parts.hostname or not port:
        raise BanjieError("outgoing.bad_address", "地址不正确，应为 https://主机/路径。", field="address")
    if parts.scheme == "http" and os.environ.get("BANJIE_OUTGOING_HTTP", "").lower() not in ("1", "yes", "true"):
        raise BanjieError(
            "outgoing.plain_http", "地址应为 https；要用 http，请运维设置 BANJIE_OUTGOING_HTTP。", field="address"
        )
    return parts.hostname, port, str(resolved(parts.hostname, port))


def resolved(host: str, port: int) -> Address:
    """The address to connect to; all that the name stands for must be allowed. Errors: `outgoing.*`.

    OSError (a name that cannot be found now) is worth another try.
    """
    found = [ipaddress.ip_address(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not all(allowed(one) for one in found):
        raise BanjieError(
            "outgoing.private",
            "这个地址在内网或本机，不能访问；确需访问，请运维设置 BANJIE_OUTGOING_ALLOW。",
            field="address",
        )
    return found[0]


def allowed(address: Address) -> bool:
    """Whether an address is public, or of a network that the operator allows."""
    inner = getattr(address, "ipv4_mapped", None) or address
    if any(inner in network for network in _networks() if network.version == inner.version):
        return True
    return (
        inner.is_global
        and not inner.is_multicast
        and not any(inner in network for network in _TUNNELS if network.version == inner.version)
    )


def _networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    names = os.environ.get("BANJIE_OUTGOING_ALLOW", "").split(",")
    try:
        return [ipaddress.ip_network(name.strip(), strict=False) for name in names if name.strip()]
    except ValueError:
        raise BanjieError(
            "outgoing.bad_setting", "BANJIE_OUTGOING_ALLOW 不正确，应为用逗号分开的网段，例如 10.1.0.0/16。"
        ) from None
