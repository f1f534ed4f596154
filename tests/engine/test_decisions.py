"""Decision tables and their requirements (DMN 1.3, chapters 6 to 8)."""

import time
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decisions import DecisionError, map_result, read_decisions
from engine.expressions import ExpressionError
from storage.errors import BadDiagram, BanjieError

DMN13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def dmn(*decisions, namespace=DMN13, before=""):
    body = before + "".join(decisions)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="{namespace}" id="d" name="d" namespace="n"'
        f' xmlns:camunda="http://camunda.org/schema/1.0/dmn">{body}</definitions>'
    ).encode()


def cell(kind, text, attributes=""):
    return f"<{kind} {attributes}><text>{escape(text)}</text></{kind}>"


def table(inputs, outputs, rules, policy="UNIQUE", decision="t", more="", aggregation="", variable=""):
    """A decision. `inputs`: (expression, type[, values]); `outputs`: (name, type[, values[, default]])."""
    columns = ""
    for n, (text, kind, *values) in enumerate(inputs):
        listed = cell("inputValues", values[0]) if values else ""
        expression = cell("inputExpression", text, f'typeRef="{kind}"')
        columns += f'<input id="i{n}">{expression}{listed}</input>'
    for n, (name, kind, *values) in enumerate(outputs):
        listed = cell("outputValues", values[0]) if values and values[0] else ""
        default = cell("defaultOutputEntry", values[1]) if len(values) > 1 else ""
        columns += f'<output id="o{n}" name="{name}" typeRef="{kind}">{listed}{default}</output>'
    rows = ""
    for n, cells in enumerate(rules, 1):
        entries = [cell("inputEntry", text, f'id="c{n}_{m}"') for m, text in enumerate(cells[: len(inputs)])]
        entries += [cell("outputEntry", text) for text in cells[len(inputs) :]]
        rows += f'<rule id="r{n}">{"".join(entries)}</rule>'
    aggregate = f'aggregation="{aggregation}"' if aggregation else ""
    named = f'<variable name="{variable}"/>' if variable else ""
    rules = f'<decisionTable id="{decision}_table" hitPolicy="{policy}" {aggregate}>{columns}{rows}</decisionTable>'
    return f'<decision id="{decision}" name="{decision}">{named}{more}{rules}</decision>'


def read(*decisions, **options):
    return read_decisions(dmn(*decisions, **options), "route.dmn")


ROUTE = table(
    [("kind", "string"), ("group_count", "number")],
    [("unit", "string"), ("days", "integer")],
    [
        ('"inquiry"', "-", '"hall"', "3"),
        ('"appeal","accusation"', "< 5", '"petition"', "15"),
        ('not("inquiry")', "[5..100)", '"leader"', "group_count * 2"),
    ],
)


@pytest.mark.parametrize(
    ("kind", "group_count", "result"),
    [
        ("inquiry", 1, [{"unit": "hall", "days": 3}]),
        ("appeal", 4, [{"unit": "petition", "days": 15}]),
        ("accusation", 5, [{"unit": "leader", "days": 10}]),
        ("accusation", 100, []),
        ("suggestion", 2, []),
        (None, None, []),
    ],
)
def test_table(kind, group_count, result):
    decision = read(ROUTE)["t"]
    assert decision.evaluate({"kind": kind, "group_count": group_count}) == result
    assert decision.inputs == {"kind", "group_count"}
    assert decision.outputs == ("unit", "days")
    assert decision.findings == []


OVERLAP = [("> 0", '"a"'), ("> 1", '"b"'), ("> 1", '"a"'), ("> 2", '"c"')]


def one_output(policy, rules=OVERLAP, values='"c","b","a"', kind="string", **options):
    return read(table([("n", "number")], [("out", kind, values)], rules, policy, **options))["t"]


@pytest.mark.parametrize(
    ("policy", "n", "values"),
    [
        ("UNIQUE", 1, ["a"]),
        ("FIRST", 3, ["a"]),
        ("ANY", 1, ["a"]),
        ("PRIORITY", 2, ["b"]),
        ("PRIORITY", 3, ["c"]),
        ("OUTPUT ORDER", 3, ["c", "b", "a", "a"]),
        ("RULE ORDER", 3, ["a", "b", "a", "c"]),
        ("COLLECT", 2, ["a", "b", "a"]),
        *[
            (policy, 0, [])
            for policy in ("UNIQUE", "FIRST", "ANY", "PRIORITY", "OUTPUT ORDER", "RULE ORDER", "COLLECT")
        ],
    ],
)
def test_hit_policies(policy, n, values):
    assert one_output(policy).evaluate({"n": n}) == [{"out": value} for value in values]


def test_any_with_equal_results():
    assert one_output("ANY", [("> 0", '"a"'), ("> 1", '"a"')]).evaluate({"n": 2}) == [{"out": "a"}]


@pytest.mark.parametrize(("policy", "code"), [("UNIQUE", "not_unique"), ("ANY", "not_any")])
def test_rules_that_must_not_hit_together(policy, code):
    with pytest.raises(DecisionError) as error:
        one_output(policy).evaluate({"n": 3})
    assert error.value.code == f"decision.{code}"
    assert error.value.details == {"rules": [1, 2, 3, 4]}
    assert "第 1、2、3、4 条" in error.value.message


NUMBERS = [("> 0", "0.1"), ("> 0", "0.2"), ("> 1", "-5"), ("> 2", "null")]


@pytest.mark.parametrize(
    ("aggregation", "n", "result"),
    [
        ("SUM", 1, 0.3),
        ("SUM", 2, -4.7),
        ("MIN", 2, -5),
        ("MAX", 2, 0.2),
        ("COUNT", 3, 4),
        ("SUM", 3, -4.7),
    ],
)
def test_collect_with_aggregation(aggregation, n, result):
    decision = one_output("COLLECT", NUMBERS, "", "number", aggregation=aggregation)
    assert decision.evaluate({"n": n}) == [{"out": result}]


def test_aggregation_of_nothing():
    assert one_output("COLLECT", NUMBERS, "", "number", aggregation="COUNT").evaluate({"n": 0}) == [{"out": 0}]
    assert one_output("COLLECT", NUMBERS, "", "number", aggregation="SUM").evaluate({"n": 0}) == []


def test_aggregation_of_texts():
    assert one_output("COLLECT", OVERLAP, "", aggregation="MAX").evaluate({"n": 3}) == [{"out": "c"}]
    with pytest.raises(DecisionError) as error:
        one_output("COLLECT", OVERLAP, "", aggregation="SUM").evaluate({"n": 3})
    assert error.value.code == "decision.aggregation"


def test_priority_over_two_outputs():
    decision = read(
        table(
            [("n", "number")],
            [("first", "string", '"high","low"'), ("note", "string"), ("second", "number", "1,2,3")],
            [("-", '"low"', '"x"', "1"), ("-", '"high"', '"y"', "3"), ("-", '"high"', '"z"', "2")],
            "OUTPUT ORDER",
        )
    )["t"]
    assert [result["note"] for result in decision.evaluate({"n": 1})] == ["z", "y", "x"]


def test_default_output():
    decision = read(
        table([("n", "number")], [("a", "string", "", '"none"'), ("b", "number")], [("> 5", '"big"', "1")])
    )["t"]
    assert decision.evaluate({"n": 1}) == [{"a": "none", "b": None}]
    assert decision.evaluate({"n": 6}) == [{"a": "big", "b": 1}]


def test_empty_cells():
    decision = read(table([("n", "number")], [("a", "string")], [("", "")]))["t"]
    assert decision.evaluate({"n": None}) == [{"a": None}]


def test_dates_come_as_text_and_go_as_text():
    decision = read(
        table(
            [("received", "date"), ("spent", "dayTimeDuration")],
            [("until", "date")],
            [
                ('< date("2026-05-01")', "-", 'received + duration("P1M")'),
                ('[date("2026-05-01")..date("2026-12-31")]', '> duration("PT2H")', 'date("2027-01-01")'),
            ],
        )
    )["t"]
    with pytest.raises(DecisionError) as error:
        decision.evaluate({"received": "yesterday", "spent": None})
    assert error.value.code == "decision.input_type"
    assert decision.evaluate({"received": "2026-06-01", "spent": "P1D"}) == [{"until": "2027-01-01"}]
    assert decision.evaluate({"received": "2026-06-01", "spent": "PT1H"}) == []


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("number", 5, "5"), ("integer", 5, True), ("string", "5", 5), ("boolean", True, 1), ("date", "2026-01-01", 5)],
)
def test_types_of_inputs_and_outputs(kind, good, bad):
    """DMN 1.3, 10.3.2.9.4: a list of one is its item; what does not conform is refused here, not made null."""
    decision = read(table([("x", kind)], [("a", "string")], [("-", '"hit"')]))["t"]
    assert decision.evaluate({"x": good}) == decision.evaluate({"x": [good]}) == [{"a": "hit"}]
    assert decision.evaluate({"x": None}) == [{"a": "hit"}]
    for wrong in (bad, [bad], [good, good]):
        with pytest.raises(DecisionError) as error:
            decision.evaluate({"x": wrong})
        assert error.value.code == "decision.input_type" and "“x”" in error.value.message
    gives = read(table([("x", "Any")], [("a", kind)], [("-", "x")]))["t"]
    default = read(table([("x", "Any")], [("a", kind, "", "x")], [("false", "null")]))["t"]
    typed = f'<variable name="a" typeRef="{kind}"/>'
    literal = read(f'<decision id="t" name="t">{typed}{cell("literalExpression", "x")}</decision>')["t"]
    for one in (gives, default, literal):
        assert one.evaluate({"x": good}) == one.evaluate({"x": [good]}) == [{"a": good}]
        assert one.evaluate({"x": None}) == [{"a": None}]
        with pytest.raises(DecisionError) as error:
            one.evaluate({"x": bad})
        assert error.value.code == "decision.output_type"


def test_input_expressions():
    decision = read(
        table(
            [("case.count + 1", "number"), ('if vip then "v" else "n"', "string")],
            [("a", "string")],
            [("3", '"v"', '"ok"')],
        )
    )["t"]
    assert decision.evaluate({"case": {"count": 2}, "vip": True}) == [{"a": "ok"}]
    assert decision.inputs == {"case", "vip"}


def test_a_missing_variable_is_an_error():
    with pytest.raises(ExpressionError) as error:
        read(ROUTE)["t"].evaluate({"kind": "inquiry"})
    assert error.value.code == "expression.unknown_variable"


def test_output_values_are_kept():
    decision = read(table([("n", "number")], [("a", "string", '"x","y"')], [("-", "other")]))["t"]
    assert decision.evaluate({"n": 1, "other": "y"}) == [{"a": "y"}]
    with pytest.raises(DecisionError) as error:
        decision.evaluate({"n": 1, "other": "z"})
    assert error.value.code == "decision.output_value"


# ---------------------------------------------------------------- requirements and other logic

LITERAL = '<decision id="{0}" name="{0}">{2}<literalExpression><text>{1}</text></literalExpression></decision>'


def needs(*ids):
    each = '<informationRequirement><requiredDecision href="#{}"/></informationRequirement>'
    return "".join(map(each.format, ids))


def test_literal_expression():
    decision = read(LITERAL.format("total", "sum(xs) * 2", ""))["total"]
    assert decision.evaluate({"xs": [1, 2]}) == [{"total": 6}]


def test_required_decisions_come_first():
    decisions = read(
        table([("season", "string"), ("Guest Count", "number")], [("dish", "string")],
              [('"winter"', "<= 8", '"stew"'), ('"winter"', "> 8", '"roast"')], decision="Dish",
              more=needs("Season", "guests")),
        table([("temperature", "number")], [("season", "string")], [("< 10", '"winter"'), (">= 10", '"summer"')],
              decision="Season"),
        LITERAL.format("guests", "adults + children", '<variable name="Guest Count"/>'),
    )  # fmt: skip
    dish = decisions["Dish"]
    assert dish.inputs == {"temperature", "adults", "children"}
    assert dish.evaluate({"temperature": 5, "adults": 6, "children": 3}) == [{"dish": "roast"}]
    # the process's own variable of that name does not stand in for the decision
    assert dish.evaluate({"temperature": 5, "adults": 1, "children": 1, "season": "summer"}) == [{"dish": "stew"}]


def test_results_of_required_tables():
    several = table([("n", "number")], [("a", "string"), ("b", "number")], [("> 0", '"x"', "1"), ("> 1", '"y"', "2")],
                    "RULE ORDER", decision="several")  # fmt: skip
    single = table([("n", "number")], [("c", "string"), ("d", "number")], [("> 0", '"x"', "7")], decision="single")
    last = LITERAL.format("last", "[several, a, sum(b), single.d, c]", needs("several", "single"))
    assert read(last, several, single)["last"].evaluate({"n": 2}) == [
        {"last": [[{"a": "x", "b": 1}, {"a": "y", "b": 2}], ["x", "y"], 3, 7, "x"]}
    ]


def test_input_data_with_a_name_of_several_words():
    before = '<inputData id="i" name="Applicant Age"/>'
    decision = read(table([("Applicant Age", "number")], [("a", "string")], [(">= 60", '"old"')]), before=before)["t"]
    assert decision.evaluate({"Applicant Age": 61}) == [{"a": "old"}]


def test_a_long_chain_and_a_wide_diamond():
    chain = [LITERAL.format("d0", "1", "")]
    chain += [
        LITERAL.format(f"d{n}", f"d{n - 1} + d{max(0, n - 2)}", needs(f"d{n - 1}", f"d{max(0, n - 2)}"))
        for n in range(1, 60)
    ]
    started = time.perf_counter()
    assert read(*chain)["d30"].evaluate({}) == [{"d30": 2178309}]
    assert time.perf_counter() - started < 2


def test_item_definitions():
    before = (
        '<itemDefinition name="tWeight"><typeRef>string</typeRef>'
        '<allowedValues><text>"ordinary","urgent"</text></allowedValues></itemDefinition>'
    )
    decision = read(table([("w", "tWeight")], [("a", "number")], [('"urgnt"', "1")]), before=before)["t"]
    with pytest.raises(DecisionError):
        decision.evaluate({"w": 5})
    assert [one.rule for one in decision.findings] == ["dmn.cell_never"]


@pytest.mark.parametrize(
    "namespace",
    ["http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
     "http://www.omg.org/spec/DMN/20180521/MODEL/", DMN13, "https://www.omg.org/spec/DMN/20211108/MODEL/",
     "https://www.omg.org/spec/DMN/20230324/MODEL/"],
)  # fmt: skip
def test_every_version(namespace):
    assert read(ROUTE, namespace=namespace)["t"].evaluate({"kind": "inquiry", "group_count": 1})


def test_camunda_dialect():
    text = table(
        [("${kind}", "string"), ("n", "number")],
        [("a", "string")],
        [("${cellInput in ['x', 'y']}", "> 5", "${kind + '!'}")],
    )
    text = text.replace('<input id="i1">', '<input id="i1" camunda:inputVariable="value">').replace(
        "&gt; 5", "value &gt; 5"
    )
    decision = read(text)["t"]
    assert decision.evaluate({"kind": "y", "n": 6}) == [{"a": "y!"}]
    assert decision.evaluate({"kind": "z", "n": 6}) == decision.evaluate({"kind": "y", "n": 5}) == []
    assert decision.inputs == {"kind", "n"}
    juel = table([("kind", "string")], [("a", "boolean")], [('"x"', "kind == 'x'")])
    juel = juel.replace("<outputEntry ", '<outputEntry expressionLanguage="juel" ')
    assert read(juel)["t"].evaluate({"kind": "x"}) == [{"a": True}]


@pytest.mark.parametrize(
    ("mapping", "result"),
    [("resultList", [{"a": 1}]), ("singleResult", {"a": 1}), ("singleEntry", 1), ("collectEntries", [1])],
)
def test_mapping(mapping, result):
    assert map_result([{"a": 1}], mapping) == result


def test_mapping_of_none_and_several():
    assert map_result([], "singleEntry") is None
    assert map_result([], "singleResult") is None
    assert map_result([], "collectEntries") == []
    for results, mapping in (([{"a": 1}, {"a": 2}], "singleEntry"), ([{"a": 1, "b": 2}], "singleEntry"),
                             ([{"a": 1}, {"a": 2}], "singleResult"),
                             ([{"a": 1, "b": 2}], "collectEntries")):  # fmt: skip
        with pytest.raises(DecisionError) as error:
            map_result(results, mapping)
        assert error.value.code == "decision.not_single"


# ---------------------------------------------------------------- what is refused, and what is only remarked

NUMBER = [("n", "number")]
OUT = [("a", "string")]
REFUSED = {
    "no dmn": (b"<definitions/>", "dmn.namespace"),
    "bpmn": (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "dmn.namespace"),
    "no decision": (dmn(), "dmn.empty"),
    "no logic": (dmn('<decision id="a" name="a"/>'), "dmn.no_logic"),
    "context": (dmn('<decision id="a"><context/></decision>'), "dmn.not_supported"),
    "invocation": (dmn('<decision id="a"><invocation/></decision>'), "dmn.not_supported"),
    "knowledge model": (
        dmn(LITERAL.format("a", "1", '<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>')),
        "dmn.not_supported",
    ),
    "unknown requirement": (dmn(LITERAL.format("a", "1", needs("b"))), "dmn.requirement"),
    "requirement in another file": (
        dmn(LITERAL.format("a", "1", needs("b")).replace("#b", "other.dmn#b")),
        "dmn.requirement",
    ),
    "circle": (
        dmn(LITERAL.format("a", "b", needs("b")), LITERAL.format("b", "a", needs("a"))),
        "dmn.cycle",
    ),
    "same id": (dmn(LITERAL.format("a", "1", ""), LITERAL.format("a", "1", "")), "dmn.id"),
    "hit policy": (dmn(table(NUMBER, OUT, [], "BEST")), "dmn.hit_policy"),
    "aggregation": (dmn(table(NUMBER, OUT, [], "COLLECT", aggregation="AVG")), "dmn.aggregation"),
    "aggregation of a unique table": (dmn(table(NUMBER, OUT, [], aggregation="SUM")), "dmn.aggregation"),
    "aggregation of two outputs": (
        dmn(table(NUMBER, [("a", "number"), ("b", "number")], [], "COLLECT", aggregation="SUM")),
        "dmn.aggregation",
    ),
    "no output": (dmn(table(NUMBER, [], [])), "dmn.output"),
    "two outputs of one name": (dmn(table(NUMBER, [*OUT, *OUT], [])), "dmn.output"),
    "output without name": (dmn(table(NUMBER, [*OUT, ("", "string")], [])), "dmn.output"),
    "priority without values": (dmn(table(NUMBER, OUT, [], "PRIORITY")), "dmn.output_values"),
    "no input expression": (dmn(table([("", "number")], OUT, [])), "dmn.input"),
    "cells missing": (dmn(table(NUMBER, OUT, [("1",)])), "dmn.rule"),
    "output not allowed": (dmn(table(NUMBER, [("a", "string", '"x"')], [("1", '"y"')])), "dmn.output_value"),
    "python cell": (dmn(table(NUMBER, OUT, [("n == 1", '"x"')])), "dmn.cell"),
    "python code": (dmn(table(NUMBER, OUT, [("-", '__import__("os")')])), "dmn.cell"),
    "for": (dmn(table(NUMBER, OUT, [("-", "for x in xs return x")])), "dmn.cell"),
    "language": (
        dmn(LITERAL.format("a", "1", "").replace("Expression>", 'Expression expressionLanguage="groovy">', 1)),
        "dmn.cell",
    ),
    "escape": (dmn(LITERAL.format("a", "${().__class__}", "")), "dmn.cell"),
    "doctype": (b"<!DOCTYPE a>" + dmn(ROUTE).split(b"?>")[1], "xml.doctype"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "rule"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(data, rule):
    with pytest.raises(BadDiagram) as error:
        read_decisions(data, "route.dmn")
    assert rule in [finding["rule"] for finding in error.value.details]
    assert all("route.dmn" in finding["message_zh"] for finding in error.value.details)
    assert all(finding["severity"] == "error" for finding in error.value.details)


def test_a_refused_cell_is_named():
    with pytest.raises(BadDiagram) as error:
        read(table(NUMBER, OUT, [("1", '"x"'), ("[1..", '"y"')], decision="分流"))
    (finding,) = error.value.details
    assert finding["element_id"] == "c2_0"
    for part in ("route.dmn", "分流", "第 2 条规则", "“n”"):
        assert part in finding["message_zh"]


@pytest.mark.parametrize(
    ("kind", "text", "values", "rule"),
    [
        ("number", '"5"', "", "dmn.cell_never"),
        ("string", "5", "", "dmn.cell_never"),
        ("boolean", '"true"', "", "dmn.cell_never"),
        ("date", "5", "", "dmn.cell_never"),
        ("string", '"a"', '"b","c"', "dmn.cell_never"),
        ("number", "[10..5]", "", "dmn.cell_never"),
        ("date", '< date("2026-02-30")', "", "dmn.cell_never"),
        ("string", "urgent", "", "dmn.cell_name"),
        ("string", '"b"', '"b","c"', None),
        ("string", 'not("b")', '"b","c"', None),
        ("string", 'contains(?, "c")', '"b","c"', None),
        ("number", "5, 6", "", None),
        ("number", "null", "", None),
        ("boolean", "true", "", None),
        ("date", 'date("2026-01-01")', "", None),
        ("date", '< date("2026-01-01")', "", None),
        ("any", '"a"', "", None),
        ("", "5", "", None),
    ],
)
def test_cells_that_never_match_are_remarked(kind, text, values, rule):
    column = ("x", kind, values) if values else ("x", kind)
    decision = read(table([column], OUT, [(text, '"y"')]))["t"]
    assert [one.rule for one in decision.findings] == ([rule] if rule else [])
    assert all(one.severity == "warning" and one.element_id == "c1_0" for one in decision.findings)


def test_a_result_that_is_always_null_is_remarked():
    decision = read(table(NUMBER, [("d", "date", "")], [("5", 'date("2026-02-30")')]))["t"]
    assert [one.rule for one in decision.findings] == ["dmn.always_null"]


def test_rules_that_are_never_reached_are_remarked():
    first = read(table(NUMBER, OUT, [("-", '"a"'), ("5", '"b"')], "FIRST"))["t"]
    assert [(one.rule, one.element_id) for one in first.findings] == [("dmn.cell_never", "r2")]
    twice = read(table(NUMBER, OUT, [("5", '"a"'), ("6", '"c"'), (" 5 ", '"b"')]))["t"]
    assert [(one.rule, one.element_id) for one in twice.findings] == [("dmn.rule_twice", "r3")]


def test_a_table_of_a_thousand_rules():
    rules = [(f"[{n}..{n + 1})", f'"u{n}"') for n in range(1000)]
    started = time.perf_counter()
    decision = read(table(NUMBER, OUT, rules))["t"]
    assert time.perf_counter() - started < 3
    started = time.perf_counter()
    assert decision.evaluate({"n": 999.5}) == [{"a": "u999"}]
    assert time.perf_counter() - started < 0.1


def test_big_data_in_a_big_table_is_refused():
    rules = [(f"list contains(xs, ? + {n})", f'"u{n}"') for n in range(1000)]
    decision = read(table(NUMBER, OUT, rules))["t"]
    assert decision.evaluate({"n": 0, "xs": [7]}) == [{"a": "u7"}]
    with pytest.raises(ExpressionError) as error:
        decision.evaluate({"n": -1, "xs": list(range(2000, 100_000))})
    assert error.value.code == "expression.too_big"


def test_a_table_that_is_too_big():
    with pytest.raises(BadDiagram) as error:
        read(table(NUMBER, OUT, [("1", '"x"')] * 5001))
    assert error.value.code == "dmn.too_big"


# ---------------------------------------------------------------- anything at all

SEED = dmn(ROUTE, LITERAL.format("b", "t.days + 1", needs("t"))).decode()
BITS = ["<", ">", "&lt;", '"', "(", ")", "[", "]", "..", ",", "-", "not", "t", "a", "5", "date(", "${", "}",
        "COLLECT", "text", "rule", "decision", "#b", "id", " ", "在", "\x00", "FIRST", "b", "inputEntry",
        "outputEntry", "<!DOCTYPE a>"]  # fmt: skip


@settings(max_examples=300, deadline=2000)
@given(
    st.lists(st.tuples(st.integers(0, len(SEED)), st.integers(0, 30), st.sampled_from(BITS)), min_size=1, max_size=5)
)
def test_mutated_files_are_read_or_refused(edits):
    text = SEED
    for at, cut, put in edits:
        text = text[:at] + put + text[at + cut :]
    try:
        for decision in read_decisions(text.encode(), "a.dmn").values():
            decision.evaluate({"kind": "inquiry", "group_count": 3})
    except BanjieError as error:
        assert error.code.split(".")[0] in ("dmn", "xml", "decision", "expression")


@pytest.mark.parametrize(
    "text", ["", "for x in y return x", "{a: 1}", "x[item > 1]", "date(year: 1)", "substring()", "1 +"]
)
def test_what_cannot_be_read_is_told_in_english_too(text):
    with pytest.raises(BadDiagram) as error:
        read(f'<decision id="t" name="t">{cell("literalExpression", text)}</decision>')
    assert all(one["message_en"].isascii() and one["message_zh"] for one in error.value.details)
