"""What a new password must be: long enough, and not to be guessed. No kinds of characters are asked for.

How many guesses it takes is estimated by zxcvbn, which knows some 30,000 leaked passwords, names, words, keyboard rows,
dates and their usual disguises; what it does not know is added here: the person, the office, and what Chinese users
choose. All of it is looked up in this process: no password and no part of one leaves the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zxcvbn import zxcvbn

from storage.errors import Refusal

SHORTEST, LONGEST = 12, 128  # characters (ASVS 2.1.1, 2.1.2); passwords that were shorter go on until they are changed
FEWEST_GUESSES = 10**9
_LOOKED_AT = 72  # characters from the beginning: the estimate of longer ones takes too long, and can only be higher
_STEPS = (10**3, 10**6, FEWEST_GUESSES, 10**12)  # guesses from which the meter goes up

# What leaked lists of Chinese sites have at their head, names of this product, and what offices like ours are called.
_COMMON = """
woaini woaiwojia woaizhongguo aini1314 iloveyou 1314 520 521 5201314 1314520 520520 7758521 7758258 168168 888888
666666 123123 112233 147258 159357 789456 a123456 a123456789 qq123456 w123456 z123456 q1w2e3r4 1qaz2wsx qazwsx
zaq12wsx asd123 qwe123 abc123 aa123456 abcd1234 admin administrator root guanli guanliyuan mima password passw0rd
xitong huanying nihao zhongguo china beijing shanghai xiangzhen zhenzhengfu zhengfu bianmin bianminfuwu fuwu
fuwuzhongxin xinfang xinfangban banshi banshidating dating banjie zhongxin bangong bangongshi wangluo diannao
zhang wang liu chen yang zhao huang zhou wu xu sun ma zhu hu guo he gao lin luo zhang3 zhangsan lisi wangwu
zhangwei wangwei wangfang liwei lina zhangmin lijing wangjing liuwei wangxiuying zhangli lixiuying
"""


@dataclass(frozen=True, slots=True)
class Strength:
    """`score`: 0 (guessed at once) to 4, for the meter. `refused`: why it may not be used."""

    score: int
    refused: Refusal | None


def strength(password: str, about: Iterable[str | None] = ()) -> Strength:
    """How hard a password is to guess for somebody who knows what is `about` its user: names, telephone, office."""
    if len(password) > LONGEST:
        return Strength(0, Refusal("password.too_long", f"密码最多{LONGEST}个字符。", field="new"))
    guesses = _guesses(password, about)
    score = sum(guesses >= step for step in _STEPS)
    if len(password) < SHORTEST:
        return Strength(min(score, 2), Refusal("password.too_short", f"密码至少{SHORTEST}个字符。", field="new"))
    if guesses < FEWEST_GUESSES:
        words = "这个密码太容易被猜到：不要用常见密码、姓名、电话、日期或键盘上相邻的键。可以用几个不相干的词。"
        return Strength(score, Refusal("password.too_weak", words, field="new"))
    return Strength(score, None)


def check(password: str, about: Iterable[str | None] = ()) -> None:
    """Refuse what may not be a new password: `password.too_short`, `password.too_long`, `password.too_weak`."""
    refused = strength(password, about).refused
    if refused is not None:
        raise refused


def _guesses(password: str, about: Iterable[str | None]) -> int:
    if not password:
        return 0
    known = [part for one in about if one for part in {one, *one.replace("@", " ").replace(".", " ").split()}]
    told = zxcvbn(
        password[:_LOOKED_AT], [*(word for word in known if len(word) > 1), *_COMMON.split()], max_length=_LOOKED_AT
    )
    return int(told["guesses"])
