"""`flowcase report`: figures of the cases filed in a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from flowcase.calendars.reckoning import zone_named
from flowcase.cli.desk import Desk, command
from flowcase.cli.looking import names_of, workflow_of
from flowcase.cli.period import period_options, read_day
from flowcase.cli.shapes import moment_shape
from flowcase.cli.telling import NONE, Tongue
from flowcase.cli.wording import showable
from flowcase.engine import Engine
from flowcase.reports import words
from flowcase.reports.figures import (
    BY,
    Figures,
    RateName,
    Report,
    SpreadName,
    Waiting,
)
from flowcase.reports.page import page
from flowcase.reports.spreadsheet import spreadsheet
from flowcase.reports.survey import MOST_SOON, survey
from flowcase.workflows.rules import Workflow

#: Columns of rates that fit a page.
_RATES_ABREAST = 5
FORMATS = ("text", "csv", "json", "html")


@command(
    "report",
    database=True,
    examples="""
    flowcase report --workflow mayor_line --from 2022-07-15 --until 2023-07-14
    flowcase report --by unit --lang zh
    flowcase report --by month --format html > report.html
    flowcase report --by tier --format csv > report.csv
    """,
)
@period_options
@click.option("--by", type=click.Choice(BY), help="The figures of each of them as well.")
@click.option(
    "--soon",
    type=click.IntRange(0, MOST_SOON),
    default=2,
    show_default=True,
    metavar="DAYS",
    help="Due soon: within so many working days.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
def report(desk: Desk, form: str, **asked: Any) -> None:
    """Report on the cases filed in a period, as they stand now: what is open, overdue and due
    soon, rates with what is counted of what and what is left out, working days, by group.

    What a workflow counts as answered, concluded, solved and so on, its document says ([report]).
    """
    engine = desk.engine()
    found = _survey(desk, engine, **asked)
    voice = _voice(desk, engine, found)
    if form == "html" and not desk.json:
        click.echo(page(found, voice), nl=False)
    elif form == "csv" and not desk.json:
        for line in spreadsheet(found, voice):
            click.echo(line.encode(), nl=False)  # bytes: CSV's line ends are its own
    else:
        told = Desk(desk.language, desk.json or form == "json")
        told.tell(_shape(found, voice), lambda: _lines(found, voice))


def _survey(
    desk: Desk, engine: Engine, *, since: str | None, until: str | None, soon: int, **asked: Any
) -> Report:
    from flowcase.cli.drawing import counting

    with counting(desk.say("cases counted", "件已统计")) as counted:
        return survey(
            engine,
            since=read_day(since),
            until=read_day(until),
            soon_workdays=soon,
            counted=counted,
            **asked,
        )


@dataclass(frozen=True, slots=True)
class _Voice(Tongue):
    """Tells of a report. titles: what its groups are called, by key; workflows: by name."""

    workflows: Mapping[str, Workflow]
    names: Mapping[str, str]
    titles: Mapping[str, str]

    def who(self, value: str | None) -> str:
        """Return who an id names."""
        if value is None:
            return NONE
        if value[:1] == "@":
            role = value[1:]
            known = (w for w in self.workflows.values() if role in w.document.roles)
            return next((w.title(role, self.language, "roles") for w in known), value)
        return showable(self.names.get(value, value))

    def group(self, key: str | None) -> str:
        """Return what a group of the report is called."""
        return NONE if key is None else showable(self.titles.get(key, key))

    def state(self, workflow: str, state: str) -> str:
        """Return what a state is called."""
        return self.workflows[workflow].title(state, self.language, "states")

    def particulars(self, name: RateName | SpreadName) -> str:
        """Return what the workflow counts, in its own words; "" if there are several."""
        if len(self.workflows) != 1:
            return ""
        return words.particulars(name, next(iter(self.workflows.values())), self.language)


def _voice(desk: Desk, engine: Engine, found: Report) -> _Voice:
    known = (workflow_of(engine, digest) for digest in found.documents)
    workflows = {workflow.name: workflow for workflow in known}
    if found.workflow is not None:
        workflows.setdefault(found.workflow, engine.library.workflow(found.workflow))
    calendar = next((each.document.calendar for each in workflows.values()), "cn")
    zone = zone_named(engine.library.calendar(calendar).timezone)
    keys = [group.key for group in found.groups]
    waiting = (*found.overdue, *found.due_soon)
    people = [person for each in waiting for person in (each.owner, each.party)]
    names = names_of(engine, [*people, *(keys if found.by == "unit" else ())])
    titles = {
        name: each.document.title.in_language(desk.language) for name, each in workflows.items()
    }
    if found.by == "unit":
        titles |= names
    for each in workflows.values() if found.by == "tier" else ():
        titles |= {key: each.title(key, desk.language, "words") for key in keys if key}
    return _Voice(desk.language, zone, workflows, names, titles)


def _lines(found: Report, voice: _Voice) -> Iterator[Any]:
    from flowcase.cli.drawing import table

    yield words.heading(found, voice)
    yield voice.say(f"as it stands at {voice.moment(found.at)}", f"截至 {voice.moment(found.at)}")
    yield " · ".join(f"{title} {count:,}" for title, count in words.counts(found.total, voice))
    yield ""
    heads = (
        voice.say("RATE", "比率"),
        "",
        voice.say("COUNTED / OF", "分子 / 分母"),
        voice.say("LEFT OUT", "不计入"),
    )
    yield table(heads, (_rate_row(name, found.total, voice) for name in found.total.rates))
    yield ""
    for spread, took in found.total.spreads.items():
        title = words.TITLES[spread].in_language(voice.language)
        yield voice.say(f"{title}: ", f"{title}：") + words.measured(took, voice)
    if found.by is not None and found.groups:
        yield ""
        yield words.by(found.by, voice)
        yield from _groups(found, voice)
    yield ""
    yield voice.say("What is counted, and of what:", "统计口径：")
    for name in (*found.total.rates, *found.total.spreads):
        yield _defined(name, voice)


def _rate_row(name: RateName, figures: Figures, voice: _Voice) -> tuple[str, ...]:
    rate = figures.rates[name]
    return (
        words.TITLES[name].in_language(voice.language),
        words.percent(rate.per_mille),
        f"{rate.numerator:,} / {rate.denominator:,}",
        words.left_out(rate.excluded, voice.language),
    )


def _groups(found: Report, voice: _Voice) -> Iterator[Any]:
    """Tell of the groups in tables that fit a page: counts and days, then the rates."""
    from flowcase.cli.drawing import table

    language, spreads = voice.language, list(found.total.spreads)
    counts = [title for title, _ in words.counts(found.total, voice)]
    heads = [words.SHORT[name].in_language(language) for name in spreads]
    rows = (
        (voice.group(each.key), *words.line(each.figures, (), spreads, voice))
        for each in found.groups
    )
    yield table(("", *counts, *heads), rows)
    names = list(found.total.rates)
    for first in range(0, len(names), _RATES_ABREAST):
        rates = names[first : first + _RATES_ABREAST]
        heads = [words.SHORT[name].in_language(language) for name in rates]
        rows = (
            (voice.group(each.key), *words.line(each.figures, rates, (), voice)[len(counts) :])
            for each in found.groups
        )
        yield ""
        yield table(("", *heads), rows)


def _defined(name: RateName | SpreadName, voice: _Voice) -> str:
    title = words.TITLES[name].in_language(voice.language)
    counted = words.numerator(name, voice)
    of = words.DENOMINATORS[name].in_language(voice.language)
    return voice.say(f"  {title}: {counted} / {of}", f"  {title}：{counted} / {of}")


def _shape(found: Report, voice: _Voice) -> dict[str, Any]:
    told = (*found.total.rates, *found.total.spreads)
    return {
        "at": moment_shape(found.at, voice.zone),
        "workflow": found.workflow,
        "from": found.since.isoformat() if found.since else None,
        "until": found.until.isoformat() if found.until else None,
        "by": found.by,
        "soon_workdays": found.soon_workdays,
        "documents": list(found.documents),
        "total": _figures_shape(found.total),
        "groups": [
            {"key": each.key, "name": voice.group(each.key), **_figures_shape(each.figures)}
            for each in found.groups
        ],
        "overdue": [_waiting_shape(each, voice) for each in found.overdue],
        "due_soon": [_waiting_shape(each, voice) for each in found.due_soon],
        "definitions": {
            name: {
                "title": words.TITLES[name].model_dump(),
                "numerator": words.NUMERATORS[name].model_dump(),
                "denominator": words.DENOMINATORS[name].model_dump(),
                "counted": voice.particulars(name) or None,
            }
            for name in told
        },
        "reasons": {name: title.model_dump() for name, title in words.EXCLUSIONS.items()},
    }


def _figures_shape(figures: Figures) -> dict[str, Any]:
    return {
        "cases": figures.cases,
        "open": figures.open,
        "overdue": figures.overdue,
        "due_soon": figures.due_soon,
        "rates": {
            name: {
                "value": None if rate.value is None else round(float(rate.value), 4),
                "numerator": rate.numerator,
                "denominator": rate.denominator,
                "excluded": dict(rate.excluded),
            }
            for name, rate in figures.rates.items()
        },
        "spreads": {
            name: {
                "count": spread.count,
                "mean": None if spread.mean is None else round(float(spread.mean), 4),
                "p90": spread.percentile(90),
                "days": [list(each) for each in spread.days],
                "excluded": dict(spread.excluded),
            }
            for name, spread in figures.spreads.items()
        },
    }


def _waiting_shape(waiting: Waiting, voice: _Voice) -> dict[str, Any]:
    return {
        "case": waiting.case_id,
        "workflow": waiting.workflow,
        "state": waiting.state,
        "owner": waiting.owner,
        "party": waiting.party,
        "tier": waiting.tier,
        "due_at": moment_shape(waiting.due_at, voice.zone),
    }
