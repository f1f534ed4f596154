"""Which kinds of notice there are, in classes that a person chooses channels for, and which of them never wait.

A class that is `at_once` tells of a limit, statutory or set (法定、限期), or of the safety of accounts: it is told
inside Banjie and by mail whatever a person wishes, and neither quiet hours nor a digest hold it. This is the one place
that says so.
"""

from __future__ import annotations

from dataclasses import dataclass

INSIDE, MAIL = "inside", "mail"  # the two channels that every organisation has


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeClass:
    """Kinds of notice that a person wishes to get in the same way."""

    key: str
    name: str
    kinds: frozenset[str]
    at_once: bool = False  # 法定、限期


CLASSES = (
    NoticeClass(
        key="limit",
        name="时限与催办",
        kinds=frozenset(
            ("reminder", "urging", "urging_copy", "report_to_head", "supervision", "breach", "reception_late",
             "post_uncovered", "roster_lacks", "duty_not_handed_over", "safety", "safety_missing",
             "leave_not_cancelled", "clock", "stop_expired")
        ),
        at_once=True,
    ),
    NoticeClass(key="account", name="账号安全", kinds=frozenset(("account",)), at_once=True),
    NoticeClass(key="watch", name="异常查阅", kinds=frozenset(("unusual",)), at_once=True),
    NoticeClass(
        key="given",
        name="交办、转办与退回",
        kinds=frozenset(("transferred", "returned", "handed_over", "transfer", "return", "objection", "merged",
                         "joint")),
    ),
    NoticeClass(key="asked", name="会签与委派", kinds=frozenset(("asked", "asking_ended"))),
    NoticeClass(key="visit", name="接待、约见与值班", kinds=frozenset(("reception", "appointment", "roster"))),
    NoticeClass(key="leave", name="请假", kinds=frozenset(("leave_decided",))),
    NoticeClass(key="talk", name="抄送与讨论", kinds=frozenset(("copied", "comment"))),
    NoticeClass(key="result", name="办结与月报", kinds=frozenset(("card_closed", "court_month"))),
)  # fmt: skip
_BY_KIND = {kind: one for one in CLASSES for kind in one.kinds}
KEYS = tuple(one.key for one in CLASSES)


def class_of(kind: str) -> NoticeClass:
    """The class of a kind of notice; the part after `/` does not count. One that nobody has named never waits."""
    return _BY_KIND.get(kind.partition("/")[0], CLASSES[0])
