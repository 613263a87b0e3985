"""Figures: what a report says, as values.

Every rate has its numerator, its denominator and, by reason, the cases left out of both; the three
add up to the cases that were asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

By = Literal["unit", "tier", "month", "workflow"]
BY: tuple[By, ...] = ("unit", "tier", "month", "workflow")

RateName = Literal[
    "response",
    "conclusion",
    "solving",
    "satisfaction",
    "on_time",
    "reopening",
    "return",
    "extension",
    "elevation",
]
SpreadName = Literal["response_days", "handling_days"]

RATES: tuple[RateName, ...] = RateName.__args__  # type: ignore[attr-defined]  # Literal's words
SPREADS: tuple[SpreadName, ...] = ("response_days", "handling_days")

#: Why a case is left out of a figure; what each means is in words.py.
Exclusion = Literal[
    "undefined",
    "waiting",
    "ended_unanswered",
    "open",
    "not_handled",
    "reopened",
    "not_due",
    "provisional",
    "no_clock",
    "no_value",
    "no_unit",
    "unanswered",
    "not_covered",
]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many cases; excluded: how many were left out, by reason."""

    numerator: int
    denominator: int
    excluded: Mapping[Exclusion, int]

    @property
    def value(self) -> Fraction | None:
        """The rate, exactly; None where there is nothing to divide by."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def per_mille(self) -> int | None:
        """The rate in tenths of a percent, rounded half up; 1000 only for all, 0 only for none."""
        value = self.value
        if value is None:
            return None
        rounded = (value * 2000 + 1) // 2
        return min(max(rounded, 1 if self.numerator else 0), 1000 if value == 1 else 999)


@dataclass(frozen=True, slots=True)
class Spread:
    """How many working days something took. days: how many cases took how many, ascending."""

    days: tuple[tuple[int, int], ...]
    excluded: Mapping[Exclusion, int]

    @property
    def count(self) -> int:
        """How many cases were measured."""
        return sum(cases for _, cases in self.days)

    @property
    def mean(self) -> Fraction | None:
        """The mean, exactly; None if no case was measured."""
        total = sum(days * cases for days, cases in self.days)
        return Fraction(total, self.count) if self.days else None

    def percentile(self, percent: int) -> int | None:
        """Return the least number of days within which so many percent of the cases are (nearest
        rank); None if no case was measured.
        """
        rank, seen = -(-self.count * percent // 100), 0
        for days, cases in self.days:
            seen += cases
            if seen >= rank:
                return days
        return None


@dataclass(frozen=True, slots=True)
class Figures:
    """What is said of some cases. open, overdue, due_soon: as they stand at the report's moment;
    overdue and due_soon are open ones, and no case is both. A rate or spread that no workflow of
    theirs defines is not there.
    """

    cases: int
    open: int
    overdue: int
    due_soon: int
    rates: Mapping[RateName, Rate]
    spreads: Mapping[SpreadName, Spread]


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one unit, tier, month ("2022-07") or workflow; key: None for those without."""

    key: str | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open case that is overdue or soon due. due_at: exclusive; its floor, while provisional."""

    case_id: str
    workflow: str
    state: str
    owner: str | None
    party: str | None
    tier: str | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of the cases filed in a period, as they stand at a moment.

    since, until: inclusive local days, None: open end. overdue, due_soon: the earliest due of
    them, at most `survey.MOST_LISTED` each. documents: the digests of the rules met with.
    """

    at: datetime
    workflow: str | None
    since: date | None
    until: date | None
    by: By | None
    soon_workdays: int
    documents: tuple[str, ...]
    total: Figures
    groups: tuple[Group, ...]
    overdue: tuple[Waiting, ...]
    due_soon: tuple[Waiting, ...]
