"""Inside a host's transaction: flushed with it, committed by it, gone with it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlmodel import Field, Session, SQLModel

import flowcase
from flowcase.store import Keyed, Transaction
from tests.world import APPEAL, COORDINATION, LEAD, OFFICE, PARTY, PRINCIPAL, World


class Ticket(SQLModel, table=True):
    """A table of the host's own."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: str


@pytest.fixture
def host(world: World, database_url: str) -> Iterator[Engine]:
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    Ticket.metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_a_case_opened_in_the_hosts_transaction_commits_with_it(world: World, host: Engine) -> None:
    with Session(host) as session:
        case = world.engine.open(
            "mayor_line", party=PARTY, actor=PRINCIPAL, data=APPEAL, session=session
        )
        session.add(Ticket(case_id=case.id))
        world.engine.fire(case.id, "coordinate", OFFICE, COORDINATION, session=session)
        with pytest.raises(flowcase.CaseNotFound):
            world.engine.case(case.id)
        session.commit()
    assert world.engine.case(case.id).state == "coordinated"
    assert world.engine.verify(case.id) is None
    with Session(host) as session:
        assert session.connection().execute(text("SELECT count(*) FROM ticket")).scalar() == 1


def test_what_the_host_rolls_back_never_was(world: World, host: Engine) -> None:
    case = world.open()
    with Session(host) as session:
        world.engine.fire(case.id, "coordinate", OFFICE, COORDINATION, session=session, key="k")
        session.rollback()
    assert world.engine.case(case.id) == case
    assert world.engine.fire(case.id, "coordinate", OFFICE, COORDINATION, key="k").revision == 2


def test_a_refusal_leaves_the_hosts_transaction_usable(world: World, host: Engine) -> None:
    case = world.open()
    with Session(host) as session:
        session.add(Ticket(case_id=case.id))
        with pytest.raises(flowcase.Refused):
            world.engine.fire(case.id, "report", LEAD, {"result": "x"}, session=session)
        world.engine.fire(case.id, "coordinate", OFFICE, COORDINATION, session=session)
        session.commit()
    assert world.engine.case(case.id).state == "coordinated"


def test_a_key_that_is_taken_leaves_the_hosts_transaction_usable(
    world: World, host: Engine
) -> None:
    first = world.engine.open("mayor_line", party=PARTY, actor=PRINCIPAL, data=APPEAL, key="k")
    with Session(host) as session:
        again = world.engine.open(
            "mayor_line", party=PARTY, actor=PRINCIPAL, data=APPEAL, key="k", session=session
        )
        session.add(Ticket(case_id=again.id))
        session.commit()
    assert again.id == first.id


def test_a_host_that_came_too_late_is_told_to_roll_back(
    world: World, host: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = world.assigned()
    load = Transaction.load

    def load_what_was_moved_since(
        transaction: Transaction, case_id: str, key: str | None = None, *, lock: bool = False
    ) -> tuple[flowcase.Case, Keyed | None]:
        seen, keyed = load(transaction, case_id, key, lock=lock)
        return replace(seen, revision=seen.revision - 1), keyed

    monkeypatch.setattr(Transaction, "load", load_what_was_moved_since)
    with Session(host) as session, pytest.raises(flowcase.Conflict, match="roll back"):
        world.engine.fire(case.id, "note", LEAD, {"note": "x"}, session=session)
    monkeypatch.undo()
    assert world.engine.case(case.id).revision == case.revision


def test_a_session_that_commits_by_itself_is_refused(world: World, database_url: str) -> None:
    case = world.open()
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with Session(engine) as session, pytest.raises(flowcase.InvalidInput, match="AUTOCOMMIT"):
        world.engine.fire(case.id, "note", OFFICE, {"note": "x"}, session=session)
    engine.dispose()
    assert world.engine.case(case.id).revision == 1


def test_a_hosts_own_engine_is_used_and_left_as_it_was(world: World, host: Engine) -> None:
    engine = flowcase.open_engine(host, clock=world.clock)
    case = engine.open("mayor_line", party=PARTY, actor=PRINCIPAL, data=APPEAL)
    assert engine.fire(case.id, "coordinate", OFFICE, COORDINATION).state == "coordinated"
    engine.close()
    with host.connect() as connection:
        connection.execute(text("INSERT INTO ticket (case_id) VALUES ('x')"))
        connection.rollback()
        assert connection.execute(text("SELECT count(*) FROM ticket")).scalar() == 0, (
            "not in autocommit"
        )
    assert world.engine.case(case.id).state == "coordinated"
