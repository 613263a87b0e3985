"""Forecast: what can be said of days that no notice has settled yet.

The law names the statutory days of each festival; the notice then trades days around them. Three
things are therefore certain of a festival whose notice is not out, and `statutory.toml` says from
which data: its statutory days are off; whatever else differs from the week lies within
`reach_days` of them; and days off less make-up days is exactly the number of statutory days, with
few make-up days. Days taken off beyond that (an epidemic, an anniversary) only move a due moment
later. So the number of working days up to any day has an upper and a lower bound, which meet
again once a festival's reach is past.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from flowcase.calendars.rulings import Ruling
from flowcase.calendars.statutory import Statutory, StatutoryFestival

#: A pause by days: those after the first place up to the second are not counted.
PausedDays = tuple[int, int]


class Forecast:
    """Estimates and bounds for the days not settled. Places as in the daybook that asks.

    week: 1 for each day worked by the week alone. worked: the same as ruled by the notices.
    settled: 1 for each day a notice covers. ruled: places a notice names, covered or not.
    balanced: whether the trade is in this calendar's own rest days; a city with other ones than
        the notices were written for gets the wider bound only.
    """

    def __init__(
        self,
        *,
        first: int,
        week: bytes,
        worked: bytes,
        settled: bytes,
        ruled: set[int],
        statutory: Statutory | None,
        years: range,
        balanced: bool,
    ) -> None:
        self._first, self._week, self._worked, self._settled = first, week, worked, settled
        self._ruled, self._balanced = ruled, balanced
        self._festivals: list[tuple[StatutoryFestival, int, tuple[int, ...]]] = []
        #: What the estimate says of places that are not just the week.
        self.rulings: dict[int, Ruling] = {}
        for year in years if statutory else ():
            for festival in statutory.festivals(year) if statutory else ():
                place = festival.day.toordinal() - first
                if self._unsettled(place):
                    self._festivals.append((festival, place, self._statutory_places(festival)))
        self._estimate()

    def _unsettled(self, place: int) -> bool:
        return 0 <= place < len(self._week) and not self._settled[place]

    def _open(self, place: int) -> bool:
        return self._unsettled(place) and place not in self._ruled

    def _statutory_places(self, festival: StatutoryFestival) -> tuple[int, ...]:
        places = (day.toordinal() - self._first for day in festival.days)
        return tuple(place for place in places if self._open(place))

    def _estimate(self) -> None:
        """The week less the statutory days; those on a rest day are made up on the next workday."""
        for festival, _, places in self._festivals:
            for place in places:
                self.rulings[place] = Ruling(False, festival.name, festival.document)
        taken: set[int] = set()
        for festival, _, places in self._festivals:
            for place in places:
                if self._week[place] and place not in taken:
                    taken.add(place)
                    continue
                owed = place + 1
                while self._open(owed) and (owed in self.rulings or not self._week[owed]):
                    owed += 1
                if self._open(owed):
                    self.rulings[owed] = Ruling(False, festival.name, festival.document)

    def _reach(self, festival: StatutoryFestival, place: int, places: Sequence[int]) -> range:
        """The unsettled places around a festival at which its notice may arrange something."""
        first, last = min((place, *places)), max((place, *places))
        start, end = first, last
        while start > first - festival.reach_days and self._unsettled(start - 1):
            start -= 1
        while end < last + festival.reach_days and self._unsettled(end + 1):
            end += 1
        return range(start, end + 1)

    @cached_property
    def possible(self) -> bytes:
        """1 for each day that may turn out to be a working day."""
        possible = bytearray(
            worked if settled or place in self._ruled else week
            for place, (worked, settled, week) in enumerate(
                zip(self._worked, self._settled, self._week, strict=True)
            )
        )
        for festival, place, places in self._festivals:
            if festival.make_up_days_at_most:
                for near in self._reach(festival, place, places):
                    if self._open(near):
                        possible[near] = 1
        for _, _, places in self._festivals:
            for place in places:
                possible[place] = 0
        return bytes(possible)

    @cached_property
    def possible_rank(self) -> list[int]:
        """For each place, how many possible working days there are up to it."""
        return list(accumulate(self.possible))

    @cached_property
    def _bounds(self) -> tuple[list[int], list[int]]:
        """For each place, at most and at least how many working days there are up to it."""
        certain = bytearray(self._worked)
        for place, settled in enumerate(self._settled):
            if not settled and place not in self._ruled:
                certain[place] = self._week[place]
        most, least = list(certain), list(certain)
        taken: set[int] = set()
        for festival, place, places in self._festivals:
            reach = self._reach(festival, place, places)
            # Two festivals on one day (2020, 2031): the day is off once, the other day owed.
            off = {each for each in places if self._week[each] and each not in taken}
            taken |= off
            self._trade(festival, reach, len(places), off, most, least)
        high, low = list(accumulate(most)), list(accumulate(least))
        # A count of working days never falls from one day to the next: tighten both by that.
        for place in range(len(high) - 2, -1, -1):
            high[place] = min(high[place], high[place + 1])
        return high, list(accumulate(low, max))

    def _trade(
        self,
        festival: StatutoryFestival,
        reach: range,
        statutory: int,
        days_off: set[int],
        most: list[int],
        least: list[int],
    ) -> None:
        """Add to each day of a festival's reach what its notice may add or take, net so far."""
        week, make_up = self._week, festival.make_up_days_at_most
        free = [int(self._open(place) and self.possible[place] > week[place]) for place in reach]
        off = [int(place in days_off) for place in reach]
        # A day a city has ruled off for itself may be one the notice takes off as well.
        doubly = sum(1 for p in reach if p in self._ruled and week[p] and not self._worked[p])
        upper = lower = off_so_far = free_so_far = worked_so_far = 0
        off_in_all, free_in_all = sum(off), sum(free)
        for step, place in enumerate(reach):
            off_so_far += off[step]
            free_so_far += free[step]
            worked_so_far += week[place]
            free_after = min(make_up, free_in_all - free_so_far)
            new_upper = min(make_up, free_so_far) - off_so_far
            new_lower = max(
                -worked_so_far,
                -statutory - make_up,
                -statutory + off_in_all - off_so_far - free_after,
            )
            if step == len(reach) - 1:
                new_upper, new_lower = doubly - statutory, -statutory
            most[place] += new_upper - upper
            least[place] += new_lower - lower
            upper, lower = new_upper, new_lower

    def earliest_from(self, place: int) -> int:
        """Return the first place, from this one on, that may be worked; the end if none is."""
        if place >= len(self.possible):
            return place
        return bisect_left(self.possible_rank, self.possible_rank[place] - self.possible[place] + 1)

    def earliest_after(self, place: int, count: int, pauses: Sequence[PausedDays]) -> int:
        """Return the earliest place at which the count-th working day after a place can lie."""
        rank = self.possible_rank
        paused = [(rank[begins], rank[ends]) for begins, ends in pauses]
        found = bisect_left(rank, pushed_back(rank[place] + count, rank[place], paused))
        if not self._balanced:
            return found
        high, low = self._bounds
        # Leaving out a pause only makes the bound earlier; those in settled days are exact.
        paused = [(high[p], high[q]) for p, q in pauses if self._settled[p] and self._settled[q]]
        return max(found, bisect_left(high, pushed_back(low[place] + count, low[place], paused)))


def pushed_back(target: int, origin: int, pauses: Sequence[tuple[int, int]]) -> int:
    """Return where a target on any axis of time comes to lie when what is paused does not count.

    All on one axis (working days, calendar days, microseconds); pauses ascending and apart. A pause
    that begins when the target is reached already changes nothing.
    """
    for begins, ends in pauses:
        if target <= begins:
            break
        target += max(0, ends - max(begins, origin))
    return target
