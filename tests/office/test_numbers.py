"""Numbers: no gap, none twice, whatever is rolled back or runs at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from office import numbers
from storage.clock import TZ
from storage.errors import Refusal


def test_a_rolled_back_number_is_given_again(desk):
    with desk.store.begin() as uow:
        assert numbers.next_number(uow, desk.org, "x") == 1
    with pytest.raises(ZeroDivisionError), desk.store.begin() as uow:
        assert numbers.next_number(uow, desk.org, "x") == 2
        raise ZeroDivisionError
    with desk.store.begin() as uow:
        assert numbers.next_number(uow, desk.org, "x") == 2
        assert numbers.next_number(uow, "another", "x") == 1


def test_numbers_taken_at_once_are_all_different_and_without_gap(desk):
    def take(n: int) -> int | None:
        try:
            with desk.store.begin() as uow:
                number = numbers.next_number(uow, desk.org, "threads")
                if n % 4 == 0:
                    raise ZeroDivisionError
                return number
        except ZeroDivisionError:
            return None

    with ThreadPoolExecutor(8) as pool:
        taken = [number for number in pool.map(take, range(80)) if number is not None]
    assert sorted(taken) == list(range(1, 61))


def test_petition_number_counts_by_organisation_year_and_channel(desk):
    in_2026, in_2027 = datetime(2026, 12, 31, 23, 59, tzinfo=TZ), datetime(2027, 1, 1, tzinfo=TZ)
    with desk.store.begin() as uow:
        given = [
            numbers.petition_number(uow, desk.org, channel, at)
            for channel, at in (("V", in_2026), ("L", in_2026), ("V", in_2026), ("V", in_2027))
        ]
        assert given == ["FWZX-2026-V-0001", "FWZX-2026-L-0001", "FWZX-2026-V-0002", "FWZX-2027-V-0001"]
        assert numbers.series_number(uow, desk.org, "F", in_2026) == "FWZX-2026-F-0001"
        for wrong in ("X", "", "letter"):
            with pytest.raises(Refusal) as refused:
                numbers.petition_number(uow, desk.org, wrong, in_2026)
            assert refused.value.code == "number.bad_channel"
        with pytest.raises(Refusal):
            numbers.series_number(uow, desk.org, "ab", in_2026)


def test_dossiers_count_by_account_and_year_of_closing(desk):
    closed = datetime(2026, 12, 11, tzinfo=TZ)
    with desk.store.begin() as uow:
        account = numbers.account_number(uow, desk.org)
        assert numbers.dossier_number(uow, desk.org, account, closed) == "0001/2026/1"
        assert numbers.dossier_number(uow, desk.org, account, closed) == "0001/2026/2"
        assert numbers.card_number(uow, desk.org, closed) == "督办〔2026〕1号"
