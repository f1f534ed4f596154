"""Scenarios over HTTP, `kill -9` of the server at every step: the database is as if nothing had happened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.killed import CutHands, KilledHands, distant, facts, play_with
from tests.support.timed_serve import TimedServer
from web.paths import PROCESSES
from web.play import play
from web.scenario import read_scenario

TEN = (
    "visit_office/scenarios/a44_leader_absent",
    "resettlement_superior/scenarios/a36_chain_in_order",
    "letter_office/scenarios/a31_important_letter",
    "letter_association/scenarios/a32_anonymous_and_signed",
    "visit_civil_affairs/scenarios/a35_no_conclusion_before_investigation",
    "resettlement_own_case/scenarios/a38_review_opinion",
    "cppcc_petition/scenarios/a41_transfer_handle_reply",
    "lunar_reception/scenarios/a67_matters_of_a_session",
    "court_president_reception/scenarios/a70_presidents_day",
    "petition_review/scenarios/a80_review_and_final_review",
)
ALL = os.environ.get("BANJIE_CRASH") == "all"  # `make crash`; the suite plays one in each way


def as_if_nothing_had_happened(
    name: str, url: str, folder: Path, hands_at: Callable[[TimedServer], KilledHands]
) -> KilledHands:
    """Play it undisturbed and with the kills of `hands_at`; every row is the same."""
    path, undisturbed = PROCESSES / f"{name}.toml", f"sqlite:///{folder}/undisturbed.db"
    assert not play(path, undisturbed, http=True).differences
    with distant(path, url, folder) as (player, server):
        server.start()
        hands = hands_at(server)
        assert play_with(player, hands) == []
    schedules = read_scenario(path).schedules
    assert facts(url, schedules=schedules) == facts(undisturbed, schedules=schedules)
    return hands


@pytest.mark.parametrize("name", TEN if ALL else TEN[:1])
def test_killed_after_every_act(name: str, database_url: str, tmp_path: Path) -> None:
    """Killed when an act was acknowledged, before anybody asks for more."""
    assert as_if_nothing_had_happened(name, database_url, tmp_path, KilledHands).kills > 3


@pytest.mark.parametrize("name", TEN if ALL else TEN[1:2])
def test_killed_in_the_middle_of_every_act(name: str, database_url: str, tmp_path: Path) -> None:
    """Killed some milliseconds after an act was sent; without an answer it is sent again."""
    assert as_if_nothing_had_happened(name, database_url, tmp_path, lambda at: CutHands(at, seed=6)).kills > 3
