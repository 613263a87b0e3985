"""Telling: a workflow's words, moments and people as they are said to people, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from flowcase.cli.dials import Dial
from flowcase.workflows.rules import TitleKind, Workflow

NONE = "—"
_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


@dataclass(frozen=True, slots=True)
class Tongue:
    """Tells of moments and amounts of time, in a language and a zone."""

    language: str
    zone: tzinfo

    def say(self, en: str, zh: str) -> str:
        """Return what is said in the language."""
        return zh if self.language == "zh" else en

    def moment(self, moment: datetime | None) -> str:
        """Return a moment: day and minute, in the calendar's zone."""
        return NONE if moment is None else f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"

    def deadline(self, due: datetime | None) -> str:
        """Return a due moment, which is exclusive: at midnight, as 24:00 of the day before."""
        if due is None:
            return NONE
        local = due.astimezone(self.zone)
        if (local.hour, local.minute) == (0, 0):
            return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
        return f"{local:%Y-%m-%d %H:%M}"

    def day(self, day: date) -> str:
        """Return a day and its weekday."""
        name = _WEEKDAYS[self.language if self.language == "zh" else "en"][day.weekday()]
        return f"{day} {self.say(name, '周' + name)}"

    def overdue(self, remaining: int | None) -> str:
        """Return by how many working days a clock is late; remaining: 0 or negative."""
        late = -(remaining or 0)
        if late <= 0:
            return self.say("overdue", "已逾期")
        return self.say(f"overdue by {late} working day{_s(late)}", f"已逾期 {late} 个工作日")

    def phase(self, phase: str) -> str:
        """Return what a clock does, in words."""
        words = {
            "running": "计时中",
            "due": "已逾期",
            "paused": "暂停计时",
            "stopped": "已停止",
            "not_started": "尚未开始",
        }
        english = {"due": "overdue", "not_started": "not started"}
        return self.say(english.get(phase, phase), words[phase])


@dataclass(frozen=True, slots=True)
class Teller(Tongue):
    """Tells of cases of one workflow. names: what people, units and parties are called, by id."""

    workflow: Workflow
    names: Mapping[str, str] = field(default_factory=dict)

    def title(self, word: str | None, kind: TitleKind | None = None) -> str:
        """Return what people call a word of the document; kind: the table it is from."""
        return NONE if word is None else self.workflow.title(word, self.language, kind)

    def who(self, value: str | None) -> str:
        """Return who an id names: a person, a unit, the desk of a role."""
        if value is None:
            return NONE
        if value[:1] == "@":
            return self.title(value[1:], "roles")
        name = self.names.get(value)
        if name is None or name == value:
            return value
        return self.say(f"{name} ({value})", f"{name}（{value}）")

    def whom(self, values: object) -> str:
        """Return who several ids name."""
        several = [values] if isinstance(values, str) else list(values)  # type: ignore[call-overload]  # a list of ids
        return self.say(", ", "、").join(self.who(each) for each in several) or NONE

    def value(self, name: str, value: Any) -> str:
        """Return the value of a field or participant as people read it."""
        if value is None:
            return NONE
        if isinstance(value, bool):
            return self.say("yes", "是") if value else self.say("no", "否")
        document = self.workflow.document
        if name in document.participants or name == "recused":
            return self.whom(value)
        kind = document.fields.get(name)
        return (
            self.title(value, "words") if kind is not None and kind.type == "choice" else str(value)
        )

    def left(self, dial: Dial) -> str:
        """Return how much time a clock has left, or by how much it is late."""
        if dial.phase == "paused":
            return self.say("paused", "暂停计时")
        if not dial.counting:
            return self.say("stopped", "已停止")
        days = dial.remaining
        if dial.overdue:
            return self.overdue(days)
        if days is None:
            left = self.say("running", "计时中")
        elif days <= 0:
            left = self.say("last day", "最后一天")
        else:
            left = self.say(f"{days} working day{_s(days)} left", f"还剩 {days} 个工作日")
        if dial.floor is not None:
            left += self.say(
                f" (provisional; not before {self.deadline(dial.floor)})",
                f"（暂定；不早于 {self.deadline(dial.floor)}）",
            )
        return left


def _s(number: int) -> str:
    return "" if number == 1 else "s"
