"""Data: reads what is given with a trigger against the document's fields and participants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pendulum

from flowcase import reasons
from flowcase.case import identifier
from flowcase.errors import InvalidInput, Reason
from flowcase.history import writable
from flowcase.workflows import language
from flowcase.workflows.rules import Workflow

#: How many actors or units may hold a part that may be held by many.
MOST_HOLDERS = 50

#: How many pieces of data may be given at once; more is not a trigger's data but an attack.
MOST_DATA = 300


@dataclass(frozen=True, slots=True)
class Given:
    """Data as read: by name, what can be stored. Texts are whole here."""

    fields: Mapping[str, Any]
    participants: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> frozenset[str]:
        """Everything that was given."""
        return frozenset((*self.fields, *self.participants))

    def details(self) -> dict[str, Any]:
        """Return it as an entry keeps it."""
        held = {name: list(holders) for name, holders in self.participants.items()}
        return {**self.fields, **held}


NOTHING = Given({}, {})


def read_data(
    workflow: Workflow,
    data: Mapping[str, Any],
    today: date,
    own: Mapping[str, language.AnyField] | None = None,
) -> tuple[Given, list[Reason]]:
    """Return the data that can be read, and a reason for each that cannot.

    own: the fields of a request, which takes these and no others.
    """
    if not data:
        return NOTHING, []
    if len(data) > MOST_DATA:
        raise InvalidInput(f"data holds at most {MOST_DATA} names; got {len(data):,}")
    fields: dict[str, Any] = {}
    participants: dict[str, tuple[str, ...]] = {}
    wrong: list[Reason] = []
    document = workflow.document
    known = document.fields if own is None else own
    for name, value in data.items():
        if value is None:
            continue
        field = known.get(name)
        if field is not None:
            read = _READERS[type(field)](field, value, today)
            if isinstance(read, Problem):
                wrong.append(reasons.invalid_data(name, read.en, read.zh))
            else:
                fields[name] = read
        elif own is None and (name in document.participants or name == "recused"):
            several = name == "recused" or document.participants[name].count == "many"
            who = _holders(value, several=several)
            if isinstance(who, Problem):
                wrong.append(reasons.invalid_data(name, who.en, who.zh))
            else:
                participants[name] = who
        else:
            wrong.append(
                reasons.invalid_data(
                    str(name)[:64],
                    "is neither a field nor a participant of this workflow",
                    "不是本流程的字段或参与方",
                )
            )
    return Given(fields, participants), wrong


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value."""

    en: str
    zh: str


def hint(workflow: Workflow, name: str, own: Mapping[str, language.AnyField] | None = None) -> str:
    """Return what may be given under a name, in words both languages can read."""
    field = (workflow.document.fields if own is None else own).get(name)
    if field is None:
        participant = workflow.document.participants.get(name)
        return f"an id with role {participant.role}" if participant else "an id"
    match field:
        case language.ChoiceField():
            return " | ".join(field.options)
        case language.FlagField():
            return "true | false"
        case language.IntegerField():
            return f"{field.at_least}..{field.at_most}"
        case language.TextField():
            return f"text (<= {field.max_length})"
        case language.ReferenceField():
            return f"the id of a case of workflow {field.to}"
        case _:
            return "YYYY-MM-DD"


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _text(field: language.TextField, value: Any, today: date) -> Any:
    if not isinstance(value, str):
        return Problem(
            f"is a text; got {type(value).__name__}", f"应为文字；给出的是 {type(value).__name__}"
        )
    if len(value) > field.max_length:
        return Problem(
            f"has {len(value):,} characters; at most {field.max_length:,}",
            f"有 {len(value):,} 字；至多 {field.max_length:,} 字",
        )
    if not writable(value):
        return Problem(
            "contains a control character; only tab and line ends may stand in a text",
            "含有控制字符；只允许制表符和换行",
        )
    if not any(character.isprintable() and not character.isspace() for character in value):
        return Problem("is blank", "为空白")
    return value


def _choice(field: language.ChoiceField, value: Any, today: date) -> Any:
    if value not in field.options:
        options = ", ".join(field.options)
        return Problem(
            f"is {_shown(value)}; possible: {options}", f"为 {_shown(value)}；可选：{options}"
        )
    return value


def _flag(field: language.FlagField, value: Any, today: date) -> Any:
    if not isinstance(value, bool):
        return Problem(
            f"is true or false; got {_shown(value)}", f"应为是或否；给出的是 {_shown(value)}"
        )
    return value


def _integer(field: language.IntegerField, value: Any, today: date) -> Any:
    if type(value) is not int or not field.at_least <= value <= field.at_most:
        bounds = f"{field.at_least}..{field.at_most}"
        return Problem(
            f"is a whole number in {bounds}; got {_shown(value)}",
            f"应为 {bounds} 之间的整数；给出的是 {_shown(value)}",
        )
    return value


def _date(field: language.DateField, value: Any, today: date) -> Any:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        return Problem(
            f"is a day, YYYY-MM-DD; got {_shown(value)}",
            f"应为日期 YYYY-MM-DD；给出的是 {_shown(value)}",
        )
    if isinstance(day, datetime):
        return Problem("is a day, not a moment", "应为日期，不是时刻")
    earliest, latest = bound(field.earliest, today), bound(field.latest, today)
    if (earliest and day < earliest) or (latest and day > latest):
        return Problem(
            f"is {day}; possible from {earliest or 'any day'} to {latest or 'any day'}",
            f"为 {day}；可选范围 {earliest or '不限'} 至 {latest or '不限'}",
        )
    return day.isoformat()


def _reference(field: language.ReferenceField, value: Any, today: date) -> Any:
    try:
        return identifier(value, "a case")
    except InvalidInput:
        return Problem(
            f"is the id of a case; got {_shown(value)}", f"应为事项编号；给出的是 {_shown(value)}"
        )


def bound(span: language.DateSpan | None, today: date) -> date | None:
    """Return the day so many days or months from today; None where there is no such bound."""
    if span is None:
        return None
    moved = pendulum.date(today.year, today.month, today.day).add(
        months=span.months or 0, days=span.days or 0
    )
    return date(moved.year, moved.month, moved.day)


def _holders(value: Any, *, several: bool) -> tuple[str, ...] | Problem:
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list | tuple) or not named:
        return Problem("is an id, or a list of ids", "应为编号或编号列表")
    if len(named) > (MOST_HOLDERS if several else 1):
        most = MOST_HOLDERS if several else 1
        return Problem(
            f"names {len(named)}; at most {most}", f"指定了 {len(named)} 个；至多 {most} 个"
        )
    try:
        return tuple(dict.fromkeys(identifier(each, "a participant") for each in named))
    except InvalidInput as error:
        return Problem(
            f"cannot be used: {error}",
            "编号不合规：须为 1 至 100 个可见字符，首尾无空格，且不以“@”开头",
        )


_READERS: dict[type, Any] = {
    language.TextField: _text,
    language.ChoiceField: _choice,
    language.FlagField: _flag,
    language.IntegerField: _integer,
    language.DateField: _date,
    language.ReferenceField: _reference,
}
