"""Trials told to people: clocks, states, roles, climbs, the worst case, the guarantees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flowcase.cli.looking import what_happened, who_acted
from flowcase.cli.telling import NONE, Teller
from flowcase.simulation import Figures

if TYPE_CHECKING:  # drawing is loaded when something is drawn
    from rich.text import Text

#: Breaches told one by one.
_MOST_TOLD = 10

#: Trials, each with how many people held the role that was varied.
Runs = list[tuple[int, Figures]]


def _percent(part: float | None) -> str:
    return NONE if part is None else f"{part * 100:.0f} %"


def one_told(runs: Runs, _role: str, teller: Teller) -> Iterator[Any]:
    """Tell of one trial, line by line."""
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


def compared_told(runs: Runs, role: str, teller: Teller) -> Iterator[Any]:
    """Tell of trials side by side, by how many hold a role."""
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
