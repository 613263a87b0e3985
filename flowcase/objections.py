"""Objections: every reason why a case cannot stand under another version of its document.

A sentence says what is so, and what the other version would take.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowcase.errors import Reason


def _en(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _zh(words: Iterable[str]) -> str:
    return "、".join(f"“{word}”" for word in words) or "无"


def no_state(state: str, version: int, known: Iterable[str], *, final: bool) -> Reason:
    """The state does not exist there, or ends a case there."""
    options = list(known)
    so_en, so_zh = ("is final", "是终态") if final else ("does not exist", "不存在")
    return Reason(
        "no_state",
        f"state '{state}' {so_en} in version {version}; move the case on first, to one of: "
        f"{_en(options)}",
        f"第 {version} 版中状态“{state}”{so_zh}；请先将事项办至：{_zh(options)}",
        state,
    )


def no_tier(tier: str, version: int, known: Iterable[str]) -> Reason:
    """The case has climbed to a tier that does not exist there."""
    options = list(known)
    return Reason(
        "no_tier",
        f"the case is at tier '{tier}', which version {version} does not have; it has: "
        f"{_en(options)}",
        f"事项已升至“{tier}”，第 {version} 版没有该层级；现有层级：{_zh(options)}",
        tier,
    )


def no_clock(state: str) -> Reason:
    """Nothing would ring."""
    return Reason(
        "no_clock",
        f"in '{state}' no clock of this case would ring any more; move the case on first",
        f"“{state}”状态下本事项再无时限计时；请先推进事项",
        state,
    )


def too_many_holders(name: str, count: int) -> Reason:
    """Several hold a part that one may hold there."""
    return Reason(
        "too_many_holders",
        f"{name} is held by {count}, and may be held by one; name one in a new part first",
        f"“{name}”现有 {count} 人，而只能有一人；请先确定一人",
        name,
    )


def no_desk(name: str, desk: str, roles: Iterable[str]) -> Reason:
    """A part is held by the desk of a role that does not exist there."""
    options = list(roles)
    return Reason(
        "no_desk",
        f"{name} is held by the desk {desk}, a role that is gone; appoint somebody first "
        f"(roles: {_en(options)})",
        f"“{name}”由 {desk} 岗位担任，该职责已取消；请先指定他人（职责：{_zh(options)}）",
        name,
    )


def other_type(name: str, before: str, after: str, version: int) -> Reason:
    """A field that was given is something else there."""
    return Reason(
        "other_type",
        f"{name} was given as {before}; version {version} takes {after}; call the new field "
        "by another name",
        f"“{name}”已按 {before} 给出，第 {version} 版为 {after}；请为新字段另取名称",
        name,
    )


def other_keeping(name: str, version: int) -> Reason:
    """A text was kept in the history, and would be read by a rule; or the other way round."""
    return Reason(
        "other_keeping",
        f"{name} is a text that only one of both versions reads in a rule, and it was given "
        f"already; in version {version} read another field",
        f"“{name}”是文字字段，仅其中一版用于规则，且已给出；第 {version} 版请改用其他字段",
        name,
    )


def no_longer_possible(name: str, value: str, possible: str, version: int) -> Reason:
    """A value that was given cannot be given any more."""
    return Reason(
        "no_longer_possible",
        f"{name} is {value}, which version {version} does not take; possible: {possible}",
        f"“{name}”为“{value}”，第 {version} 版不接受；可选：{possible}",
        name,
    )


def other_extension(clock: str, before: str, after: str | None, version: int) -> Reason:
    """An extension was granted or asked for that the new document does not count."""
    return Reason(
        "other_extension",
        f"clock '{clock}' has an extension in {before}; version {version} counts its extensions "
        f"in {after}"
        if after
        else f"clock '{clock}' was extended in {before}; version {version} has no extension of it",
        f"时限“{clock}”已按 {before} 延期，第 {version} 版以 {after} 计延期"
        if after
        else f"时限“{clock}”已延期（{before}），第 {version} 版没有延期",
        clock,
    )


def other_children(table: str, version: int) -> Reason:
    """The case has children, of which the new document says something else."""
    return Reason(
        "other_children",
        f"the case has children '{table}', which version {version} does not have, or binds "
        "otherwise; it can move when that table is as it was",
        f"本事项有子事项“{table}”，第 {version} 版没有该类子事项或约定不同；须保持原约定方可移动",
        table,
    )


def no_part(name: str, version: int) -> Reason:
    """The parent says who holds a part that does not exist there."""
    return Reason(
        "no_part",
        f"the parent says who is {name}, a part that version {version} does not have",
        f"“{name}”由主事项指定，第 {version} 版没有该参与方",
        name,
    )


def other_rest(state: str, version: int) -> Reason:
    """The parent counts the case as settled or open, and would have to count it otherwise."""
    return Reason(
        "other_rest",
        f"whether the parent waits for a case in '{state}' is not the same in version {version}; "
        "move the case on first",
        f"主事项是否等待“{state}”状态的子事项，第 {version} 版有所不同；请先推进本事项",
        state,
    )


def newly_unique(name: str, version: int) -> Reason:
    """A value that was given without asking whether another case has it would have to be alone."""
    return Reason(
        "newly_unique",
        f"{name} was given before version {version} let no two open cases have the same; the case "
        "ends under its own document",
        f"“{name}”给出时未要求唯一，第 {version} 版要求不得重复；本事项按原文档办结",
        name,
    )
