"""What `make run` brings up: the sample town with its regulations and some matters at different stages."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from engine import jobs, timers
from engine.contexts import known_data
from engine.scheduler import run_all
from office import access, inbox, organisations, schedule_book, town
from office.sample_offices import SampleOffice, create_sample, read_sample
from office.schedules import occurrences
from storage.clock import FixedClock
from storage.errors import BanjieError
from storage.tables.office import case_file
from web import acts, schedules
from web.banjie import Banjie
from web.deploying import deploy_directory
from web.progress import progress_bar
from web.samples import MATTERS, Matter, Step

_REACH = timedelta(days=70)  # how far back a day of a schedule is looked for
_AHEAD = timedelta(days=9)  # before its day a session is opened and prepared


def prepare(banjie: Banjie, profile: str | None = None) -> None:
    """Deploy what changed; on an empty database make the sample office and its matters first. Prints the logins.

    `profile`: the sample office of that profile instead of the sample town. Errors: `sample.no_office`.
    """
    if profile is not None and profile != town.TOWN_PROFILE:
        return _prepare_office(banjie, read_sample(profile, banjie.processes / "samples"))
    with banjie.store.begin(write=False) as uow:
        found = organisations.organisation_by_code(uow, town.TOWN_CODE)
    show = sys.stderr.isatty()
    if found is None:
        with banjie.store.begin() as uow:
            org_id = town.create_town(uow, now=banjie.clock.now())
    else:
        org_id = found.id
    for _ in deploy_directory(banjie, org_id, banjie.processes, progress=show):
        pass
    if found is None:
        load_matters(banjie, org_id, show=show)
    print(f"示例单位：{town.TOWN_NAME}。登录名（密码均为 {town.DEMO_PASSWORD}）：")
    for person in town.demo_people():
        print(f"  {person['login']:<14}{person['name']}  {person['title']}")


def _prepare_office(banjie: Banjie, sample: SampleOffice) -> None:
    with banjie.store.begin(write=False) as uow:
        found = organisations.organisation_by_code(uow, sample.code)
    show = sys.stderr.isatty()
    if found is None:
        with banjie.store.begin() as uow:
            org_id = create_sample(uow, sample, now=banjie.clock.now(), password=town.DEMO_PASSWORD)
    else:
        org_id = found.id
    for _ in deploy_directory(banjie, org_id, banjie.processes, progress=show):
        pass
    if found is None:
        sessions = _sessions(banjie, org_id, sample)
        load_matters(banjie, org_id, show=show, matters=[*(_matter(told) for told in sample.matters), *sessions])
    print(f"示例单位：{sample.name}。登录名（密码均为 {town.DEMO_PASSWORD}）：")
    for person in sample.people:
        print(f"  {person['login']:<14}{person['name']}  {person['title']}")
    print(f"  {sample.code.lower() + '-admin':<14}系统管理员")


def _matter(told: Mapping[str, Any]) -> Matter:
    steps = (Step(one["days"], one["at"], one["who"], one["answers"], one.get("task", "")) for one in told["steps"])
    return Matter(told["process"], tuple(steps))


def _sessions(banjie: Banjie, org_id: str, sample: SampleOffice) -> list[Matter]:
    """What was done on the days of the schedules: `back` says how many such days ago, 1 is the last before today."""
    today, found = banjie.clock.now().date(), []
    with banjie.store.begin(write=False) as uow:
        profile, calendar = organisations.profile_of(uow, org_id), organisations.calendar_of(uow, org_id)
    for told in sample.sessions:
        codes = told["schedules"]
        known = [
            (one.day, code)
            for code in codes
            for one in occurrences(profile, code, today - _REACH, today - timedelta(days=1), calendar)
            if one.day is not None
        ]
        day, code = sorted(known)[-told["back"]]
        steps = (
            Step(
                -one.get("after", 0),
                one["at"],
                one["who"],
                one["answers"],
                one["task"],
                one.get("about", ""),
                one.get("due_in"),
            )
            for one in told["steps"]
        )
        found.append(Matter(code, tuple(steps), day))
    return found


def load_matters(banjie: Banjie, org_id: str, *, show: bool, matters: Sequence[Matter] = MATTERS) -> None:
    """Play the sample matters, which began on working days before today, up to the present instant."""
    now = banjie.clock.now()
    clock = FixedClock(now)
    past = Banjie(str(banjie.store.url.render_as_string(hide_password=False)), clock=clock, processes=banjie.processes)
    past.engine.versions = banjie.engine.versions
    try:
        planned = sorted(
            ((_instant(past, org_id, now, matter, step), index, number)
             for index, matter in enumerate(matters) for number, step in enumerate(matter.steps)),
        )  # fmt: skip
        if days := [matter.day for matter in matters if matter.day is not None]:
            clock.set(datetime.combine(min(days) - _AHEAD, time(8), now.tzinfo))
            with past.store.begin() as uow:
                schedule_book.enrol(uow, org_id, now=clock.now())
        begun: dict[int, str] = {}
        for at, index, number in progress_bar(planned, "装入示例事项", show=show):
            if matters[index].day is not None and at > now:
                continue
            pass_time(past, clock, min(at, now))
            begun[index] = _do(past, org_id, matters[index], number, begun.get(index))
        pass_time(past, clock, now)
    finally:
        past.close()


def pass_time(banjie: Banjie, clock: FixedClock, until: datetime) -> None:
    """Move the clock, letting what falls due on the way happen at its own instant."""
    while True:
        with banjie.store.begin(write=False) as uow:
            instants = (timers.next_due(uow), jobs.next_due(uow), schedule_book.next_at(uow))
        due = [at for at in instants if at is not None]
        if not due or min(due) > until:
            break
        clock.set(max(min(due), clock.now()) if clock.now() <= until else until)
        while schedules.fire_due(banjie) or run_all(banjie.engine):
            pass
    clock.set(until)


def _instant(banjie: Banjie, org_id: str, now: datetime, matter: Matter, step: Step) -> datetime:
    """When the step was done, see `Step`."""
    hour, minute = step.at.split(":")
    at = time(int(hour), int(minute), tzinfo=now.tzinfo)
    if matter.day is not None:
        return datetime.combine(matter.day - timedelta(days=step.days_ago), at)
    with banjie.store.begin(write=False) as uow:
        calendar = organisations.calendar_of(uow, org_id)
    day = calendar.on_or_before(now.date())
    for _ in range(step.days_ago):
        day = calendar.previous_working_day(day)
    return datetime.combine(day, at)


def _do(banjie: Banjie, org_id: str, matter: Matter, number: int, case_id: str | None) -> str:
    step = matter.steps[number]
    who = acts.actor(banjie, org_id, step.who)
    if matter.day is not None:
        case_id = _opened(banjie, org_id, matter, step)
    if case_id is None:
        return acts.start(banjie, who, matter.process_key, step.answers).case_id
    task_id = _task(banjie, who, case_id, step.task)
    due = {} if step.due_in is None else {"due_date": f"{banjie.clock.now().date() + timedelta(days=step.due_in)}"}
    acts.complete(banjie, who, task_id, {**_filled_in(banjie, org_id, task_id), **step.answers, **due})
    return case_id


def _opened(banjie: Banjie, org_id: str, matter: Matter, step: Step) -> str:
    """The case that the schedule has opened for its day, or the one about the words that the step names."""
    with banjie.store.begin(write=False) as uow:
        (of_day,) = schedule_book.dates(uow, org_id, code=matter.process_key, first=matter.day, last=matter.day)
        if not step.about:
            return str(of_day["case_id"])
        query = select(case_file.c.id).where(
            case_file.c.org_id == org_id, case_file.c.matter == step.about, case_file.c.id != of_day["case_id"]
        )
        return str(uow.conn.execute(query).scalar_one())


def _filled_in(banjie: Banjie, org_id: str, task_id: str) -> dict[str, Any]:
    """What a form shows of what is known, and a browser sends back with the answers."""
    with banjie.store.begin(write=False) as uow:
        _, form, variables, context = banjie.engine.task_form(uow, org_id, task_id)
        if form is None:
            return {}
        data = known_data(banjie.host.form_data(context), variables)
    asked = [one.key for one in form.answered if one.type in _WRITTEN and one.hide is None and one.locked is False]
    known = {key: data[key] for key in asked if data.get(key) is not None}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in known.items()}


_WRITTEN = frozenset({"textfield", "textarea", "number", "datetime"})


def _task(banjie: Banjie, who: acts.Actor, case_id: str, element_id: str) -> str:
    with banjie.store.begin(write=False) as uow:
        viewer = access.viewer_of(uow, who.org_id, who.user_id)
        mine: list[dict[str, Any]] = inbox.of_case(uow, viewer, case_id, now=banjie.clock.now())
    for task in mine:
        if task["element_id"] == element_id:
            return str(task["id"])
    raise BanjieError("sample.no_task", f"示例事项没有待办 {element_id}。", element=element_id)


def create_empty_office(banjie: Banjie, profile: str, *, name: str | None, code: str | None) -> tuple[str, str]:
    """A new office without sample data: its regulations deployed, one administrator with a one-time password."""
    with banjie.store.begin() as uow:
        org_code = (code or profile.replace("_", "")[:8]).upper()
        login, password = town.create_office(uow, profile, name or profile, org_code, now=banjie.clock.now())
        org = organisations.organisation_by_code(uow, org_code)
        assert org is not None  # just made
    for _ in deploy_directory(banjie, org.id, banjie.processes, progress=sys.stderr.isatty()):
        pass
    return login, password
