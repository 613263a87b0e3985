"""Workflows: a document read whole, its words resolved, ready for the machine."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import ValidationError

from flowcase.assets import asset_folders
from flowcase.errors import DocumentError, Finding, NotFound
from flowcase.terms import Term
from flowcase.workflows import language
from flowcase.workflows.facts import Condition, Reader, Vocabulary
from flowcase.workflows.lint import findings_in

#: A document larger than this is refused before it is parsed, in bytes.
LARGEST_DOCUMENT = 256 * 1024
DEEPEST_NESTING = 12

#: A key of more parts than this is refused before it is parsed: `a.a.a…` costs tomllib memory that
#: grows with the square of its length, 40 GB for 200 KB of it.
MOST_KEY_PARTS = 100
_KEY_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_PART}){{{MOST_KEY_PARTS}}}")


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
    watched: participants of whom a rule asks who ever held them. request_fields: by trigger of a
    request, its own data.
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
    request_fields: Mapping[str, Mapping[str, language.AnyField]]

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.document.name

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
        if participant is not None and kind in (None, "participants"):
            return self.document.roles[participant.role].title.in_language(language_)
        return word

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


def read_workflow(text: str | bytes) -> Workflow:
    """Read a workflow document. Errors: DocumentError with every finding at once."""
    # Half a character, which a str may hold, is written as it is and refused as not UTF-8.
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = _document(raw)
    reader = Reader(
        Vocabulary(
            fields=document.fields,
            participants=frozenset(document.participants),
            tiers=tuple(document.tiers),
            triggers=frozenset(transition.trigger for transition in document.transitions),
            clocks=frozenset(document.clocks),
        )
    )
    found = findings_in(document)
    workflow = _resolve(document, raw, reader)
    found += [finding for finding in reader.findings if finding not in found]
    if found:
        raise DocumentError(f"workflow {document.name!r} may not run: {_count(found)}", found)
    return workflow


def read_workflow_file(path: Path) -> Workflow:
    """Read a workflow document from a file. Errors: DocumentError, NotFound."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        raise NotFound(f"cannot read the workflow document {path}: {error.strerror}") from None
    try:
        return read_workflow(raw)
    except DocumentError as error:
        raise DocumentError(f"{path.name}: {error.message}", error.findings) from None


def read_workflow_folder(folder: Path) -> dict[str, Workflow]:
    """Read every `*.toml` of a folder, by workflow name. Errors: DocumentError, NotFound."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder of workflow documents at {folder}")
    workflows: dict[str, Workflow] = {}
    for path in sorted(folder.glob("*.toml")):
        workflow = read_workflow_file(path)
        if workflow.name in workflows:
            raise DocumentError(f"two documents in {folder.name} are called {workflow.name!r}")
        workflows[workflow.name] = workflow
    return workflows


def shipped_workflows() -> dict[str, Workflow]:
    """Return the workflows that come with flowcase."""
    found: dict[str, Workflow] = {}
    for folder in asset_folders("workflows"):
        found = read_workflow_folder(folder) | found
    return found


def _count(found: list[Finding]) -> str:
    return "1 finding" if len(found) == 1 else f"{len(found)} findings"


def _document(raw: bytes) -> language.Document:
    if len(raw) > LARGEST_DOCUMENT:
        raise DocumentError(f"a document has at most {LARGEST_DOCUMENT:,} bytes")
    try:
        text = raw.decode("utf-8")
        if _LONG_KEY.search(text):
            raise DocumentError(f"a key has at most {MOST_KEY_PARTS} parts")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8: byte {error.start} is {raw[error.start]:#04x}") from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise DocumentError(f"not TOML: {error}") from None
    except RecursionError:
        raise DocumentError("not a document: tables nested too deeply") from None
    if _depth(data) > DEEPEST_NESTING:
        raise DocumentError(f"tables and lists may be nested {DEEPEST_NESTING} deep")
    try:
        return language.Document.model_validate(data)
    except ValidationError as error:
        findings = [_finding(detail, data) for detail in error.errors(include_url=False)]
        raise DocumentError(f"not a workflow document: {_count(findings)}", findings) from None


def _depth(value: Any) -> int:
    """Return how deep tables and lists are nested, without recursion of our own."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        value, depth = todo.pop()
        deepest = max(deepest, depth)
        if depth <= DEEPEST_NESTING:
            children = (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, list)
                else ()
            )
            todo += [(child, depth + 1) for child in children]
    return deepest


def _finding(detail: Any, data: Mapping[str, Any]) -> Finding:
    path = ""
    place: Any = data
    last = len(detail["loc"]) - 1
    for number, step in enumerate(detail["loc"]):
        if isinstance(step, int):
            path += f"[{step}]"
            place = place[step] if isinstance(place, list) and step < len(place) else None
            if isinstance(place, dict) and isinstance(place.get("trigger"), str):
                path += f"({place['trigger'][:64]})"
        elif isinstance(place, dict) and step in place:
            path += f".{step}" if path else str(step)
            place = place[step]
        elif number == last and detail["type"] in ("missing", "extra_forbidden"):
            path += f".{step}" if path else str(step)
    return Finding(path[:300], _sentence(detail))


def _sentence(detail: Any) -> str:
    given = repr(detail.get("input"))[:60]
    match detail["type"]:
        case "extra_forbidden":
            return (
                "this key is not part of the language; `flowcase schema` lists what may stand here"
            )
        case "missing":
            return "this key is required"
        case "string_pattern_mismatch":
            return (
                f"{given} is not a word: small ASCII letters, digits and _, beginning with a letter"
            )
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}; got {given}"


def _resolve(document: language.Document, raw: bytes, reader: Reader) -> Workflow:
    written = [
        _transition(document, index, rule, reader)
        for index, rule in enumerate(document.transitions)
    ]
    transitions = (*written, *_requests(document, len(written), reader))
    clocks = {
        name: _clock(index, name, rule, reader)
        for index, (name, rule) in enumerate(document.clocks.items())
    }
    needs = {
        name: condition
        for name, state in document.states.items()
        if (condition := reader.condition(state.needs, f"states.{name}.needs"))
    }
    for place, patterns in (
        ("possible", document.guarantees.possible),
        ("impossible", document.guarantees.impossible),
    ):
        for number, pattern in enumerate(patterns):
            reader.condition(pattern.when, f"guarantees.{place}[{number}].when")
    return Workflow(
        document=document,
        digest=hashlib.sha256(raw).hexdigest(),
        text=raw.decode(),
        transitions=transitions,
        moves=_moves(document, transitions),
        clocks=MappingProxyType(clocks),
        needs=MappingProxyType(needs),
        intake=_transition(document, -1, _intake(document), reader),
        sought={name: _sought(document, name, needs.get(name)) for name in document.states},
        kept=frozenset(
            participant.find.in_charge_of
            for participant in document.participants.values()
            if participant.find
        ),
        measuring=frozenset(name for each in clocks.values() for name in each.reads),
        stepping=frozenset(
            name for each in clocks.values() for name in (*each.starts_on, *each.stops_on)
        ),
        request_fields={
            each.request.trigger: each.request.fields for each in transitions if each.request
        },
        counted=_counted(transitions, needs.values()),
        watched=frozenset(name for each in transitions for name in each.not_holders),
    )


def _intake(document: language.Document) -> language.Transition:
    """Return `[intake]` as the transition it is: the one before the first."""
    intake = document.intake
    return language.Transition(
        trigger="open",
        source=[],
        dest=intake.dest,
        by=intake.by,
        requires=intake.requires,
        accepts=intake.accepts,
        tell=intake.tell,
    )


def _sought(document: language.Document, state: str, needs: Condition | None) -> tuple[str, ...]:
    """Return the participants a state cannot do without and the directory can tell."""
    asked = (
        [ask.name for ask in needs.asks() if ask.kind == "participants" and ask.presence]
        if needs
        else []
    )
    owner = document.states[state].owner
    names = dict.fromkeys([*asked, *([owner] if owner else [])])
    return tuple(
        name for name in names if name in document.participants and document.participants[name].find
    )


def _counted(transitions: Iterable[Transition], needs: Iterable[Condition]) -> frozenset[str]:
    limited = [each.trigger for each in transitions if each.times]
    conditions = [
        condition
        for each in transitions
        for condition in (each.when, each.unless)
        if condition is not None
    ]
    asked = [
        ask.name
        for condition in (*conditions, *needs)
        for ask in condition.asks()
        if ask.kind == "fired"
    ]
    return frozenset((*limited, *asked))


def _moves(
    document: language.Document, transitions: Iterable[Transition]
) -> Mapping[str, Mapping[str, tuple[Transition, ...]]]:
    moves: dict[str, dict[str, tuple[Transition, ...]]] = {name: {} for name in document.states}
    for transition in transitions:
        for source in transition.sources:
            if source in moves:
                at = moves[source]
                at[transition.trigger] = (*at.get(transition.trigger, ()), transition)
    return MappingProxyType({name: MappingProxyType(at) for name, at in moves.items()})


def _transition(
    document: language.Document, index: int, rule: language.Transition, reader: Reader
) -> Transition:
    path = f"transitions[{index}]({rule.trigger})"
    sources = (
        tuple(name for name, state in document.states.items() if not state.final)
        if rule.source == "*"
        else tuple(rule.source)
    )
    participants = document.participants
    return Transition(
        index=index,
        trigger=rule.trigger,
        sources=sources,
        dest=rule.dest,
        by=tuple(rule.by),
        holders=tuple(name for name in rule.by if name in participants),
        roles=frozenset(name for name in rule.by if name in document.roles),
        not_holders=tuple(name for name in rule.not_by if name in participants),
        not_roles=frozenset(name for name in rule.not_by if name in document.roles),
        requires=tuple(rule.requires),
        accepts=tuple(rule.accepts),
        data=frozenset((*rule.requires, *rule.accepts)),
        when=reader.condition(rule.when, f"{path}.when"),
        unless=reader.condition(rule.unless, f"{path}.unless"),
        guards=tuple(rule.guards),
        times=rule.times,
        clears=tuple(rule.clears),
        new_cycle=rule.new_cycle,
        tier=rule.tier,
        tell=tuple(rule.tell),
    )


def _requests(document: language.Document, first: int, reader: Reader) -> Iterator[Transition]:
    """Return the transitions by which extensions and suspensions are asked and decided."""
    index = first
    for name, clock in document.clocks.items():
        kinds: tuple[tuple[RequestKind, language.Extension | language.Suspension | None], ...] = (
            ("extension", clock.extension),
            ("suspension", clock.suspension),
        )
        for kind, table in kinds:
            if table is None:
                continue
            for verb in _VERBS[kind]:
                step = _request_step(name, kind, verb, table)
                rule = _request_rule(document, step, clock.runs_in, table)
                yield replace(
                    _transition(document, index, rule, reader), trigger=step.trigger, request=step
                )
                index += 1


_VERBS: Mapping[RequestKind, tuple[RequestVerb, ...]] = {
    "extension": ("ask", "grant", "refuse"),
    "suspension": ("ask", "grant", "refuse", "resume"),
}


def _request_step(
    clock: str,
    kind: RequestKind,
    verb: RequestVerb,
    table: language.Extension | language.Suspension,
) -> RequestStep:
    early = table.ask_before_due if isinstance(table, language.Extension) else None
    rules = RequestRules(
        times=table.times,
        at_most=_term(table.at_most),
        total=_term(table.total) if isinstance(table, language.Suspension) else None,
        ask_before_due=_term(early) if early else None,
    )
    length: dict[str, language.AnyField] = (
        {
            rules.unit: language.IntegerField(
                type="integer", at_least=1, at_most=rules.at_most.amount
            )
        }
        if kind == "extension"
        else {"review_on": language.DateField(type="date")}
    )
    reason: dict[str, language.AnyField] = {"reason": language.TextField(type="text")}
    return RequestStep(
        trigger=f"{clock}.resume" if verb == "resume" else f"{clock}.{verb}_{kind}",
        clock=clock,
        kind=kind,
        verb=verb,
        rules=rules,
        fields={**length, **reason} if verb in ("ask", "grant") else reason,
    )


def _request_rule(
    document: language.Document,
    step: RequestStep,
    states: list[str],
    table: language.Extension | language.Suspension,
) -> language.Transition:
    """Return a request's step as the transition it is: internal, for those the table names."""
    length = [name for name in step.fields if name != "reason"]
    asking = step.verb == "ask"
    resuming = step.verb == "resume"
    workers = [name for name in table.ask if name in document.participants]
    return language.Transition(
        trigger="request",  # the name is the step's own
        source=states,
        by=list(dict.fromkeys((*table.ask, *table.decide)))
        if resuming
        else table.ask
        if asking
        else table.decide,
        not_by=[] if asking or resuming else workers,
        requires=[*length, "reason"] if asking else ["reason"] if step.verb == "refuse" else [],
        accepts=[] if asking or step.verb == "refuse" else [*length, "reason"],
        tell=list(dict.fromkeys([*(table.decide if asking else table.ask), *table.tell])),
    )


def _clock(index: int, name: str, rule: language.ClockRule, reader: Reader) -> ClockRules:
    terms = tuple(
        _term_option(option, reader, f"clocks.{name}.terms[{number}]")
        for number, option in enumerate(rule.terms)
    )
    asked = [ask.name for option in terms if option.when for ask in option.when.asks()]
    return ClockRules(
        index=index,
        name=name,
        runs_in=frozenset(rule.runs_in),
        pauses_in=frozenset(rule.pauses_in),
        starts_on=frozenset(rule.starts_on),
        stops_on=frozenset(rule.stops_on),
        terms=terms,
        warn=tuple(Warn(_term(warn.before), tuple(warn.tell)) for warn in rule.warn),
        on_due=rule.on_due,
        tell=tuple(rule.tell),
        repeat=_term(rule.repeat) if rule.repeat else None,
        repeat_fires=bool(rule.repeat and rule.repeat.fire),
        extension=_request_step(name, "extension", "ask", rule.extension).rules
        if rule.extension
        else None,
        reads=frozenset([*asked, *(option.until for option in terms if option.until)]),
        follows=frozenset(option.clock for option in terms if option.clock),
    )


def _term_option(rule: language.TermRule, reader: Reader, path: str) -> TermOption:
    options: dict[str, Any] = {
        "counts_from": rule.counts_from,
        "ends": rule.ends,
        "roll": rule.roll,
    }
    amount: dict[str, Any] = {
        unit: getattr(rule, unit)
        for unit in language.Span.model_fields
        if getattr(rule, unit) is not None
    }
    return TermOption(
        when=reader.condition(rule.when, f"{path}.when"),
        term=Term(**amount, **options) if amount else None,
        until=rule.until,
        clock=rule.clock,
        before=_term(rule.before) if rule.before else None,
        after=_term(rule.after) if rule.after else None,
        at_least=_term(rule.at_least) if rule.at_least else None,
        options=MappingProxyType(options),
    )


def _term(span: language.Span | language.Distance) -> Term:
    amount: dict[str, Any] = {**span.units()}
    return Term(**amount)
