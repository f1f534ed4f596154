"""The language of conditions, timers, mappings and scripts: Python's syntax for expressions, no way out of it.

A text is parsed once, checked against a list of allowed forms and compiled to nested functions; no text of a diagram is
ever executed by Python itself. Values are data: a variable called `len` or `deadline` never stands in for the function.
Dates are texts among the variables; `date(...)`, `datetime(...)` and `duration(...)` make them values to reckon with.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Set
from typing import Any

from engine.expressions.budget import MAX_RESULT_TEXT, Budget, Room, check_result, too_big
from engine.expressions.compiling import COMPUTED, Call, Compiler, Functions, Node, Variables, check_name, not_allowed
from engine.expressions.errors import ExpressionError
from engine.expressions.functions import BUILTIN_FUNCTIONS, plain, text
from engine.expressions.parsing import closing_brace, parse_expression, parse_statements, strip_marks
from storage.errors import BanjieError

__all__ = [
    "BUILTIN_FUNCTIONS",
    "COMPUTED",
    "Call",
    "Expression",
    "ExpressionError",
    "Script",
    "Template",
    "compile_expression",
    "compile_script",
    "compile_template",
    "plain",
]

MAX_TEMPLATE = 20_000  # characters
MAX_STATEMENTS = 200
NO_FUNCTIONS: Functions = {}


class Expression:
    """A compiled expression."""

    __slots__ = ("_needs_budget", "_run", "calls", "names", "optional", "source")

    def __init__(self, source: str, run: Node, compiler: Compiler) -> None:
        self.source = source
        self.names = frozenset(compiler.required | compiler.optional)  # variables read
        self.optional = frozenset(compiler.optional - compiler.required)  # those read only by get() or defined()
        self.calls = tuple(compiler.calls)
        self._run = run
        self._needs_budget = compiler.needs_budget

    def evaluate(self, variables: Variables, functions: Functions = NO_FUNCTIONS) -> Any:
        """The value: JSON, a date, an instant, a `Duration`, or what a host's function gave. See `plain`.

        Raises `ExpressionError`; errors of the host's functions that are `BanjieError` pass unchanged.
        """
        return self.evaluate_within(Budget() if self._needs_budget else None, variables, functions)

    def evaluate_within(self, budget: Budget | None, variables: Variables, functions: Functions) -> Any:
        """The same, with a budget that several expressions share."""
        try:
            return check_result(self._run(variables, functions, budget))
        except ExpressionError as error:
            error.within(self.source)
            raise
        except BanjieError:
            raise
        except (RecursionError, MemoryError, OverflowError) as error:
            raise ExpressionError("too_big", "数据太大或嵌套太深。", source=self.source) from error
        except (TypeError, ValueError, ArithmeticError) as error:
            raise ExpressionError("type", f"值的类型不对（{error}）。", source=self.source) from error

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"


def compile_expression(text: str, *, functions: Set[str] = frozenset()) -> Expression:
    """Compile `a == 1`, `${a == 1}` or `#{a == 1}`. `functions`: names of the host's functions that may be called."""
    source = strip_marks(text) if isinstance(text, str) else text
    tree = parse_expression(source)
    compiler = Compiler(functions)
    try:
        return Expression(source, compiler.compile(tree), compiler)
    except ExpressionError as error:
        error.within(source)
        raise


class Template:
    """A text with `${…}` parts."""

    __slots__ = ("_parts", "calls", "names", "optional", "source")

    def __init__(self, source: str, parts: list[str | Expression]) -> None:
        self.source = source
        self._parts = parts
        expressions = [part for part in parts if isinstance(part, Expression)]
        self.names: frozenset[str] = frozenset().union(*(one.names for one in expressions))
        required = frozenset[str]().union(*(one.names - one.optional for one in expressions))
        self.optional = self.names - required
        self.calls = tuple(call for one in expressions for call in one.calls)

    @property
    def constant(self) -> bool:
        """Whether it is a plain text."""
        return all(isinstance(part, str) for part in self._parts)

    def evaluate(self, variables: Variables, functions: Functions = NO_FUNCTIONS) -> str:
        """The text; a list gives its items with commas between; an empty value inside a longer text is an error."""
        texts, length = [], 0
        for part in self._parts:
            shown = part if isinstance(part, str) else self._text(part, variables, functions)
            length += len(shown)
            if length > MAX_RESULT_TEXT:
                raise too_big("文字").within(self.source)
            texts.append(shown)
        return "".join(texts)

    def value(self, variables: Variables, functions: Functions = NO_FUNCTIONS) -> Any:
        """The value of a template that is one `${…}` alone, in its own type; otherwise the text."""
        if len(self._parts) == 1 and isinstance(self._parts[0], Expression):
            return self._parts[0].evaluate(variables, functions)
        return self.evaluate(variables, functions)

    def _text(self, part: Expression, variables: Variables, functions: Functions) -> str:
        value = part.evaluate(variables, functions)
        if value is None and len(self._parts) > 1:
            raise ExpressionError("type", "值是空的，不能放进文字里。", source=part.source)
        try:
            return ",".join(map(text, value)) if isinstance(value, (list, tuple)) else text(value)
        except ExpressionError as error:
            error.within(part.source)
            raise

    def __repr__(self) -> str:
        return f"Template({self.source!r})"


def compile_template(text: str, *, functions: Set[str] = frozenset()) -> Template:
    """Compile a text such as `handler@${unit_id}`."""
    if not isinstance(text, str) or len(text) > MAX_TEMPLATE:
        raise ExpressionError("too_long", f"文字最多 {MAX_TEMPLATE} 个字符。")
    return Template(text, list(_template_parts(text, functions)))


def _template_parts(text: str, functions: Set[str]) -> Iterator[str | Expression]:
    text = text.strip()
    position = 0
    while (
        start := min((at for at in (text.find("${", position), text.find("#{", position)) if at >= 0), default=-1)
    ) >= 0:
        end = closing_brace(text, start + 2)
        if end < 0:
            raise ExpressionError("syntax", "有 ${ 没有 }。", source=text)
        if start > position:
            yield text[position:start]
        yield compile_expression(text[start : end + 1], functions=functions)
        position = end + 1
    if position < len(text):
        yield text[position:]


class Script:
    """Assignments, done in order."""

    __slots__ = ("_statements", "assigns", "calls", "names", "optional", "source")

    def __init__(self, source: str, statements: list[tuple[str, Expression]]) -> None:
        self.source = source
        self._statements = statements
        self.assigns = frozenset(name for name, _ in statements)
        self.calls = tuple(call for _, one in statements for call in one.calls)
        read: set[str] = set()
        required: set[str] = set()
        written: set[str] = set()
        for name, one in statements:  # a variable that the script itself wrote first is not read from outside
            read |= one.names - written
            required |= one.names - one.optional - written
            written.add(name)
        self.names = frozenset(read)
        self.optional = frozenset(read - required)

    def run(self, variables: Variables, functions: Functions = NO_FUNCTIONS) -> dict[str, Any]:
        """What was assigned, as JSON values; `variables` itself is not changed."""
        assigned: dict[str, Any] = {}
        scope = {**variables}
        budget, room = Budget(), Room()
        for name, expression in self._statements:
            try:
                value = expression.evaluate_within(budget, scope, functions)
                room.take(value)
                scope[name] = assigned[name] = plain(value)
            except ExpressionError as error:
                error.within(f"{name} = {expression.source}")
                raise
        return assigned


def compile_script(text: str, *, functions: Set[str] = frozenset()) -> Script:
    """Compile `name = expression` lines, also separated by `;`; anything else is refused."""
    source = strip_marks(textwrap.dedent(text)) if isinstance(text, str) else text
    statements: list[tuple[str, Expression]] = []
    for node in parse_statements(source):
        shown = ast.get_source_segment(source, node) or source
        if len(statements) >= MAX_STATEMENTS:
            raise ExpressionError("too_long", f"脚本最多 {MAX_STATEMENTS} 句。", source=shown)
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if not isinstance(node, ast.Assign) or not isinstance(target, ast.Name):
            raise ExpressionError("not_allowed", "脚本里只能写赋值：变量名 = 表达式。", source=shown)
        compiler = Compiler(functions)
        try:
            name = check_name(target.id)
            if name in ("true", "false", "null"):
                raise not_allowed(f"“{name}”作变量名")
            value = ast.get_source_segment(source, node.value) or shown
            statements.append((name, Expression(value, compiler.compile(node.value), compiler)))
        except ExpressionError as error:
            error.within(shown)
            raise
    return Script(source, statements)
