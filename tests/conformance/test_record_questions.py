"""Questions to the records: what they answer, that two are never both the first, what they cost."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

import flowcase
from flowcase import lookups
from flowcase.statements import CASES
from flowcase.store import Transaction
from tests.conformance.test_cost import postgresql_statements, sqlite_statements
from tests.records_world import OFFICER, Records
from tests.world import moment


@pytest.fixture
def records(database_url: str, tmp_path: Path) -> Iterator[Records]:
    """The tiny workflow on each database, on 2 March 2026."""
    records = Records(database_url, tmp_path)
    yield records
    records.engine.close()


def test_the_first_is_the_first_and_the_second_is_not(records: Records) -> None:
    first, second = records.open(), records.open()
    assert records.do(first, "warn").state == "warned"
    (reason,) = records.refusal(second, "warn")
    assert (reason.code, reason.about) == ("when", "found_before")
    assert reason.en == "found_before is true; wanted: false"
    assert "“曾被发现”现为 是" in reason.zh


def test_another_kind_another_party_and_another_state_do_not_count(records: Records) -> None:
    records.do(records.open(kind="sign"), "warn")
    records.do(records.open("shop-2"), "warn")
    records.do(records.open(), "note")
    assert records.do(records.open(), "warn").state == "warned"


def test_the_window_is_counted_back_from_today_to_the_beginning_of_its_first_day(
    records: Records,
) -> None:
    records.at("2026-03-02 00:00").do(records.open(), "warn")
    records.at("2027-03-02 23:59")
    assert records.refusal(records.open(), "warn"), "twelve months to the day: still within"
    records.at("2027-03-03 00:00")
    assert records.do(records.open(), "warn").state == "warned"


def test_what_is_given_with_the_trigger_is_what_is_asked_about(records: Records) -> None:
    records.do(records.open(), "fine", size=3)
    again = records.open()
    assert [each.code for each in records.refusal(again, "fine", size=3)] == ["unless"]
    assert records.do(again, "fine", size=4).state == "fined"


def test_without_a_party_nothing_is_known_and_nothing_that_asks_is_allowed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.records_world as world

    optional = world.DOCUMENT.replace('dest = "found"', 'dest = "found"\nparty = "optional"', 1)
    monkeypatch.setattr(world, "DOCUMENT", optional)
    records = Records(database_url, tmp_path)
    (reason,) = records.refusal(records.open(None), "warn")
    assert reason.en == "found_before is missing; wanted: false"
    records.engine.close()


def test_the_answer_stands_in_the_history_and_replays(records: Records) -> None:
    case = records.do(records.open(), "warn")
    last = records.engine.history(case.id)[-1]
    assert last.changes.set["records.found_before"] is False
    assert records.engine.verify(case.id) is None


def test_may_and_available_ask_as_well(records: Records) -> None:
    first, second = records.open(), records.open()
    assert records.engine.may(second.id, "warn", OFFICER)
    assert "warn" in {move.trigger for move in records.engine.available(second.id, OFFICER)}
    assert "fine" in {move.trigger for move in records.engine.available(second.id, OFFICER)}
    records.do(first, "warn")
    assert not records.engine.may(second.id, "warn", OFFICER)
    assert "warn" not in {move.trigger for move in records.engine.available(second.id, OFFICER)}
    assert not records.engine.may(second.id, "fine", OFFICER, {"size": "x"})


# -- two at once ----------------------------------------------------------------------------------


def _warn_at_once(records: Records, parties: int = 8, writers: int = 4) -> list[int]:
    """Warn several cases of each party at once; return how many were warned, by party."""
    warned = []
    for number in range(parties):
        cases = [records.open(f"shop-{number}") for _ in range(writers)]
        barrier = threading.Barrier(writers)

        def warn(case: flowcase.Case, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait()
            try:
                records.do(case, "warn")
            except flowcase.Refused:
                return False
            return True

        with ThreadPoolExecutor(writers) as pool:
            warned.append(sum(pool.map(warn, cases)))
    return warned


def test_of_several_at_once_exactly_one_is_the_first(records: Records) -> None:
    assert set(_warn_at_once(records)) == {1}


def test_without_taking_turns_several_are_the_first(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same race, each asking before any has written."""
    barrier = threading.Barrier(4)
    asked = Transaction.answers

    def together(self: Transaction, *args: Any) -> dict[str, bool]:
        found = asked(self, *args)
        barrier.wait(timeout=30)
        return found

    monkeypatch.setattr(Transaction, "answers", together)
    monkeypatch.setattr(Transaction, "take_turn", lambda self, party: None)
    assert _warn_at_once(records, parties=1) == [4]


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_in_a_hosts_transaction_two_are_not_both_the_first(
    postgres_url: str, tmp_path: Path, level: str
) -> None:
    """The second host waits for the first; then it is refused, or told to roll back."""
    records = Records(postgres_url, tmp_path)
    first, second = records.open(), records.open()
    database = records.engine.store.engine
    with (
        Session(database.execution_options(isolation_level=level)) as one,
        Session(database.execution_options(isolation_level=level)) as two,
        ThreadPoolExecutor(1) as pool,
    ):
        two.connection().execute(text("SELECT count(*) FROM flowcase_case"))  # its snapshot, early
        records.engine.fire(first.id, "warn", OFFICER, session=one)
        later = pool.submit(records.engine.fire, second.id, "warn", OFFICER, session=two)
        with pytest.raises(TimeoutError):
            later.result(timeout=0.3)
        one.commit()
        with pytest.raises((flowcase.Refused, flowcase.Conflict)):
            later.result(timeout=30)
        two.rollback()
    assert records.engine.case(second.id).state == "found"
    records.engine.close()


# -- what it costs --------------------------------------------------------------------------------


def test_only_what_may_ask_is_asked_and_one_read_answers(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Records(sqlite_url, tmp_path).engine) as engine:
        case = engine.open("offence", party="p", actor=OFFICER, data={"kind": "stall"})
        silent = sqlite_statements(engine, lambda: engine.fire(case.id, "forget", OFFICER))
        asking = sqlite_statements(engine, lambda: engine.fire(case.id, "warn", OFFICER))
    assert [each.split()[0] for each in silent] == ["SELECT", "BEGIN", "UPDATE", "INSERT", "COMMIT"]
    assert [each.split()[0] for each in asking] == [
        *("SELECT", "BEGIN", "INSERT", "SELECT"),
        *("UPDATE", "INSERT", "COMMIT"),
    ], "the turn, and the records"


def test_on_postgresql_asking_costs_four_statements_more(postgres_url: str, tmp_path: Path) -> None:
    with closing(Records(postgres_url, tmp_path).engine) as engine:
        case = engine.open("offence", party="p", actor=OFFICER, data={"kind": "stall"})
        silent = postgresql_statements(engine, lambda: engine.fire(case.id, "forget", OFFICER))
        asking = postgresql_statements(engine, lambda: engine.fire(case.id, "warn", OFFICER))
    assert (silent, asking) == (2, 6), "BEGIN, the turn, the records, COMMIT"


def _fill(records: Records, count: int, **columns: Any) -> None:
    """Put cases of other parties, or other workflows, beside ours."""
    like = records.open("like")
    with records.engine.store.engine.begin() as connection:
        row = dict(connection.execute(CASES.select().where(CASES.c.id == like.id)).mappings().one())
        rows = [{**row, **columns, "id": f"{n:036d}", "party": f"p{n}"} for n in range(count)]
        rows = [{**each, **columns} for each in rows]
        connection.execute(insert(CASES), rows)


def test_the_records_of_one_party_are_one_stretch_of_an_index(records: Records) -> None:
    _fill(records, 3000)
    statement = records.engine.store.statements.records
    values = statement.encode(
        {"party": "p7", "workflow": "offence", "since": moment("2026-01-01 00:00"), "limit": 9}
    )
    with records.engine.store.engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        connection.execute(text("ANALYZE"))
        sqlite = connection.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN (ANALYZE, BUFFERS) "
        plan = str(driver.execute(explain + statement.text, values).fetchall())
    assert "ix_flowcase_case_party" in plan
    if sqlite:
        assert "party=? AND workflow=? AND opened_at>?" in plan
    else:
        assert "Seq Scan" not in plan
        assert "Filter" not in plan
        scan = plan.partition("Planning")[0]
        blocks = sum(int(each) for each in re.findall(r"(?:hit|read)=(\d+)", scan))
        assert blocks <= 12, plan


def test_cases_of_other_workflows_are_not_even_looked_at(records: Records) -> None:
    case = records.open("busy")
    _fill(records, lookups.MOST_RECORDS + 5, party="busy", workflow="another")
    assert records.do(case, "warn").state == "warned"


def test_more_records_than_are_looked_through_are_a_refusal_not_a_guess(records: Records) -> None:
    case = records.open("busy")
    _fill(records, lookups.MOST_RECORDS, party="busy")
    assert records.engine.may(case.id, "warn", OFFICER), "the control: as many as may be"
    extra = records.open("busy")
    (reason,) = records.refusal(case, "warn")
    assert reason.code == "records"
    assert "more than 1,000 cases" in reason.en
    assert records.do(extra, "note").state == "noted", "what does not ask goes on"
