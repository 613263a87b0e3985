"""Differences: what changed between two workflow documents, in words, in the document's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flowcase.workflows.rules import TitleKind, Workflow

Kind = Literal["added", "removed", "changed", "moved"]

#: The tables of named things, in the order of a document, and what one of each is called.
_TABLES: Mapping[str, tuple[str, str]] = {
    "registers": ("register", "名册"),
    "roles": ("role", "职责"),
    "participants": ("participant", "参与方"),
    "fields": ("field", "字段"),
    "states": ("state", "状态"),
    "clocks": ("clock", "时限"),
    "triggers": ("title of trigger", "操作名称"),
    "words": ("word", "用语"),
}
_OTHERS: Mapping[str, tuple[str, str]] = {
    "document": ("document", "文档"),
    "intake": ("intake", "立案"),
    "transitions": ("transition", "流转"),
    "guarantees": ("guarantee", "保证"),
}
#: Tables whose order decides something: of one moment the first clock rings first.
_ORDERED = ("clocks",)

_ATTRIBUTES: Mapping[str, str] = {
    "accepts": "可给出",
    "after": "之后",
    "ask": "申请人",
    "ask_before_due": "最迟申请",
    "at_least": "不少于",
    "at_most": "至多",
    "before": "提前",
    "by": "办理者",
    "calendar": "日历",
    "categories": "类别",
    "clears": "清除",
    "clock": "随时限",
    "closed_loop": "闭环",
    "count": "人数",
    "counts_from": "起算",
    "cycles_at_most": "轮次上限",
    "decide": "决定人",
    "dest": "去向",
    "earliest": "最早",
    "ends": "止于",
    "extension": "延期",
    "final": "终态",
    "find": "查找",
    "fire": "再次触发",
    "from": "自",
    "guards": "外部条件",
    "impossible": "不可能",
    "in_charge_of": "分管",
    "latest": "最晚",
    "max_length": "字数上限",
    "name": "名称",
    "needs": "要求",
    "new_cycle": "新一轮",
    "not_by": "回避者",
    "not_in": "除",
    "on_due": "到期动作",
    "options": "选项",
    "otherwise": "否则",
    "owner": "责任方",
    "party": "提出方",
    "passes": "必经",
    "pauses_in": "暂停于",
    "possible": "可能",
    "raises": "升至",
    "register": "名册",
    "repeat": "重复",
    "requires": "须给出",
    "role": "职责",
    "roll": "顺延",
    "runs_in": "运行于",
    "sees": "可见",
    "source": "来源",
    "starts_on": "起于操作",
    "state": "状态",
    "stops_on": "止于操作",
    "suspension": "挂账",
    "tell": "通知",
    "terms": "期限",
    "tier": "层级",
    "tiers": "层级",
    "times": "次数",
    "timezone": "时区",
    "title": "标题",
    "to": "至",
    "total": "合计",
    "trigger": "操作",
    "type": "类型",
    "unattended_reaches": "无人办理时升至",
    "unless": "除非",
    "until": "至",
    "version": "版本",
    "warn": "预警",
    "was": "曾经",
    "when": "条件",
    "within_workdays": "工作日内",
}
_UNITS: Mapping[str, tuple[str, str]] = {
    "workdays": ("working days", "个工作日"),
    "months": ("months", "个月"),
    "days": ("days", "天"),
    "hours": ("hours", "小时"),
    "work_minutes": ("working minutes", "工作分钟"),
}
#: What a line of `terms` is counted by where it says nothing: not worth saying.
_USUAL = {"counts_from": "filing_day", "ends": "midnight", "roll": "next_workday"}
_CONDITIONS = ("when", "unless", "needs")
_KINDS: Mapping[Kind, tuple[str, str]] = {
    "added": ("is new", "新增"),
    "removed": ("is gone", "取消"),
    "moved": ("stands in another order", "次序变动"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed. before, after: what the documents say, as JSON; None: nothing.

    section: the document's table. name: which entry, as in the newer document; a transition is
    named by its trigger and way. attribute: which key of it; "" for all of it.
    """

    section: str
    name: str
    kind: Kind
    attribute: str
    before: Any
    after: Any
    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """Return the sentence in `language` ("zh", anything else is English)."""
        return self.zh if language == "zh" else self.en


def compare(old: Workflow, new: Workflow) -> tuple[Difference, ...]:
    """Return what changed from one document to another, in the order of a document's tables."""
    return tuple(_Comparison(old, new).differences())


@dataclass(frozen=True, slots=True)
class _Tongue:
    """Says values of two documents; the newer one's titles come first."""

    old: Workflow
    new: Workflow
    chinese: bool

    def word(self, word: str, kind: TitleKind | None = None) -> str:
        """Return a word; in Chinese by its title."""
        if not self.chinese:
            return word
        said = self.new.title(word, "zh", kind)
        return said if said != word else self.old.title(word, "zh", kind)

    def attribute(self, name: str) -> str:
        """Return what a key is called."""
        return _ATTRIBUTES.get(name, name) if self.chinese else name.replace("_", " ")

    def value(self, value: Any, attribute: str = "") -> str:
        """Return a value as a sentence has it."""
        if value is None or value in ([], {}):
            return "无" if self.chinese else "none"
        if isinstance(value, bool):
            return ("是" if value else "否") if self.chinese else ("yes" if value else "no")
        if isinstance(value, str):
            return self.word(value)
        if attribute in _CONDITIONS:
            return self._condition(value)
        if isinstance(value, Mapping):
            return self._table(value)
        if isinstance(value, list):
            apart = ("；" if self.chinese else "; ") if isinstance(value[0], dict) else ", "
            return apart.join(self.value(each) for each in value)
        return str(value)

    def _condition(self, tables: Sequence[Mapping[str, Any]]) -> str:
        """Return a condition: tables any of which holds, facts all of which do."""
        both, either, among = (" 且 ", " 或 ", "|") if self.chinese else (" and ", " or ", "|")
        said = [
            both.join(
                f"{self.word(name)} = "
                + (
                    among.join(self.value(each) for each in wanted)
                    if isinstance(wanted, list)
                    else self.value(wanted)
                )
                for name, wanted in table.items()
            )
            for table in tables
        ]
        return either.join(said)

    def _table(self, table: Mapping[str, Any]) -> str:
        if set(table) == {"zh", "en"}:
            return f"“{table['zh']}”" if self.chinese else f'"{table["en"]}"'
        said = []
        for name, value in table.items():
            if value is None or value in ([], {}, False) or _USUAL.get(name) == value:
                continue
            if name in _UNITS and isinstance(value, int):
                en, zh = _UNITS[name]
                said.append(f"{value} {zh}" if self.chinese else f"{value} {en}")
            else:
                words = self.attribute(name) if name in _ATTRIBUTES else self.word(name)
                said.append(f"{words} {self.value(value, name)}")
        return ("，" if self.chinese else ", ").join(said)


class _Comparison:
    def __init__(self, old: Workflow, new: Workflow) -> None:
        self.old = old.document.model_dump(mode="json", by_alias=True)
        self.new = new.document.model_dump(mode="json", by_alias=True)
        self.english, self.chinese = _Tongue(old, new, False), _Tongue(old, new, True)

    def differences(self) -> Iterator[Difference]:
        """Return every difference, table by table."""
        heads = {name for name in self.new if name not in (*_TABLES, *_OTHERS)}
        yield from self._attributes(
            "document",
            "",
            *(
                {name: each[name] for name in each if name in heads}
                for each in (self.old, self.new)
            ),
        )
        yield from self._attributes("intake", "", self.old["intake"], self.new["intake"])
        for table in _TABLES:
            if table == "triggers":
                yield from self._transitions()
            yield from self._table(table)
        yield from self._guarantees(self.old["guarantees"], self.new["guarantees"])

    def _table(self, table: str) -> Iterator[Difference]:
        old, new = self.old[table], self.new[table]
        for name, entry in new.items():
            if name not in old:
                yield self._whole(table, name, "added", None, entry)
            else:
                yield from self._attributes(table, name, old[name], entry)
        for name, entry in old.items():
            if name not in new:
                yield self._whole(table, name, "removed", entry, None)
        before = [name for name in old if name in new]
        after = [name for name in new if name in old]
        if table in _ORDERED and before != after:
            yield self._whole(table, ", ".join(after), "moved", before, after)

    def _transitions(self) -> Iterator[Difference]:
        old, new = self.old["transitions"], self.new["transitions"]
        pairs = _paired(old, new)
        for number, entry in enumerate(new):
            name = _way(entry)
            if number not in pairs:
                yield self._whole("transitions", name, "added", None, entry)
            else:
                yield from self._attributes("transitions", name, old[pairs[number]], entry)
        for number, entry in enumerate(old):
            if number not in pairs.values():
                yield self._whole("transitions", _way(entry), "removed", entry, None)
        for trigger in dict.fromkeys(each["trigger"] for each in new):
            places = [
                pairs[n] for n, each in enumerate(new) if each["trigger"] == trigger and n in pairs
            ]
            if places != sorted(places):  # of those that may be taken, the first one is
                before = [_way(old[n]) for n in sorted(places)]
                after = [_way(old[n]) for n in places]
                yield self._whole("transitions", trigger, "moved", before, after)

    def _guarantees(self, old: Any, new: Any) -> Iterator[Difference]:
        """Return which promises came and went; a promise has no name, so it is all or nothing."""
        for key in new:
            if not isinstance(new[key], list):
                yield from self._attributes("guarantees", "", {key: old[key]}, {key: new[key]})
                continue
            for each in new[key]:
                if each not in old[key]:
                    yield self._whole("guarantees", key, "added", None, each)
            for each in old[key]:
                if each not in new[key]:
                    yield self._whole("guarantees", key, "removed", each, None)

    def _attributes(self, section: str, name: str, old: Any, new: Any) -> Iterator[Difference]:
        for key in dict.fromkeys((*new, *old)):
            before, after = old.get(key), new.get(key)
            if before == after:
                continue
            yield Difference(
                section=section,
                name=name,
                kind="changed",
                attribute=key,
                before=before,
                after=after,
                en=f"{self._called(section, name, self.english)}: {self.english.attribute(key)}: "
                f"{self.english.value(before, key)} → {self.english.value(after, key)}",
                zh=f"{self._called(section, name, self.chinese)}：{self.chinese.attribute(key)}："
                f"{self.chinese.value(before, key)} → {self.chinese.value(after, key)}",
            )

    def _whole(self, section: str, name: str, kind: Kind, before: Any, after: Any) -> Difference:
        en, zh = _KINDS[kind]
        entry = after if after is not None else before
        silent = kind == "removed" and section != "guarantees"  # its name says it all
        what_en = "" if silent else self.english.value(entry)
        what_zh = "" if silent else self.chinese.value(entry)
        return Difference(
            section=section,
            name=name,
            kind=kind,
            attribute="",
            before=before,
            after=after,
            en=f"{self._called(section, name, self.english)} {en}{what_en and ': ' + what_en}",
            zh=f"{self._called(section, name, self.chinese)} {zh}{what_zh and '：' + what_zh}",
        )

    def _called(self, section: str, name: str, tongue: _Tongue) -> str:
        """Return what is spoken of: its kind, and its name; in Chinese its title."""
        en, zh = (_TABLES.get(section) or _OTHERS[section])[0:2]
        kind = zh if tongue.chinese else en
        if not name:
            return kind
        if section == "transitions":
            trigger, apart, way = name.partition(": ")
            return f"{kind} {tongue.word(trigger, 'triggers')}{apart}{way}"
        if section == "guarantees":
            return f"{kind}: {tongue.attribute(name)}"
        return f"{kind} {tongue.word(name, _kind_of(section))}"


def _kind_of(section: str) -> TitleKind | None:
    kinds: Mapping[str, TitleKind] = {
        "states": "states",
        "roles": "roles",
        "participants": "participants",
        "fields": "fields",
        "clocks": "clocks",
        "triggers": "triggers",
        "words": "words",
    }
    return kinds.get(section)


def _way(transition: Mapping[str, Any]) -> str:
    """Return how a transition is named: its trigger, whence and whither."""
    source = transition["source"]
    sources = source if isinstance(source, str) else ", ".join(source)
    dest = transition["dest"]
    return f"{transition['trigger']}: {sources}" + (f" → {dest}" if dest else "")


def _paired(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Return which transition of the old document each of the new one was, by their numbers.

    The same to the letter first, then by trigger, sources and dest, then by trigger alone, each
    in the documents' order.
    """
    pairs: dict[int, int] = {}
    likenesses: tuple[Callable[[Mapping[str, Any]], str], ...] = (
        lambda each: repr(sorted(each.items())),
        lambda each: repr((each["trigger"], each["source"], each["dest"])),
        lambda each: repr(each["trigger"]),
    )
    for likeness in likenesses:
        free: dict[str, list[int]] = {}
        for number, each in enumerate(old):
            if number not in pairs.values():
                free.setdefault(likeness(each), []).append(number)
        for number, each in enumerate(new):
            if number not in pairs and free.get(likeness(each)):
                pairs[number] = free[likeness(each)].pop(0)
    return pairs
