"""What names a person is sealed in the database, found by a word, and lost without the keys."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from office.accused import add_accused
from office.cases import case_data, open_case
from office.parties import find_party, get_party, known_as, save_party
from office.registers import add_entry
from storage import schema, sealing
from storage.clock import FixedClock
from storage.database import Store, UnitOfWork
from storage.errors import BanjieError
from storage.resealing import batches, reseal
from storage.sealed_types import SealedFields, opened
from storage.sealing import KeyRing, key_ring, person_words
from storage.tables.base import PERSONAL
from storage.tables.office import party

RING = KeyRing([("old", b"1" * 32), ("new", b"2" * 32)])
FIELDS = SealedFields(PERSONAL)


@given(st.text(max_size=60))
def test_what_was_sealed_is_opened(plain: str) -> None:
    sealed = RING.seal(plain)
    assert RING.open(sealed) == plain
    assert sealed != RING.seal(plain)  # the same text seals differently each time
    assert RING.open_bytes(RING.seal_bytes(plain.encode("utf-8", "surrogatepass"))) == plain.encode(
        "utf-8", "surrogatepass"
    )


def test_every_key_opens_and_the_last_one_seals() -> None:
    before = KeyRing([("old", b"1" * 32)]).seal("高长福")
    assert RING.open(before) == "高长福"
    assert RING.seal("高长福").startswith("~new~")
    assert KeyRing([("old", b"1" * 32)]).token("name", "高长福") in RING.tokens("name", "高长福")


@pytest.mark.parametrize(
    ("sealed", "code"),
    [
        (KeyRing([("gone", b"3" * 32)]).seal("高长福"), "keys.missing"),
        (KeyRing([("new", b"3" * 32)]).seal("高长福"), "keys.damaged"),
        (f"{RING.seal('高长福')[:-5]}AAA=", "keys.damaged"),
        ("~new~AAAA", "keys.damaged"),
    ],
    ids=["gone", "another key", "changed", "cut"],
)
def test_what_cannot_be_opened_says_why(sealed: str, code: str) -> None:
    with pytest.raises(BanjieError, match=f"^{code}:"):
        RING.open(sealed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*sorted(PERSONAL), "matter", "place", "due"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_fields_come_back_as_they_were(value: object) -> None:
    assert opened(json.loads(json.dumps(FIELDS.seal(value)))) == value


def test_only_what_names_a_person_is_sealed() -> None:
    answers = {"matter": "水渠垮塌", "name": "高长福", "phone": "", "people": [{"name": "石满仓", "place": "上青村"}]}
    kept = json.dumps(FIELDS.seal(answers), ensure_ascii=False)
    assert "水渠垮塌" in kept and "上青村" in kept
    assert "高长福" not in kept and "石满仓" not in kept


def test_a_surname_alone_is_no_word() -> None:
    words = {word for kind, word in person_words({"name": "欧阳长福", "phone": "138"}) if kind == "part"}
    assert words == {"欧阳", "欧阳长", "欧阳长福", "阳长", "阳长福", "长福"}


def test_the_database_shows_no_person(store: Store, clock: FixedClock) -> None:
    person = {"name": "高长福", "phone": "13800000011", "address": "上青村三组", "id_no": "110101199003077571"}
    with store.begin() as uow:
        party_id = save_party(uow, "o", person, party_id=None, now=clock.now())
        assert party_id is not None
        save_party(uow, "o", {"name": "高长贵"}, party_id=party_id, now=clock.now())
    with store.begin(write=False) as uow:
        row = uow.conn.execute(text("select * from party")).one()
        words = uow.conn.execute(text("select * from party_word")).all()
        assert not any(value in str((row, words)) for value in [*person.values(), "高长贵", "长贵"])
        found = get_party(uow, "o", party_id)
        assert found is not None and found["name"] == "高长贵" and found["phone"] == "13800000011"
        assert find_party(uow, "o", {"name": "高长贵", "phone": "13800000011"}) == party_id
        assert find_party(uow, "o", {"name": "高长福", "phone": "13800000011"}) is None  # the name was corrected
        assert find_party(uow, "another", {"id_no": person["id_no"]}) is None
        for kind, word, there in (("part", "长贵", True), ("part", "贵", False), ("phone", "1380000001", False)):
            query = party.select().where(known_as("o", party.c.id, kind, word))
            assert (uow.conn.execute(query).first() is not None) is there, (kind, word)


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key file of this test's own."""
    monkeypatch.setenv("BANJIE_KEYS", str(tmp_path / "kept" / "keys"))
    return tmp_path / "kept" / "keys"


def test_a_new_database_makes_its_keys(keys: Path, sqlite_url: str) -> None:
    store = Store(sqlite_url)
    schema.upgrade(store)
    assert key_ring().open(key_ring().seal("x")) == "x"
    assert oct(os.stat(keys).st_mode & 0o777) == "0o600"
    assert list(keys.parent.iterdir()) == [keys]
    store.close()


def test_a_sealed_database_wants_its_own_keys(keys: Path, sqlite_url: str) -> None:
    store = Store(sqlite_url)
    schema.upgrade(store)
    own = keys.read_text()
    keys.unlink()
    with pytest.raises(BanjieError, match=r"^keys\.missing:.*BANJIE_KEYS"):
        schema.upgrade(store)
    assert not keys.exists()  # no new ones are made, which would hide the loss
    sealing.add_key()
    with pytest.raises(BanjieError, match=r"^keys\.missing:"):
        schema.upgrade(store)
    keys.write_text(own)
    assert schema.upgrade(store) == []
    store.close()


def test_keys_made_while_others_are_being_made_are_kept(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = secrets.token_bytes
    made: list[str] = []

    def another_program_is_quicker(length: int) -> bytes:
        monkeypatch.setattr(secrets, "token_bytes", token)
        made.append(sealing.add_key())
        return token(length)

    monkeypatch.setattr(secrets, "token_bytes", another_program_is_quicker)
    made.append(sealing.add_key())
    assert made == [*key_ring().names] * 2  # both programs seal with the one that was made first
    assert list(keys.parent.iterdir()) == [keys]


@pytest.mark.parametrize("content", ["", "# 空", "k1", "k1 AAAA", "K-1 " + "A" * 43 + "=", "k1 中文", "\x00"])
def test_a_bad_key_file_is_refused(keys: Path, content: str) -> None:
    keys.parent.mkdir()
    keys.write_text(content)
    with pytest.raises(BanjieError, match=r"^keys\.bad_file:"):
        key_ring()


def test_after_a_change_of_keys_the_old_one_is_not_needed(keys: Path, database_url: str, clock: FixedClock) -> None:
    store = Store(database_url)
    schema.upgrade(store)
    with store.begin() as uow:
        case_id = open_case(uow, "o", "p", {"matter": "水渠", "name": "高长福"}, now=clock.now(), actor="w")
        add_accused(uow, "o", case_id, ["钱有为"], now=clock.now(), by="w")
        add_entry(uow, "o", "FM18a", {"name": "高长福"}, case_id=case_id, at=clock.now(), by="w")
    old = key_ring().names
    new = sealing.add_key()
    assert key_ring().names == (*old, new)
    (batch,) = batches(store)
    sealed = {table.name for table, key in batch if reseal(store, [(table, key)])}
    assert sealed == {"case_accused", "case_entry", "party", "register_entry"}
    assert sum(reseal(store, batch) for batch in batches(store)) == 0
    keys.write_text("".join(line for line in keys.read_text().splitlines(True) if line.startswith(new)))
    with store.begin(write=False) as uow:
        data = case_data(uow, "o", case_id)
        assert (data["name"], data["accused"]) == ("高长福", ["钱有为"])
        assert find_named(uow, "高长")
    store.close()


LINE = f"k1 {base64.b64encode(b'1' * 32).decode()}\n"


def test_a_vault_hands_the_keys_over(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    """By systemd's credential or by a command: nothing is written here, and a new key is made there."""
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "banjie-keys").write_text(LINE)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert sealing.outside() is None and sealing.key_file() == keys, "BANJIE_KEYS is nearer"
    monkeypatch.delenv("BANJIE_KEYS")
    assert (sealing.outside(), key_ring().names) == ("systemd credential banjie-keys", ("k1",))
    told = tmp_path / "told"
    told.write_text(LINE + LINE.replace("k1", "k2"))
    monkeypatch.setenv("BANJIE_KEYS_COMMAND", f"cat '{told}'")
    assert (sealing.outside(), key_ring().names) == ("BANJIE_KEYS_COMMAND", ("k1", "k2"))
    told.unlink()
    assert key_ring().seal("高长福").startswith("~k2~"), "it was asked once"
    store = Store(sqlite_url)
    schema.upgrade(store)
    store.close()
    assert not keys.exists() and list(folder.iterdir()) == [folder / "banjie-keys"]
    with pytest.raises(BanjieError, match=r"^keys\.outside:"):
        sealing.add_key()


@pytest.mark.parametrize(
    ("command", "code"),
    [("false", "command"), ("no-such-program", "command"), ("'", "command"), ("echo k1 秘密", "bad_file")],
)
def test_what_a_command_says_wrongly_is_shown_to_nobody(
    monkeypatch: pytest.MonkeyPatch, command: str, code: str
) -> None:
    monkeypatch.setenv("BANJIE_KEYS_COMMAND", command)
    with pytest.raises(BanjieError, match=rf"^keys\.{code}:") as caught:
        key_ring()
    assert "秘密" not in str(caught.value) and caught.value.__cause__ is None


def find_named(uow: UnitOfWork, part: str) -> bool:
    return uow.conn.execute(party.select().where(known_as("o", party.c.id, "part", part))).first() is not None
