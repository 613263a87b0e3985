"""Rulings: what the notices of a calendar, known at one date, say together of each day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flowcase.calendars.entries import Span
from flowcase.calendars.files import CalendarSource
from flowcase.calendars.notices import Notice
from flowcase.terms import Naming


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a notice, or the law, says of one day."""

    worked: bool
    name: Naming
    reference: str


def known_notices(layer: CalendarSource, known_at: date | None) -> tuple[Notice, ...]:
    """Return the notices published by a date (None: all), in the order they came out."""
    return tuple(
        notice
        for notice in layer.notices
        if known_at is None or notice.published is None or notice.published <= known_at
    )


def rulings_of(source: CalendarSource, known_at: date | None) -> dict[int, Ruling]:
    """Return what is said of each day, by its ordinal: later notices over earlier ones, a
    calendar over the one it extends.
    """
    rulings: dict[int, Ruling] = {}
    for layer in source.layers():
        for notice in known_notices(layer, known_at):
            for day, name in notice.days_off():
                rulings[day.toordinal()] = Ruling(False, name, notice.reference)
            for day, name in notice.days_worked():
                rulings[day.toordinal()] = Ruling(True, name, notice.reference)
            for day in notice.ordinary:
                rulings.pop(day.toordinal(), None)
    return rulings


def covered_by(source: CalendarSource, known_at: date | None) -> list[Span]:
    """Return the runs of days settled by every layer whose notices say what they cover."""
    covered: list[Span] | None = None
    for layer in source.layers():
        if any(notice.covers for notice in layer.notices):
            notices = known_notices(layer, known_at)
            spans = _joined(sorted(notice.covers for notice in notices if notice.covers))
            covered = spans if covered is None else _common(covered, spans)
    return covered or []


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and span.first.toordinal() <= joined[-1].last.toordinal() + 1:
            joined[-1] = Span(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def _common(some: list[Span], others: list[Span]) -> list[Span]:
    shared = []
    for one in some:
        for other in others:
            first, last = max(one.first, other.first), min(one.last, other.last)
            if first <= last:
                shared.append(Span(first, last))
    return sorted(shared)
