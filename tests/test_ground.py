"""The ground holds: the arrows between the rooms, the locks, clean files, both databases, Chinese on the screen."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, inspect, select, text

from storage.tables import metadata

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
MACHINE_PATH = re.compile(r"(?<![\w.\-/~}])/(?:work|root|tmp)/[\w.]")
REGISTRY_HOST = re.compile(
    r"pypi\.(?:org|python)|pythonhosted|registry\.npm|npmjs\.org|deb\.debian\.org|npmmirror|tuna\.tsinghua", re.I
)
SELF = Path(__file__).relative_to(ROOT)


def committed_files() -> list[Path]:
    """Every file that git has or would take, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [Path(name) for name in names if name and (ROOT / name).is_file()]


def lines_with(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    """`path:line: text` for each line of a text file that matches."""
    found = []
    for path in files:
        try:
            content = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not text
        found += [
            f"{path}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(content.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the rooms in `folder` against the arrows in its pyproject.toml."""
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", lint], cwd=folder, capture_output=True, text=True, timeout=60)


def test_rooms_know_only_whom_they_may():
    checked = lint_imports(ROOT)
    assert checked.returncode == 0, checked.stdout
    assert "2 kept, 0 broken" in checked.stdout


ALLOWED = [
    ("web", "handlers"),
    ("web", "engine"),
    ("handlers", "office"),
    ("handlers", "engine.registry"),
    ("office", "storage"),
    ("engine", "storage"),
]
FORBIDDEN = [
    ("handlers", "engine.stepping"),
    ("handlers", "web"),
    ("engine", "office"),
    ("engine", "handlers"),
    ("engine", "web"),
    ("office", "engine.registry"),
    ("office", "handlers"),
    ("office", "web"),
    ("storage", "engine"),
    ("storage", "office"),
    ("storage", "handlers"),
    ("storage", "web"),
]


@pytest.mark.parametrize(("arrows", "broken"), [(ALLOWED, []), (ALLOWED + FORBIDDEN, FORBIDDEN)])
def test_each_arrow_back_up_is_found(tmp_path, arrows, broken):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    imports = {module: "" for module in ["web", "handlers", "office", "engine", "storage", "engine/stepping"]}
    imports["engine/registry"] = "import engine.stepping\n"  # its own matter
    for room, known in arrows:
        imports[room] += f"import {known}\n"
    for module, lines in imports.items():
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text(lines)
    checked = lint_imports(tmp_path)
    assert (checked.returncode == 0) is (broken == []), checked.stdout
    for room, known in arrows:
        found = re.search(rf"\b{room} -> {re.escape(known)} \(l", checked.stdout) is not None
        assert found is ((room, known) in broken), f"{room} -> {known}\n{checked.stdout}"


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_hashed_and_names_no_index(lock):
    content = (ROOT / lock).read_text()
    packages = [block for block in re.split(r"\n(?=\S)", content) if re.match(r"[\w.-]+==", block)]
    assert len(packages) > 30
    assert [block.split()[0] for block in packages if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://|file:|--(?:extra-)?index-url|--find-links", content) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_what_the_project_asks_for(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    if lock == "requirements-dev.lock":
        wanted += project["optional-dependencies"]["dev"]
    locked = {name.lower().replace("_", "-") for name in re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(), re.M)}
    names = {re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    assert names - locked == set(), "run `make lock`"


def test_no_committed_file_names_a_machine_path_or_a_registry():
    files = [path for path in committed_files() if path != SELF]
    assert len(files) > 20
    assert lines_with(MACHINE_PATH, files) == []
    assert lines_with(REGISTRY_HOST, files) == []


def test_database_is_fresh_and_answers(database_url, request):
    engine = create_engine(database_url)
    with engine.begin() as conn:
        assert conn.execute(text("select 1")).scalar_one() == 1
        conn.execute(text("create table here (word varchar(20) primary key)"))  # fails where another test left its own
        conn.execute(text("insert into here values ('办结')"))
        assert conn.execute(text("select word, length(word) from here")).one() == ("办结", 2)
    engine.dispose()
    assert engine.dialect.name in request.node.name


@pytest.mark.parametrize("visit", [1, 2])
def test_store_has_every_table_and_nothing_of_another_test(store, visit):
    with store.begin() as uow:
        assert set(inspect(uow.conn).get_table_names()) == {*metadata.tables, "alembic_version"}
        for table in metadata.tables.values():
            rows = uow.conn.execute(select(table).limit(2)).all()
            assert [row for row in rows if row[0] != "keys.check"] == []  # a database knows its keys
        row = {"org_id": "o", "group_name": "g", "task_id": "t"}
        uow.conn.execute(metadata.tables["task_group"].insert().values(row))  # must be gone on the next visit


def test_clock_is_moved_by_hand(clock):
    assert clock.now().isoformat() == "2026-11-26T09:00:00+08:00"
    clock.advance(days=1)
    assert clock.now().isoformat() == "2026-11-27T09:00:00+08:00"


DRAW = """character => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 40;
    const pen = canvas.getContext('2d');
    pen.font = '32px sans-serif';
    pen.fillText(character, 2, 34);
    return canvas.toDataURL();
}"""


def test_chinese_is_drawn_and_not_boxes(page: Page):
    blank, first, again, second = (page.evaluate(DRAW, character) for character in " 办办结")
    assert first == again
    assert len({blank, first, second}) == 3


def test_page_complaints_are_noticed(new_page, watch):
    page = new_page()
    page.evaluate("console.error('broken')")
    page.evaluate("fetch('http://elsewhere.invalid/').catch(() => 0)")
    problems = watch.problems()
    assert any("broken" in problem for problem in problems)
    assert any("leaves this machine: http://elsewhere.invalid/" in problem for problem in problems)
    watch.expect("broken|elsewhere|ERR_")
    assert watch.problems() == []


@pytest.mark.parametrize("named", ["赵大山", "%E8%B5%B5", "13800000001", "11010519491231002X"])
def test_an_address_that_may_name_somebody_is_noticed(new_page, watch, named):
    page = new_page()
    page.route("**/*", lambda route: route.fulfill(body="<p>here</p>", content_type="text/html"))
    page.goto("http://localhost/cases?state=open&unit=4f0c13800000001aa&page=2")
    assert watch.problems() == []
    page.evaluate("named => fetch(`/api/cases?q=${named}`)", named)
    page.evaluate("named => history.pushState({}, '', `/cases?q=${named}`)", named)
    page.wait_for_url("**/cases?q=*")
    kinds = {problem.partition(" whose address may name somebody")[0] for problem in watch.problems()}
    assert kinds == {"request", "page"}
    watch.expect("may name somebody")
