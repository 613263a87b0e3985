"""`flowcase simulate`: a year of a workflow in a minute, before anybody relies on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from flowcase.calendars.calendar import load_calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.cli.desk import Desk, command
from flowcase.cli.documents import named_workflow
from flowcase.cli.looking import what_happened, who_acted
from flowcase.cli.telling import NONE, Teller
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

if TYPE_CHECKING:  # told as JSON it is not needed
    from rich.text import Text

_VARIED = re.compile(r"([a-z][a-z0-9_]*)=(\d{1,3})\.\.(\d{1,3})")
#: Trials compared at most.
_MOST_TRIALS = 20
#: Breaches told one by one.
_MOST_TOLD = 10

Runs = list[tuple[int, Figures]]


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
    told = _compared if vary else _one
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


# -- for people -----------------------------------------------------------------------------------


def _percent(part: float | None) -> str:
    return NONE if part is None else f"{part * 100:.0f} %"


def _one(runs: Runs, _role: str, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import STRONG, table, text

    figures, say = runs[0][1], teller.say
    yield from _head(figures, teller)
    yield ""
    yield text(say("Clocks", "时限"), STRONG)
    yield table(
        [say("clock", "时限"), say("ended", "终了"), say("late", "逾期"), say("in time", "按时率")],
        [
            (
                teller.title(each.name, "clocks"),
                f"{each.ended:,}",
                f"{each.late:,}",
                _percent(each.on_time),
            )
            for each in figures.clocks
        ],
    )
    yield ""
    yield text(say("Working days in a state", "各状态停留（工作日）"), STRONG)
    yield _states(figures, teller)
    yield ""
    yield text(say("Who it takes", "人手"), STRONG)
    yield _people(figures, teller)
    yield ""
    yield from _climbs(figures, teller)
    yield ""
    yield from _worst(figures, teller)
    yield ""
    yield from _guarantees(runs, teller)


def _head(figures: Figures, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import STRONG, text

    plan, say, document = figures.plan, teller.say, figures.workflow.document
    title = document.title.in_language(teller.language)
    yield text(
        say(
            f"{title}: {figures.opened:,} cases in {plan.days} days from {plan.begins}, "
            f"seed {plan.seed}",
            f"{title}：自 {plan.begins} 起 {plan.days} 天 {figures.opened:,} 件，"
            f"随机种子 {plan.seed}",
        ),
        STRONG,
    )
    ends = say(", ", "，").join(
        f"{teller.title(name, 'states')} {count:,}" for name, count in figures.finished.items()
    )
    yield say(
        f"ended: {ends or NONE}; still open {figures.still_open:,}; "
        f"never late {figures.never_late:,} ({_percent(figures.on_time)})",
        f"终结：{ends or NONE}；在办 {figures.still_open:,}；"
        f"全程未逾期 {figures.never_late:,}（{_percent(figures.on_time)}）",
    )
    lasted = figures.duration
    yield say(
        f"working days until finished: mean {lasted.mean:.1f}, 9 in 10 below {lasted.p90:.1f}; "
        f"outages of the ticker: {figures.outages}, {figures.outage_hours:.0f} hours",
        f"办结所需工作日：平均 {lasted.mean:.1f}，九成不超过 {lasted.p90:.1f}；"
        f"时钟停摆 {figures.outages} 次，共 {figures.outage_hours:.0f} 小时",
    )


def _states(figures: Figures, teller: Teller) -> Any:
    from flowcase.cli.drawing import table

    say = teller.say
    return table(
        [
            say("state", "状态"),
            say("times", "次数"),
            say("mean", "平均"),
            say("9 in 10 below", "九成不超过"),
            say("longest", "最长"),
        ],
        [
            (
                teller.title(name, "states"),
                f"{each.count:,}",
                f"{each.mean:.1f}",
                f"{each.p90:.1f}",
                f"{each.most:.1f}",
            )
            for name, each in figures.states.items()
        ],
    )


def _people(figures: Figures, teller: Teller) -> Any:
    from flowcase.cli.drawing import LATE, table, text

    say = teller.say

    def load(part: float | None) -> Text:
        return text(_percent(part), LATE if part is not None and part > 1 else "")

    return table(
        [
            say("role", "角色"),
            say("people", "人数"),
            say("acts", "办理"),
            say("load", "负荷"),
            say("queue", "最长排队"),
            say("wait, mean / 9 in 10", "等待 平均/九成"),
            say("held, mean / 9 in 10", "在手 平均/九成"),
        ],
        [
            (
                teller.title(each.name, "roles"),
                str(each.people),
                f"{each.acts:,}",
                load(each.load),
                str(each.queue),
                f"{each.wait.mean:.1f} / {each.wait.p90:.1f}",
                f"{each.held.mean:.1f} / {each.held.p90:.1f}" if each.held.count else NONE,
            )
            for each in figures.roles
        ],
    )


def _climbs(figures: Figures, teller: Teller) -> Iterator[str]:
    for tier in figures.tiers:
        name = teller.title(tier.name, "words")
        yield teller.say(
            f"reached {name}: {tier.cases:,} ({tier.by_clock:,} by a clock, "
            f"{tier.by_people:,} by somebody)",
            f"升至{name}：{tier.cases:,} 件（逾期 {tier.by_clock:,}，人工 {tier.by_people:,}）",
        )
    yield teller.say(
        f"re-opened: {figures.reopened:,}; most rounds of one case: {figures.most_cycles}",
        f"重办：{figures.reopened:,} 件；单件最多 {figures.most_cycles} 轮",
    )


def _worst(figures: Figures, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import STRONG, columns, text

    worst, say = figures.worst, teller.say
    if worst is None:
        return
    ended = say("until finished", "至终结") if worst.finished else say("and open", "仍在办")
    yield text(
        say(
            f"The worst case: number {worst.number}, {worst.days:.1f} working days {ended}",
            f"最差一件：第 {worst.number} 件，{worst.days:.1f} 个工作日，{ended}",
        ),
        STRONG,
    )
    told: list[tuple[str, str, str]] = []
    again = 1
    for entry in worst.entries:
        who = say("clock", "时限") if entry.rung is not None else who_acted(entry, teller)
        what = what_happened(entry, teller)
        if told and told[-1][1:] == (who, what.split(" ×")[0]):
            again += 1
            continue
        if again > 1:
            told[-1] = (told[-1][0], told[-1][1], f"{told[-1][2]} × {again}")
        again = 1
        told.append((teller.moment(entry.at), who, what))
    if again > 1:
        told[-1] = (told[-1][0], told[-1][1], f"{told[-1][2]} × {again}")
    yield columns(told, indent=2)


def _compared(runs: Runs, role: str, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import LATE, table, text

    say = teller.say
    yield from _head(runs[0][1], teller)
    yield ""
    headings = [
        teller.title(role, "roles"),
        say("never late", "全程未逾期"),
        say("load", "负荷"),
        say("queue", "最长排队"),
        say("wait, mean / 9 in 10", "等待 平均/九成"),
        *(teller.title(each.name, "words") for each in runs[0][1].tiers),
        say("still open", "在办"),
    ]
    rows: list[Sequence[str | Text]] = []
    for number, figures in runs:
        held = figures.role(role)
        full = held.load is not None and held.load > 1
        rows.append(
            (
                str(number),
                _percent(figures.on_time),
                text(_percent(held.load), LATE if full else ""),
                str(held.queue),
                f"{held.wait.mean:.1f} / {held.wait.p90:.1f}",
                *(f"{each.cases:,}" for each in figures.tiers),
                f"{figures.still_open:,}",
            )
        )
    yield table(headings, rows)
    yield ""
    yield from _guarantees(runs, teller)


def _guarantees(runs: Runs, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import GOOD, LATE, text

    say = teller.say
    found = [breach for _, figures in runs for breach in figures.breaches]
    cases = sum(figures.opened for _, figures in runs)
    if not found:
        yield text(
            say(f"no guarantee was broken in {cases:,} cases", f"{cases:,} 件均未违反任何保证"),
            GOOD,
        )
    for breach in found[:_MOST_TOLD]:
        what = breach.what.in_language(teller.language)
        said = say(
            f"{breach.guarantee} broken in case {breach.case}: {what}",
            f"第 {breach.case} 件违反 {breach.guarantee}：{what}",
        )
        yield text(said, LATE)
    if len(found) > _MOST_TOLD:
        yield say(f"and {len(found) - _MOST_TOLD:,} more", f"另有 {len(found) - _MOST_TOLD:,} 处")
