"""The almanac: a year of a calendar as plain text, twelve months with what the notices decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flowcase.calendars.calendar import Calendar
from flowcase.calendars.daybook import CalendarDay
from flowcase.errors import NotCovered

_MONTHS = "January February March April May June July August September October November December"
#: Every cell is five columns wide on a terminal, where a Chinese character takes two.
_CELL = 5
_WEEK = {"zh": "一二三四五六日", "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")}
_MARKS = {
    "zh": {"holiday": "休", "makeup": "班", "estimated": "？", "none": "  "},
    "en": {"holiday": "* ", "makeup": "+ ", "estimated": "? ", "none": "  "},
}
_GAP = "   "


def year_picture(calendar: Calendar, year: int, language: str = "zh") -> str:
    """Return a year as text: three months side by side, Monday first, and a legend.

    language: "zh"; anything else is English. Ends without a line break; no line is wider than 111
    columns. Errors: NotCovered for a year the calendar cannot speak of.
    """
    words = "zh" if language == "zh" else "en"
    days = _days(calendar, year)
    lines = [f"{calendar.title.in_language(words)} · {year}", ""]
    for quarter in range(4):
        months = [_month(days, quarter * 3 + month, words) for month in (1, 2, 3)]
        height = max(len(month) for month in months)
        months = [month + [" " * (7 * _CELL)] * (height - len(month)) for month in months]
        lines += [_GAP.join(row).rstrip() for row in zip(*months, strict=True)]
        lines.append("")
    return "\n".join([*lines, *_legend(days, words)])


def _days(calendar: Calendar, year: int) -> dict[date, CalendarDay]:
    if not date.min.year <= year < date.max.year:
        message = f"a year is a number from 1 to 9998; got {year}"
        raise NotCovered(message)
    length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    dates = (date(year, 1, 1) + timedelta(days=day) for day in range(length))
    return {day: calendar.day(day) for day in dates}


def _month(days: dict[date, CalendarDay], month: int, words: str) -> list[str]:
    """The lines of one month, each 35 columns wide on a terminal."""
    mine = [day for when, day in days.items() if when.month == month]
    open_ = any(day.provisional for day in mine)
    if words == "zh":
        heading = f"{month}月" + ("（未定）" if open_ else "")
        week = "".join(f" {day}  " for day in _WEEK[words])
    else:
        heading = _MONTHS.split()[month - 1] + (" (provisional)" if open_ else "")
        week = "".join(f"{day}   " for day in _WEEK[words])
    cells = [" " * _CELL] * mine[0].date.weekday() + [_cell(day, words) for day in mine]
    cells += [" " * _CELL] * (-len(cells) % 7)
    rows = ["".join(cells[start : start + 7]) for start in range(0, len(cells), 7)]
    return [heading + " " * (7 * _CELL - _columns(heading)), week, *rows]


def _cell(day: CalendarDay, words: str) -> str:
    kind = "estimated" if day.provisional and day.kind == "holiday" else day.kind
    return f"{day.date.day:2}{_MARKS[words].get(kind, _MARKS[words]['none'])} "


def _columns(text: str) -> int:
    """How wide a text of ours is on a terminal."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _legend(days: dict[date, CalendarDay], words: str) -> Iterator[str]:
    marks = _MARKS[words]
    worked = sum(1 for day in days.values() if day.kind in {"workday", "makeup"})
    provisional = any(day.provisional for day in days.values())
    if words == "zh":
        legend = f"{marks['holiday']} 放假   {marks['makeup']} 调休上班"
        if provisional:
            legend += f"   {marks['estimated']} 通知未发布，按法定节假日估计"
        yield legend
        yield f"工作日{'约' if provisional else '共'} {worked} 天"
        return
    legend = f"{marks['holiday']}day off   {marks['makeup']}make-up day, worked"
    if provisional:
        legend += f"   {marks['estimated']}estimated: no notice yet, statutory days only"
    yield legend
    yield f"{'about ' if provisional else ''}{worked} working days"
