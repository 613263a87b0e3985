"""`flowcase simulate`: a year of a workflow in a minute, before anybody relies on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from flowcase.calendars.calendar import load_calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import named_workflow
from flowcase.cli.telling import Teller
from flowcase.cli.trials import Runs, compared_told, one_told
from flowcase.errors import DocumentError, NotFound
from flowcase.simulation import (
    Figures,
    Plan,
    Profile,
    default_beginning,
    profile_text,
    read_profile,
    simulate,
)
from flowcase.simulation.profiles import read_profile_file
from flowcase.workflows.rules import Workflow

_VARIED = re.compile(r"([a-z][a-z0-9_]*)=(\d{1,3})\.\.(\d{1,3})")
#: Trials compared at most.
_MOST_TRIALS = 20


class Varied(click.ParamType[tuple[str, range] | None]):
    """ROLE=A..B: how many people hold a role, from A to B."""

    name = "role=a..b"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, range]:
        """Read it. Errors: UsageError saying how it is written."""
        if isinstance(value, tuple):
            return value
        found = _VARIED.fullmatch(value)
        if found is None:
            self.fail(f"write ROLE=1..6; got {value[:60]!r}", param, ctx)
        numbers = range(int(found[2]), int(found[3]) + 1)
        if not (numbers and numbers[0] >= 1 and len(numbers) <= _MOST_TRIALS):
            self.fail(f"1 to {_MOST_TRIALS} numbers, from 1 on; got {value[:60]!r}", param, ctx)
        return found[1], numbers


@command(
    "simulate",
    workflows=True,
    calendars=True,
    examples="""
    flowcase simulate mayor_line --cases 1000 --days 365 --seed 7 --chart year.svg
    flowcase simulate mayor_line --vary deputy_secretary_general=1..6 --chart staff.png
    flowcase simulate mayor_line --example-profile
    flowcase simulate my/permits.toml --profiles people.toml --cases 200 --days 90 --json
    """,
)
@click.argument("name", metavar="FILE|NAME")
@click.option("--cases", default=200, show_default=True, help="How many cases arrive.")
@click.option("--days", default=365, show_default=True, help="In how many days they arrive.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same trial.")
@click.option(
    "--from",
    "begins",
    type=click.DateTime(["%Y-%m-%d"]),
    show_default="when cases may first be opened",
    help="The first day, YYYY-MM-DD.",
)
@click.option(
    "--profiles",
    metavar="FILE",
    show_default="the workflow's own, or a guess",
    help="Who handles the cases, how fast, and what is left undone (TOML).",
)
@click.option(
    "--vary", type=Varied(), metavar="ROLE=A..B", help="Compare trials with A to B people."
)
@click.option("--chart", metavar="FILE", help="Draw the figures, as .svg or .png.")
@click.option("--example-profile", "example", is_flag=True, help="Print the profile, and stop.")
@click.pass_context
def simulate_(  # noqa: PLR0917 - click gives every option by its name
    context: click.Context,
    desk: Desk,
    name: str,
    cases: int,
    days: int,
    seed: int,
    begins: datetime | None,
    profiles: str | None,
    vary: tuple[str, range] | None,
    chart: str | None,
    *,
    example: bool,
) -> None:
    """Let cases arrive, people act late or not at all, and the ticker fail, for days of simulated
    time; tell what is in time, where cases lie, who is overloaded, and the worst case.

    Everything goes through the engine, in a database in memory; each case is then asked what is
    guaranteed. Exits with 6 if a guarantee did not hold. A thousand cases take about a minute.
    """
    workflow = named_workflow(desk, name)
    text = read_profile_file(profiles) if profiles else profile_text(workflow, desk.workflows)
    if example:
        desk.tell({"profile": text}, lambda: iter([text.rstrip("\n")]))
        return
    profile = read_profile(text, workflow)
    calendar = load_calendar(workflow.document.calendar, folders=desk.calendars)
    first: date = begins.date() if begins else default_beginning(workflow, calendar, days)
    plan = Plan(cases, days, seed, first)
    role = _role(workflow, vary)
    target = _drawable(chart)
    runs = _runs(desk, workflow, profile, plan, vary)
    teller = _teller(desk, workflow, runs, calendar.timezone)
    if target is not None:
        from flowcase.simulation.charts import draw

        drawn = draw(target, runs, role, desk.language)
        if drawn.language != desk.language:
            click.echo("注意：本机没有中文字体，图表文字用英文", err=True)
    shape = _shape(runs, role if vary else None, str(target) if target else None)
    told = compared_told if vary else one_told
    desk.tell(shape, lambda: told(runs, role, teller))
    context.exit(DocumentError.exit_code if any(each.breaches for _, each in runs) else 0)


def _role(workflow: Workflow, vary: tuple[str, range] | None) -> str:
    known = list(workflow.document.roles)
    if vary is not None and vary[0] not in known:
        raise NotFound(f"workflow {workflow.name!r} has no role {vary[0]!r}; it has: {known}")
    return vary[0] if vary is not None else ""


def _drawable(chart: str | None) -> Any:
    """Ask for the drawing before the work, not after it."""
    if chart is None:
        return None
    from flowcase.simulation.charts import require_drawable

    return require_drawable(chart)


def _runs(
    desk: Desk, workflow: Workflow, profile: Profile, plan: Plan, vary: tuple[str, range] | None
) -> Runs:
    profiles = [(0, profile)]
    if vary is not None:
        profiles = [(number, profile.people(vary[0], number)) for number in vary[1]]
    with _progress(desk) as progress:
        return [
            (number, simulate(workflow, each, plan, calendars=desk.calendars, progress=progress))
            for number, each in profiles
        ]


def _progress(desk: Desk) -> AbstractContextManager[Callable[[int], None]]:
    if desk.json:
        return nullcontext(lambda _: None)
    from flowcase.cli.drawing import counting

    return counting(desk.say("cases finished", "件已终结"))


def _teller(desk: Desk, workflow: Workflow, runs: Runs, timezone: str) -> Teller:
    """Return who tells of people by their role's title and number."""
    names = {}
    for person in (each for _, figures in runs for each in figures.people):
        role, _, number = person.name.rpartition("-")
        names[person.name] = f"{workflow.title(role, desk.language, 'roles')} {number}"
    return Teller(desk.language, zone_named(timezone), workflow, names)


# -- for programs ---------------------------------------------------------------------------------


def _shape(runs: Runs, varied: str | None, chart: str | None) -> dict[str, Any]:
    plan, workflow = runs[0][1].plan, runs[0][1].workflow
    head = {
        "workflow": workflow.name,
        "version": workflow.document.version,
        "cases": plan.cases,
        "days": plan.days,
        "seed": plan.seed,
        "begins": plan.begins.isoformat(),
        "chart": chart,
    }
    if varied is None:
        return {**head, **_run_shape(runs[0][1])}
    return {
        **head,
        "varied": varied,
        "runs": [{"people_in_role": number, **_run_shape(each)} for number, each in runs],
    }


def _run_shape(figures: Figures) -> dict[str, Any]:
    """Return the figures of one trial; nothing in them is made by chance but by the seed's."""
    worst = figures.worst
    return {
        "opened": figures.opened,
        "finished": figures.finished,
        "still_open": figures.still_open,
        "never_late": figures.never_late,
        "on_time": figures.on_time,
        "entries": figures.entries,
        "clocks": [asdict(each) for each in figures.clocks],
        "states": {name: asdict(each) for name, each in figures.states.items()},
        "roles": [asdict(each) for each in figures.roles],
        "units": [asdict(each) for each in figures.people],
        "tiers": [asdict(each) for each in figures.tiers],
        "reopened": figures.reopened,
        "most_cycles": figures.most_cycles,
        "duration": asdict(figures.duration),
        "acts": figures.acts,
        "refused": figures.refused,
        "outages": {"count": figures.outages, "hours": figures.outage_hours},
        "weeks": [{"day": day.isoformat(), "open": states} for day, states in figures.weeks],
        "worst": None
        if worst is None
        else {
            "case": worst.number,
            "workdays": worst.days,
            "finished": worst.finished,
            "entries": [
                {
                    "at": entry.at.isoformat(),
                    "actor": entry.actor,
                    "trigger": entry.trigger,
                    "source": entry.source,
                    "dest": entry.dest,
                    "clock": entry.rung["clock"] if entry.rung else None,
                    "rung": entry.rung["rung"] if entry.rung else None,
                }
                for entry in worst.entries
            ],
        },
        "broken": [
            {"guarantee": e.guarantee, "case": e.case, "en": e.what.en, "zh": e.what.zh}
            for e in figures.breaches
        ],
    }
