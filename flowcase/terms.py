"""Terms: the amount of time promised, the due moment, and each day on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

CountsFrom = Literal["filing_day", "next_day", "next_workday", "next_workday_after_hours"]
Ends = Literal["midnight", "close", "same_time"]
Roll = Literal["next_workday", "none"]
Amount = Literal["workdays", "months", "days", "hours", "work_minutes"]

AMOUNTS: tuple[Amount, ...] = ("workdays", "months", "days", "hours", "work_minutes")

#: The longest term a document may name, by its unit: about ten years each.
LONGEST: dict[Amount, int] = {
    "workdays": 2_500,
    "months": 120,
    "days": 3_650,
    "hours": 87_600,
    "work_minutes": 1_200_000,
}


@dataclass(frozen=True, slots=True)
class Term:
    """An amount of time by one unit, and how it is counted.

    Exactly one of `workdays`, `months`, `days` (calendar days), `hours` (elapsed) and
    `work_minutes` (inside office hours) is given.

    counts_from: which day is day zero (not counted, 民法典 201): the day of the event whatever it
        is, the day after it, the next working day if the event fell on a rest day, or that also
        when it fell after office close.
    ends: 24:00 of the last day (203), office close, or the time of day of the start.
    roll: whether a last day that is a rest day moves to the next working day (203); a term in
        working days never ends on a rest day.
    """

    workdays: int | None = None
    months: int | None = None
    days: int | None = None
    hours: int | None = None
    work_minutes: int | None = None
    counts_from: CountsFrom = "filing_day"
    ends: Ends = "midnight"
    roll: Roll = "next_workday"

    def __post_init__(self) -> None:
        given = [unit for unit in AMOUNTS if getattr(self, unit) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a term names exactly one of {', '.join(AMOUNTS)}; got {given or 'none'}"
            )
        amount = getattr(self, given[0])
        if type(amount) is not int or not 0 <= amount <= LONGEST[given[0]]:
            raise ValueError(
                f"{given[0]} is a whole number from 0 to {LONGEST[given[0]]}; got {amount!r}"
            )

    @property
    def unit(self) -> Amount:
        """The unit the term is counted in."""
        return next(unit for unit in AMOUNTS if getattr(self, unit) is not None)

    def of(self, amount: int) -> Term:
        """Return the same term with another amount of its unit."""
        changed: dict[str, Any] = {self.unit: amount}
        return replace(self, **changed)

    @property
    def amount(self) -> int:
        """How many of its unit."""
        return int(getattr(self, self.unit))


@dataclass(frozen=True, slots=True)
class Due:
    """When a term is over.

    at: the exclusive instant, aware: 24:00 of the last day is 00:00 of the next.
    last_day: the last day on which there is still time, local.
    provisional: whether days not yet settled by a notice lie on the way; `at` is then an estimate.
    floor: the earliest instant it can turn out to be; equals `at` when not provisional.
    """

    at: datetime
    last_day: date
    provisional: bool
    floor: datetime


@dataclass(frozen=True, slots=True)
class Naming:
    """What a thing is called, in both languages; as text it is the Chinese name."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh

    def in_language(self, language: str) -> str:
        """Return the name in `language` ("zh", anything else is English)."""
        return self.zh if language == "zh" else self.en


DayKind = Literal[
    "start", "counted", "rest", "holiday", "makeup", "paused", "rolled", "skipped", "extended"
]


@dataclass(frozen=True, slots=True)
class Day:
    """One day on the way from start to due, and why it counted or did not.

    kind: start (day zero) · counted · makeup (a rest day worked, counted) · rest (weekend) ·
        holiday · paused · rolled (the term would have ended here, but it is a rest day) ·
        extended (counted, of an extension granted) ·
        skipped (on the way of a term that does not count this kind of day).
    name, notice: festival and document where a notice (or, past the notices, the law) decides.
    count: how many units are consumed at the end of this day.
    provisional: not yet settled by a notice.
    """

    date: date
    kind: DayKind
    name: Naming | None = None
    notice: str | None = None
    count: int = 0
    provisional: bool = False
