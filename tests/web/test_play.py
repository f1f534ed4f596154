"""`banjie play`: says what differs, stops there, and tells which flows were never taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from web import cli
from web.coverage import flow_coverage
from web.http_hands import HttpHands
from web.paths import PROCESSES
from web.play import play
from web.scenario import BadScenario, read_scenario

HEAD = """title = "首问"
source = ["R01"]
[given]
profile = "gov_service_centre"
org = "ZWZX"
now = "2026-11-23T09:00:00"
[people.wang]
name = "王小华"
roles = ["window_clerk"]
unit = "window1"
[people.li]
name = "李明"
roles = ["window_clerk"]
unit = "window5"
[[step]]
at = "2026-11-23T09:10:00"
as = "wang"
start = "first_inquiry"
case = "own"
answers = { channel = "V", name = "陈大妈", matter = "补办证明" }
"""


def scenario(tmp_path: Path, text: str, head: str = HEAD) -> Path:
    path = tmp_path / "s.toml"
    path.write_text(head + text, "utf-8")
    return path


def differences(tmp_path: Path, text: str, *, http: bool = False) -> list[str]:
    return play(scenario(tmp_path, text), http=http).differences


def test_what_holds_is_no_difference(tmp_path: Path, database_url: str) -> None:
    text = """[step.expect]
tasks = ["DecideBranch"]
assignee = { DecideBranch = "wang" }
registers = { FM01 = 1 }
state = "received"
visible_to = ["wang"]
"""
    outcome = play(scenario(tmp_path, text), database_url)
    assert outcome.differences == [] and outcome.flows["first_inquiry"]


@pytest.mark.parametrize(
    "expected",
    [
        'tasks = []', 'tasks = ["Handle"]', 'tasks_include = ["Handle"]', 'tasks_exclude = ["DecideBranch"]',
        'assignee = { DecideBranch = "li" }', 'candidates = { DecideBranch = ["x"] }', 'registers = { FM01 = 2 }',
        'entry = [{ register = "FM01", fields = { name = "别人" } }]', 'state = "closed"', 'result = "resolved"',
        'number = "X"', 'fields = { matter = "别的" }', 'deadlines = [{ code = "R01.report" }]', 'urgings = 1',
        'supervisions = 1', 'documents = ["FM02"]', 'notices_include = ["wang: x"]', 'instances = []',
        'hidden_from = ["wang"]', 'incidents = 1', 'cases = 2',
    ],
)  # fmt: skip
def test_what_does_not_hold_is_told(tmp_path: Path, expected: str) -> None:
    told = differences(tmp_path, f"[step.expect]\n{expected}\n")
    assert told and told[0].startswith("第1步："), told


def test_a_refusal_that_does_not_come_and_one_that_is_another(tmp_path: Path) -> None:
    step = (
        '[[step]]\nas = "{}"\ncase = "own"\ncomplete = "DecideBranch"\nanswers = {{ branch = "{}" }}\nrefused = "{}"\n'
    )
    assert differences(tmp_path, step.format("wang", "refused", "form.option")) == []
    assert differences(tmp_path, step.format("li", "own", "task.not_yours")) == []
    assert "却办成了" in differences(tmp_path, step.format("wang", "own", "form.option"))[0]
    assert "form.option" in differences(tmp_path, step.format("wang", "refused", "task.not_yours"))[0]
    unexpected = step.format("wang", "refused", "x").replace('refused = "x"\n', "")
    assert "form.option" in differences(tmp_path, unexpected)[0]


OWN = """[[step]]
as = "{}"
case = "own"
complete = "DecideBranch"
answers = {{ {} }}
"""


def test_over_http_the_same_holds_and_differs(tmp_path: Path) -> None:
    """The person of the step logs in; a refusal has its code, and what was claimed for it is free again."""
    seen = '[step.expect]\ntasks = ["DecideBranch"]\nvisible_to = ["wang"]\nhidden_from = ["li"]\n'
    assert differences(tmp_path, seen, http=True) == []
    told = differences(tmp_path, '[step.expect]\nvisible_to = ["li"]\n', http=True)
    assert "li 应能打开此事项的页面，却不能" in told[-1]
    told = differences(tmp_path, '[step.expect]\nhidden_from = ["wang"]\n', http=True)
    assert "wang 不应能打开此事项的页面" in told[-1]
    refused = OWN.format("wang", 'branch = "refused"')
    assert differences(tmp_path, refused + 'refused = "form.option"\n', http=True) == []
    assert "form.option" in differences(tmp_path, refused, http=True)[0]
    assert differences(tmp_path, OWN.format("li", 'branch = "own"') + 'refused = "task.not_yours"\n', http=True) == []
    assert differences(tmp_path, OWN.format("wang", 'branch = "own"'), http=True) == []


def test_over_http_an_act_that_no_page_offers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the inbox, not on the registration page, or a form without such a field: it was done by no page."""
    told = differences(tmp_path, OWN.format("wang", 'branch = "own", nothing = "x"'), http=True)
    assert "play.field" in told[0] or "form." in told[0], told
    get = HttpHands._get

    def blind(hands: HttpHands, person: str, path: str, **query: Any) -> Any:
        told = get(hands, person, path, **query)
        return [] if path == "/starts" else {"items": []} if path == "/inbox" else told

    monkeypatch.setattr(HttpHands, "_get", blind)
    assert "play.not_offered" in differences(tmp_path, "", http=True)[0]


def test_a_person_or_task_that_is_not_there(tmp_path: Path) -> None:
    step = '[[step]]\nas = "{}"\ncase = "own"\ncomplete = "{}"\n'
    assert "scenario.person" in differences(tmp_path, step.format("nobody", "DecideBranch"))[0]
    assert "scenario.no_task" in differences(tmp_path, step.format("wang", "Nothing"))[0]


def test_it_stops_at_the_first_step_that_differs(tmp_path: Path) -> None:
    told = differences(tmp_path, '[step.expect]\ntasks = []\n[[step]]\nas = "wang"\ncomplete = "Nothing"\n')
    assert len(told) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[[step]]\nat = "2026-11-22T09:00:00"\n', "scenario.backwards"),
        ('[[step]]\nas = "wang"\ncomplte = "DecideBranch"\n', "scenario."),
        ('[step.expect]\nlights = []\n', "scenario."),
        ("[[step]\n", "scenario."),
    ],
)  # fmt: skip
def test_a_file_that_makes_no_sense(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(BadScenario) as told:
        play(scenario(tmp_path, text))
    assert told.value.code.startswith(code)


def test_every_shipped_file_can_be_read() -> None:
    for path in PROCESSES.glob("*/scenarios/*.toml"):
        assert read_scenario(path).steps, path


def test_the_command_prints_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = scenario(tmp_path, "")
    assert cli.main(["play", str(good), "--coverage"]) == 0
    told = capsys.readouterr().out
    assert "✓ s.toml：首问" in told and "1 个情景，0 个不符" in told and "first_inquiry：" in told and "未走到" in told
    bad = tmp_path / "bad.toml"
    bad.write_text(HEAD + "[step.expect]\ntasks = []\n", "utf-8")
    worse = tmp_path / "worse.toml"
    worse.write_text("not toml", "utf-8")
    assert cli.main(["play", str(bad), str(worse), str(tmp_path / "none.toml"), str(good)]) == 1
    told = capsys.readouterr().out
    assert "✗ bad.toml" in told and "✗ worse.toml" in told and "✗ none.toml" in told and "✓ s.toml" in told
    assert "4 个情景，3 个不符" in told


def test_coverage_counts_the_flows_of_the_diagram(tmp_path: Path) -> None:
    taken, missing = flow_coverage([play(scenario(tmp_path, "")).flows])["first_inquiry"]
    assert 0 < taken < taken + len(missing) and "Flow_own" in missing
