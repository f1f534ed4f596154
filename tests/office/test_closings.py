"""The counted closings are what counting the cases themselves would give, for everybody who may ask."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from office import access, cases, closings, deadline_book, people
from office.access import visible_cases
from office.accused import may_be_given
from storage.clock import TZ
from storage.tables.counting import closing_count
from storage.tables.office import case_file, deadline

MONTHS = [datetime(2026, month, 1, tzinfo=TZ) for month in (11, 12)] + [datetime(2027, 1, 1, tzinfo=TZ)]
VIEWERS = ("boss", "chen", "kang", "far")


def recounted(uow, viewer, first, last):
    """Read from every case and every limit."""
    told = {"closed_on_time": 0, "closed_late": 0}
    query = select(case_file.c.id, case_file.c.closed_at).where(visible_cases(viewer))
    late = set(uow.conn.execute(select(deadline.c.case_id).where(deadline.c.closing == "closed_late")).scalars())
    for row in uow.conn.execute(query):
        if row.closed_at is not None and first <= row.closed_at and (last is None or row.closed_at < last):
            told["closed_late" if row.id in late else "closed_on_time"] += 1
    return told


class Acts:
    """What changes a count, at random."""

    def __init__(self, desk, seed):
        self.desk, self.chance, self.now = desk, random.Random(seed), desk.now
        self.case_ids, self.limits = [], []

    def one(self, uow):
        self.now += timedelta(hours=self.chance.randrange(30))
        what = self.chance.choice(
            ("open", "open", "close", "close", "close", "reopen", "unit", "accuse", "limit", "limit", "again", "forget")
        )
        if what == "open" or not self.case_ids:
            unit = self.chance.choice(("unit_b", "unit_c", None))
            case_id = self.desk.open(uow, handling_unit=unit, by=self.chance.choice(("wang", "lin")))
            self.case_ids.append(case_id)
            plan = deadline_book.arm(uow, self.desk.org, case_id, "R39.reply", start=self.now, now=self.now)
            self.limits.append(plan.ref)
            return
        getattr(self, what)(uow, self.chance.choice(self.case_ids))

    def state(self, uow, case_id):
        return cases.get_case(uow, self.desk.org, case_id)["state"]

    def close(self, uow, case_id):
        if self.state(uow, case_id) == "registered":
            to = self.chance.choice(("closed", "closed", "withdrawn"))
            cases.set_state(uow, self.desk.org, case_id, to, now=self.now)

    def reopen(self, uow, case_id):
        if self.state(uow, case_id) == "closed":
            cases.set_state(uow, self.desk.org, case_id, "reopened", now=self.now)

    def unit(self, uow, case_id):
        unit = self.chance.choice(("unit_b", "unit_c", "hall"))
        if may_be_given(uow, self.desk.org, case_id, unit_id=unit):
            cases.change_case(uow, self.desk.org, case_id, now=self.now, handling_unit=unit)

    def accuse(self, uow, case_id):
        whom = self.chance.choice(("领导班子", "丙局", "康明"))
        cases.apply_answers(uow, self.desk.org, case_id, {"accused": whom}, actor="wang", now=self.now, name="补充")

    def limit(self, uow, _case_id):
        late = timedelta(days=self.chance.choice((0, 60)))
        cancelled = self.chance.random() < 0.1
        ref = self.chance.choice(self.limits)
        deadline_book.close(uow, self.desk.org, ref, now=self.now + late, cancelled=cancelled)

    def again(self, uow, _case_id):
        deadline_book.reopen(uow, self.desk.org, self.chance.choice(self.limits), now=self.now, by=None)

    def forget(self, uow, case_id):
        if self.chance.random() < 0.3:
            closings.forget(uow, self.desk.org, case_id)
            for table, column in ((case_file, case_file.c.id), (deadline, deadline.c.case_id)):
                uow.conn.execute(table.delete().where(column == case_id))
            self.case_ids.remove(case_id)
            self.limits = list(uow.conn.execute(select(deadline.c.id)).scalars())


@pytest.mark.parametrize("seed", range(2))
def test_counted_is_what_is_there(desk, seed):
    with desk.store.begin() as uow:
        people.add_user(
            uow,
            desk.org,
            "方远",
            "far",
            now=desk.now,
            user_id="far",
            unit_id="hall",
            roles=("leader_in_charge@unit_b",),
        )
        acts = Acts(desk, seed)
        for number in range(90):
            acts.one(uow)
            if number % 30 == 29:
                assert list(closings.differences(uow)) == []
                for login in VIEWERS:
                    viewer = access.viewer_of(uow, desk.org, login)
                    for first, last in ((MONTHS[0], None), (MONTHS[0], MONTHS[1]), (MONTHS[1], MONTHS[2])):
                        assert closings.count(uow, viewer, first, last) == recounted(uow, viewer, first, last)
                assert closings.fold(uow, desk.org) > 0
                assert list(closings.differences(uow)) == []
        assert closings.fold(uow, desk.org) == 0, "one row of each month, unit and lateness is left"
        assert uow.conn.execute(select(func.count()).select_from(closing_count)).scalar_one() <= 3 * 4 * 2


def test_the_accused_counts_nothing_of_it(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        cases.set_state(uow, desk.org, case_id, "closed", now=desk.now)
        viewer = access.viewer_of(uow, desk.org, "boss")
        assert closings.count(uow, viewer, MONTHS[0], None)["closed_on_time"] == 1
        cases.apply_answers(uow, desk.org, case_id, {"accused": "郑国栋"}, actor="wang", now=desk.now, name="补充")
        assert closings.count(uow, viewer, MONTHS[0], None)["closed_on_time"] == 0
        chen = access.viewer_of(uow, desk.org, "chen")
        assert closings.count(uow, chen, MONTHS[0], None)["closed_on_time"] == 1


def test_a_wrong_count_is_noticed(desk):
    with desk.store.begin() as uow:
        case_id = desk.open(uow, handling_unit="unit_b")
        cases.set_state(uow, desk.org, case_id, "closed", now=desk.now)
        uow.conn.execute(closing_count.update().values(n=2))
        (line,) = closings.differences(uow)
        assert "2026年11月" in line
