"""Days: the way of a term, told day by day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flowcase.cli.telling import Tongue
from flowcase.terms import Day

SATURDAY = 5

_KINDS = {
    "start": ("day zero", "起算日"),
    "counted": ("counted", "计入"),
    "makeup": ("counted, make-up day", "计入（调休上班）"),
    "rest": ("rest day", "周末"),
    "holiday": ("holiday", "放假"),
    "paused": ("paused", "暂停"),
    "rolled": ("rest day, ends later", "休息日，顺延"),
    "extended": ("counted, extension", "计入（延期）"),
    "skipped": ("not yet counted", "未起算"),
}


def days_table(days: Iterable[Day], tongue: Tongue) -> Iterator[Any]:
    """Return days as a table: date, what it was, how many units are consumed; and the notices
    that decide, by number.
    """
    from flowcase.cli.drawing import DIM, GOOD, WARN, table, text

    days = list(days)
    notices = list(dict.fromkeys(day.notice for day in days if day.notice))
    headings = (
        tongue.say("DAY", "日期"),
        tongue.say("COUNT", "累计"),
        tongue.say("WHAT", "情况"),
        tongue.say("WHY", "依据"),
    )
    styles = {"makeup": GOOD, "counted": "", "start": "", "rolled": WARN}

    def rows() -> Iterator[tuple[Any, ...]]:
        counted = 0
        for day in days:
            count = str(day.count) if day.count != counted else ""
            counted = day.count
            style = styles.get(day.kind, DIM)
            why = _why(day, notices, tongue)
            said = (tongue.day(day.date), f"{count:>3}", day_kind(day, tongue), why)
            yield tuple(text(each, style) for each in said)

    yield table(headings, rows())
    for number, notice in enumerate(notices, start=1):
        yield f"[{number}] {notice}"


def day_kind(day: Day, tongue: Tongue) -> str:
    """Return what a day was on the way of a term."""
    en, zh = _KINDS[day.kind]
    return tongue.say(en, zh)


def _why(day: Day, notices: list[str], tongue: Tongue) -> str:
    said = day.name.in_language(tongue.language) if day.name is not None else ""
    if day.notice:
        said += f" [{notices.index(day.notice) + 1}]"
    if day.provisional:
        said += tongue.say(" (not settled by a notice yet)", "（通知未发布）")
    return said.strip()


def way_in_words(days: Sequence[Day], tongue: Tongue) -> list[str]:
    """Return which days were counted and which not, and why the last day is the last."""
    between = tongue.say(", ", "、")
    said = []
    skipped = [
        f"{_span(run)} {run[0].name.in_language(tongue.language) if run[0].name else ''}".strip()
        for run in _runs(days, ("holiday",))
    ]
    rest = sum(day.kind == "rest" for day in days)
    if rest:
        skipped.append(tongue.say(f"{rest} weekend days", f"周末 {rest} 天"))
    if skipped:
        counted = between.join(_span(run) for run in _runs(days, ("counted", "makeup")))
        said.append(tongue.say(f"counted: {counted}", f"计入：{counted}"))
    worked = between.join(_short(day, tongue) for day in days if day.kind == "makeup")
    if worked:
        said.append(tongue.say(f"make-up working days: {worked}", f"调休上班：{worked}"))
    if skipped:
        listed = between.join(skipped)
        said.append(tongue.say(f"not counted: {listed}", f"不计：{listed}"))
    return [*said, *_rolled(days, tongue)]


def _rolled(days: Sequence[Day], tongue: Tongue) -> Iterator[str]:
    """Return why a term does not end on the day it would have ended on."""
    first = next((day for day in days if day.kind == "rolled"), None)
    if first is None:
        return
    name = (
        first.name.in_language(tongue.language)
        if first.name
        else tongue.say("a rest day", "休息日")
    )
    last = _short(days[-1], tongue)
    if days[-1].date.weekday() >= SATURDAY:
        last += tongue.say(", a make-up working day", "（调休上班）")
    yield tongue.say(
        f"{_short(first, tongue)} is {name}: ends on {last}",
        f"{_short(first, tongue)} 逢{name}，顺延至 {last}",
    )


def _runs(days: Iterable[Day], kinds: tuple[str, ...]) -> list[list[Day]]:
    """Return the days of some kinds in runs without a gap; of holidays, each festival by itself."""
    runs: list[list[Day]] = []
    for day in days:
        if day.kind not in kinds:
            continue
        last = runs[-1][-1] if runs else None
        near = last is not None and (day.date - last.date).days == 1
        if near and last is not None and (last.name == day.name or "counted" in kinds):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _span(run: Sequence[Day]) -> str:
    first, last = run[0].date, run[-1].date
    return f"{first:%m-%d}" if first == last else f"{first:%m-%d}…{last:%m-%d}"


def _short(day: Day, tongue: Tongue) -> str:
    return tongue.day(day.date)[5:]
