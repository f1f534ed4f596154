"""FEEL, as decision tables and form conditions use it (DMN 1.3, chapters 9 and 10)."""

import time
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expressions import ExpressionError
from engine.feel import FeelError, compile_feel, compile_tests
from engine.times import Duration
from storage.clock import TZ

DATA = {
    "x": 5,
    "s": "abc",
    "xs": [1, 2, 3],
    "p": {"age": 30, "day": "2026-05-01"},
    "My Name": 3,
    "a-b": 7,
    "nothing": None,
}
NAMES = ["My Name", "a-b"]

TESTS = [  # cell, value, matches
    ("-", None, True),
    ("", 1, True),
    ('"a"', "a", True),
    ('"a"', "b", False),
    ('"a"', None, False),
    ('"a","b"', "b", True),
    ('"a", "b"', "c", False),
    ('not("a")', "b", True),
    ('not("a","b")', "b", False),
    ('not("a")', None, True),
    ("not(< 5)", 6, True),
    ("not(< 5)", None, False),
    ("not([1..3], 7)", 5, True),
    ("5", 5, True),
    ("5", 5.0, True),
    ("5", "5", False),
    ("-5", -5, True),
    ("1,2,3", 2, True),
    ("< ?", 5, False),  # the input itself may be a bound
    ("[?..9]", 5, True),
    ("<= if ? > 3 then 9 else 1", 5, True),
    ("< 5", 4.9, True),
    ("< 5", 5, False),
    ("<= 5", 5, True),
    ("> x", 6, True),
    (">= x + 1", 6, True),
    ("= 5", 5, True),
    ("!= 5", 5, False),
    ("< 5", "a", False),
    ("< 5", None, False),
    ("<5, >10", 12, True),
    ("[80..120]", 80, True),
    ("[80..120]", 120, True),
    ("(80..120]", 80, False),
    ("[80..120)", 120, False),
    ("]80..120[", 120, False),
    ("]80..120[", 119, True),
    ("[-5..-1]", -3, True),
    ("[x..x + 5]", 7, True),
    ('["a".."f"]', "c", True),
    ("[1..2], [5..6]", 5.5, True),
    ("[1..5]", None, False),
    ("true", True, True),
    ("false", False, True),
    ("true", False, False),
    ("true", 1, False),
    ("null", None, True),
    ("not(null)", "x", True),
    ("not(null)", None, False),
    ('date("2026-01-01")', "2026-01-01", True),
    ('>= date("2026-01-01")', "2026-02-01", True),
    ('>= date("2026-01-01")', "2025-02-01", False),
    ('< date("2026-01-01")', "soon", False),
    ('[date("2026-01-01")..date("2026-12-31")]', "2026-06-01", True),
    ('< date and time("2026-01-01T12:00:00")', "2026-01-01T11:00:00+08:00", True),
    ('@"2026-01-01"', "2026-01-01", True),
    ('< duration("P1D")', "PT5H", True),
    ('> time("09:00:00")', "10:00:00", True),
    ('contains(?, "b")', "abc", True),
    ("? > 3 and ? < x", 4, True),
    ('starts with(?, "a") or ends with(?, "z")', "xz", True),
    ("xs", 2, True),
    ("[1,2,3]", 2, True),
    ("xs", [1, 2, 3], True),
    ("count(xs) > 1", "anything", True),
    ("count(xs) > 5", "anything", False),
    ("My Name", 3, True),
    ("a-b", 7, True),
    ("> a-b", 8, True),
    ("not(true) or ? = 3", 3, True),
    ('"\\"quoted\\" \\u529e"', '"quoted" 办', True),
    ("(1 + 2) * 2", 6, True),
    ("(5)", 5, True),
    ('"a" // comment', "a", True),
]


@pytest.mark.parametrize(("cell", "value", "matches"), TESTS)
def test_unary_tests(cell, value, matches):
    assert compile_tests(cell, NAMES).matches(value, DATA) is matches


EXPRESSIONS = {
    "x + 2 * 3": 11,
    "(x + 2) * 3": 21,
    "10 / 4": 2.5,
    "10 / 5": 2,
    "0.1 + 0.2": 0.3,
    "1 / 0": None,
    "2 ** 10": 1024,
    "2 ** -1": 0.5,
    "-x": -5,
    "- -x": 5,
    "1.5e2": 150,
    ".5": 0.5,
    '"a" + "b"': "ab",
    '"a" + 1': None,
    "x = 5": True,
    "x != 5": False,
    'x = "5"': None,
    "nothing = null": True,
    "nothing > 1": None,
    "x > 1 and nothing": None,
    "x < 1 and nothing": False,
    "x > 1 or nothing": True,
    "not(nothing)": None,
    "not(x = 5)": False,
    "x between 1 and 5": True,
    "x between 6 and 9 or true": True,
    "x in (1, 5)": True,
    "x in [1..5]": True,
    "x in (1..5)": False,
    "x in (< 3, > 4)": True,
    "x in xs": False,
    'if x > 3 then "many" else "few"': "many",
    "if nothing then 1 else 2": 2,
    "p.age + 1": 31,
    "p.name": None,
    "x.y": None,
    "xs[1]": 1,
    "xs[-1]": 3,
    "xs[9]": None,
    "[1, [2]]": [1, [2]],
    "My Name * 2": 6,
    "a-b + 1": 8,
    "sum(xs) + count(xs) + min(xs) + max(1, 9)": 19,
    "mean(xs)": 2,
    "sum([])": None,
    'sum(["a"])': None,
    "list contains(xs, 2)": True,
    "concatenate(xs, [4])": [1, 2, 3, 4],
    "string length(s)": 3,
    'substring("abcdef", 2, 3)': "bcd",
    'substring("abcdef", -2)': "ef",
    'upper case(s) + lower case("X")': "ABCx",
    'contains(s, "b")': True,
    "contains(s, 1)": None,
    "floor(2.7) + ceiling(2.1) + abs(-1)": 6,
    "decimal(1.005, 1)": 1,
    "round half up(2.5, 0)": 3,
    "modulo(7, 4)": 3,
    'number("12.50")': 12.5,
    'number("1,000", ",", ".")': 1000,
    'number("x")': None,
    "string(12)": "12",
    "all([true, false])": False,
    "any(false, true)": True,
    'date("2026-01-31") + duration("P1M")': date(2026, 2, 28),
    'date("2026-03-01") - date("2026-02-01")': Duration(0, timedelta(days=28)),
    'date("2026-02-30")': None,
    'date(p.day).year + date("2026-05-01").month + date("2026-05-01").day': 2032,
    'p.day < date("2026-06-01")': True,
    'date and time("2026-01-01T09:00:00").hour': 9,
    'date and time(date("2026-01-01"), time("09:00:00"))': datetime(2026, 1, 1, 9, tzinfo=TZ),
    'duration("P1Y2M").months': 2,
    'years and months duration(date("2026-01-31"), date("2027-03-30"))': Duration(13),
    "// a comment\n x /* another */ + 1": 6,
    "true": True,
    "null": None,
    'string(1.5 * duration("P4DT1H"))': "P6DT1H30M",
    'string(duration("P1Y11M") * -2.5)': "-P4Y9M",
    'string(duration("P10DT23H") / 2.5)': "P4DT9H12M",
    'duration("P10Y") / duration("P5Y")': 2,
    'duration("P1Y") + duration("P1D")': None,
    'duration("P1Y") = duration("P365D")': None,
    'duration("P1Y").days': None,
    'duration("-P1Y2M").months': -2,
    'duration("P1DT2H").hours': 2,
    'string(date("2021-01-01") + duration("PT36H"))': "2021-01-02",
    'string(date("2021-01-02") - duration("PT1S"))': "2021-01-01",
    'string(time("10:15:00") + duration("PT23H"))': "09:15:00",
    'time("10:10:10") - time("11:10:10") = duration("-PT1H")': True,
    'date and time("2018-10-08T00:00:00@Europe/Paris") = date and time("2018-10-08T00:00:00+02:00")': True,
    'date and time(date("2017-08-10"), null)': None,
    "[1] + [2]": None,
    'append([1], ["a"])': [1, ["a"]],
    "append(null, 1)": None,
    "all(null)": None,
    "any(null)": None,
    "[1,2] in [[1,2], [3]]": True,
    'number("1,000.5", ",", ".")': 1000.5,
    'number("1,000.5", ",", ",")': None,
    'substring("foobar", 3, 3.8)': "oba",
    'substring after("abc", "")': "abc",
    'string join(null, "x")': None,
    'string join(["a", "b"], null)': "ab",
    'string length("\\uD83D\\uDCA9")': 1,
    "round half up((1 + 0.06 / 12) ** -360, 6)": 0.166042,
}


@pytest.mark.parametrize(("text", "value"), EXPRESSIONS.items())
def test_expression(text, value):
    result = compile_feel(text, NAMES).evaluate(DATA)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "syntax"),
        ("1 +", "syntax"),
        ("a b", "syntax"),
        ("a..b", "syntax"),
        ("a < b < c", "syntax"),
        ("? > 1", "syntax"),
        ("“x”", "syntax"),
        ("a == b", "syntax"),
        ("a && b", "syntax"),
        ('"never closed', "syntax"),
        ('@"soon"', "syntax"),
        ("date()", "syntax"),
        ("for x in xs return x", "not_supported"),
        ("some x in xs satisfies x > 1", "not_supported"),
        ("{a: 1}", "not_supported"),
        ("xs[item > 1]", "not_supported"),
        ("function(x) x", "not_supported"),
        ("x instance of number", "not_supported"),
        ("a.__class__", "not_supported"),
        ("__builtins__", "not_supported"),
        ('substring(string: "a", position: 1)', "not_supported"),
        ('time("09:00:00Z")', "not_supported"),
        ('x < time("09:00:00@Europe/Paris")', "not_supported"),
        ("open(1)", "unknown_function"),
        ('__import__("os")', "not_supported"),
        ('eval("1")', "unknown_function"),
        ("(" * 50 + "1" + ")" * 50, "too_long"),
        ("[" * 100, "too_long"),
        ("-" * 100 + "+", "syntax"),
        ("1" * 41, "too_long"),
        ("+".join("1" * 100), "too_long"),
        ("x" * 5000, "too_long"),
        ("a" + ".a" * 100, "too_long"),
        ("if " * 60, "too_long"),
    ],
)
def test_refused(text, code):
    with pytest.raises(FeelError) as error:
        compile_feel(text)
    assert error.value.code == f"feel.{code}"


@pytest.mark.parametrize(
    "text", ["2 ** 1100", "10 ** 90 ** 9", "1.5 ** 1e9", "9999999999 * 9999999999 * 9999999999 * 9999"]
)
def test_numbers_have_a_limit(text):
    with pytest.raises(ExpressionError) as error:
        compile_feel(text).evaluate({})
    assert error.value.code == "expression.too_big"


def test_an_unknown_variable_is_an_error_not_null():
    with pytest.raises(ExpressionError) as error:
        compile_feel("missing > 1").evaluate({})
    assert error.value.code == "expression.unknown_variable"


def test_what_is_read_is_known():
    assert compile_feel("a.b + count(c) + My Name", NAMES).names == {"a", "c", "My Name"}
    assert compile_tests("> limit, ? = other").names == {"limit", "other"}


def test_the_turn_gives_the_time():
    assert compile_feel('today() < date("2026-12-01")').evaluate({}, {"today": lambda: date(2026, 11, 26)}) is True


@pytest.mark.parametrize("text", ['date("2026-02-30")', 'time("25:00:00")', "date(2026, 13, 1)", 'duration("3 days")'])
def test_a_constant_that_is_no_time_is_remarked(text):
    assert compile_feel(f"x = {text}").remarks and compile_tests(f"< {text}").remarks
    assert compile_feel(text).evaluate({}) is None


def test_what_is_not_constant_is_not_remarked():
    assert not compile_feel('date("2026-02-28") = date(x)').remarks
    assert not compile_tests("date(?) = today()").remarks


def test_a_range_that_holds_nothing_is_remarked():
    assert compile_tests("[10..5]").remarks
    assert not compile_tests("[5..10]").remarks
    assert not compile_tests("[a..5]").remarks


def test_brackets_that_may_mean_two_things_do_not_hang():
    started = time.perf_counter()
    for text in ("a in (" * 35 + "1" + ")" * 35, "a in (" * 35 + "1..5]" * 35, "a in [" * 35 + "1..5]" * 35, "((" * 19):
        try:
            compile_tests(text)
        except FeelError as error:
            assert error.code in ("feel.syntax", "feel.too_long")
    assert time.perf_counter() - started < 2


WORDS = ["x", "s", "xs", "p", "1", '"a"', "true", "null", "(", ")", "[", "]", "..", ",", "-", "+", "*",
         "**", "/", "<", ">=", "=", "!=", "and", "or", "not", "in", "between", "if", "then", "else", "?",
         "count", "sum", "date", '"2026-01-01"', ".", "{", "}", "for", "@", "starts with", "My Name", ":"]  # fmt: skip


@settings(max_examples=500, deadline=1000)
@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=40))
def test_anything_is_read_or_refused(text):
    for compiled, run in (
        (compile_feel, lambda ready: ready.evaluate(DATA)),
        (compile_tests, lambda ready: ready.matches(5, DATA)),
    ):
        try:
            run(compiled(text, NAMES))
        except (FeelError, ExpressionError) as error:
            assert error.code.startswith(("feel.", "expression."))
