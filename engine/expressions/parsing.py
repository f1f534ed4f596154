"""From text to a syntax tree: sizes first, then Python's own parser, then a word of help when the text is no Python."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TypeVar

from engine.expressions.errors import ExpressionError

MAX_EXPRESSION = 4_000  # characters
MAX_SCRIPT = 20_000
MAX_DEPTH = 50  # levels of the syntax tree
MAX_BRACKETS = 30  # open brackets at one place

_STRINGS = re.compile(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\"""")
_JUEL_WORDS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "div": "/", "mod": "%"}
_HINTS = (  # what people write by habit, what to write here
    (re.compile(r"&&"), "请把 && 写成 and"),
    (re.compile(r"\|\|"), "请把 || 写成 or"),
    (re.compile(r"===|!=="), "请把 === 写成 =="),
    (re.compile(r"!(?!=)"), "请把 ! 写成 not"),
    (re.compile(r"\bempty\b"), "请把 empty x 写成 x == null 或 len(x) == 0"),
    (re.compile(r"\binstanceof\b"), "不支持 instanceof"),
    (re.compile(r"[^?]\?[^?]*:"), "请把 a ? b : c 写成 b if a else c"),
    (re.compile(r"[$#]\{"), "整个表达式只用一对 ${ }，里面不要再写 ${ }"),
    (re.compile(r"[“”‘’，（）：；＝！｛｝［］＞＜]"), "引号、括号、逗号等要用半角符号"),
    (re.compile(r"(?<![=<>!])=(?!=)"), "比较相等要写 ==，一个 = 不是比较"),
)
Tree = TypeVar("Tree", ast.Expression, ast.Module)


def strip_marks(text: str) -> str:
    """The inside of `${…}` or `#{…}`; any other text as it is."""
    inner = text.strip()
    if inner[:2] in ("${", "#{") and closing_brace(inner, 2) == len(inner) - 1:
        return inner[2:-1].strip()
    return inner


def closing_brace(text: str, start: int) -> int:
    """Where the `}` is that closes the brace opened just before `start`; -1 if there is none. Quotes are respected."""
    depth, quote, position = 1, "", start
    while position < len(text):
        char = text[position]
        if quote:
            if char == "\\":
                position += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return -1


def parse_expression(text: str) -> ast.expr:
    """The tree of one expression. Raises `ExpressionError` (`syntax`, `too_long`)."""
    _check_text(text, MAX_EXPRESSION)
    if not text:
        raise ExpressionError("syntax", "表达式是空的。")
    # brackets let an expression written over several lines be one
    return _parse(f"(\n{text}\n)", text, ast.Expression).body


def parse_statements(text: str) -> list[ast.stmt]:
    """The trees of a script's statements."""
    _check_text(text, MAX_SCRIPT)
    return _parse(text, text, ast.Module).body


def _check_text(text: str, longest: int) -> None:
    if not isinstance(text, str):
        raise ExpressionError("syntax", "表达式必须是文字。")
    if len(text) > longest:
        raise ExpressionError("too_long", f"表达式有 {len(text)} 个字符，最多 {longest} 个。", source=text[:100])
    level = 0
    for char in _STRINGS.sub("''", text):
        if char in "([{":
            level += 1
            if level > MAX_BRACKETS:
                raise ExpressionError("too_long", f"括号嵌套超过 {MAX_BRACKETS} 层。", source=text)
        elif char in ")]}":
            level -= 1


def _parse(code: str, text: str, wanted: type[Tree]) -> Tree:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about backslashes and the like in the diagram's text
            tree = ast.parse(code, mode="eval" if wanted is ast.Expression else "exec")
    except (SyntaxError, ValueError) as error:
        raise ExpressionError("syntax", _hint(text), source=text) from error
    except (RecursionError, MemoryError) as error:
        raise ExpressionError("too_long", "嵌套太深。", source=text) from error
    assert isinstance(tree, wanted)
    _check_depth(tree, text)
    return tree


def _check_depth(tree: ast.AST, text: str) -> None:
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise ExpressionError("too_long", f"嵌套超过 {MAX_DEPTH} 层，请拆成几步。", source=text)
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def _hint(text: str) -> str:
    bare = _STRINGS.sub("''", text)
    for word, sign in _JUEL_WORDS.items():
        if re.search(rf"\b{word}\b", bare):
            return f"写法不对：请把 {word} 写成 {sign}。"
    for pattern, hint in _HINTS:
        if pattern.search(bare):
            return f"写法不对：{hint}。"
    return "写法不对，无法读懂。"
