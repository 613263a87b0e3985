"""Rules: a document resolved for the machine: transitions, clocks, requests, titles. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from flowcase.terms import Term
from flowcase.workflows import language
from flowcase.workflows.facts import Condition

RequestKind = Literal["extension", "suspension"]
RequestVerb = Literal["ask", "grant", "refuse", "resume"]


@dataclass(frozen=True, slots=True)
class RequestRules:
    """How often and how much of an extension or suspension there may be."""

    times: int
    at_most: Term
    total: Term | None
    ask_before_due: Term | None

    @property
    def unit(self) -> str:
        """The unit its length is given in: also the name of the data."""
        return self.at_most.unit


@dataclass(frozen=True, slots=True)
class RequestStep:
    """What a transition does to a request: which clock's, which kind, which step of it.

    fields: the data it takes, which is its own and none of the document's.
    """

    trigger: str
    clock: str
    kind: RequestKind
    verb: RequestVerb
    rules: RequestRules
    fields: Mapping[str, language.AnyField]


@dataclass(frozen=True, slots=True)
class Transition:
    """One transition, resolved: names sorted into what they are.

    holders: participants' names in `by`; roles: roles' names in it.
    """

    index: int
    trigger: str
    sources: tuple[str, ...]
    dest: str | None
    by: tuple[str, ...]
    holders: tuple[str, ...]
    roles: frozenset[str]
    not_holders: tuple[str, ...]
    not_roles: frozenset[str]
    requires: tuple[str, ...]
    accepts: tuple[str, ...]
    data: frozenset[str]
    when: Condition | None
    unless: Condition | None
    guards: tuple[str, ...]
    times: int | None
    clears: tuple[str, ...]
    new_cycle: bool
    tier: str | None
    tell: tuple[str, ...]
    request: RequestStep | None = None

    @property
    def by_parent_alone(self) -> bool:
        """Whether nobody fires it but a parent that ends."""
        return self.by == ("parent",)

    @property
    def by_clock(self) -> bool:
        """Whether only the engine's clocks fire it."""
        return "clock" in self.by


@dataclass(frozen=True, slots=True)
class TermOption:
    """One way a clock's time may be measured; the first whose `when` holds is taken."""

    when: Condition | None
    term: Term | None
    until: str | None
    clock: str | None
    before: Term | None
    after: Term | None
    at_least: Term | None
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning rung: how long before the due moment, and who is told."""

    before: Term
    tell: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClockRules:
    """One clock of the document, resolved. `reads`: the fields its terms depend on."""

    index: int
    name: str
    runs_in: frozenset[str]
    pauses_in: frozenset[str]
    starts_on: frozenset[str]
    stops_on: frozenset[str]
    terms: tuple[TermOption, ...]
    warn: tuple[Warn, ...]
    on_due: str | None
    tell: tuple[str, ...]
    repeat: Term | None
    repeat_fires: bool
    extension: RequestRules | None
    reads: frozenset[str]
    follows: frozenset[str]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow document, resolved and checked; two with one digest are the same.

    digest: SHA-256 of the document's bytes, in hexadecimal. text: those bytes as text.
    moves: by state and trigger, the transitions to try, in the document's order.
    intake: the opening, as a transition called "open". sought: by state, the participants to be
    looked up there if nobody named them. kept: text fields whose value a rule reads, so that they
    stand in the snapshot. measuring: fields some clock's terms read. stepping: triggers that start
    or stop a clock without a change of state. counted: triggers whose firings a rule asks about.
    watched: participants of whom a rule asks who ever held them. sealing: states in which no child
    may be opened or leave rest: those that need settled children, and final ones.
    request_fields: by trigger of a request, its own data.
    """

    document: language.Document
    digest: str
    text: str
    transitions: tuple[Transition, ...]
    moves: Mapping[str, Mapping[str, tuple[Transition, ...]]]
    clocks: Mapping[str, ClockRules]
    needs: Mapping[str, Condition]
    intake: Transition
    sought: Mapping[str, tuple[str, ...]]
    kept: frozenset[str]
    measuring: frozenset[str]
    stepping: frozenset[str]
    counted: frozenset[str]
    watched: frozenset[str]
    sealing: frozenset[str]
    request_fields: Mapping[str, Mapping[str, language.AnyField]]

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.document.name

    def opened_on(self, trigger: str) -> list[tuple[str, language.Child]]:
        """Return the children a trigger may open."""
        children = self.document.children
        return [(name, rule) for name, rule in children.items() if trigger in rule.opens_on]

    def followed_on(self, trigger: str) -> list[tuple[str, language.Successor]]:
        """Return the successors a trigger opens."""
        successors = self.document.successors
        return [(name, rule) for name, rule in successors.items() if trigger in rule.opens_on]

    def tier_rank(self, tier: str | None) -> int:
        """Return how high a tier is; -1 for none."""
        return -1 if tier is None else self.document.tiers.index(tier)

    def title(self, word: str, language_: str, kind: TitleKind | None = None) -> str:
        """Return what people call a word of the document; the word itself if it has no title.

        kind: which table it is from, where one word may stand in several; "words" are tiers and
        options.
        """
        if "." in word:
            return self._request_title(word, language_)
        for table in _TITLED if kind is None else (kind,):
            titled = _title_in(self.document, table, word)
            if titled is not None:
                return titled.in_language(language_)
        participant = self.document.participants.get(word)
        if participant is not None and participant.role and kind in (None, "participants"):
            return self.document.roles[participant.role].title.in_language(language_)
        own = _OWN_TITLES.get(word)
        return word if own is None else own.in_language(language_)

    def _request_title(self, trigger: str, language_: str) -> str:
        clock, _, step = trigger.partition(".")
        words = _REQUEST_TITLES.get(step)
        if words is None:
            return trigger
        said, clock = words.in_language(language_), self.title(clock, language_, "clocks")
        return f"{clock}：{said}" if language_ == "zh" else f"{clock}: {said}"


TitleKind = Literal["states", "triggers", "roles", "participants", "fields", "clocks", "words"]

_TITLED: tuple[TitleKind, ...] = (
    *("states", "triggers", "roles", "participants", "fields", "clocks", "words"),
)
#: What the language's own words are called where a document calls nothing so.
_OWN_TITLES = {
    "children": language.Title(zh="子事项", en="children"),
    "settled": language.Title(zh="均已办结", en="settled"),
    "open": language.Title(zh="尚未办结", en="open"),
    "link": language.Title(zh="关联", en="link"),
}
_REQUEST_TITLES = {
    "ask_extension": language.Title(zh="申请延期", en="ask for an extension"),
    "grant_extension": language.Title(zh="同意延期", en="grant the extension"),
    "refuse_extension": language.Title(zh="不同意延期", en="refuse the extension"),
    "ask_suspension": language.Title(zh="申请挂账", en="ask for a suspension"),
    "grant_suspension": language.Title(zh="同意挂账", en="grant the suspension"),
    "refuse_suspension": language.Title(zh="不同意挂账", en="refuse the suspension"),
    "resume": language.Title(zh="恢复计时", en="resume"),
}


def _title_in(document: language.Document, table: TitleKind, word: str) -> language.Title | None:
    if table == "words":
        return document.words.get(word)
    entry = getattr(document, table).get(word)
    title: language.Title | None = None if entry is None else entry.title
    return title
