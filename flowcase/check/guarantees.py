"""Guarantees: what is asked of every document, judged on the graph of all its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flowcase.check.accountability import owner, rung_ahead, way_out, way_out_without
from flowcase.check.bounds import cycles, no_fresh_time, tiers_rise
from flowcase.check.climbing import climbs, rungs_taken
from flowcase.check.duties import needs_met, separated, within_tier
from flowcase.check.ladder import ladder
from flowcase.check.use import possible, reached
from flowcase.check.verdicts import Found, Subject

Judge = Callable[[Subject], Iterator[Found]]

#: Asked of every document.
_ALWAYS: tuple[Judge, ...] = (way_out, rungs_taken, needs_met, cycles, reached, possible)

#: Asked of documents that say they close the loop.
_CLOSED_LOOP: tuple[Judge, ...] = (
    owner,
    rung_ahead,
    way_out,
    way_out_without,
    rungs_taken,
    climbs,
    ladder,
    separated,
    needs_met,
    no_fresh_time,
    tiers_rise,
    within_tier,
    cycles,
    reached,
    possible,
)


def judges_of(subject: Subject) -> Iterator[Iterator[Found]]:
    """Judge every guarantee that concerns the document as such, each by itself."""
    for judge in _CLOSED_LOOP if subject.workflow.document.closed_loop else _ALWAYS:
        yield judge(subject)
