"""Captions: what is said of states, people, triggers and clocks, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from flowcase.explanation import amount_in_words
from flowcase.workflows.rules import ClockRules, TermOption, Transition, Workflow

_SPECIAL = {
    "party": ("party", "当事人"),
    "anyone": ("anyone", "任何人"),
    "clock": ("clock", "时钟"),
    "open": ("open", "立案"),
}
_RUNGS = {
    "warn": ("a warning", "预警"),
    "due": ("time is up", "到期"),
    "repeat": ("again", "再次提醒"),
    "provisional": ("the date is provisional", "日期暂定"),
}


@dataclass(frozen=True, slots=True)
class Caption:
    """What an arrow says of one trigger.

    by: who may fire it, or which clocks do and after how long. raises: the tier it raises to.
    """

    trigger: str
    called: str
    by: str
    by_clock: bool
    raises: str = ""

    @property
    def text(self) -> str:
        """All of it in one line."""
        return f"{self.called}{self.by}" + (f" ↑ {self.raises}" if self.raises else "")


def joined(captions: Iterable[Caption]) -> tuple[Caption, ...]:
    """Return captions, each once; those that differ in the tier alone become one."""
    tiers: dict[Caption, list[str]] = {}
    for caption in captions:
        found = tiers.setdefault(replace(caption, raises=""), [])
        if caption.raises and caption.raises not in found:
            found.append(caption.raises)
    return tuple(replace(caption, raises=" / ".join(found)) for caption, found in tiers.items())


@dataclass(frozen=True, slots=True)
class Captions:
    """The words of one workflow in one language: "zh", anything else is English."""

    workflow: Workflow
    language: str

    def say(self, en: str, zh: str) -> str:
        """Return what is said in the language asked for."""
        return zh if self.language == "zh" else en

    def state(self, name: str) -> str:
        """Return what a state is called."""
        return self.workflow.title(name, self.language, "states")

    def tier(self, name: str) -> str:
        """Return what a tier is called."""
        return self.workflow.title(name, self.language, "words")

    def trigger(self, name: str) -> str:
        """Return what a trigger is called."""
        if name in _SPECIAL:
            return self.say(*_SPECIAL[name])
        return self.workflow.title(name, self.language, "triggers")

    def who(self, name: str) -> str:
        """Return what a participant, a role, the party or the clock is called."""
        document = self.workflow.document
        if name in document.participants:
            return self.workflow.title(name, self.language, "participants")
        if name in document.roles:
            return self.workflow.title(name, self.language, "roles")
        return self.say(*_SPECIAL[name]) if name in _SPECIAL else name

    def rung(self, name: str) -> str:
        """Return what a rung is called; name: a clock's name, a space, and the rung's."""
        clock, _, rung = name.partition(" ")
        kind = rung.partition(".")[0]
        called = self.workflow.title(clock, self.language, "clocks")
        said = self.say(*_RUNGS[kind]) if kind in _RUNGS else rung
        return f"{called}{self.say(': ', '：')}{said}" if said else called

    def move(self, transition: Transition, source: str) -> Caption:
        """Return what an arrow says of a transition from one of its states ("": the opening)."""
        if transition.by_clock:
            within = self.say("; ", "；").join(self._clocks(transition, source))
        else:
            within = self.say(", ", "、").join(self.who(name) for name in transition.by)
        return Caption(
            transition.trigger,
            self.trigger(transition.trigger),
            self.say(f" ({within})", f"（{within}）") if within else "",
            transition.by_clock,
            "" if transition.tier is None else self.tier(transition.tier),
        )

    def _clocks(self, transition: Transition, source: str) -> Iterator[str]:
        for clock in self.workflow.clocks.values():
            if clock.on_due == transition.trigger and source in clock.runs_in:
                called = self.workflow.title(clock.name, self.language, "clocks")
                yield self.say(f"{called}, {self.terms(clock)}", f"{called}，{self.terms(clock)}")

    def terms(self, clock: ClockRules) -> str:
        """Return how long a clock has: each of its terms, the conditions left out."""
        return " / ".join(dict.fromkeys(self._term(option) for option in clock.terms))

    def _term(self, option: TermOption) -> str:
        if option.term is not None:
            return self.say(*amount_in_words(option.term))
        if option.until is not None:
            called = self.workflow.title(option.until, self.language, "fields")
            words = self.say(f"until {called}", f"至{called}")
        else:
            called = self.workflow.title(option.clock or "", self.language, "clocks")
            words = self.say(f"with {called}", f"与{called}同时")
        for term, before, after in (
            (option.before, ("", " before it"), ("其前", "")),
            (option.after, ("", " after it"), ("其后", "")),
            (option.at_least, ("at least ", ""), ("至少", "")),
        ):
            if term is not None:
                en, zh = amount_in_words(term)
                words += self.say(f", {before[0]}{en}{before[1]}", f"，{after[0]}{zh}{after[1]}")
        return words
