"""Many writers on one case: one winner for each revision, everybody else a clear answer."""

import multiprocessing
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import flowcase
from flowcase.time import ManualClock
from tests.world import COORDINATION, COORDINATOR, LEAD, OFFICE, World, moment

WRITERS = 8
ROUNDS = 12


def _outcome(
    engine: flowcase.Engine, case_id: str, trigger: str, actor: flowcase.Actor, data: dict[str, str]
) -> str:
    try:
        engine.fire(case_id, trigger, actor, data)
    except flowcase.Refused as refused:
        return refused.reasons[0].code
    except flowcase.Conflict:
        return "conflict"
    return "moved"


def _write_notes(url: str, case_id: str, writer: int) -> list[str]:
    """One process: its own engine, as many notes as there are rounds."""
    engine = flowcase.open_engine(url, clock=ManualClock(moment("2022-07-26 10:00")))
    try:
        return [
            _outcome(engine, case_id, "note", LEAD, {"note": f"{writer}-{round_}"})
            for round_ in range(ROUNDS)
        ]
    finally:
        engine.close()


def _coordinate(url: str, case_id: str) -> list[str]:
    engine = flowcase.open_engine(url, clock=ManualClock(moment("2022-07-26 10:00")))
    try:
        return [_outcome(engine, case_id, "coordinate", OFFICE, dict(COORDINATION))]
    finally:
        engine.close()


def _require_one_winner_each(world: World, case_id: str, answers: list[str]) -> None:
    """Each answer is a move or a conflict, and each move is exactly one entry."""
    counted = Counter(answers)
    assert set(counted) <= {"moved", "conflict"}
    history = world.engine.history(case_id)
    notes = [entry.details["note"] for entry in history if entry.trigger == "note"]
    assert len(notes) == len(set(notes)) == counted["moved"]
    assert [entry.revision for entry in history] == list(range(1, len(history) + 1))
    assert world.engine.verify(case_id) is None


def test_eight_threads_on_one_case(world: World) -> None:
    case = world.assigned()
    barrier = threading.Barrier(WRITERS)

    def write(writer: int) -> list[str]:
        barrier.wait()
        return [
            _outcome(world.engine, case.id, "note", LEAD, {"note": f"{writer}-{round_}"})
            for round_ in range(ROUNDS)
        ]

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = [answer for each in pool.map(write, range(WRITERS)) for answer in each]
    assert len(answers) == WRITERS * ROUNDS
    _require_one_winner_each(world, case.id, answers)


def test_eight_processes_on_one_case(world: World, database_url: str) -> None:
    case = world.assigned()
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(WRITERS) as pool:
        jobs = [(database_url, case.id, writer) for writer in range(WRITERS)]
        answers = [answer for each in pool.starmap(_write_notes, jobs) for answer in each]
    _require_one_winner_each(world, case.id, answers)


def test_what_may_be_done_once_is_done_once_by_eight_processes(
    world: World, database_url: str
) -> None:
    case = world.open()
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(WRITERS) as pool:
        answers = pool.starmap(_coordinate, [(database_url, case.id)] * WRITERS)
    counted = Counter(answer for each in answers for answer in each)
    assert counted["moved"] == 1
    assert set(counted) <= {"moved", "wrong_state", "conflict"}
    assert [entry.trigger for entry in world.engine.history(case.id)] == ["open", "coordinate"]


def test_eight_threads_with_one_key_open_one_case(world: World) -> None:
    from tests.world import APPEAL, PARTY, PRINCIPAL

    barrier = threading.Barrier(WRITERS)

    def file(_: int) -> str:
        barrier.wait()
        return world.engine.open(
            "mayor_line", party=PARTY, actor=PRINCIPAL, data=APPEAL, key="one"
        ).id

    with ThreadPoolExecutor(WRITERS) as pool:
        ids = set(pool.map(file, range(WRITERS)))
    assert len(ids) == 1
    assert len(world.engine.cases()) == 1


def test_ticks_at_once_ring_each_rung_once(world: World) -> None:
    cases = [world.assigned() for _ in range(12)]
    world.at("2022-08-10 09:00")
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: world.engine.tick(), range(4)))
    rang = Counter(
        (rung.case_id, rung.clock, rung.rung) for report in reports for rung in report.rang
    )
    assert set(rang.values()) == {1}
    assert len(rang) == 12 * 3, "signing due, handling warning, handling due"
    for case in cases:
        assert world.engine.case(case.id).state == "escalated_to_vice_mayor"
        assert world.engine.verify(case.id) is None


def test_a_tick_and_a_person_at_once_never_both_move_a_case_from_one_revision(world: World) -> None:
    cases = [world.reported() for _ in range(10)]
    world.at("2022-08-10 09:00")
    closing = {"opinion": "同意", "outcome": "solved"}

    def close(case: flowcase.Case) -> str:
        return _outcome(world.engine, case.id, "close", COORDINATOR, closing)

    with ThreadPoolExecutor(4) as pool:
        ticking = pool.submit(world.engine.tick)
        answers = list(pool.map(close, cases))
        ticking.result()
    assert set(answers) <= {"moved", "wrong_state", "role", "conflict"}
    for case in cases:
        assert world.engine.verify(case.id) is None


@pytest.mark.parametrize("writers", [2, 5])
def test_a_decision_taken_on_an_old_revision_is_taken_again(world: World, writers: int) -> None:
    case = world.assigned()
    barrier = threading.Barrier(writers)

    def report(writer: int) -> str:
        barrier.wait()
        return _outcome(world.engine, case.id, "report", LEAD, {"result": f"第{writer}稿"})

    with ThreadPoolExecutor(writers) as pool:
        answers = list(pool.map(report, range(writers)))
    assert set(answers) == {"moved"}
    assert world.engine.case(case.id).revision == 3 + writers
