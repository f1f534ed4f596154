"""Forms: the schema is read strictly, and every answer is checked again on the server."""

import json
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.forms import read_form
from engine.forms.patterns import Pattern, PatternError
from storage.errors import BadDiagram, Refusal


def form(*components, **more):
    return read_form(
        json.dumps({"type": "default", "components": components, "schemaVersion": 16, **more}).encode(), "a.form"
    )


def field(kind="textfield", key="x", **more):
    return {"type": kind, "key": key, "label": "事项", **more}


def choices(*values):
    return [{"label": value, "value": value} for value in values]


UNIT = choices("hall", "police")
ACCEPTED = [  # field, answer, what is kept
    (field(), "道路积水", "道路积水"),
    (field(), "", None),
    (field(), "  ", None),
    (field(), None, None),
    (field(), "{{7*7}} ${1+1} <b>", "{{7*7}} ${1+1} <b>"),
    (field("textarea"), "一\n二", "一\n二"),
    (field("textarea"), "长" * 20_000, "长" * 20_000),
    (field(validate={"maxLength": 30_000}), "长" * 30_000, "长" * 30_000),
    (field(validate={"pattern": "^[0-9]{6}$"}), "510000", "510000"),
    (field(validate={"validationType": "email"}), "a@b.cn", "a@b.cn"),
    (field(validate={"validationType": "phone"}), "028-8712 3456", "028-8712 3456"),
    (field("number"), 5, 5),
    (field("number"), -0.5, -0.5),
    (field("number", decimalDigits=2), 1.15, 1.15),
    (field("number", serializeToString=True), "12.50", "12.50"),
    (field("number", validate={"min": 0, "max": 10}), 10, 10),
    (field("number", validate={"required": True}), 0, 0),
    (field("checkbox"), False, False),
    (field("checkbox", validate={"required": True}), True, True),
    (field("select", values=UNIT), "hall", "hall"),
    (field("radio", values=[{"label": "是", "value": True}, {"label": "一", "value": 1}]), True, True),
    (field("checklist", values=UNIT), ["police", "hall"], ["police", "hall"]),
    (field("taglist", values=UNIT), [], []),
    (field("taglist", values=UNIT), None, []),
    (field("datetime", subtype="date"), "2026-12-01", "2026-12-01"),
    (field("datetime", subtype="time"), "09:30", "09:30"),
    (field("datetime", subtype="time"), "09:30+08:00", "09:30+08:00"),
    (field("datetime", subtype="datetime"), "2026-12-01T09:30+08:00", "2026-12-01T09:30+08:00"),
    (field("datetime", subtype="datetime"), "2026-12-01T01:30Z", "2026-12-01T01:30Z"),
    (field("filepicker"), "01J8ZK", "01J8ZK"),
    (field("filepicker", multiple=True), ["a1", "b2"], ["a1", "b2"]),
]


@pytest.mark.parametrize(("component", "answer", "kept"), ACCEPTED)
def test_accepted(component, answer, kept):
    clean = form(component).validate({"x": answer})
    assert clean == {"x": kept}
    assert type(clean["x"]) is type(kept)


REFUSED = [  # field, answer, code
    (field(validate={"required": True}), None, "required"),
    (field(validate={"required": True}), " \n", "required"),
    (field("taglist", values=UNIT, validate={"required": True}), [], "required"),
    (field("checkbox", validate={"required": True}), False, "required"),
    (field(), 5, "type"),
    (field(), ["a"], "type"),
    (field(), {"typename": "timedelta", "days": 1}, "type"),
    (field(), "a\0b", "type"),
    (field(), "\ud800", "type"),
    (field(), "a\nb", "type"),
    (field(), "长" * 20_001, "too_long"),
    (field(validate={"maxLength": 3}), "四个字符", "too_long"),
    (field(validate={"minLength": 3}), "两字", "too_short"),
    (field(validate={"pattern": "^[0-9]{6}$"}), "51000a", "pattern"),
    (field(validate={"pattern": "^a$"}), "a\n", "type"),
    (field("textarea", validate={"pattern": "^a$"}), "a\n", "pattern"),
    (field(validate={"validationType": "email"}), "a@b", "pattern"),
    (field(validate={"validationType": "phone"}), "12", "pattern"),
    (field("number"), "5", "type"),
    (field("number"), True, "type"),
    (field("number"), float("nan"), "max"),
    (field("number"), float("inf"), "max"),
    (field("number"), 10**400, "max"),
    (field("number", decimalDigits=2), 1.155, "decimals"),
    (field("number", decimalDigits=0), 1.5, "decimals"),
    (field("number", serializeToString=True), "1e5", "type"),
    (field("number", serializeToString=True), "٣", "type"),
    (field("number", validate={"min": 0}), -1, "min"),
    (field("number", validate={"max": 10}), 10.5, "max"),
    (field("checkbox"), "true", "type"),
    (field("checkbox"), 1, "type"),
    (field("select", values=UNIT), "court", "option"),
    (field("select", values=UNIT), ["hall"], "type"),
    (field("select", values=UNIT), {"value": "hall"}, "option"),
    (field("radio", values=[{"label": "一", "value": 1}]), True, "option"),
    (field("radio", values=[{"label": "一", "value": 1}]), "1", "option"),
    (field("checklist", values=UNIT), "hall", "type"),
    (field("checklist", values=UNIT), ["hall", "court"], "option"),
    (field("checklist", values=UNIT), ["hall", "hall"], "option"),
    (field("checklist", values=UNIT), [["hall"]], "option"),
    (field("checklist", values=UNIT), ["hall"] * 501, "too_many"),
    (field("datetime", subtype="date"), "2026-02-30", "type"),
    (field("datetime", subtype="date"), "2026-12-01T09:30", "type"),
    (field("datetime", subtype="date"), 20261201, "type"),
    (field("datetime", subtype="time"), "25:00", "type"),
    (field("datetime", subtype="time"), "9:00", "type"),
    (field("datetime", subtype="datetime"), "2026-12-01", "type"),
    (field("filepicker"), "../../etc/passwd", "type"),
    (field("filepicker"), {"path": "a"}, "type"),
    (field("filepicker"), ["a1", "b2"], "too_many"),
]


@pytest.mark.parametrize(("component", "answer", "code"), REFUSED)
def test_refused(component, answer, code):
    with pytest.raises(Refusal) as error:
        form(component).validate({"x": answer})
    assert error.value.code == f"form.{code}"
    assert error.value.field == "x"
    assert "“事项”" in error.value.message


def test_all_faults_are_told_at_once():
    with pytest.raises(Refusal) as error:
        form(field(validate={"required": True}), field("number", "n"), field(key="ok")).validate({"n": "1", "z": 1})
    assert [(one["code"], one["field"]) for one in error.value.details] == [
        ("form.required", "x"),
        ("form.type", "n"),
        ("form.unknown_field", "z"),
    ]


@pytest.mark.parametrize(
    "answers",
    [
        {"y": 1},
        {"__class__": "x"},
        {"__builtins__": {}},
        {"x": {"__class__": 1}},
        {"": 1},
        {"x.y": 1},
        {1: 2},
        {"k" * 200: 1},
        ["x"],
        "x",
        None,
    ],
)
def test_unknown_fields(answers):
    with pytest.raises(Refusal) as error:
        form(field()).validate(answers)
    assert error.value.code in ("form.unknown_field", "form.type")


def deep(levels):
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "answers",
    [
        {"x": "x" * 10_000_000},
        {"x": deep(100)},
        {"x": deep(100_000)},
        {"x": [1] * 100_000},
        {str(n): 1 for n in range(60_000)},
    ],
)
def test_too_much(answers):
    started = time.perf_counter()
    with pytest.raises(Refusal) as error:
        form(field()).validate(answers)
    assert error.value.code == "form.too_long"
    assert time.perf_counter() - started < 2
    answers.clear()


def test_objects_are_not_answers():
    with pytest.raises(Refusal) as error:
        form(field()).validate({"x": object()})
    assert error.value.code == "form.type"


def test_what_was_not_answered_is_none():
    assert form(field(), field("checklist", "c", values=UNIT), field(key="d", defaultValue="z")).validate({}) == {
        "x": None,
        "c": [],
        "d": "z",
    }


def test_components_that_are_only_shown():
    shown = [
        {"type": kind}
        for kind in ("text", "html", "spacer", "separator", "image", "button", "table", "iframe", "documentPreview")
    ]
    found = form(*shown, {"type": "expression", "key": "total", "expression": "=1"}, field())
    assert found.keys == {"x"}
    assert found.validate({"x": "a", "total": 5}) == {"x": "a"}


def test_locked_fields_are_not_taken():
    found = form(
        field(disabled=True), field(key="y", readonly=True), field(key="z", readonly='=kind = "a"'), field(key="kind")
    )
    assert found.validate({"x": "1", "y": "2", "z": "3", "kind": "a"}) == {"kind": "a"}
    assert found.validate({"z": "3", "kind": "b"}) == {"z": "3", "kind": "b"}


def test_groups_columns_and_paths():
    found = form(
        {"type": "group", "components": [field(), {"type": "columns", "components": [field(key="y")]}]},
        {"type": "group", "path": "party", "components": [field(key="name"), field("number", "age")]},
        field(key="place.street"),
    )
    assert found.keys == {"x", "y", "party", "place"}
    answers = {"x": "1", "y": "2", "party": {"name": "王小华", "age": 30}, "place": {"street": "一"}}
    assert found.validate(answers) == answers
    assert found.validate({})["party"] == {"name": None, "age": None}
    for wrong in ({"party": {"job": "x"}}, {"party": "x"}, {"place": {"street": {"a": 1}}}, {"name": "x"}):
        with pytest.raises(Refusal):
            found.validate(wrong)


def test_dynamic_lists():
    found = form(
        {
            "type": "dynamiclist",
            "path": "accused",
            "label": "被举报人",
            "components": [field(key="name", validate={"required": True}), field("select", "unit", values=UNIT)],
        }
    )
    assert found.validate({}) == {"accused": []}
    rows = {"accused": [{"name": "甲", "unit": "hall"}, {"name": "乙"}]}
    assert found.validate(rows) == {"accused": [{"name": "甲", "unit": "hall"}, {"name": "乙", "unit": None}]}
    with pytest.raises(Refusal) as error:
        found.validate({"accused": [{"name": "甲"}, {"unit": "court", "x": 1}]})
    assert [one["field"] for one in error.value.details] == ["accused.1.name", "accused.1.unit", "accused.1.x"]
    for wrong in ("x", {"name": "甲"}, ["甲"], [{"name": "甲"}] * 501):
        with pytest.raises(Refusal):
            found.validate({"accused": wrong})


def test_hidden_fields():
    found = form(
        field("select", "kind", values=choices("phone", "visit")),
        field(key="number", validate={"required": True}, conditional={"hide": '=kind != "phone"'}),
        {
            "type": "group",
            "conditional": {"hide": '=kind = "phone" or kind = null'},
            "components": [field(key="room", validate={"required": True})],
        },
    )
    assert found.validate({"kind": "phone", "number": "1"}) == {"kind": "phone", "number": "1"}
    assert found.validate({"kind": "visit", "room": "2", "number": None}) == {"kind": "visit", "room": "2"}
    assert found.validate({}) == {"kind": None}
    with pytest.raises(Refusal) as error:
        found.validate({"kind": "visit", "room": "2", "number": "1"})
    assert (error.value.code, error.value.field) == ("form.hidden", "number")
    with pytest.raises(Refusal) as error:
        found.validate({"kind": "phone"})
    assert (error.value.code, error.value.field) == ("form.required", "number")


def test_conditions_see_the_data_of_the_form_and_the_row():
    found = form(
        field(conditional={"hide": "=level > 2"}),
        {
            "type": "dynamiclist",
            "path": "rows",
            "components": [
                field("checkbox", "late"),
                field(key="why", conditional={"hide": "=not(late) or level > 2"}),
            ],
        },
    )
    assert found.names == {"level"}
    rows = [{"late": True, "why": "雨"}, {"late": False}]
    assert found.validate({"x": "1", "rows": rows}, data={"level": 1}) == {"x": "1", "rows": rows}
    with pytest.raises(Refusal) as error:
        found.validate({"rows": [{"late": False, "why": "雨"}]}, data={"level": 1})
    assert error.value.field == "rows.0.why"
    with pytest.raises(Refusal):
        found.validate({"x": "1"}, data={"level": 3})


def test_choices_given_from_outside():
    found = form(field("select", "unit", valuesKey="units"), field("taglist", "tags", valuesExpression="=allowed"))
    assert found.option_keys == {"units"}
    assert found.validate({"unit": "hall"}, {"unit": ["hall"]})["unit"] == "hall"
    assert found.validate({"unit": "hall"}, {"units": choices("hall")})["unit"] == "hall"
    assert found.validate({"unit": "hall"}, data={"units": choices("hall")})["unit"] == "hall"
    assert found.validate({"tags": ["a"]}, data={"allowed": ["a", "b"]})["tags"] == ["a"]
    for answers, options, code in (
        ({"unit": "court"}, {"units": choices("hall")}, "option"),
        ({"unit": "hall"}, {}, "options_missing"),
        ({"unit": "hall"}, {"units": "hall"}, "options_missing"),
        ({"tags": ["a"]}, {}, "options_missing"),
    ):
        with pytest.raises(Refusal) as error:
            found.validate(answers, options)
        assert error.value.code == f"form.{code}"


# ---------------------------------------------------------------- the schema

BAD = {
    "no json": (b"{", "form.file"),
    "a list": (b"[]", "form.file"),
    "latin-1": ('{"type": "é"}'.encode("latin-1"), "form.file"),
    "nan": (b'{"components": [], "x": NaN}', "form.file"),
    "name twice": (b'{"components": [], "components": []}', "form.file"),
    "too deep": (b'{"components": ' + b"[" * 100 + b"]" * 100 + b"}", "form.file"),
    "far too deep": (b"[" * 200_000, "form.file"),
    "too big": (b" " * 1_048_577, "form.file"),
    "components": (b'{"components": 5}', "form.components"),
    "component": (b'{"components": [5]}', "form.component"),
}


@pytest.mark.parametrize(("data", "rule"), BAD.values(), ids=BAD.keys())
def test_files_that_are_no_forms(data, rule):
    with pytest.raises(BadDiagram) as error:
        read_form(data, "contact.form")
    assert error.value.code == rule
    assert "contact.form" in error.value.details[0]["message_zh"]


def group(levels):
    return field() if levels == 0 else {"type": "group", "components": [group(levels - 1)]}


@pytest.mark.parametrize(
    ("components", "rule"),
    [
        ([field("magic")], "form.type"),
        ([field(["select"])], "form.type"),
        ([field(key="")], "form.key"),
        ([field(key="1a")], "form.key"),
        ([field(key="a b")], "form.key"),
        ([field(key="__class__")], "form.key"),
        ([field(key="a.__init__.b")], "form.key"),
        ([field(key=5)], "form.key"),
        ([field(), field()], "form.duplicate"),
        ([field(), {"type": "group", "components": [field()]}], "form.duplicate"),
        ([field(key="a"), field(key="a.b")], "form.duplicate"),
        ([field("select")], "form.options"),
        ([field("select", values=[])], "form.options"),
        ([field("select", values=["a"])], "form.options"),
        ([field("select", values=choices("a", "a"))], "form.options"),
        ([field(validate={"pattern": "(a+)+$("})], "form.pattern"),
        ([field(validate={"pattern": "(?=a)"})], "form.pattern"),
        ([field(validate={"minLength": "x"})], "form.validate"),
        ([field(validate={"maxLength": -1})], "form.validate"),
        ([field(validate={"required": "yes"})], "form.validate"),
        ([field(validate=5)], "form.validate"),
        ([field("number", validate={"min": 5, "max": 1})], "form.limits"),
        ([field("datetime", subtype="week")], "form.subtype"),
        ([field(conditional={"hide": "kind = 1"})], "form.feel"),
        ([field(conditional={"hide": "=kind == 1"})], "form.feel"),
        ([field(conditional={"hide": '=__import__("os")'})], "form.feel"),
        ([group(20)], "form.file"),
        ([field(key=f"k{n}") for n in range(501)], "form.file"),
    ],
)
def test_schemas_that_are_refused(components, rule):
    with pytest.raises(BadDiagram) as error:
        form(*components)
    assert error.value.code == rule
    assert error.value.details[0]["file"] == "a.form"


def test_a_form_knows_its_id():
    assert form(field(), id="contact").id == "contact"
    assert form(field()).id == "a"


# ---------------------------------------------------------------- patterns

SAME = ["a", "ab|c", "^a$", "(ab)*c", "a{2,3}b", "[a-c]+", "[^a]b", "^(a|b)*?c$", r"\d{2}", r"\bab\b",
        "a?b?c?", "(a|)b", ".b", "^$", "", "a{2}", "a{2,}", r"\w+@\w+", "[a\\-c]", "[\\]a]", "((a)(b))+",
        "a|b|^c"]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SAME), st.text("abc@ -]1\n", max_size=8))
def test_patterns_find_what_python_finds(pattern, text):
    assert Pattern(pattern).found_in(text) is bool(re.search(pattern.replace("$", r"\Z"), text, re.ASCII))


def test_patterns_of_chinese_forms():
    assert Pattern("^[\\u4e00-\\u9fa5]{2,10}$").found_in("王小华")
    assert not Pattern("^[\\u4e00-\\u9fa5]{2,10}$").found_in("wang")
    assert Pattern(r"^1[3-9]\d{9}$").found_in("13800000000")
    assert Pattern(r"^\d{17}[\dXx]$").found_in("51010019900101001X")


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "a)", "*a", "a**", "a{2,1}", "a{x}", "a{99999}", "(?=a)", "(?<n>a)", r"\1", r"\p{Han}",
     "[z-a]", "\\", "a" * 301, "((a{50}){50}){50}", "(" * 50 + ")" * 50, r"\u12", "[a-\\d]"],
)  # fmt: skip
def test_patterns_that_are_refused(pattern):
    with pytest.raises(PatternError):
        Pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*$", "(a*)*b", "a*a*a*a*a*b", "(.*)*x", "([a-z]+)*1", "(a?){50}a{50}$"]
)
def test_patterns_cannot_hang(pattern):
    started = time.perf_counter()
    Pattern(pattern).found_in("a" * 1999 + "!")
    assert time.perf_counter() - started < 2


# ---------------------------------------------------------------- anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
EVERYTHING = [
    field(
        "textfield", "t", validate={"required": True, "pattern": "^a"}, conditional={"hide": '=n > 3 and s = "hall"'}
    ),
    field("textarea", "a"),
    field("number", "n", validate={"min": 0}, decimalDigits=2),
    field("select", "s", values=UNIT),
    field("taglist", "g", valuesKey="units"),
    field("checkbox", "c"),
    field("datetime", "d", subtype="datetime"),
    field("filepicker", "f"),
    {
        "type": "dynamiclist",
        "path": "rows",
        "components": [field(), field("number", "n", conditional={"hide": "=x = n"})],
    },
    {"type": "group", "path": "p", "components": [field(key="q")]},
]


@settings(max_examples=150, deadline=2000)
@given(st.dictionaries(st.sampled_from(["t", "a", "n", "s", "g", "c", "d", "f", "rows", "p", "z"]), JSON) | JSON)
def test_any_answers_are_kept_or_refused(answers):
    try:
        clean = form(*EVERYTHING).validate(answers)
    except Refusal as error:
        assert error.code.startswith("form.")
    else:
        json.dumps(clean, allow_nan=False)


COMPONENT = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["textfield", "select", "number", "group", "dynamiclist", "datetime", "text", "?"])
        | JSON
    },
    optional={
        "key": st.sampled_from(["a", "b.c", "__x__", ""]) | JSON,
        "path": JSON,
        "label": JSON,
        "validate": st.dictionaries(st.sampled_from(["required", "min", "max", "maxLength", "pattern"]), JSON) | JSON,
        "conditional": st.fixed_dictionaries({"hide": st.text(max_size=8).map("={}".format) | JSON}) | JSON,
        "values": JSON,
        "components": JSON,
        "readonly": JSON,
        "valuesExpression": JSON,
        "defaultValue": JSON,
    },
)


@settings(max_examples=120, deadline=2000)
@given(st.lists(COMPONENT, max_size=4), st.dictionaries(st.sampled_from(["a", "b", "x"]), JSON))
def test_any_schema_is_read_or_refused(components, answers):
    try:
        form(*components).validate(answers)
    except (BadDiagram, Refusal) as error:
        assert error.code.startswith("form.")


@settings(max_examples=200, deadline=2000)
@given(st.text("ab()[]{}|*+?^$\\.-,1d", max_size=20), st.text("ab1-\n", max_size=10))
def test_any_pattern_is_read_or_refused(pattern, text):
    try:
        Pattern(pattern).found_in(text)
    except PatternError as error:
        assert str(error)
