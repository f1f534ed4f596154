"""`banjie play`: runs scenario files against the real engine and office, with the clock moved by the file.

Each scenario has a database of its own. What people do goes through `web.acts`, or over HTTP as from the browser
(`web.http_hands`); timers and jobs that fall due before the next step are run at their own instants.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from engine import jobs, timers
from engine.scheduler import run_all
from engine.versions import Versions
from office import people, schedule_book
from storage.clock import FixedClock
from storage.errors import BanjieError
from storage.tables import engine as engine_tables
from storage.tables.office import case_file
from web import expecting, schedules
from web.banjie import Banjie
from web.coverage import flow_coverage
from web.hands import DirectHands, Hands
from web.http_hands import HttpHands, give_passwords, serving
from web.paths import PROCESSES
from web.progress import progress_bar
from web.scenario import BadScenario, Scenario, Step, read_scenario
from web.staging import stage

_MAX_FIRINGS = 10_000

# Compiled definitions are shared by all scenarios of one run.
_versions = Versions()


@dataclass
class Outcome:
    """What a scenario gave: the differences, and which sequence flows it took."""

    scenario: Scenario
    differences: list[str] = field(default_factory=list)
    flows: dict[str, set[str]] = field(default_factory=dict)  # process key -> flow ids


class Player:
    """One scenario on one database."""

    def __init__(self, scenario: Scenario, url: str, processes: Path = PROCESSES) -> None:
        self.scenario = scenario
        self.clock = FixedClock(scenario.now)
        self.banjie = Banjie(url, clock=self.clock, processes=processes)
        self.banjie.engine.versions = _versions
        self.org_id = ""
        self.hands: Hands = DirectHands(self.banjie, "")
        self.cases: dict[str, str] = {}
        self.last_case: str | None = None

    def run(self, *, http: bool = False) -> Outcome:
        """Play all steps; stops at the first step that cannot be done."""
        outcome = Outcome(self.scenario)
        with ExitStack() as end:
            end.callback(self.banjie.close)
            self.prepare()
            if http:
                give_passwords(self.banjie, self.org_id)
                self.hands = end.enter_context(closing(HttpHands(end.enter_context(serving(self.banjie)))))
            for step in self.scenario.steps:
                differences = self.step(step)
                outcome.differences += [f"第{step.number}步：{text}" for text in differences]
                if differences:
                    break
            outcome.flows = self.flows()
        return outcome

    def prepare(self) -> None:
        """The office, its units and people, all regulations."""
        self.org_id = stage(self.banjie, self.scenario)
        self.hands = DirectHands(self.banjie, self.org_id)

    def step(self, step: Step) -> list[str]:
        """Do one step and compare; gives the differences."""
        if step.at is not None:
            self.move_to(step.at)
        refused: BanjieError | None = None
        try:
            if step.kind is not None:
                self._do(step)
        except BanjieError as error:
            refused = error
        self.settle()
        if step.refused is not None:
            if refused is None:
                return [f"应被拒绝（{step.refused}），却办成了"]
            if refused.code != step.refused:
                return [f"应以 {step.refused} 被拒绝，实际为 {refused.code}：{refused.message}"]
        elif refused is not None:
            return [f"被拒绝 {refused.code}：{refused.message}"]
        if not step.expect:
            return []
        label = step.expect.get("case") or step.case
        case_id = self._case(label, step) if label else self.last_case
        with self.banjie.store.begin(write=False) as uow:
            found = expecting.differences(uow, self.org_id, case_id, step.expect, self.clock.now())
        return found + self._look(step, case_id)

    def _look(self, step: Step, case_id: str | None) -> list[str]:
        """What the person of the step sees wrongly."""
        if step.person is None or case_id is None:
            return []
        try:
            return self.hands.look(step.person, case_id, step.expect)
        except BanjieError as error:
            return [f"打不开事项页面：{error.code} {error.message}"]

    def move_to(self, at: datetime) -> None:
        """Let time pass until `at`: what falls due on the way happens at its own instant."""
        for _ in range(_MAX_FIRINGS):
            with self.banjie.store.begin(write=False) as uow:
                instants = (timers.next_due(uow), jobs.next_due(uow), schedule_book.next_at(uow))
            due = min((instant for instant in instants if instant is not None), default=None)
            if due is None or due > at:
                break
            self.clock.set(max(due, self.clock.now()))
            self.settle()
        else:
            raise BadScenario("scenario.endless", "时间推进中触发次数过多，流程可能在空转。")
        if at < self.clock.now():
            raise BadScenario("scenario.backwards", f"时间不能倒退到 {at.isoformat()}。")
        self.clock.set(at)
        self.settle()

    def settle(self) -> None:
        """Fire and run whatever is due at this instant."""
        for _ in range(_MAX_FIRINGS):
            opened = schedules.fire_due(self.banjie)
            if opened:
                self._name_dates()
            if not run_all(self.banjie.engine) and not opened:
                return
        raise BadScenario("scenario.endless", "同一时刻触发次数过多，流程可能在空转。")

    def _name_dates(self) -> None:
        """What a schedule has opened is called by its code and day: `R79.session 2026-12-17`."""
        with self.banjie.store.begin(write=False) as uow:
            for row in schedule_book.dates(uow, self.org_id):
                if row["case_id"] is not None:
                    self.cases[f"{row['code']} {row['day']}"] = row["case_id"]

    def _do(self, step: Step) -> None:
        person, hands = self._person(step), self.hands
        if step.kind == "start":
            self.last_case = hands.start(person, step.what, step.answers)
            if step.case:
                self.cases[step.case] = self.last_case
            return
        if step.kind == "act" and step.what == "load_calendar":
            hands.load_calendar(person, str(step.args["text"]))
            return
        if step.kind == "act" and step.what == "save_post":
            hands.save_post(person, step.args)
            return
        if step.kind == "act" and step.what == "set_roster":
            hands.set_roster(person, step.args)
            return
        if step.kind == "act" and step.what == "add_absence":
            hands.add_absence(person, step.args)
            return
        case_id = self._case(step.case, step) if step.case else self.last_case
        if case_id is None:
            raise BadScenario("scenario.no_case", f"第{step.number}步：还没有事项。")
        self.last_case = case_id
        words = step.what if isinstance(step.what, Mapping) else step.args
        match step.kind:
            case "complete":
                hands.complete(person, self._task(case_id, step), step.answers)
            case "claim":
                hands.claim(person, self._task(case_id, step))
            case "begin":
                hands.begin(person, self._task(case_id, step))
            case "message":
                hands.message(person, case_id, step.what, {**step.args, **step.answers})
            case "urge":
                hands.urge(person, case_id, words)
            case "supervise":
                hands.supervise(person, case_id, words)
            case "act" if step.what == "merge":
                others = [self._case(str(label), step) for label in words["cases"]]
                hands.merge(person, case_id, others, str(words["opinion"]))
            case "act" if step.what == "split":
                hands.split(person, case_id, self._case(str(words["case"]), step), str(words["reason"]))
            case _:
                raise BadScenario("scenario.act", f"第{step.number}步：没有名为“{step.what}”的操作。")

    def _case(self, label: str, step: Step) -> str:
        """The case that the scenario has named so, or that bears this number: one that another matter has opened."""
        if label not in self.cases:
            query = select(case_file.c.id).where(case_file.c.org_id == self.org_id, case_file.c.number == label)
            with self.banjie.store.begin(write=False) as uow:
                found = uow.conn.execute(query).scalar()
            if found is None:
                raise BadScenario("scenario.no_case", f"第{step.number}步：没有事项“{label}”。")
            self.cases[label] = found
        return self.cases[label]

    def _person(self, step: Step) -> str:
        if step.person is None or step.person not in self.scenario.people:
            raise BadScenario("scenario.person", f"第{step.number}步：没有人物“{step.person}”。")
        return step.person

    def _task(self, case_id: str, step: Step) -> str:
        """The open task that the step means: by element id or name; among several, one that the person may do."""
        table = engine_tables.task
        query = select(table).where(
            table.c.org_id == self.org_id, table.c.business_key == case_id, table.c.state == "open"
        )
        with self.banjie.store.begin(write=False) as uow:
            rows = uow.conn.execute(query.order_by(table.c.id)).all()
            groups = people.groups_of(uow, self.org_id, self._person(step))
        found = [row for row in rows if step.what in (row.element_id, row.name, row.id)]
        if not found:
            opened = "、".join(f"{row.element_id}（{row.name}）" for row in rows) or "无"
            raise BanjieError("scenario.no_task", f"没有待办“{step.what}”；现有：{opened}")
        mine = [row for row in found if row.assignee == step.person]
        mine += [row for row in found if row.assignee is None and groups & {*row.candidate_groups}]
        return str((mine or found)[0].id)

    def flows(self) -> dict[str, set[str]]:
        """The sequence flows that tokens took, by process."""
        taken: dict[str, set[str]] = {}
        table = engine_tables.history
        query = select(table.c.data).where(table.c.org_id == self.org_id, table.c.kind == "element_passed")
        with self.banjie.store.begin(write=False) as uow:
            for (data,) in uow.conn.execute(query):
                taken.setdefault(data.get("process", ""), set()).update(data.get("flows", ()))
        return taken


def play(path: Path, url: str | None = None, processes: Path = PROCESSES, *, http: bool = False) -> Outcome:
    """Play one file on the (empty) database `url`, or on a temporary SQLite file; with `http` as the inbox does it."""
    scenario = read_scenario(path)
    with tempfile.TemporaryDirectory() as folder:
        player = Player(scenario, url or f"sqlite:///{folder}/play.db", processes)
        return player.run(http=http)


def play_files(files: Sequence[Path], *, database: str | None, coverage: bool, http: bool = False) -> int:
    """Play files, print what differed; 1 if anything did."""
    failed, outcomes = 0, []
    began = time.monotonic()
    for path in progress_bar(list(files), "运行情景", show=sys.stderr.isatty()):
        try:
            outcome = play(path, database, http=http)
        except BanjieError as error:
            print(f"✗ {path.name}：{error.code} {error.message}")
            for detail in error.details if isinstance(error.details, list) else []:
                print(f"    {detail}")
            failed += 1
            continue
        outcomes.append(outcome)
        failed += bool(outcome.differences)
        print(f"{'✗' if outcome.differences else '✓'} {path.name}：{outcome.scenario.title}")
        for text in outcome.differences:
            print(f"    {text}")
    print(f"{len(files)} 个情景，{failed} 个不符，用时 {time.monotonic() - began:.1f} 秒")
    if coverage:
        for key, (taken, missing) in sorted(flow_coverage([outcome.flows for outcome in outcomes]).items()):
            total = taken + len(missing)
            print(f"{key}：{taken}/{total} 条流程线" + (f"；未走到：{'、'.join(sorted(missing))}" if missing else ""))
    return 1 if failed else 0
