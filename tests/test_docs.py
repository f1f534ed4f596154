"""The documentation agrees with the program: codes, rules, properties, commands, files and arrows."""

from __future__ import annotations

import argparse
import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from web import cli

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted(DOCS.glob("*.md"))]
ROOMS = ("engine", "handlers", "office", "storage", "web")

CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_0-9]*")
CHINESE = re.compile(r"[一-鿿]")
PREFIXED = {
    "ExpressionError": "expression",
    "FeelError": "feel",
    "Wrong": "form",
    "_Refused": "xml",
    "_report": "form",
}  # given half
RULES = {"add", "error", "warn", "warning", "_error", "Finding"}  # calls that name a rule after the element


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    """The source of all rooms, parsed."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "node_modules" not in path.parts]
    return [(path, ast.parse(path.read_text("utf-8"))) for path in paths]


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call in the source with the last part of its name."""
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                yield path, node, name


def texts(node: ast.expr) -> str:
    """The constant text inside an argument."""
    return "".join(one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def constants(node: ast.expr) -> list[str]:
    """The strings that an argument may be: itself, or either side of a choice."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def error_codes() -> dict[str, set[str]]:
    """Codes that reach a person, with the files they are raised in: those that stand beside a Chinese sentence."""
    found: dict[str, set[str]] = {}
    for path, call, name in calls():
        if name in RULES:
            continue
        where = path.relative_to(ROOT).as_posix()
        prefix = "xml" if (where, name) == ("engine/xml.py", "_bad") else PREFIXED.get(name)
        if prefix is not None and call.args:
            for half in constants(call.args[0]):
                found.setdefault(f"{prefix}.{half}", set()).add(where)
            continue
        raised = name.endswith("Error") or name in {"Refusal", "NotFound", "Conflict", "Forbidden", "BadScenario"}
        if not raised and not any(CHINESE.search(texts(arg)) for arg in call.args):
            continue
        for arg in call.args[:3]:
            for code in constants(arg):
                if CODE.fullmatch(code):
                    found.setdefault(code, set()).add(where)
    for path, code in written_out():
        found.setdefault(code, set()).add(path.relative_to(ROOT).as_posix())
    return found


def written_out() -> Iterator[tuple[Path, str]]:
    """Codes in `{"code": ...}`, `code=...` and as the default of a parameter `code`."""
    for path, tree in trees():
        for node in ast.walk(tree):
            values: list[ast.expr | None] = []
            if isinstance(node, ast.Dict):
                values = [
                    v for k, v in zip(node.keys, node.values, strict=True) if k is not None and constants(k) == ["code"]
                ]
            elif isinstance(node, ast.keyword) and node.arg == "code":
                values = [node.value]
            elif isinstance(node, ast.arguments):
                plain = [*node.posonlyargs, *node.args]
                given: list[tuple[ast.arg, ast.expr | None]] = [*zip(node.kwonlyargs, node.kw_defaults, strict=True)]
                given += zip(plain[len(plain) - len(node.defaults) :], node.defaults, strict=True)
                values = [default for arg, default in given if arg.arg == "code"]
            for value in values:
                for code in constants(value) if value is not None else []:
                    if CODE.fullmatch(code):
                        yield path, code


def lint_rules() -> dict[str, set[str]]:
    """Rules of findings about diagrams, forms and tables, with the files that tell them."""
    found: dict[str, set[str]] = {}
    for path, call, name in calls():
        if name not in RULES or not path.is_relative_to(ROOT / "engine") or len(call.args) < 3:
            continue
        for rule in constants(call.args[1]):
            if CODE.fullmatch(rule):
                found.setdefault(rule, set()).add(path.relative_to(ROOT).as_posix())
    return found


def page(name: str) -> str:
    """The text of a page in docs/."""
    return (DOCS / name).read_text("utf-8")


def test_the_collectors_find_what_is_known_to_be_there():
    assert {"task.not_yours", "login.wrong", "expression.unknown_variable", "form.required"} <= set(error_codes())
    assert {"handler.unknown", "soundness.deadlock", "form.duplicate", "dmn.cycle"} <= set(lint_rules())


def test_every_error_code_is_explained():
    text = page("errors.md")
    assert sorted(code for code in error_codes() if f"`{code}`" not in text) == []


def test_no_error_code_is_explained_that_is_gone():
    source = "\n".join(path.read_text("utf-8") for path, _ in trees())
    listed = re.findall(r"^\| `([a-z_.0-9]+)` \|", page("errors.md"), re.MULTILINE)
    assert listed
    halves = set(PREFIXED.values())
    gone = []
    for code in listed:
        first, _, second = code.partition(".")
        if f'"{code}"' not in source and not (first in halves and f'"{second}"' in source):
            gone.append(code)
    assert gone == []


def test_every_lint_rule_is_described():
    text = page("lint-rules.md")
    assert sorted(rule for rule in lint_rules() if f"`{rule}`" not in text) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files(path: Path):
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    wanted = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in wanted if link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_that_are_named_exist(path: Path):
    rooms = "|".join((*ROOMS, "processes", "docs", "tests", "scripts"))
    named = re.findall(rf"`((?:{rooms})/[\w./-]*)`", path.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_tests_that_are_named_exist():
    there = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    named = set(re.findall(r"`(test_\w+)`", "".join(page(f"{name}.md") for name in ("security", "threats", "coding"))))
    assert len(named) > 60 and sorted(named - there) == []


def test_every_chapter_of_the_standard_is_gone_through():
    """ASVS 4.0.3 has fourteen, and names no item twice."""
    items = re.findall(r"^\| (\d+)\.(\d+\.\d+) \|", page("security.md"), re.MULTILINE)
    assert len(items) == len(set(items)) == 259  # of level 1 and 2
    assert sorted({int(chapter) for chapter, _ in items}) == list(range(1, 15))


def test_arrows_of_the_architecture_are_those_that_are_enforced():
    text = " ".join(page("architecture.md").split())
    told = {chain for chain in re.findall(r"`((?:\w+ -> )+\w+)`", text)}
    arrows = {(a, b) for chain in told for a, b in zip(chain.split(" -> "), chain.split(" -> ")[1:], strict=False)}
    contracts = {
        one["id"]: one
        for one in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    }
    layers = [layer.split(" | ") for layer in contracts["rooms"]["layers"]]
    level = {room: depth for depth, layer in enumerate(layers) for room in layer}
    assert set(level) == set(ROOMS)
    assert arrows, "docs/architecture.md names no arrows"
    assert [arrow for arrow in sorted(arrows) if level[arrow[0]] >= level[arrow[1]]] == []
    assert {
        ("web", "handlers"),
        ("handlers", "office"),
        ("office", "storage"),
        ("web", "engine"),
        ("engine", "storage"),
    } <= arrows
    assert contracts["handlers"]["forbidden_modules"] == ["engine"]
    assert contracts["handlers"]["ignore_imports"][0].endswith("engine.registry") and "`engine.registry`" in text


def test_every_command_is_described():
    choices = next(a.choices for a in cli._parser()._actions if isinstance(a, argparse._SubParsersAction))
    text = page("operators.md") + page("administrators.md")
    assert [name for name in choices if f"banjie {name}" not in text] == []


def test_every_property_that_the_office_reads_is_described():
    source = (ROOT / "handlers" / "host.py").read_text("utf-8")
    read = set(re.findall(r"properties\.get\(\s*\"(\w+)\"", source)) | set(re.findall(r"properties\[\"(\w+)\"", source))
    assert {"check", "register", "caseState"} <= read
    text = page("administrators.md")
    assert sorted(name for name in read if f"`{name}`" not in text) == []


def test_every_function_and_scenario_key_is_described():
    from engine.expressions import BUILTIN_FUNCTIONS
    from engine.feel.functions import FUNCTIONS
    from handlers.host import FUNCTION_NAMES
    from web import scenario

    text = page("expressions.md")
    assert sorted(name for name in {*BUILTIN_FUNCTIONS, *FUNCTION_NAMES, *FUNCTIONS} if f"`{name}(" not in text) == []
    keys = scenario._GIVEN | scenario._STEP | scenario._EXPECT
    assert sorted(key for key in keys if f"`{key}`" not in page("administrators.md")) == []
