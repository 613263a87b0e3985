"""Reasons why not: every code, with its sentence in English and Chinese.

A sentence says what was asked, what is so, and what would work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from flowcase.errors import Reason

_QUOTED = re.compile(r"“([a-z][a-z0-9_.]*)”")


def in_chinese(reasons: Iterable[Reason], title: Callable[[str], str]) -> list[Reason]:
    """Return the reasons with the document's words, which stand quoted, called by their titles."""
    return [
        replace(reason, zh=_QUOTED.sub(lambda found: f"“{title(found[1])}”", reason.zh))
        for reason in reasons
    ]


_PLAIN = {"given": "已给出", "missing": "未给出", "true": "是", "false": "否"}


def _quoted(value: str) -> str:
    """Return a value as Chinese says it: words quoted, so that they get their titles."""
    parts = [_PLAIN.get(part) or f"“{part}”" for part in value.split(" | ")]
    return " 或 ".join(parts)


def _listed(words: Iterable[str]) -> str:
    return "、".join(f"“{word}”" for word in words)


def wrong_state(trigger: str, state: str, possible: Iterable[str]) -> Reason:
    """The trigger does not begin in this state."""
    options = list(possible)
    return Reason(
        "wrong_state",
        f"cannot '{trigger}' from '{state}'; from here: {', '.join(options) or 'nothing more'}",
        f"在“{state}”状态不能“{trigger}”；此时可以：{_listed(options) or '无，事项已经结束'}",
        trigger,
    )


def unknown_trigger(trigger: str, known: Iterable[str]) -> Reason:
    """The workflow has no such trigger."""
    options = sorted(known)
    return Reason(
        "unknown_trigger",
        f"this workflow has no trigger '{trigger}'; it has: {', '.join(options)}",
        f"本流程没有“{trigger}”这一操作；可用的有：{_listed(options)}",
        trigger,
    )


def role(trigger: str, actor: str, allowed: Iterable[str], holders: Iterable[str]) -> Reason:
    """The actor is none of those who may."""
    parts, now = list(allowed), ", ".join(holders)
    return Reason(
        "role",
        f"'{trigger}' is for {', '.join(parts)}"
        + (f" (now: {now})" if now else "")
        + f"; '{actor}' is none of them",
        f"“{trigger}”须由{_listed(parts)}"
        + (f"（现为：{now}）" if now else "")
        + f"办理；{actor} 不在其中",
        trigger,
    )


def separation(trigger: str, actor: str, part: str) -> Reason:
    """Whoever did the work may not do this."""
    return Reason(
        "separation",
        f"'{actor}' may not '{trigger}', being or having been {part} here; somebody else must",
        f"{actor} 是、曾是或曾代行本事项的“{part}”，不得“{trigger}”；须由他人办理",
        part,
    )


def recused(actor: str) -> Reason:
    """The actor has withdrawn, or was withdrawn, from the matter."""
    return Reason(
        "recused",
        f"'{actor}' is recused from this case; somebody else must act",
        f"{actor} 已回避本事项；须由他人办理",
        "recused",
    )


def times(trigger: str, most: int) -> Reason:
    """It was done as often as it may be."""
    return Reason(
        "times",
        f"'{trigger}' may be done {most} time(s) in a cycle, and was",
        f"“{trigger}”在同一轮中至多 {most} 次，已达上限",
        trigger,
    )


def condition(about: str, present: str, wanted: str) -> Reason:
    """A fact is not as `when` asks."""
    return Reason(
        "when",
        f"{about} is {present}; wanted: {wanted}",
        f"“{about}”现为 {_quoted(present)}；要求：{_quoted(wanted)}",
        about,
    )


def excluded(trigger: str, facts: str) -> Reason:
    """What `unless` excludes is so."""
    return Reason(
        "unless",
        f"'{trigger}' is excluded while {facts}",
        f"{facts} 时不能“{trigger}”",
        trigger,
    )


def needs(state: str, about: str, present: str, wanted: str) -> Reason:
    """A state may not be entered, or stayed in, without this."""
    return Reason(
        "needs",
        f"state '{state}' needs {about} = {wanted}; it is {present}",
        f"“{state}”状态要求“{about}”：{_quoted(wanted)}；现为 {_quoted(present)}",
        about,
    )


def guard(name: str, sentence: str) -> Reason:
    """A guard of the host said no, in its own words."""
    return Reason("guard", sentence, sentence, name)


def missing_data(name: str, hint: str) -> Reason:
    """Data that must be given was not."""
    return Reason(
        "missing_data", f"{name} is required: give {hint}", f"缺少“{name}”：请给出 {hint}", name
    )


def unexpected_data(name: str, accepted: Iterable[str]) -> Reason:
    """Data was given that the trigger does not take."""
    options = ", ".join(accepted) or "none"
    return Reason(
        "unexpected_data",
        f"{name} is not data of this trigger; it takes: {options}",
        f"此操作不接受“{name}”；可给出：{options}",
        name,
    )


def invalid_data(name: str, problem_en: str, problem_zh: str) -> Reason:
    """Data was given that cannot be what it should be."""
    return Reason("invalid_data", f"{name} {problem_en}", f"“{name}”{problem_zh}", name)


def not_in_role(name: str, who: str, needed: str) -> Reason:
    """A participant was named who does not hold the role the part asks for."""
    return Reason(
        "not_in_role",
        f"{name}: the staff list has no '{who}' with role '{needed}'; import staff or name another",
        f"“{name}”：人员名册中没有担任“{needed}”的“{who}”；请导入名册或另行指定",
        name,
    )


def term_fixed(field: str, clock: str, phase: str) -> Reason:
    """A field that a clock's term reads may change only while that clock is running."""
    return Reason(
        "term_fixed",
        f"{field} measures clock '{clock}', which is {phase}; it may change only while that runs",
        f"“{field}”决定时限“{clock}”，该时限状态为 {phase}；只能在计时期间变更",
        field,
    )


def register(party: str, name: str, day: date) -> Reason:
    """The party is not admitted to the register on this day."""
    return Reason(
        "register",
        f"party '{party}' is not admitted to register '{name}' on {day}; ask for admission first",
        f"“{party}”在 {day} 未列入名册“{name}”；请先申请列入",
        party,
    )


def party_required() -> Reason:
    """A case of this workflow is somebody's."""
    return Reason(
        "party", "a case of this workflow needs a party", "本流程的事项须有提出方", "party"
    )


def party_refused() -> Reason:
    """A case of this workflow is nobody's."""
    return Reason(
        "party", "cases of this workflow have no party", "本流程的事项没有提出方", "party"
    )


def window(day: date, begins: date | None, ends: date | None) -> Reason:
    """Outside the days on which cases may be filed."""
    return Reason(
        "window",
        f"filed on {day}; filing is open from {begins or 'ever'} to {ends or 'further notice'}",
        f"提交日期 {day}；受理期为 {begins or '起初'} 至 {ends or '另行通知'}",
        "intake",
    )


def clock_only(trigger: str) -> Reason:
    """Only a clock of the engine fires this."""
    return Reason(
        "role",
        f"'{trigger}' is fired by a clock when its time is up, by nobody else",
        f"“{trigger}”由时限到期自动触发，任何人不得手动操作",
        trigger,
    )


def parent_only(trigger: str, allowed: Iterable[str]) -> Reason:
    """A parent that ends does not fire this."""
    return Reason(
        "role",
        f"'{trigger}' is for {', '.join(allowed)}, not for a parent case that ends",
        f"“{trigger}”不能由上级事项触发",
        trigger,
    )


def key_taken(key: str, trigger: str, revision: int) -> Reason:
    """The key was used for something else."""
    return Reason(
        "key_taken",
        f"key '{key}' was used for '{trigger}' with other data or by somebody else "
        f"(entry {revision}); take a new one",
        f"键 {key} 已用于“{trigger}”（第 {revision} 条记录），且内容或办理人不同；请换一个键",
        "key",
    )


_KINDS = {"extension": "延期", "suspension": "挂账"}


def not_suspended(clock: str) -> Reason:
    """There is no suspension to end."""
    return Reason(
        "request", f"clock '{clock}' is not suspended", f"时限“{clock}”没有挂账，无需恢复", clock
    )


def nothing_asked(clock: str, kind: str) -> Reason:
    """There is nothing to decide."""
    return Reason(
        "request",
        f"no {kind} of clock '{clock}' was asked for; it must be asked first",
        f"没有待决定的“{clock}”{_KINDS[kind]}申请；须先提出申请",
        clock,
    )


def already_asked(clock: str, kind: str) -> Reason:
    """Another request of this clock is undecided."""
    return Reason(
        "request",
        f"a request for a {kind} of clock '{clock}' is undecided; wait for the decision",
        f"“{clock}”的{_KINDS[kind]}申请尚未决定；请等待决定",
        clock,
    )


def own_request(actor: str, kind: str) -> Reason:
    """Nobody decides what he asked for himself."""
    return Reason(
        "separation",
        f"'{actor}' asked for this {kind} and may not decide it; somebody else must",
        f"{actor} 是{_KINDS[kind]}申请人，不得自行决定；须由他人决定",
        kind,
    )


def clock_not_running(clock: str) -> Reason:
    """A clock that does not run can be neither extended nor suspended."""
    return Reason(
        "request",
        f"clock '{clock}' is not running: what is due, stands or has stopped is not extended",
        f"时限“{clock}”不在计时中：已到期、已中止或已停止的时限不能延期或挂账",
        clock,
    )


def asked_too_late(clock: str, last: date) -> Reason:
    """The day by which it had to be asked has passed."""
    return Reason(
        "too_late",
        f"an extension of clock '{clock}' had to be asked by the end of {last}",
        f"“{clock}”的延期申请须在 {last} 24 时前提出",
        clock,
    )


def too_much(name: str, given: str, possible: str) -> Reason:
    """More than may be asked for or granted."""
    return Reason(
        "too_much",
        f"{name} is {given}; possible: {possible}",
        f"“{name}”为 {given}；可选：{possible}",
        name,
    )


def own_matter(actor: str) -> Reason:
    """Whose matter it is cannot be kept out of it."""
    return Reason(
        "recused",
        f"'{actor}' acts for the party: whose matter it is cannot be recused from it",
        f"{actor} 代表提出方；提出方不能回避自己的事项",
        "recused",
    )


def sealed(state: str, table: str) -> Reason:
    """In this state children are settled, and none is opened."""
    return Reason(
        "sealed",
        f"in state '{state}' no {table} may be opened: there children stay settled",
        f"在“{state}”状态不得再开设“{table}”子事项：子事项须保持办结",
        table,
    )


def parent_sealed(state: str) -> Reason:
    """The parent is in a state in which its children stay as they are."""
    return Reason(
        "sealed",
        f"the parent case is in state '{state}', where children stay settled; move it on first",
        "上级事项所处状态要求子事项保持办结；须先变更上级事项的状态",
        "parent",
    )


def too_many(table: str, most: int) -> Reason:
    """So many of them may be opened, and were."""
    return Reason(
        "too_many",
        f"at most {most} {table} may be opened by one case",
        f"一个事项至多可开设 {most} 个“{table}”",
        table,
    )


def too_deep(table: str, deepest: int) -> Reason:
    """Children of children, too deep."""
    return Reason(
        "too_deep",
        f"no {table} may be opened here: children are nested {deepest} deep already",
        f"不得再开设“{table}”：子事项已达 {deepest} 层",
        table,
    )


def too_wide(most: int) -> Reason:
    """One move would touch too many cases."""
    return Reason(
        "too_many",
        f"this would move more than {most} cases at once",
        f"此操作将同时变动 {most} 个以上的事项",
        "children",
    )


def reference(name: str, problem_en: str, problem_zh: str) -> Reason:
    """The case pointed at is not one that may be."""
    return Reason("reference", f"{name} {problem_en}", f"“{name}”{problem_zh}", name)


def bound(who: str) -> Reason:
    """A part held through the parent is given up there."""
    return Reason(
        "recused",
        f"'{who}' holds a part here through the parent case; recuse him from that",
        f"{who} 因上级事项而在本事项中任职；请在上级事项中办理回避",
        "recused",
    )
