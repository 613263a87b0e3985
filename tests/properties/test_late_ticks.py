"""Late ticks: whatever the outages, the same transitions in order, and each tier its full term."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from flowcase.ledgers import read_ledgers
from flowcase.workflows.document import shipped_workflows
from tests.core import CALENDAR, Core
from tests.properties.ways import WAYS, Steps
from tests.world import APPEAL

WORKFLOW = shipped_workflows()["mayor_line"]
GAPS = st.lists(st.integers(1, 24 * 25), min_size=1, max_size=25)


def live(so_far: Steps, gaps: list[int]) -> Core:
    """Carry an appeal some of the way, then leave it alone and tick after each gap of hours."""
    core = Core(WORKFLOW)
    core.open(APPEAL)
    for actor, trigger, data in so_far:
        core.fire(trigger, actor, data)
    for gap in gaps:
        core.advance(timedelta(hours=gap))
        core.tick()
    return core


def climbs(core: Core) -> list[str]:
    """The clocks' transitions that led somewhere, in order, and not those that only tell."""
    return [
        f"{entry.source}>{entry.dest}@{entry.changes.set.get('tier', '')}"
        for entry in core.history()
        if entry.rung and (entry.source != entry.dest or "tier" in entry.changes.set)
    ]


@given(st.sampled_from(WAYS), GAPS)
def test_late_ticks_make_the_transitions_that_punctual_ones_make(
    so_far: Steps, gaps: list[int]
) -> None:
    late = climbs(live(so_far, [*gaps, *([24] * 90)]))
    punctual = climbs(live(so_far, [6] * (4 * 90)))[: len(late)]
    assert late[: len(punctual)] == punctual


@given(st.sampled_from(WAYS), GAPS)
def test_every_rung_rings_in_order_and_none_twice(so_far: Steps, gaps: list[int]) -> None:
    core = live(so_far, gaps)
    seen: set[tuple[int, str, str]] = set()
    cycle = 1
    last: datetime | None = None
    for entry in core.history():
        cycle = entry.changes.set.get("cycle", cycle)
        if entry.rung is None:
            continue
        assert last is None or entry.at >= last
        last = entry.at
        assert entry.rung["late_s"] >= 0
        if entry.rung["rung"] != "repeat":
            rung = (cycle, entry.rung["clock"], entry.rung["rung"])
            assert rung not in seen
            seen.add(rung)


@given(st.sampled_from(WAYS), GAPS)
def test_a_leader_has_five_working_days_from_when_he_is_really_told(
    so_far: Steps, gaps: list[int]
) -> None:
    core = live(so_far, gaps)
    ledgers = read_ledgers(core.case().facts, WORKFLOW)
    for name in ("vice_mayor_term", "mayor_term"):
        if name in ledgers:
            told = CALENDAR.local_date(ledgers[name].since)
            assert CALENDAR.workdays_between(told, ledgers[name].last_day) >= 5
