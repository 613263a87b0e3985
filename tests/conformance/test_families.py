"""Cases and their children on both databases: in any interleaving, and with eight at once."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

import flowcase
from flowcase.case import Case
from flowcase.database import Connection
from flowcase.statements import Statement
from tests.families import ANN, BEN, Families
from tests.world import moment

#: Every order in which four steps of a child and four of its parent can follow one another.
ORDERS = [
    "".join("C" if step in chosen else "P" for step in range(8))
    for chosen in combinations(range(8), 4)
]
#: How long a step is waited for before it counts as blocked by the other's lock (seconds).
BLOCKED_S = 0.02


@pytest.fixture
def families(database_url: str, tmp_path: Path) -> Iterator[Families]:
    """Both documents on an empty database."""
    families = Families(database_url, tmp_path / "rules")
    yield families
    families.engine.close()


# -- step by step ----------------------------------------------------------------------------------


class Turns:
    """Lets two threads take their steps in an order that is laid down."""

    def __init__(self) -> None:
        self._allowed = {"C": threading.Semaphore(0), "P": threading.Semaphore(0)}
        self._arrived = {"C": threading.Event(), "P": threading.Event()}
        self._who = threading.local()

    def begin(self, who: str) -> None:
        """Say who the present thread is."""
        self._who.name = who

    def step(self) -> None:
        """Wait for the present thread's turn, if it has any."""
        who = getattr(self._who, "name", None)
        if who is not None:
            self._arrived[who].set()
            self._allowed[who].acquire()

    def over(self) -> None:
        """The present thread is done."""
        self._arrived[self._who.name].set()

    def play(self, order: str) -> None:
        """Let the steps be taken in this order; one that is blocked is taken as soon as it can."""
        for arrived in self._arrived.values():
            arrived.wait()
        for who in order:
            self._arrived[who].clear()
            self._allowed[who].release()
            self._arrived[who].wait(BLOCKED_S)
        for allowed in self._allowed.values():
            allowed.release(50)


#: A statement that begins a step; what follows, up to the next, belongs to the same step.
_BEGINS = re.compile(r"SAVEPOINT|BEGIN|WITH|UPDATE|COMMIT")


@contextmanager
def gated(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every step of the engine's own statements wait for its turn; they are run as ever."""
    execute, plain = Connection._execute, Connection._plain
    last = threading.local()

    def wait(sql: str) -> None:
        found = _BEGINS.match(sql)
        kind = found.group() if found else "read"
        before, last.kind = getattr(last, "kind", None), kind
        continues = (kind == "read" and before == "read") or (
            kind == "UPDATE" and before in ("SAVEPOINT", "UPDATE")
        )
        if not continues:
            turns.step()

    def gated_execute(self: Connection, statement: Statement, values: Any) -> None:
        if not statement.text.startswith("INSERT"):
            wait(statement.text)
        execute(self, statement, values)

    def gated_plain(self: Connection, sql: str) -> None:
        if not sql.startswith(("RELEASE", "ROLLBACK")):
            wait(sql)
        plain(self, sql)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "_execute", gated_execute)
        patched.setattr(Connection, "_plain", gated_plain)
        yield


def _host(families: Families) -> Engine:
    """The database as a host uses it: with transactions, where ours commit by themselves."""
    engine = families.engine.store.engine
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="READ COMMITTED")
    return engine


def _answer(turns: Turns, who: str, work: Callable[[], Any]) -> str:
    turns.begin(who)
    try:
        work()
    except flowcase.Refused as refused:
        return refused.reasons[0].code
    except flowcase.Conflict:
        return "conflict"
    else:
        return "moved"
    finally:
        turns.over()


def _in_order(
    families: Families, order: str, monkeypatch: pytest.MonkeyPatch, *, hosted: bool
) -> tuple[tuple[str, str], Case, Case]:
    """Have a child taken up again while its parent is closed; return what became of both."""
    parent, (child,) = families.with_parts("ben")
    families.fire(child, "settle")
    turns = Turns()

    def fire(case: Case, trigger: str) -> None:
        if not hosted:
            families.engine.fire(case.id, trigger, ANN)
            return
        with Session(_host(families)) as session:
            session.execute(text("SELECT 1"))
            if trigger == "close":
                turns.step()  # the child's first step is to read, the parent's to begin
            families.engine.fire(case.id, trigger, ANN, session=session)
            turns.step()
            session.commit()

    with gated(turns, monkeypatch), ThreadPoolExecutor(2) as pool:
        taken_up = pool.submit(_answer, turns, "C", lambda: fire(child, "resume"))
        closed = pool.submit(_answer, turns, "P", lambda: fire(parent, "close"))
        turns.play(order)
        answers = taken_up.result(), closed.result()
    return answers, families.now(parent), families.now(child)


def _wrong(parent: Case, child: Case) -> bool:
    return parent.state == "closed" and child.state == "open"


def _played(
    families: Families,
    orders: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    hosted: bool | None = None,
) -> tuple[Counter[tuple[str, str]], int]:
    """Play every order; count the answers, and how often a parent was closed over a child.

    hosted: in a host's transactions: there both take four steps on PostgreSQL. On SQLite, where a
    host's transactions do not overlap, they do in the engine's own.
    """
    if hosted is None:
        hosted = families.engine.store.engine.dialect.name == "postgresql"
    answers: Counter[tuple[str, str]] = Counter()
    wrong = 0
    for order in orders:
        found, parent, child = _in_order(families, order, monkeypatch, hosted=hosted)
        answers[found] += 1
        wrong += _wrong(parent, child)
    return answers, wrong


def test_in_all_70_interleavings_no_parent_closes_over_an_open_child(
    families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(ORDERS) == 70
    answers, wrong = _played(families, ORDERS, monkeypatch)
    assert wrong == 0
    assert sum(answers.values()) == 70
    assert all("moved" in pair for pair in answers), "one of the two always gets through"
    assert ("moved", "moved") not in answers
    assert {pair[0] for pair in answers} >= {"moved", "sealed"}
    families.require_sound()


def test_nor_does_it_where_every_statement_commits_by_itself(
    families: Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, wrong = _played(families, ORDERS[::2], monkeypatch, hosted=False)
    assert wrong == 0
    assert all("moved" in pair for pair in answers)
    families.require_sound()


@pytest.mark.parametrize("condition", ["unsettled", "sealed"])
def test_without_either_condition_some_interleaving_goes_wrong(
    families: Families, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    _without(families, condition)
    _, wrong = _played(families, ORDERS[::3], monkeypatch)
    assert wrong > 0


def _without(families: Families, condition: str) -> None:
    """Take one condition out of the statements of this engine alone."""
    store = families.engine.store
    statements = store.statements
    pattern = {
        "unsettled": r" AND flowcase_case\.unsettled = (:|%\()unsettled_was(\)s(::\w+)?)?",
        "sealed": r" AND (flowcase_case\.sealed IS (false|0)|NOT flowcase_case\.sealed)",
    }[condition]

    def cut(statement: Statement) -> Statement:
        shorter, count = re.subn(pattern, "", statement.text)
        assert count == 1, statement.text
        return replace(statement, text=shorter)

    if condition == "sealed":
        store.statements = replace(statements, count_up=cut(statements.count_up))
    else:
        move = (cut(statements.move[0]), *statements.move[1:])
        store.statements = replace(statements, move=move)


# -- many at once ----------------------------------------------------------------------------------

WRITERS, ROUNDS = 8, 12


def test_eight_threads_on_two_families_neither_deadlock_nor_miscount(families: Families) -> None:
    parents = [families.with_parts("ben", "cat", "dan")[0] for _ in range(2)]
    children = [each for parent in parents for each in families.engine.children(parent.id)]
    barrier = threading.Barrier(WRITERS)

    def act(writer: int) -> Counter[str]:
        chance = random.Random(writer)
        barrier.wait()
        answers: Counter[str] = Counter()
        for _ in range(ROUNDS):
            moves: list[tuple[Case, str, dict[str, Any]]] = [
                (chance.choice(children), chance.choice(["settle", "resume"]), {}),
                (chance.choice(children), "hand", {"doer": chance.choice(["eve", "fay"])}),
                (chance.choice(parents), chance.choice(["close", "reopen", "note"]), {}),
                (chance.choice(parents), "lead", {"head": chance.choice(["gus", "hal"])}),
            ]
            case, trigger, data = chance.choice(moves)
            try:
                families.engine.fire(case.id, trigger, ANN, data)
                answers[trigger] += 1
            except flowcase.Refused:
                answers["refused"] += 1
            except flowcase.Conflict as conflict:
                answers["deadlock" if "gave way" in str(conflict) else "conflict"] += 1
        return answers

    with ThreadPoolExecutor(WRITERS) as pool:
        counted = sum(pool.map(act, range(WRITERS)), Counter[str]())
    assert sum(counted.values()) == WRITERS * ROUNDS
    assert counted["deadlock"] == 0
    assert {"settle", "hand", "note", "lead", "refused"} <= counted.keys()
    families.require_sound()


def test_parts_settled_at_once_are_counted_one_by_one(families: Families) -> None:
    parent, parts = families.with_parts("a", "b", "c", "d")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda part: families.fire(part, "settle"), parts))
    after = families.now(parent)
    assert (after.unsettled, after.revision) == (0, parent.revision), "without an entry of its own"
    families.require_sound()


def test_of_two_that_would_be_merged_into_each_other_one_is(families: Families) -> None:
    for _ in range(5):
        one, other = families.open(party="p"), families.open(party="p")
        barrier = threading.Barrier(2)

        def merge(pair: tuple[Case, Case], start: threading.Barrier = barrier) -> str:
            start.wait()
            try:
                families.fire(pair[0], "merge", into=pair[1].id)
            except (flowcase.Refused, flowcase.Conflict) as no:
                return type(no).__name__
            return "merged"

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(merge, [(one, other), (other, one)]))
        assert "merged" in answers
        assert len(set(answers)) == 2
        assert {families.now(one).state, families.now(other).state} == {"working", "dropped"}
    families.require_sound()


def test_ticks_and_people_at_once_end_a_family_once(families: Families) -> None:
    parents = [families.with_parts("ben", "cat")[0] for _ in range(4)]
    families.clock.move_to(moment("2022-10-24 09:00"))

    def drop(parent: Case) -> None:
        with suppress(flowcase.Refused, flowcase.Conflict):  # the clock was first
            families.fire(parent, "drop")

    with ThreadPoolExecutor(4) as pool:
        ticks = [pool.submit(families.engine.tick) for _ in range(3)]
        list(pool.map(drop, parents))
        for tick in ticks:
            assert tick.result().set_aside == ()
    families.engine.tick()
    assert {case.state for case in families.everything().values()} == {"dropped", "stopped"}
    families.require_sound()


# -- all or nothing --------------------------------------------------------------------------------


def test_a_refused_part_refuses_the_matter_and_leaves_nothing(families: Families) -> None:
    parent = families.open(what="x" * 50)
    with families.engine.store.engine.connect() as connection:
        before = connection.execute(text("SELECT count(*) FROM flowcase_history")).scalar()
    many = [f"helper-{number}" for number in range(5)]
    assert families.refusal(parent, "help", helper=many) == {"too_many"}
    with families.engine.store.engine.connect() as connection:
        after = connection.execute(text("SELECT count(*) FROM flowcase_history")).scalar()
    assert before == after


def test_a_host_that_rolls_back_takes_the_parts_with_it(families: Families) -> None:
    parent = families.open()
    with Session(_host(families)) as session:
        moved = families.engine.fire(
            parent.id, "help", ANN, {"helper": ["ben", "cat"]}, session=session
        )
        assert moved.unsettled == 2
        session.rollback()
    assert families.engine.children(parent.id) == []
    assert families.now(parent) == parent
    with Session(_host(families)) as session:
        families.engine.fire(parent.id, "help", ANN, {"helper": ["ben"]}, session=session)
        (part,) = families.engine.case(parent.id, session=session).linked()["children.part"]
        families.engine.fire(part, "settle", BEN, session=session)
        families.engine.fire(parent.id, "close", ANN, session=session)
        session.commit()
    assert families.now(parent).state == "closed"
    families.require_sound()


def test_the_same_key_opens_the_parts_once(families: Families) -> None:
    parent = families.open()
    first = families.engine.fire(parent.id, "help", ANN, {"helper": ["ben"]}, key="k")
    again = families.engine.fire(parent.id, "help", ANN, {"helper": ["ben"]}, key="k")
    assert again.revision == first.revision
    assert len(families.engine.children(parent.id)) == 1


def test_a_counter_that_was_tampered_with_is_found(families: Families) -> None:
    parent, (part,) = families.with_parts("ben")
    for damage, found in (
        (f"UPDATE flowcase_case SET unsettled = 0 WHERE id = '{parent.id}'", "number of its open"),
        (f"UPDATE flowcase_case SET parent_id = NULL WHERE id = '{part.id}'", "its children"),
    ):
        with families.engine.store.engine.connect() as connection:
            connection.execute(text(damage))
            connection.commit()
        assert found in str(families.engine.verify(parent.id))
    assert "replaying" in str(families.engine.verify(part.id))
