"""How inputs are spoilt: bytes, the structure of XML and of JSON, and texts put where a text stands."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from lxml import etree

TEXTS = (
    "", "x", "true", "-1", "0", "9" * 20, "1e400", "NaN", "${", "}", "${a.b}", "__class__", "__builtins__", "p",
    "start", "m1", "P1D", "R/PT0S", "R3/2026-01-31T10:00/P1M", "-PT1H", "0 0 30 2 *", "2026-02-30", "中", '\u202e',
    '\ud83d\udca9', "a" * 300, "not(", "[1..", "]1..5[", "-", '"a","b"', "? > 1", "n[1][2]", "f(", "n ** 99",
    "'a' * 1000000000", "[x for x in n]", "().__class__.__bases__", "a if", "(" * 40, "len(len)", "get('n')",
    "n == 1 and", "date('x')", "sum(n)", "{0.__class__}", "%(n)s", "typename", "deadline('R39')", '@"2026-01-01"',
    "for x in n return x", "__import__('os').system('echo fuzzed')", "=n = 1", "(a+)+$", '\\d{1,999999}',
    "999999999999999999999.5",
)  # fmt: skip


def spoilt_bytes(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, cut out, doubled or put in."""
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(spoilt) + 1)
        match chance.randrange(5):
            case 0:
                spoilt[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del spoilt[at : at + chance.choice((1, 1, 5, 60, 2000))]
            case 2:
                spoilt[at:at] = spoilt[at : at + chance.choice((1, 20, 400))]
            case 3:
                spoilt[at:at] = chance.choice(TEXTS).encode("utf-8", "replace")
            case 4:
                spoilt[at:at] = chance.choice(
                    (b"<!--", b"]]>", b"<![CDATA[", b"&lt;", b"&x;", b"\x00", b"<!DOCTYPE a>")
                )
    return bytes(spoilt)


def spoilt_xml(data: bytes, chance: random.Random) -> bytes:
    """Elements left out, doubled and moved, attributes and texts changed."""
    root: Any = etree.fromstring(data)
    for _ in range(chance.randint(1, 5)):
        elements = [element for element in root.iter() if isinstance(element.tag, str)]
        one, other = chance.choice(elements), chance.choice(elements)
        match chance.randrange(8):
            case 0 if one.getparent() is not None:
                one.getparent().remove(one)
            case 1 if one.attrib:
                one.set(chance.choice(list(one.attrib)), _writable(chance.choice(TEXTS)))
            case 2 if one.attrib:
                del one.attrib[chance.choice(list(one.attrib))]
            case 3:
                one.text = _writable(chance.choice(TEXTS))
            case 4:
                one.tag = other.tag
            case 5:
                other.append(copy.deepcopy(one))
            case 6 if one.attrib and other.attrib:
                one.set(chance.choice(list(one.attrib)), chance.choice(list(other.attrib.values())))
            case 7:
                texts = [element for element in elements if element.text and element.text.strip()]
                if texts:
                    chance.choice(texts).text = _writable(chance.choice(TEXTS))
    return bytes(etree.tostring(root))


def _writable(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def spoilt_json(value: Any, chance: random.Random) -> Any:
    """One place, or several, of a JSON value changed."""
    value = copy.deepcopy(value)
    for _ in range(chance.randint(1, 4)):
        places = list(_places(value))
        if not places:
            return any_json(chance)
        within, key = chance.choice(places)
        match chance.randrange(4):
            case 0:
                within[key] = any_json(chance)
            case 1:
                other, other_key = chance.choice(places)
                within[key] = copy.deepcopy(other[other_key])
            case 2 if isinstance(within, dict):
                within[chance.choice(TEXTS)] = within.pop(key)
            case _ if isinstance(within, list):
                within.insert(0, copy.deepcopy(within[key]))
            case _:
                del within[key]
    return value


def _places(value: Any) -> Any:
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


def any_json(chance: random.Random, levels: int = 3) -> Any:
    """Any JSON value."""
    match chance.randrange(9 if levels else 6):
        case 0:
            return None
        case 1:
            return chance.random() < 0.5
        case 2:
            return chance.choice((0, 1, -1, 2**63, 10**40, 1e308, 0.1))
        case 3 | 4 | 5:
            return chance.choice(TEXTS)
        case 6 | 7:
            return [any_json(chance, levels - 1) for _ in range(chance.randrange(4))]
    return {
        chance.choice((*TEXTS, "a", "n", "typename")): any_json(chance, levels - 1) for _ in range(chance.randrange(4))
    }


def dumped(value: Any) -> bytes:
    """JSON as a file has it."""
    return json.dumps(value, ensure_ascii=True).encode()
