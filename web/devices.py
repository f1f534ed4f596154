"""With what somebody logged in, in the words that its makers use: 'Windows 10 · Edge'."""

from __future__ import annotations

import re
from functools import lru_cache

_CHINESE = (  # told by their mark; the library knows them as the browser that they are made of
    (re.compile(r"MicroMessenger/"), "微信"),
    (re.compile(r"DingTalk/"), "钉钉"),
    (re.compile(r"wxwork/"), "企业微信"),
    (re.compile(r"QIHU|360SE|360EE"), "360"),
    (re.compile(r"UOS|Uos"), "UOS"),
)


@lru_cache(maxsize=512)
def device(agent: str | None) -> str | None:
    """The system and the browser that a `User-Agent` names; None if it names neither."""
    if not agent:
        return None
    import ua_parser  # its table takes a second to make ready: only who looks waits for it

    found = ua_parser.parse(agent)
    system = " ".join(part for part in (found.os.family, found.os.major) if part) if found.os else None
    browser = next((name for mark, name in _CHINESE if mark.search(agent)), None)
    browser = browser or (found.user_agent.family if found.user_agent else None)
    return " · ".join(part for part in (system, browser) if part) or None
