"""From a syntax tree to nested functions: what is not on the list below is refused, by name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, NamedTuple

from engine.expressions import operations as op
from engine.expressions.budget import MAX_INT, Budget
from engine.expressions.errors import ExpressionError
from engine.expressions.functions import PURE, TURN_FUNCTIONS

Variables = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
Node = Callable[[Variables, Functions, Budget | None], Any]
Binary = Callable[[Any, Any, Budget | None], Any]

COMPUTED: Any = ...  # stands for an argument that is not a constant
MAX_ARGUMENTS = 50
SMALL = 60  # nodes: a bigger expression is given a budget even without loops

_CONSTANT_NAMES = {"true": True, "false": False, "null": None}
_BINARY: dict[type[ast.operator], Binary] = {
    ast.Add: op.add,
    ast.Sub: op.subtract,
    ast.Mult: op.multiply,
    ast.Div: op.divide,
    ast.FloorDiv: op.floor_divide,
    ast.Mod: op.modulo,
}
_COMPARE: dict[type[ast.cmpop], Binary] = {
    ast.Eq: op.equal,
    ast.NotEq: lambda a, b, budget: not op.equal(a, b, budget),
    ast.Lt: op.less,
    ast.LtE: op.less_equal,
    ast.Gt: op.greater,
    ast.GtE: op.greater_equal,
    ast.In: op.contained,
    ast.NotIn: lambda a, b, budget: not op.contained(a, b, budget),
}
_REFUSED = {  # what people try, and what to say
    "Lambda": "lambda",
    "JoinedStr": 'f"..."（请用 + 连接文字）',
    "NamedExpr": ":=",
    "Slice": "切片 [a:b]",
    "Set": "集合 {a, b}（请用 [a, b]）",
    "SetComp": "集合推导",
    "DictComp": "字典推导",
    "Starred": "* 展开",
    "Await": "await",
    "Yield": "yield",
    "YieldFrom": "yield",
    "Pow": "乘方 **",
    "MatMult": "@",
    "LShift": "<<",
    "RShift": ">>",
    "BitOr": "|（“或者”请写 or）",
    "BitAnd": "&（“并且”请写 and）",
    "BitXor": "^",
    "Invert": "~",
}


class Call(NamedTuple):
    """A function called in an expression; an argument that is computed stands as `...`."""

    name: str
    args: tuple[Any, ...]


def not_allowed(what: str) -> ExpressionError:
    """The text is Python, but not in this language."""
    return ExpressionError("not_allowed", f"不允许使用{what}。")


def check_name(name: str) -> str:
    """A name that a variable or key may have."""
    if name.startswith("__") or name.endswith("__"):
        raise not_allowed(f"“{name[:40]}”")
    return name


class _Locals(dict[str, Any]):
    """The variables of a loop, in front of those around it."""

    __slots__ = ("outer",)

    def __init__(self, outer: Variables) -> None:
        super().__init__()
        self.outer = outer

    def __missing__(self, name: str) -> Any:
        return self.outer[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.outer


class Compiler:
    """Compiles the expressions of one text, and remembers what they read and call."""

    def __init__(self, functions: Set[str]) -> None:
        self.functions = functions
        self.required: set[str] = set()  # variables read plainly
        self.optional: set[str] = set()  # variables read by get() and defined()
        self.calls: list[Call] = []
        self.loops = False
        self.nodes = 0
        self._bound: list[str] = []  # variables of the loops around

    @property
    def needs_budget(self) -> bool:
        """Whether the work is not already bounded by the text."""
        return self.loops or self.nodes > SMALL

    def compile(self, node: ast.AST) -> Node:
        """The function that evaluates `node`."""
        self.nodes += 1
        method = getattr(self, "_" + type(node).__name__, None)
        if method is None:
            raise not_allowed(_REFUSED.get(type(node).__name__, f"这种写法（{type(node).__name__}）"))
        compiled: Node = method(node)
        return compiled

    def _all(self, nodes: Iterable[ast.AST]) -> list[Node]:
        return [self.compile(node) for node in nodes]

    # -- values

    def _Constant(self, node: ast.Constant) -> Node:
        value = node.value
        if type(value) is int and abs(value) > MAX_INT:
            raise ExpressionError("too_big", "数太大。")
        if type(value) is float:
            op.number(value)
        if type(value) not in (str, int, float, bool, type(None)):
            raise not_allowed(f"{type(value).__name__} 类型的值")
        return lambda v, f, b: value

    def _Name(self, node: ast.Name) -> Node:
        name = check_name(node.id)
        if name in _CONSTANT_NAMES:
            value = _CONSTANT_NAMES[name]
            return lambda v, f, b: value
        if name not in self._bound:
            self.required.add(name)

        def read(v: Variables, f: Functions, b: Budget | None) -> Any:
            try:
                return v[name]
            except KeyError:
                message = f'没有变量“{name}”。可能没有的，请写 get("{name}", 默认值)。'
                raise ExpressionError("unknown_variable", message) from None

        return read

    def _Attribute(self, node: ast.Attribute) -> Node:
        whole, key = self.compile(node.value), check_name(node.attr)
        return lambda v, f, b: op.member(whole(v, f, b), key)

    def _Subscript(self, node: ast.Subscript) -> Node:
        whole, key = self.compile(node.value), self.compile(node.slice)
        return lambda v, f, b: op.item(whole(v, f, b), key(v, f, b))

    def _List(self, node: ast.List | ast.Tuple) -> Node:
        items = self._all(node.elts)
        return lambda v, f, b: [item(v, f, b) for item in items]

    _Tuple = _List

    def _Dict(self, node: ast.Dict) -> Node:
        pairs: list[tuple[str, Node]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or type(key.value) is not str:
                raise not_allowed("不是文字的键")
            pairs.append((check_name(key.value), self.compile(value)))
        return lambda v, f, b: {key: value(v, f, b) for key, value in pairs}

    # -- operators

    def _BoolOp(self, node: ast.BoolOp) -> Node:
        parts = self._all(node.values)
        stop = isinstance(node.op, ast.Or)

        def run(v: Variables, f: Functions, b: Budget | None) -> Any:
            value = None
            for part in parts:
                value = part(v, f, b)
                if bool(value) is stop:
                    break
            return value

        return run

    def _UnaryOp(self, node: ast.UnaryOp) -> Node:
        operand = self.compile(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda v, f, b: not operand(v, f, b)
        if isinstance(node.op, ast.USub):
            return lambda v, f, b: op.negate(operand(v, f, b))
        if isinstance(node.op, ast.UAdd):
            return lambda v, f, b: op.plus(operand(v, f, b))
        raise not_allowed(_REFUSED["Invert"])

    def _BinOp(self, node: ast.BinOp) -> Node:
        act = _BINARY.get(type(node.op))
        if act is None:
            raise not_allowed(_REFUSED.get(type(node.op).__name__, "这个运算符"))
        run, left, right = act, self.compile(node.left), self.compile(node.right)
        return lambda v, f, b: run(left(v, f, b), right(v, f, b), b)

    def _IfExp(self, node: ast.IfExp) -> Node:
        test, yes, no = self._all((node.test, node.body, node.orelse))
        return lambda v, f, b: yes(v, f, b) if test(v, f, b) else no(v, f, b)

    def _Compare(self, node: ast.Compare) -> Node:
        first = self.compile(node.left)
        rest = [
            (self._comparison(sign, value), self.compile(value))
            for sign, value in zip(node.ops, node.comparators, strict=True)
        ]
        if len(rest) > 1:
            return _chain(first, rest)
        act, other = rest[0]
        sign, value = node.ops[0], node.comparators[0]
        if isinstance(sign, (ast.Eq, ast.NotEq)) and isinstance(value, ast.Constant) and type(value.value) is str:
            return _text_test(first, value.value, isinstance(sign, ast.Eq))
        return lambda v, f, b: act(first(v, f, b), other(v, f, b), b)

    def _comparison(self, sign: ast.cmpop, value: ast.expr) -> Binary:
        if isinstance(sign, (ast.Is, ast.IsNot)):
            is_null = isinstance(value, ast.Constant) and value.value is None
            if not is_null and not (isinstance(value, ast.Name) and value.id == "null"):
                raise not_allowed(" is（比较请写 ==）")
            return _COMPARE[ast.Eq if isinstance(sign, ast.Is) else ast.NotEq]
        return _COMPARE[type(sign)]

    # -- loops

    def _ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Node:
        if len(node.generators) != 1:
            raise not_allowed("两层的 for")
        loop = node.generators[0]
        if loop.is_async or not isinstance(loop.target, ast.Name):
            raise not_allowed("这种 for")
        self.loops = True
        name, source = check_name(loop.target.id), self.compile(loop.iter)
        self._bound.append(name)
        tests, item = self._all(loop.ifs), self.compile(node.elt)
        self._bound.pop()

        def run(v: Variables, f: Functions, b: Budget | None) -> list[Any]:
            assert b is not None
            values = source(v, f, b)
            if not isinstance(values, (list, tuple)):
                raise op.type_error(f"for 要走过一个列表，不能是{op.kind_of(values)}。")
            inner, result = _Locals(v), []
            for value in values:
                b.spend()
                inner[name] = value
                if all(test(inner, f, b) for test in tests):
                    result.append(item(inner, f, b))
            return result

        return run

    _GeneratorExp = _ListComp

    # -- calls

    def _Call(self, node: ast.Call) -> Node:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("getVariable", "hasVariable"):
            raise not_allowed(f'方法 .{node.func.attr}(...)，请直接写变量名，可能没有的写 get("变量名", 默认值)')
        if not isinstance(node.func, ast.Name):
            what = f"方法 .{node.func.attr}(...)" if isinstance(node.func, ast.Attribute) else "这种调用"
            raise not_allowed(f'{what}，只能调用函数，如 len(x)、contains(x, "甲")')
        name = check_name(node.func.id)
        if len(node.args) + len(node.keywords) > MAX_ARGUMENTS:
            raise ExpressionError("too_long", f"{name}(...) 的参数太多。")
        if any(isinstance(arg, ast.Starred) for arg in node.args) or any(word.arg is None for word in node.keywords):
            raise not_allowed(_REFUSED["Starred"])
        self.calls.append(Call(name, tuple(_constant(arg) for arg in node.args)))
        if name in ("get", "defined"):
            return self._variable_call(name, node)
        args = self._all(node.args)
        words = [(check_name(word.arg or ""), self.compile(word.value)) for word in node.keywords]
        if name in PURE:
            self.loops = self.loops or name == "sorted"
            return _pure_call(name, args, bool(words))
        if name not in self.functions and name not in TURN_FUNCTIONS:
            raise ExpressionError("unknown_function", f"没有函数“{name}”。")
        if words and not args:
            raise not_allowed(f"这种调用：{name}(...) 的第一个参数不要写名字")
        return _host_call(name, args, words)

    def _variable_call(self, name: str, node: ast.Call) -> Node:
        """`get("case.kind", default)`, `defined("outcome")`: the variable's name is a constant."""
        most = 2 if name == "get" else 1
        path = _constant(node.args[0]) if node.args else None
        if not 1 <= len(node.args) <= most or node.keywords or type(path) is not str or not path:
            raise ExpressionError("type", f'{name}(...) 的第一个参数是写在引号里的变量名，如 {name}("outcome")。')
        first, *keys = [check_name(part) for part in path.split(".")]
        if first not in self._bound:
            self.optional.add(first)
        default = self.compile(node.args[1]) if len(node.args) == 2 else None

        def find(v: Variables) -> tuple[bool, Any]:
            if first not in v:
                return False, None
            value = v[first]
            for key in keys:
                if not isinstance(value, Mapping) or key not in value:
                    return False, None
                value = value[key]
            return True, value

        if name == "defined":
            return lambda v, f, b: find(v)[0]

        def get(v: Variables, f: Functions, b: Budget | None) -> Any:
            found, value = find(v)
            return value if found else default(v, f, b) if default is not None else None

        return get


def _constant(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in _CONSTANT_NAMES:
        return _CONSTANT_NAMES[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        value = node.operand.value
        return -value if isinstance(value, (int, float)) and op.is_number(value) else COMPUTED
    return COMPUTED


def _chain(first: Node, rest: list[tuple[Binary, Node]]) -> Node:
    """`a < b <= c`: each value is computed once."""

    def run(v: Variables, f: Functions, b: Budget | None) -> Any:
        left = first(v, f, b)
        for act, node in rest:
            right = node(v, f, b)
            if not act(left, right, b):
                return False
            left = right
        return True

    return run


def _text_test(first: Node, text: str, wanted: bool) -> Node:
    """`outcome == "accept"`, the commonest condition."""

    def run(v: Variables, f: Functions, b: Budget | None) -> bool:
        value = first(v, f, b)
        if type(value) is str:
            return (value == text) is wanted
        return op.equal(value, text, b) is wanted

    return run


def _pure_call(name: str, args: list[Node], words: bool) -> Node:
    act, least, most = PURE[name]
    if words or not least <= len(args) <= most:
        count = str(least) if least == most else f"{least} 到 {most}"
        raise ExpressionError("type", f"{name}(...) 要 {count} 个不带名字的参数。")

    def run(v: Variables, f: Functions, b: Budget | None) -> Any:
        values = [arg(v, f, b) for arg in args]
        if b is not None:
            for value in values:
                b.weigh(value)
        return act(*values)

    return run


def _host_call(name: str, args: list[Node], words: list[tuple[str, Node]]) -> Node:
    def run(v: Variables, f: Functions, b: Budget | None) -> Any:
        if b is not None:
            b.spend(10)
        act = f.get(name)
        if act is None:
            raise ExpressionError("unknown_function", f"这里不能用函数“{name}”。")
        return act(*[arg(v, f, b) for arg in args], **{word: node(v, f, b) for word, node in words})

    return run
