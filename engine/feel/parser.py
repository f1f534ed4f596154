"""FEEL for decision tables and form conditions: recursive descent, straight to nested functions.

Read are literals, names, paths, arithmetic, comparisons, `and`, `or`, `between`, `in`, `if`, lists, ranges and calls
of the functions in `engine.feel.functions`. Loops, quantifiers, contexts, filters by condition and function
definitions are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.expressions.errors import ExpressionError
from engine.expressions.operations import number
from engine.feel import values
from engine.feel.arithmetic import ARITHMETIC, negative
from engine.feel.cursor import Cursor
from engine.feel.errors import FeelError
from engine.feel.functions import FUNCTIONS, TURN_FUNCTIONS
from engine.times import TimeError, parse_date, parse_duration, parse_instant, parse_time
from storage.errors import BanjieError

Scope = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
Node = Callable[[Scope, Functions], Any]
Test = Callable[[Any, Scope, Functions], values.Truth]
MAX_DEPTH = 40
INPUT = "?"  # the value of the input, inside a unary test
_TEMPORAL = {"date", "time", "date and time", "duration"}
_REFUSED = {"for", "some", "every", "instance", "function", "external"}


class Parser(Cursor):
    """Reads one text. `names` collects the variables read, `remarks` what looks wrong though it can be read."""

    def __init__(self, text: str, names: Iterable[str] = (), *, unary: bool = False) -> None:
        super().__init__(text, [*names, *(name for name in FUNCTIONS if " " in name)])
        self.depth = 0
        self.in_range = False  # a `[` may close a range
        self.unary = unary  # `?` may be used
        self.names: set[str] = set()
        self.reads = 0  # how often a variable or the time was read
        self.remarks: list[tuple[str, str]] = []  # Chinese, English
        self.uses_input = False

    # -- expressions, from the loosest to the tightest

    def expression(self) -> Node:
        """Any expression."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FeelError("too_long", f"嵌套超过 {MAX_DEPTH} 层。", "nested too deeply", self.text)
        node = self._if() if self.at("if") else self._or()
        self.depth -= 1
        return node

    def _if(self) -> Node:
        self.expect("if")
        test = self.expression()
        self.expect("then")
        yes = self.expression()
        self.expect("else")
        no = self.expression()
        return lambda v, f: yes(v, f) if test(v, f) is True else no(v, f)

    def _or(self) -> Node:
        parts = [self._and()]
        while self.take("or"):
            parts.append(self._and())
        if len(parts) == 1:
            return parts[0]
        return lambda v, f: values.either([values.truth(part(v, f)) for part in parts])

    def _and(self) -> Node:
        parts = [self._comparison()]
        while self.take("and"):
            parts.append(self._comparison())
        if len(parts) == 1:
            return parts[0]
        return lambda v, f: values.negation(values.either([values.negation(part(v, f)) for part in parts]))

    def _comparison(self) -> Node:
        left = self._sum()
        if self.take("between"):
            low = self._sum()
            self.expect("and")
            high = self._sum()
            return _between(left, low, high)
        if self.take("in"):
            if self.at("("):
                start = self.position
                self.advance()
                tests = self.tests()
                if self.take(")"):
                    return lambda v, f: tests(left(v, f), v, f)
                self.position = start  # it was a range such as (1..5]
            test = self.test()
            return lambda v, f: test(left(v, f), v, f)
        sign = self.take("=", "!=", "<", "<=", ">", ">=")
        if sign is None:
            return left
        right, compare = self._sum(), values.COMPARISONS[sign]
        if self.at("=", "!=", "<", "<=", ">", ">="):
            raise self.syntax("比较不能连写")
        return lambda v, f: compare(left(v, f), right(v, f))

    def _sum(self) -> Node:
        return self._binary(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._binary(("*", "/"), self._power)

    def _power(self) -> Node:
        return self._binary(("**",), self._negative)

    def _binary(self, signs: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        node, count = operand(), 0
        while sign := self.take(*signs):
            count += 1
            if count > MAX_DEPTH:
                raise FeelError("too_long", f"运算超过 {MAX_DEPTH} 项。", "too many operators", self.text)
            node = _apply(ARITHMETIC[sign], node, operand())
        return node

    def _negative(self) -> Node:
        minus = False
        while self.take("-"):
            minus = not minus
        node = self._path()
        return (lambda v, f: negative(node(v, f))) if minus else node

    def _path(self) -> Node:
        node, count = self._primary(), 0
        while self.at(".", "["):
            count += 1
            if count > MAX_DEPTH:
                raise FeelError("too_long", f"路径超过 {MAX_DEPTH} 层。", "path too long", self.text)
            if self.take("."):
                if self.token.kind not in ("word", "name"):
                    raise self.syntax("“.”后面应是名字")
                node = _member(node, self._plain(self.advance().text))
            else:
                self.advance()
                minus = bool(self.take("-"))
                if self.token.kind != "number" or not self.token.text.isdigit():
                    if self.in_range:
                        self.position -= 1 + minus
                        break
                    raise self.refuse("按条件筛选列表 [...]", "a filter of a list")
                index = int(self.advance().text)
                self.expect("]")
                node = _index(node, -index if minus else index)
        return node

    def _plain(self, name: str) -> str:
        if name.startswith("__") or name.endswith("__"):
            raise self.refuse(f"“{name[:40]}”", repr(name[:40]))
        return name

    def _primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.advance()
            value = _literal_number(token.text, self.text)
            return lambda v, f: value
        if token.kind == "string":
            self.advance()
            return lambda v, f: token.text
        if token.kind == "keyword":
            return self._keyword()
        if token.kind in ("word", "name"):
            return self._name()
        if self.take("@"):
            literal = self._at_literal()
            return lambda v, f: literal
        if self.at("?"):
            if not self.unary:
                raise self.syntax("“?”只能用在单元格的条件里")
            self.advance()
            self.uses_input = True
            return lambda v, f: v[INPUT]
        if self.take("("):
            node = self.expression()
            self.expect(")")
            return node
        if self.take("["):
            return self._list()
        if self.at("{"):
            raise self.refuse("上下文 {...}", "a context")
        raise self.syntax("这里应该是一个值")

    def _keyword(self) -> Node:
        token = self.token
        if token.text in ("true", "false", "null"):
            self.advance()
            value = {"true": True, "false": False, "null": None}[token.text]
            return lambda v, f: value
        if token.text in _REFUSED:
            raise self.refuse(token.text, token.text)
        if token.text == "if":
            return self.expression()
        raise self.syntax("这里应该是一个值")

    def _list(self) -> Node:
        items: list[Node] = []
        while not self.take("]"):
            items.append(self.expression())
            if not self.at("]"):
                self.expect(",")
        return lambda v, f: [item(v, f) for item in items]

    def _name(self) -> Node:
        name = self._plain(self.advance().text)
        if self.at("("):
            return self._call(name)
        self.names.add(name)
        self.reads += 1

        def read(v: Scope, f: Functions) -> Any:
            try:
                return v[name]
            except KeyError:
                raise ExpressionError("unknown_variable", f"没有变量“{name}”。") from None

        return read

    def _call(self, name: str) -> Node:
        if name not in FUNCTIONS and name not in TURN_FUNCTIONS:
            raise FeelError("unknown_function", f"没有函数“{name}”。", f"unknown function {name}", self.text)
        start, reads_before, outer = self.position, self.reads, self.uses_input
        self.uses_input = False
        self.expect("(")
        args: list[Node] = []
        while not self.take(")"):
            args.append(self.expression())
            if self.at(":"):
                raise self.refuse("带名字的参数", "an argument with a name")
            if not self.at(")"):
                self.expect(",")
        constant = self.reads == reads_before and not self.uses_input
        self.uses_input = self.uses_input or outer
        if name in TURN_FUNCTIONS:
            self.reads += 1
            return _turn_call(name)
        act, least, most = FUNCTIONS[name]
        if not least <= len(args) <= most:
            count, english = (str(least), str(least)) if least == most else (f"{least} 到 {most}", f"{least} to {most}")
            message = f"{name}(...) 要 {count} 个参数。"
            raise FeelError("syntax", message, f"{name} takes {english} arguments", self.text)
        call = _call(act, args)
        if constant and name == "time" and self._zoned(start):
            raise self.refuse("带时区的时刻", "a time with a zone")
        if constant and name in _TEMPORAL:
            self._check_time(call, "".join(token.text for token in self.tokens[start + 1 : self.position - 1]), name)
        return call

    def _zoned(self, start: int) -> bool:
        """Whether the one argument of the call that began at `start` is a time of day in another zone."""
        argument = self.tokens[start + 1]
        return argument.kind == "string" and re.fullmatch(r"[\d:.]+ ?([Zz@+-].*)", argument.text.strip()) is not None

    def _check_time(self, call: Node, shown: str, name: str) -> None:
        """Remark on a constant that is no date, time or duration that can be read: it is always null."""
        if call({}, {}) is None:
            self.remarks.append((f"{name}(...) 读不出“{shown[:40]}”，结果总是空值", f"{name}(...) is always null here"))

    def _at_literal(self) -> Any:
        text = self.advance().text if self.token.kind == "string" else ""
        for read in (parse_date if "T" not in text else parse_instant, parse_time, parse_duration):
            try:
                return read(text)
            except TimeError:
                continue
        raise self.syntax("@ 后面应是日期、时刻或时长")

    # -- unary tests

    def tests(self) -> Test:
        """A list of tests with commas: one of them must hold. In the scope that it is given, `INPUT` is the value."""
        tests = [self.test()]
        while self.take(","):
            tests.append(self.test())
        if len(tests) == 1:
            return tests[0]
        return lambda value, v, f: values.either([test(value, v, f) for test in tests])

    def test(self) -> Test:
        """`< 5`, `[1..5)`, `"a"`, `contains(?, "a")` ..."""
        if sign := self.take("<", "<=", ">", ">=", "=", "!="):
            bound, compare = self._sum(), values.COMPARISONS[sign]
            return lambda value, v, f: compare(value, bound(v, f))
        if self.at("(", "[", "]"):
            start = self.position
            interval = self._interval()
            if interval is not None:
                return interval
            self.position = start
        outer, self.uses_input = self.uses_input, False
        reads_before = self.reads
        node = self.expression()
        if self.uses_input:
            return lambda value, v, f: values.truth(node(v, f))
        self.uses_input = outer
        constant = self.reads == reads_before
        return lambda value, v, f: _holds(value, node(v, f), constant)

    def _interval(self) -> Test | None:
        names_before = len(self.names)
        opening = self.advance().text
        try:
            low = self._sum()
        except FeelError:
            if opening == "]":
                raise
            return None
        if not self.take(".."):
            if opening == "]":
                raise self.syntax("区间中间应是 ..")
            return None
        self.in_range = True
        high = self._sum()
        self.in_range = False
        closing = self.expect("]", ")", "[")
        if len(self.names) == names_before:
            self._check_range(low, high)
        from_low = values.greater_equal if opening == "[" else values.greater
        to_high = values.less_equal if closing == "]" else values.less

        def test(value: Any, v: Scope, f: Functions) -> values.Truth:
            sides = [values.negation(from_low(value, low(v, f))), values.negation(to_high(value, high(v, f)))]
            return values.negation(values.either(sides))

        return test

    def _check_range(self, low: Node, high: Node) -> None:
        """Remark on a range of constants that holds nothing."""
        try:
            empty = values.less(high({}, {}), low({}, {})) is True
        except (BanjieError, KeyError):  # not constant: it calls now(), or is about the input itself
            return
        if empty:
            self.remarks.append(("区间的下限比上限大，永远不会符合", "the range is empty"))


def _holds(value: Any, wanted: Any, constant: bool) -> values.Truth:
    """Whether an input meets a cell's value: equal to it, one of its list, or (of other variables) simply true."""
    if isinstance(wanted, (list, tuple)) and values.equal(value, wanted) is not True:
        return any(values.equal(value, one) is True for one in wanted)
    if wanted is True and type(value) is not bool and not constant:
        return True
    return values.equal(value, wanted)


def _literal_number(text: str, source: str) -> Any:
    try:
        return number(int(text)) if text.isdigit() else values.whole(number(float(text)))
    except BanjieError as error:
        raise FeelError("too_long", "数太大。", "number too big", source) from error


def _apply(act: Callable[[Any, Any], Any], left: Node, right: Node) -> Node:
    return lambda v, f: act(left(v, f), right(v, f))


def _between(node: Node, low: Node, high: Node) -> Node:
    def run(v: Scope, f: Functions) -> values.Truth:
        value = node(v, f)
        sides = [values.less(value, low(v, f)), values.greater(value, high(v, f))]
        return values.negation(values.either(sides))

    return run


def _member(node: Node, name: str) -> Node:
    return lambda v, f: values.member(node(v, f), name)


def _index(node: Node, index: int) -> Node:
    """`list[1]` is the first, `list[-1]` the last item."""

    def run(v: Scope, f: Functions) -> Any:
        whole = node(v, f)
        items = whole if isinstance(whole, (list, tuple)) else [whole]
        position = index - 1 if index > 0 else len(items) + index
        return items[position] if index and 0 <= position < len(items) else None

    return run


def _call(act: Callable[..., Any], args: list[Node]) -> Node:
    def run(v: Scope, f: Functions) -> Any:
        try:
            return values.whole(act(*[arg(v, f) for arg in args]))
        except TimeError:
            return None
        except ExpressionError as error:
            if error.code in ("expression.type", "expression.value"):
                return None
            raise

    return run


def _turn_call(name: str) -> Node:
    def run(v: Scope, f: Functions) -> Any:
        if name not in f:
            raise ExpressionError("unknown_function", f"这里不能用函数“{name}”。")
        return f[name]()

    return run
