"""Strategies for Hypothesis: moments, actors and data as a document asks for them.

    @given(strategies.data(workflow, "report", today=date(2022, 9, 1)))

All are made from the resolved document alone, and so hold for any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.case import Actor
from flowcase.data import bound
from flowcase.testing.cast import CHARGE, Cast, cast_of
from flowcase.workflows import language
from flowcase.workflows.rules import Transition, Workflow

#: Years in which a document without a filing window is tried: notices settle their days.
FIRST_DAY, LAST_DAY = date(2021, 1, 1), date(2024, 12, 31)

#: Texts people write: in both languages, of one letter, of two lines, with what SQL and shells
#: would trip over.
TEXTS = (CHARGE, "同意。", "x", "两行\n文字", "O'Brien; --\t\"\\", "𝄞 %s {0}")

#: How far from today a day is given where the document sets no bound.
FAR = timedelta(days=60)


def moments(workflow: Workflow, calendar: Calendar | None = None) -> st.SearchStrategy[datetime]:
    """Moments at which a case may be opened: in the filing window, at any time of the day."""
    calendar = calendar or load_calendar(workflow.document.calendar)
    intake = workflow.document.intake
    first = intake.from_ or FIRST_DAY
    last = intake.until or max(LAST_DAY, first + timedelta(days=365))
    begin, end = calendar.start_of(first), calendar.end_of(last)
    minutes = int((end - begin).total_seconds()) // 60 - 1
    return st.integers(0, minutes).map(
        lambda each: (begin + timedelta(minutes=each)).astimezone(UTC)
    )


def actors(workflow: Workflow) -> st.SearchStrategy[Actor]:
    """Actors of every kind a document knows: of each role, people and units, the party, nobody."""
    return st.sampled_from(cast_of(workflow, "many").everybody())


def data(
    workflow: Workflow, trigger: str, *, today: date, cast: Cast | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Data that a trigger takes (or "open"): all it requires, and some of what it accepts.

    today: the day it is given, which bounds of dates are reckoned from. Whether the case is one
    where the trigger may be fired, data cannot say. Errors: ValueError for an unknown trigger.
    """
    chosen = [each for each in workflow.transitions if each.trigger == trigger]
    takers = [workflow.intake] if trigger == "open" else chosen
    if not takers:
        known = ", ".join(sorted({"open", *(each.trigger for each in workflow.transitions)}))
        raise ValueError(f"the document has no trigger {trigger!r}; it has: {known}")
    people = cast or cast_of(workflow, "many")
    return st.sampled_from(takers).flatmap(lambda taker: _data_of(workflow, taker, today, people))


def _data_of(
    workflow: Workflow, taker: Transition, today: date, cast: Cast
) -> st.SearchStrategy[dict[str, Any]]:
    known = workflow.request_fields.get(taker.trigger, workflow.document.fields)
    return named(workflow, taker.requires, taker.accepts, known=known, today=today, cast=cast)


def named(
    workflow: Workflow,
    requires: Iterable[str],
    accepts: Iterable[str],
    *,
    known: Mapping[str, language.AnyField],
    today: date,
    cast: Cast,
) -> st.SearchStrategy[dict[str, Any]]:
    """Data under these names: of the fields in `known`, and of the document's participants."""

    def value(name: str) -> st.SearchStrategy[Any]:
        field = known.get(name)
        return _holder(workflow, name, cast) if field is None else _value(field, today)

    return st.fixed_dictionaries(
        {name: value(name) for name in requires},
        optional={name: value(name) for name in accepts},
    )


def _value(field: Any, today: date) -> st.SearchStrategy[Any]:
    match field:
        case language.TextField(max_length=longest):
            return st.sampled_from([text for text in TEXTS if len(text) <= longest] or ["x"])
        case language.ChoiceField(options=options):
            return st.sampled_from(options)
        case language.FlagField():
            return st.booleans()
        case language.IntegerField(at_least=least, at_most=most):
            return st.integers(least, most)
        case language.DateField():
            earliest, latest = bound(field.earliest, today), bound(field.latest, today)
            first = earliest or min(today, latest or today)
            return st.dates(first, max(first, min(latest or date.max, first + FAR)))
    return st.none()  # nothing that can be made up, such as another case: it is left out


def _holder(workflow: Workflow, name: str, cast: Cast) -> st.SearchStrategy[Any]:
    """Whom a part may be given: who holds its role; "recused": anybody."""
    participant = workflow.document.participants.get(name)
    one = st.sampled_from(cast.holders(participant.role if participant is not None else None))
    if participant is None or participant.count == "one":
        return one
    return st.lists(one, min_size=1, max_size=2, unique=True)
