"""Moments: the only reader of the wall clock, and how an instant is written down.

Moments are aware datetimes in UTC inside flowcase; they are written as
`2022-07-26T01:00:00.000000Z`, so that text sorts as time does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from flowcase.errors import InvalidInput

#: Moments are within these years: far enough for any case, near enough for any arithmetic.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200


class Clock(Protocol):
    """Tells the present moment as an aware datetime."""

    def now(self) -> datetime:
        """Return the present moment, aware."""
        ...


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: for tests, simulations and the demo."""

    def __init__(self, moment: datetime) -> None:
        self._moment = utc(moment)

    def now(self) -> datetime:
        """Return the moment the clock was last moved to, in UTC."""
        return self._moment

    def move_to(self, moment: datetime) -> None:
        """Move to `moment`, forward or back. Errors: InvalidInput if it has no zone."""
        self._moment = utc(moment)


def utc(moment: datetime) -> datetime:
    """Return the same instant in UTC. Errors: InvalidInput if the moment has no zone."""
    if not isinstance(moment, datetime):
        raise InvalidInput(f"a moment is a datetime with a zone; got {type(moment).__name__}")
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise InvalidInput(f"a moment lies in {EARLIEST_YEAR} to {LATEST_YEAR}; got {moment.year}")
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise InvalidInput(
            f"a moment needs a time zone; got {moment.isoformat()}, e.g. {moment.isoformat()}+08:00"
        )
    return moment.astimezone(UTC)


def written(moment: datetime) -> str:
    """Write an instant down: UTC, microseconds, 27 characters."""
    return utc(moment).isoformat(timespec="microseconds")[:-6] + "Z"


def read(text: str) -> datetime:
    """Read what `written` wrote."""
    return datetime.fromisoformat(text)


def parse(text: str) -> datetime:
    """Read a moment a person typed: ISO 8601 with a zone. Errors: InvalidInput."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"cannot read {text[:60]!r} as a moment; write e.g. 2022-07-26T09:00+08:00"
        ) from None
    return utc(moment)
