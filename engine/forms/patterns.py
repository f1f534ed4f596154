"""The regular expressions of form fields, matched in time linear in the answer (Thompson's simulation).

A form's author must not be able to hang the server with `(a+)+$`, so there is no backtracking here at all. Read is what
JavaScript and Python agree on: characters, classes, groups, alternatives, repetitions, `^ $ \\b`; look-around,
back-references and Unicode properties are refused. As in a browser, a pattern without `^` and `$` may match anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MAX_PATTERN = 300  # characters
MAX_PROGRAM = 1_000  # instructions
MAX_INPUT = 2_000  # characters of an answer that has a pattern
MAX_GROUPS = 30  # open at one place
_DIGITS = ((48, 57),)
_WORD = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE = ((9, 13), (32, 32), (160, 160), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
          (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF))  # fmt: skip
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_LINE_ENDS = ((10, 10), (13, 13), (0x2028, 0x2029))
Ranges = tuple[tuple[int, int], ...]


class PatternError(ValueError):
    """The pattern is not one, or not of the part that is read; the message is Chinese."""


@dataclass(frozen=True)
class _Chars:
    """One character out of `ranges`, or any other one."""

    ranges: Ranges
    negated: bool = False

    def matches(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges) is not self.negated


@dataclass
class _Split:
    """Go on at both places."""

    one: int
    other: int


@dataclass(frozen=True)
class _Assert:
    """Go on if the place is right: `^`, `$`, `b` or `B`."""

    kind: str


_Instruction = _Chars | _Split | _Assert
_Emit = Callable[[], None]


class Pattern:
    """A compiled pattern."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._program = _Compiler(source).compile()

    def found_in(self, text: str) -> bool:
        """Whether some part of `text` matches. At most `len(text)` x the size of the pattern steps."""
        end = len(self._program)
        threads: set[int] = set()
        for position in range(len(text) + 1):
            threads = self._follow({*threads, 0}, text, position)
            if end in threads:
                return True
            if position == len(text):
                return False
            code = ord(text[position])
            threads = {at + 1 for at in threads if isinstance(one := self._program[at], _Chars) and one.matches(code)}
        return False

    def _follow(self, start: set[int], text: str, position: int) -> set[int]:
        """Where one gets from `start` without reading a character."""
        reached, todo = set(start), list(start)
        while todo:
            at = todo.pop()
            instruction = self._program[at] if at < len(self._program) else None
            if isinstance(instruction, _Split):
                targets = [instruction.one, instruction.other]
            elif isinstance(instruction, _Assert) and _at_place(instruction.kind, text, position):
                targets = [at + 1]
            else:
                continue
            for target in targets:
                if target not in reached:
                    reached.add(target)
                    todo.append(target)
        return reached


def _at_place(kind: str, text: str, position: int) -> bool:
    if kind == "^":
        return position == 0
    if kind == "$":
        return position == len(text)
    before = position > 0 and _is_word(text[position - 1])
    after = position < len(text) and _is_word(text[position])
    return (before != after) is (kind == "b")


def _is_word(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in _WORD)


class _Compiler:
    """Recursive descent over the pattern; each part gives a function that emits it, so that it can be repeated."""

    def __init__(self, source: str) -> None:
        if len(source) > MAX_PATTERN:
            raise PatternError(f"最多 {MAX_PATTERN} 个字符")
        self.source = source
        self.at = 0
        self.groups = 0
        self.program: list[_Instruction] = []

    def compile(self) -> list[_Instruction]:
        emit = self._alternatives()
        if self.at < len(self.source):
            raise PatternError("多出一个 )")
        emit()
        return self.program

    def _add(self, instruction: _Instruction) -> int:
        if len(self.program) >= MAX_PROGRAM:
            raise PatternError("重复次数太多")
        self.program.append(instruction)
        return len(self.program) - 1

    def _peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def _next(self) -> str:
        char = self._peek()
        if not char:
            raise PatternError("没有写完")
        self.at += 1
        return char

    def _alternatives(self) -> _Emit:
        branches = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]

        def emit() -> None:
            jumps: list[_Split] = []
            for branch in branches[:-1]:
                split = _Split(0, 0)
                split.one = self._add(split) + 1
                branch()
                jump = _Split(0, 0)
                self._add(jump)
                jumps.append(jump)
                split.other = len(self.program)
            branches[-1]()
            for jump in jumps:
                jump.one = jump.other = len(self.program)

        return emit

    def _sequence(self) -> _Emit:
        parts: list[_Emit] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated())

        def emit() -> None:
            for part in parts:
                part()

        return emit

    def _repeated(self) -> _Emit:
        part = self._atom()
        bounds = self._bounds()
        if bounds is None:
            return part
        if self._peek() == "?":  # lazy or not: whether there is a match is the same
            self.at += 1
        if self._bounds() is not None:
            raise PatternError("重复号不能连写")
        least, most = bounds

        def emit() -> None:
            for _ in range(least):
                part()
            if most is None:
                split = _Split(0, 0)
                start = self._add(split)
                split.one = start + 1
                part()
                self._add(_Split(start, start))
                split.other = len(self.program)
                return
            splits: list[_Split] = []
            for _ in range(most - least):
                split = _Split(0, 0)
                split.one = self._add(split) + 1
                splits.append(split)
                part()
            for split in splits:
                split.other = len(self.program)

        return emit

    def _bounds(self) -> tuple[int, int | None] | None:
        char = self._peek()
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if char in simple:
            self.at += 1
            return simple[char]
        if char != "{":
            return None
        end = self.source.find("}", self.at)
        low, comma, high = self.source[self.at + 1 : end].partition(",")
        if end < 0 or not low.isascii() or not low.isdigit() or not (high == "" or (high.isascii() and high.isdigit())):
            raise PatternError("{ } 里应是次数，如 {2,5}")
        if len(low) > 4 or len(high) > 4 or (high and int(high) < int(low)):
            raise PatternError("{ } 里的次数不对")
        self.at = end + 1
        return int(low), (int(high) if high else None) if comma else int(low)

    def _atom(self) -> _Emit:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return self._emitter(self._char_class())
        if char == ".":
            return self._emitter(_Chars(_LINE_ENDS, negated=True))
        if char in "^$":
            return self._emitter(_Assert(char))
        if char in "*+?{":
            raise PatternError(f"“{char}”前面没有内容")
        if char == "\\":
            if self._peek() in ("b", "B"):
                return self._emitter(_Assert(self._next()))
            return self._emitter(self._escape())
        return self._emitter(_Chars(((ord(char), ord(char)),)))

    def _emitter(self, instruction: _Chars | _Assert) -> _Emit:
        def emit() -> None:
            self._add(instruction)

        return emit

    def _group(self) -> _Emit:
        if self.source.startswith("?:", self.at):
            self.at += 2
        elif self._peek() == "?":
            raise PatternError("不支持前后查找等 (?…) 写法")
        self.groups += 1
        if self.groups > MAX_GROUPS:
            raise PatternError("括号嵌套太深")
        inner = self._alternatives()
        self.groups -= 1
        if self._peek() != ")":
            raise PatternError("少一个 )")
        self.at += 1
        return inner

    def _escape(self) -> _Chars:
        char = self._next()
        if char.lower() in _CLASSES:
            return _Chars(_CLASSES[char.lower()], negated=char.isupper())
        if char in "ux":
            size = 4 if char == "u" else 2
            digits = self.source[self.at : self.at + size]
            if len(digits) < size or any(one not in "0123456789abcdefABCDEF" for one in digits):
                raise PatternError(f"\\{char} 后面要 {size} 位十六进制数")
            self.at += size
            return _Chars(((int(digits, 16), int(digits, 16)),))
        if char.isalnum() and char not in _CONTROLS:
            raise PatternError(f"不支持 \\{char}")
        code = ord(_CONTROLS.get(char, char))
        return _Chars(((code, code),))

    def _char_class(self) -> _Chars:
        negated = self._peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        while (char := self._next()) != "]":
            low = self._class_item(char)
            if self._peek() == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self._class_item(self._next())
                if len(low) != 1 or len(high) != 1 or low[0][0] > high[0][1]:
                    raise PatternError("[ ] 里的范围不对")
                ranges.append((low[0][0], high[0][1]))
            else:
                ranges.extend(low)
        return _Chars(tuple(ranges), negated)

    def _class_item(self, char: str) -> Ranges:
        if char != "\\":
            return ((ord(char), ord(char)),)
        if self._peek() == "b":
            self.at += 1
            return ((8, 8),)
        escaped = self._escape()
        return _complement(escaped.ranges) if escaped.negated else escaped.ranges


def _complement(ranges: Ranges) -> Ranges:
    result: list[tuple[int, int]] = []
    start = 0
    for low, high in ranges:
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    return (*result, (start, 0x10FFFF))
