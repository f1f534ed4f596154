"""Leave (R16) with the engine: what no scenario can bring about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from office import absences, accused, cases, registers
from storage.clock import local
from storage.tables import engine as tables
from web import acts
from web.paths import PROCESSES
from web.play import Player
from web.scenario import read_scenario

SCENARIO = PROCESSES / "attendance_leave" / "scenarios" / "a07_b_stands_in.toml"
LEAVES, BACK = local(datetime(2026, 11, 25, 14)), local(datetime(2026, 11, 25, 17))


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    """赵敏 has three tasks and has applied for leave; nobody has decided yet."""
    scenario = read_scenario(SCENARIO)
    found = Player(scenario, f"sqlite:///{tmp_path}/leave.db")
    found.prepare()
    for step in scenario.steps:
        assert found.step(step) == []
        if step.case == "leave":
            break
    yield found
    found.banjie.close()


def _open(player: Player, element: str) -> str | None:
    query = select(tables.task.c.id).where(
        tables.task.c.business_key == player.cases["leave"], tables.task.c.state == "open",
        tables.task.c.element_id == element,
    )  # fmt: skip
    with player.banjie.store.begin(write=False) as uow:
        return uow.conn.execute(query).scalar()


def test_two_leaves_granted_at_one_instant_do_not_leave_a_post_alone(player: Player) -> None:
    """Between the approval and its entry the other of the post has left: it goes back to who approves."""
    banjie, org, case_id = player.banjie, player.org_id, player.cases["leave"]
    task = _open(player, "Approve")
    assert task is not None
    with banjie.store.begin() as uow:  # as `acts.complete`, before its jobs run
        banjie.engine.claim(uow, org, task, "zhong", actor="zhong")
        banjie.engine.complete(uow, org, task, {"decision": "approved"}, actor="zhong")
        absences.add_absence(uow, org, "qian", LEAVES, BACK, "急病", now=player.clock.now(), by="xin")
    player.settle()
    assert _open(player, "Approve") is not None
    assert _open(player, "NameStandIn") is not None
    with banjie.store.begin(write=False) as uow:
        assert absences.of_leave(uow, org, case_id) is None
        assert registers.entries_of_case(uow, org, case_id, "FM10") == []
        taken = [row.data for row in uow.conn.execute(select(tables.history.c.data))]
    assert any("Flow_lost" in data.get("flows", ()) for data in taken)


def test_the_handover_names_nothing_of_what_is_confidential(player: Player) -> None:
    """R65: no number and no step of a matter that accuses somebody; none at all of what accuses who takes over."""
    banjie, org, case_id = player.banjie, player.org_id, player.cases["leave"]
    with banjie.store.begin() as uow:
        accused.add_accused(uow, org, player.cases["c1"], ["qian"], now=player.clock.now(), by="xin")
        accused.add_accused(uow, org, player.cases["c2"], ["zhong"], now=player.clock.now(), by="xin")
        number = cases.get_case(uow, org, player.cases["c3"])["number"]
    task = _open(player, "Approve")
    assert task is not None
    acts.complete(banjie, acts.Actor(org, "zhong"), task, {"decision": "approved"})
    player.move_to(LEAVES)
    with banjie.store.begin(write=False) as uow:
        (entry,) = registers.entries_of_case(uow, org, case_id, "post_handover")
        listed = cases.get_case(uow, org, case_id)["fields"]["handover_list"]
    assert sorted(line.partition(". ")[2] for line in entry["fields"]["lines"]) == sorted(
        ["保密事项（见待办）", f"{number} 审查材料与条件"]
    )
    assert entry["fields"]["count"] == 2
    assert listed == "\n".join(entry["fields"]["lines"])
