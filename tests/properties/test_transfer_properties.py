"""Moving a case to any other term, at any moment: nothing rings twice, nothing is due too soon."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

import flowcase
from flowcase.case import Actor
from flowcase.ledgers import read_ledgers
from flowcase.time import ManualClock
from flowcase.workflows.document import read_workflow
from tests.small import changed
from tests.world import moment

BEGIN = moment("2022-09-19 09:00")  # the National Day holiday lies ahead
CLERK = Actor("ma", roles={"clerk"})
PARTY = Actor("DG-1")
TERMS = st.integers(1, 12)
#: Before its due moment, each warning so many working days.
WARNINGS = st.lists(st.integers(1, 4), max_size=3, unique=True)


def _document(version: int, term: int, warnings: list[int]) -> str:
    warn = ", ".join(f"{{ before = {{ workdays = {days} }} }}" for days in warnings)
    return changed(
        ("version = 1", f"version = {version}"),
        ("workdays = 5 }]", f"workdays = {term} }}]"),
        ('warn = [{ before = { workdays = 1 }, tell = ["owner"] }]', f"warn = [{warn}]"),
    )


@settings(settings.get_profile("database"))
@given(
    terms=st.tuples(TERMS, TERMS),
    warnings=st.tuples(WARNINGS, WARNINGS),
    moved_after_h=st.integers(0, 20 * 24),
)
def test_a_case_moved_at_any_moment_rings_each_rung_once_and_never_too_soon(
    terms: tuple[int, int], warnings: tuple[list[int], list[int]], moved_after_h: int
) -> None:
    clock = ManualClock(BEGIN)
    engine = flowcase.open_engine("sqlite://", clock=clock)
    documents = [
        read_workflow(_document(version, term, warned))
        for version, term, warned in zip((1, 2), terms, warnings, strict=True)
    ]
    engine.install(documents[0])
    case = engine.open("small", party="DG-1", actor=PARTY, data={"what": "漏水"})
    clock.move_to(BEGIN + timedelta(hours=moved_after_h))
    engine.tick()
    before = read_ledgers(engine.case(case.id).facts, documents[0])["work"]
    engine.install(documents[1])
    assert [each.ok for batch in engine.migrate("small", to=2) for each in batch] == [True]
    after = read_ledgers(engine.case(case.id).facts, documents[1])["work"]

    assert (after.since, after.rang_at) == (before.since, before.rang_at)
    if after.due < before.due:
        calendar = engine.library.calendar("cn")
        today = calendar.local_date(clock.now())
        assert after.due >= calendar.end_of(calendar.add_workdays(today, 1))
    if "due" in before.rung:
        assert after.due == before.due, "what is late stays late"
    for days in range(0, 40, 2):
        clock.move_to(BEGIN + timedelta(hours=moved_after_h, days=days))
        engine.tick()
    rang: Counter[int | str] = Counter()
    for entry in engine.history(case.id):
        if entry.rung is not None and entry.rung["rung"] != "repeat":
            name = str(entry.rung["rung"])
            moved = engine.case(case.id).document_at(entry.revision) == documents[1].digest
            warned = warnings[moved]
            rang[warned[int(name[5:])] if name.startswith("warn.") else name] += 1
    assert max(rang.values(), default=0) <= 1
    assert rang["due"] == 1
    if "due" not in before.rung:
        assert set(warnings[1]) <= {*rang, *_out_of_reach(terms[1], warnings[1])}
    assert engine.verify(case.id) is None
    engine.close()


def _out_of_reach(term: int, warnings: list[int]) -> set[int]:
    """Warnings that lie before the clock's start never ring."""
    return {days for days in warnings if days >= term}
