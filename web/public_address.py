"""Where browsers reach this installation (BANJIE_PUBLIC_URL), as security keys want to know it."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from office.security_keys import Site
from storage.errors import Conflict

_PORTS = {"https": 443, "http": 80}


def site() -> Site | None:
    """Host and origin; None unless it is an https address with a host name, or localhost: no browser lets keys answer
    elsewhere."""
    try:
        address = urlsplit(os.environ.get("BANJIE_PUBLIC_URL", "").strip())
        host, port = (address.hostname or "").lower(), address.port
    except ValueError:
        return None
    if not host or _is_number(host) or not (address.scheme == "https" or (address.scheme == "http" and _is_here(host))):
        return None
    shown = "" if port in (None, _PORTS[address.scheme]) else f":{port}"
    return Site(host, f"{address.scheme}://{host}{shown}")


def required_site() -> Site:
    """As `site`. Errors: `key.no_address`."""
    found = site()
    if found is None:
        raise Conflict(
            "key.no_address",
            "安全密钥只能在 https 域名（或 localhost）上使用：请运维人员在 BANJIE_PUBLIC_URL 中设置本系统的访问地址。",
        )
    return found


def _is_here(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _is_number(host: str) -> bool:
    """Whether it is an IP address, for which no key can be made."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
