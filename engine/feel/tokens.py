"""FEEL's words and signs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from engine.feel.errors import FeelError

MAX_TEXT = 4_000  # characters of one cell or expression
MAX_NUMBER = 40  # digits
KEYWORDS = frozenset(
    ["true", "false", "null", "and", "or", "if", "then", "else", "between", "in", "for", "some", "every", "return",
     "satisfies", "instance", "function", "external"]
)  # fmt: skip
_PATTERN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>\.\.|\*\*|<=|>=|!=|[-+*/<>=(){}\[\],.?:@])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL
)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
Kind = Literal["number", "string", "word", "name", "keyword", "sign", "end"]


class Token(NamedTuple):
    """A word or sign; `name` is a word, or several, known to be one name."""

    kind: Kind
    text: str
    at: int


def tokenize(text: str, names: Iterable[str]) -> list[Token]:
    """The tokens of `text`; `names` that are more than one plain word are found first, the longest first."""
    if len(text) > MAX_TEXT:
        raise FeelError(
            "too_long", f"有 {len(text)} 个字符，最多 {MAX_TEXT} 个。", f"longer than {MAX_TEXT} characters", text
        )
    known = sorted((name for name in names if not re.fullmatch(r"[^\W\d]\w*", name)), key=len, reverse=True)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        name, end = _known_name(text, position, known)
        if name:
            tokens.append(Token("name", name, position))
            position = end
            continue
        found = _PATTERN.match(text, position)
        if found is None:
            hint = "引号和括号要用半角符号。" if text[position] in "“”‘’（），" else "这个字符不认识。"
            raise FeelError(
                "syntax", f"第 {position + 1} 个字符“{text[position]}”：{hint}", "unexpected character", text
            )
        kind, word = found.lastgroup, found[0]
        if kind == "number" and len(word) > MAX_NUMBER:
            raise FeelError("too_long", "数太长。", "number too long", text)
        if kind == "word":
            tokens.append(Token("keyword" if word in KEYWORDS else "word", word, position))
        elif kind == "string":
            tokens.append(Token("string", _ESCAPE.sub(_unescape, word[1:-1]), position))
        elif kind == "number" or kind == "sign":
            tokens.append(Token("number" if kind == "number" else "sign", word, position))
        position = found.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    if len(code) == 11:  # a pair of surrogates is one character
        return chr(0x10000 + ((int(code[1:5], 16) - 0xD800) << 10) + int(code[7:], 16) - 0xDC00)
    if code[0] in "uU":
        number = int(code[1:], 16) if len(code) > 1 else -1
        return chr(number) if 0 <= number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _PLAIN_ESCAPES.get(code, code)


def _known_name(text: str, position: int, known: Sequence[str]) -> tuple[str, int]:
    """A known name of several words at `position`: its words may have any white space between them."""
    if position and (text[position - 1].isalnum() or text[position - 1] == "_"):
        return "", position
    for name in known:
        at = position
        for part in re.split(r"(\s+)", name):
            if part.isspace():
                start = at
                while at < len(text) and text[at].isspace():
                    at += 1
                if at == start:
                    break
            elif text.startswith(part, at):
                at += len(part)
            else:
                break
        else:
            if not (at < len(text) and (text[at].isalnum() or text[at] == "_")):
                return name, at
    return "", position
