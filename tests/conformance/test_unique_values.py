"""Values that no two open cases may have: refused with the first one, and free when that ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import flowcase
from flowcase.statements import CLAIMS
from flowcase.store import Transaction
from tests.records_world import OFFICER, Records


@pytest.fixture
def records(database_url: str, tmp_path: Path) -> Iterator[Records]:
    """A workflow with a unique number, on each database."""
    records = Records(database_url, tmp_path)
    yield records
    records.engine.close()


def _claims(records: Records) -> list[tuple[str, str]]:
    found = records.engine.store.select(select(CLAIMS.c.value, CLAIMS.c.case_id))
    return sorted((value, case_id) for value, case_id in found)


def test_a_second_one_is_refused_and_told_of_the_first_and_its_state(records: Records) -> None:
    first = records.do(records.open(number="N-1"), "note")
    with pytest.raises(flowcase.Refused) as refused:
        records.open(number="N-1")
    (reason,) = refused.value.reasons
    assert (reason.code, reason.about) == ("taken", "number")
    assert f"number N-1 is that of case {first.id}" in reason.en
    assert "in state 'noted'" in reason.en
    assert first.id in reason.zh
    assert len(records.engine.cases()) == 1


def test_another_value_or_none_is_no_matter(records: Records) -> None:
    records.open(number="N-1")
    records.open(number="N-2")
    records.open()
    records.open()
    assert len(records.engine.cases()) == 4


def test_it_is_free_again_when_the_first_one_ends(records: Records) -> None:
    first = records.open(number="N-1")
    records.do(first, "fine", size=1)
    assert records.engine.case(first.id).finished
    second = records.open(number="N-1")
    assert _claims(records) == [("N-1", second.id)]


def test_it_is_free_again_when_it_is_cleared_or_changed(records: Records) -> None:
    first = records.open(number="N-1")
    records.do(first, "forget")
    second = records.open(number="N-1")
    moved = records.do(records.open(number="N-3"), "note", number="N-4")
    assert _claims(records) == [("N-1", second.id), ("N-4", moved.id)]


def test_given_later_it_is_asked_as_well_and_ones_own_is_no_obstacle(records: Records) -> None:
    first, second = records.open(number="N-1"), records.open()
    (reason,) = records.refusal(second, "note", number="N-1")
    assert reason.code == "taken"
    verdict = records.engine.may(second.id, "note", OFFICER, {"number": "N-1"})
    assert [each.code for each in verdict.reasons] == ["taken"]
    assert records.do(first, "note", number="N-1").state == "noted"


def test_its_value_stands_in_the_snapshot_and_the_record_is_whole(records: Records) -> None:
    case = records.open(number="N-1")
    assert case.fields()["number"] == "N-1"
    assert records.engine.fields(case.id)["number"] == "N-1"
    assert records.engine.verify(case.id) is None


def _open_at_once(records: Records, writers: int) -> list[str]:
    barrier = threading.Barrier(writers)

    def file(number: int) -> str:
        barrier.wait()
        try:
            records.open(f"shop-{number}", number="N-9")
        except flowcase.Refused as refused:
            return refused.reasons[0].code
        return "opened"

    with ThreadPoolExecutor(writers) as pool:
        return sorted(pool.map(file, range(writers)))


def test_of_many_at_once_one_is_opened_and_the_others_are_refused(records: Records) -> None:
    assert _open_at_once(records, 8) == ["opened", *["taken"] * 7]


def test_without_the_claim_several_are_opened(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: all ask before any has written, and nothing is claimed."""
    barrier, asked = threading.Barrier(4), Transaction.claimed

    def together(self: Transaction, workflow: str, name: str, value: str) -> object:
        found = asked(self, workflow, name, value)
        barrier.wait(timeout=30)
        return found

    monkeypatch.setattr(Transaction, "claimed", together)
    monkeypatch.setattr(Transaction, "_write_beside", lambda self, outcome: None)
    assert _open_at_once(records, 4) == ["opened"] * 4


def test_a_key_that_is_used_again_claims_nothing_twice(records: Records) -> None:
    given = {"kind": "stall", "number": "N-1"}
    ids = {
        records.engine.open("offence", party="p", actor=OFFICER, data=given, key="k").id
        for _ in range(3)
    }
    assert len(ids) == 1
    assert _claims(records) == [("N-1", *ids)]


def test_a_host_that_rolls_back_leaves_the_value_free(records: Records) -> None:
    given = {"kind": "stall", "number": "N-1"}
    with Session(records.engine.store.engine) as session:
        if records.engine.store.engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "READ COMMITTED"})
        records.engine.open("offence", party="p", actor=OFFICER, data=given, session=session)
        session.rollback()
    assert _claims(records) == []
    records.open(number="N-1")
