"""`flowcase demo`: the life of three appeals, told step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowcase.calendars.reckoning import zone_named
from flowcase.case import Case
from flowcase.cli.days import way_in_words
from flowcase.cli.desk import Desk, command
from flowcase.cli.failures import reason_shape
from flowcase.cli.looking import rung_in_words
from flowcase.cli.shapes import case_shape, day_shape, entry_shape, moment_shape
from flowcase.cli.telling import Teller
from flowcase.demo import Demonstration, Step, Story, perform
from flowcase.explanation import Explanation
from flowcase.history import Entry

#: Data too long for a line of the story.
_UNTOLD = frozenset({"content"})
#: The clock whose days are told even where only weekends lie on the way.
_MAIN_CLOCK = "handling"
#: A term longer than this, in characters of Chinese, has a line of its own.
_SHORT_TERM = 12
_RULE = 78


@command(
    "demo",
    examples="""
    flowcase demo
    flowcase demo --lang zh
    flowcase demo --json
    """,
)
def demo(desk: Desk) -> None:
    """Perform the life of three appeals of summer 2022 in a database that is thrown away.

    One is handled in time; one is closed, rated one star and done again a tier higher; one is
    touched by nobody, and climbs to the mayor by its clocks alone, across the National Day holiday.
    """
    shown = perform(desk.language)
    zone = zone_named(shown.timezone)
    teller = Teller(desk.language, zone, shown.workflow, shown.names)
    shape = {
        "workflow": shown.workflow.name,
        "stories": [_story_shape(story, teller) for story in shown.stories],
    }
    desk.tell(shape, lambda: _lines(shown, teller))


def _story_shape(story: Story, teller: Teller) -> dict[str, Any]:
    return {
        "title": {"en": story.title.en, "zh": story.title.zh},
        "case": case_shape(story.case, teller.zone),
        "steps": [_step_shape(step, teller) for step in story.steps],
        "history": [entry_shape(entry, teller.zone) for entry in story.history],
        "whole": story.whole,
    }


def _step_shape(step: Step, teller: Teller) -> dict[str, Any]:
    zone = teller.zone
    return {
        "at": moment_shape(step.at, zone),
        "actor": step.actor,
        "trigger": step.trigger,
        "clock": step.clock,
        "rung": step.rung,
        "times": step.times,
        "until": moment_shape(step.until, zone),
        "source": step.before.state if step.before else None,
        "dest": step.after.state,
        "tier": step.after.tier,
        "owner": step.after.owner,
        "refused": [reason_shape(reason) for reason in step.reasons],
        "deadlines": [
            {
                "clock": each.clock,
                "due_at": moment_shape(each.due_at, zone),
                "term": {"en": each.term_en, "zh": each.term_zh},
                "days": [day_shape(day) for day in each.days],
            }
            for each in step.deadlines
        ],
    }


def _lines(shown: Demonstration, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import STRONG, text

    document, say = shown.workflow.document, teller.say
    title = document.title.in_language(teller.language)
    yield text(say(f"{title}: the life of three appeals", f"{title}：三件诉求的一生"), STRONG)
    imported = say(
        f"Imported {shown.staff.added} members of staff and units, {shown.parties.added} parties "
        "of the register; the clock is moved by hand.",
        f"已导入人员与单位 {shown.staff.added} 个、名册企业 {shown.parties.added} 家；"
        "时钟由演示拨动。",
    )
    yield text(imported)
    for number, story in enumerate(shown.stories, start=1):
        yield ""
        yield text(f"{number}  {story.title.in_language(teller.language)}", STRONG)
        yield "─" * _RULE
        yield text(story.plot.in_language(teller.language))
        yield from _steps(story, teller)
    yield ""
    yield text(say("The three timelines", "三条时间线"), STRONG)
    yield "─" * _RULE
    for number, story in enumerate(shown.stories, start=1):
        yield from _timeline(number, story, teller)


def _steps(story: Story, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import columns, stacked

    entries = {entry.revision: entry for entry in story.history}
    rows = []
    for step in story.steps:
        who = teller.say("clock", "时限") if step.actor is None else teller.names[step.actor]
        told = stacked(_step_lines(step, entries[step.after.revision], teller))
        rows.append((_when(step, teller), who, told))
    yield columns(rows)


def _when(step: Step, teller: Teller) -> str:
    local = step.at.astimezone(teller.zone)
    return f"{teller.day(local.date())[5:]} {local:%H:%M}"


def _step_lines(step: Step, entry: Entry, teller: Teller) -> Iterator[Any]:
    """Return what happened, who is accountable now, what was given, and the deadlines."""
    from flowcase.cli.drawing import DIM, LATE, STRONG, WARN, text

    say = teller.say
    if step.reasons:
        assert step.what is not None, "a refusal is told in words"
        yield text(step.what.in_language(teller.language))
        for reason in step.reasons:
            said = reason.in_language(teller.language)
            yield text(say(f"refused: {said}", f"不予办理：{said}"), WARN)
        return
    yield text(_headline(step, teller), LATE if step.rung == "due" else STRONG)
    given = {name: value for name, value in entry.details.items() if name not in _UNTOLD}
    if given and step.rung is None:
        yield text(_given(given, teller), DIM)
    if entry.told and step.rung is not None:
        yield text(say("told: ", "通知：") + _whom(entry.told, teller), DIM)
    change = _change(step.before, step.after, teller)
    if change:
        yield text(change)
    if not step.after.finished:
        for each in step.deadlines:
            first, *why = _deadline(each, teller)
            yield text(first)
            yield from (text(f"· {line}", DIM) for line in why)


def _headline(step: Step, teller: Teller) -> str:
    say = teller.say
    if step.clock is not None and step.rung is not None:
        said = rung_in_words(step.clock, step.rung, teller)
        if step.times > 1 and step.until is not None:
            last = f"{step.until.astimezone(teller.zone):%m-%d}"
            said += say(
                f" {step.times} times, each working day until {last}",
                f" 共 {step.times} 次，每个工作日一次，至 {last}",
            )
    else:
        said = (
            say("files the appeal", "提交诉求")
            if step.before is None
            else teller.title(step.trigger, "triggers")
        )
    if step.before is None or step.before.state != step.after.state:
        said += f" → {teller.title(step.after.state, 'states')}"
    return said


def _given(given: dict[str, Any], teller: Teller) -> str:
    between, colon = teller.say("; ", "；"), teller.say(": ", "：")
    return between.join(
        f"{teller.title(name)}{colon}{_value(name, value, teller)}" for name, value in given.items()
    )


def _value(name: str, value: Any, teller: Teller) -> str:
    if isinstance(value, list):
        return _whom(value, teller)
    return teller.value(name, value)


def _whom(ids: Any, teller: Teller) -> str:
    """Return names without ids, which a story does not need."""
    named = (teller.names.get(each) or teller.who(each) for each in ids)
    return teller.say(", ", "、").join(named)


def _change(before: Case | None, after: Case, teller: Teller) -> str:
    """Return what a step changed besides the state: owner, tier, round."""
    say, said = teller.say, []
    if not after.finished and (before is None or before.owner != after.owner):
        said.append(say("accountable: ", "责任方：") + _whom([after.owner], teller))
    if before is not None and before.tier != after.tier:
        said.append(say("tier: ", "层级：") + teller.title(after.tier, "words"))
    if after.cycle > (before.cycle if before is not None else 1):
        said.append(say(f"round {after.cycle}", f"第 {after.cycle} 轮"))
    return " · ".join(said)


def _deadline(each: Explanation, teller: Teller) -> Iterator[str]:
    """Return when a clock is due, and what was special on the way there."""
    say = teller.say
    due = teller.deadline(each.due_at)[5:]
    own = len(each.term_zh) <= _SHORT_TERM
    term = say(f" ({each.term_en})", f"（{each.term_zh}）") if own else ""
    yield say(
        f"{teller.title(each.clock, 'clocks')}: until {due}{term}",
        f"{teller.title(each.clock, 'clocks')}：至 {due}{term}",
    )
    if not own:
        yield say(each.term_en, each.term_zh)
    special = any(day.kind in ("holiday", "makeup", "rolled") for day in each.days)
    if special or each.clock == _MAIN_CLOCK:
        yield from way_in_words(each.days, teller)


def _timeline(number: int, story: Story, teller: Teller) -> Iterator[Any]:
    from flowcase.cli.drawing import STRONG, columns, text

    say, case = teller.say, story.case
    whole = say("record whole", "记录完整") if story.whole else say("RECORD BROKEN", "记录不完整")
    entries = say(f"{len(story.history)} entries", f"{len(story.history)} 条记录")
    party = teller.names.get(case.party or "", "")
    yield text(
        f"{number}  {story.title.in_language(teller.language)} · {party} · {entries} · {whole}",
        STRONG,
    )
    rows = []
    for step in story.steps:
        if step.reasons or (step.before is not None and step.before.state == step.after.state):
            continue
        who = say("clock", "时限") if step.actor is None else teller.names[step.actor]
        tier = teller.title(step.after.tier, "words")
        rows.append((_when(step, teller), teller.title(step.after.state, "states"), tier, who))
    yield columns(rows, indent=3)
    if not case.finished and case.due_at is not None:
        yield "   " + say(
            f"still open with {_whom([case.owner], teller)}; its clock rings every working day",
            f"仍由 {_whom([case.owner], teller)} 负责，时限每个工作日提醒一次",
        )
