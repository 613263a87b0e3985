"""The workflow language: what may stand in a document, and nothing else.

These models are the grammar. They are read from TOML, published as JSON Schema, and refuse
every key they do not know. What the words mean is in facts.py, clocks.py and machine.py; which
words a document may use together is judged in workflows.py.
"""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from flowcase.terms import LONGEST, CountsFrom, Ends, Roll

#: Words with a meaning of their own; no role, participant, field or question may be called so.
RESERVED = frozenset(
    [
        *("party", "clock", "anyone", "parent", "owner", "recused"),
        *("tier", "cycle", "children", "fired", "clocks", "given", "missing"),
    ]
)

#: Triggers that are the engine's own entries in a history.
RESERVED_TRIGGERS = frozenset({"open", "ring", "recompute", "link", "migrate"})

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
OptionWord = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*")


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _distinct(words: list[Any]) -> list[Any]:
    twice = sorted({str(word) for word in words if words.count(word) > 1})
    if twice:
        raise ValueError(f"named twice: {', '.join(twice)}")
    return words


def _printable(text: str) -> str:
    if not _PRINTABLE.fullmatch(text):
        raise ValueError("contains a control character")
    return text


Label = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Words = Annotated[
    list[Word],
    BeforeValidator(_as_list, json_schema_input_type=Word | list[Word]),
    Field(max_length=100),
    AfterValidator(_distinct),
]
Pairs = Annotated[dict[Word, Word], Field(max_length=50)]


def _as_pairs(value: Any) -> Any:
    """A list of words is each under its own name."""
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return {word: word for word in _distinct(value)}
    return value


Copied = Annotated[
    dict[Word, Word],
    BeforeValidator(_as_pairs, json_schema_input_type=list[Word] | dict[Word, Word]),
    Field(max_length=50),
]
Named = Annotated[list[Word], Field(max_length=100), AfterValidator(_distinct)]


class Model(BaseModel):
    """Base of every table of the language: frozen; no unknown key passes, nor "yes" for true."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Title(Model):
    """A name people read, in both languages."""

    zh: Label
    en: Label

    def in_language(self, language: str) -> str:
        """Return the title in `language` ("zh", anything else is English)."""
        return self.zh if language == "zh" else self.en


class Span(Model):
    """An amount of time: exactly one unit."""

    workdays: Annotated[int, Field(strict=True, ge=0, le=LONGEST["workdays"])] | None = None
    months: Annotated[int, Field(strict=True, ge=0, le=LONGEST["months"])] | None = None
    days: Annotated[int, Field(strict=True, ge=0, le=LONGEST["days"])] | None = None
    hours: Annotated[int, Field(strict=True, ge=0, le=LONGEST["hours"])] | None = None
    work_minutes: Annotated[int, Field(strict=True, ge=0, le=LONGEST["work_minutes"])] | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Span:
        units = [name for name in Span.model_fields if getattr(self, name) is not None]
        if len(units) != 1:
            raise ValueError(f"name exactly one of {', '.join(Span.model_fields)}")
        return self

    def units(self) -> dict[str, int]:
        """Return the unit named, and how many of it."""
        named = {name: getattr(self, name) for name in Span.model_fields}
        return {unit: amount for unit, amount in named.items() if amount is not None}


class Distance(Model):
    """How far one moment lies from another: exactly one of working days, days, hours."""

    workdays: Annotated[int, Field(strict=True, ge=0, le=LONGEST["workdays"])] | None = None
    days: Annotated[int, Field(strict=True, ge=0, le=LONGEST["days"])] | None = None
    hours: Annotated[int, Field(strict=True, ge=0, le=LONGEST["hours"])] | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Distance:
        if len(self.units()) != 1:
            raise ValueError("name exactly one of workdays, days, hours")
        return self

    def units(self) -> dict[str, int]:
        """Return the unit named, and how many of it."""
        named = {"workdays": self.workdays, "days": self.days, "hours": self.hours}
        return {unit: amount for unit, amount in named.items() if amount is not None}


# What a condition may say is known to facts.py; here it is a table of facts, or a list of them.
Condition = Annotated[
    list[dict[str, Any]],
    BeforeValidator(_as_list, json_schema_input_type=dict[str, Any] | list[dict[str, Any]]),
    Field(min_length=1, max_length=50, description="a table of facts, or a list: any of them"),
]


class Register(Model):
    """A list of admitted parties, and the categories they are admitted under."""

    title: Title
    categories: Annotated[dict[Word, Title], Field(max_length=50)] = {}


class Role(Model):
    """What an actor is. `sees`: all cases of this workflow, or his own only."""

    title: Title
    sees: Literal["all", "own"] = "own"


class Find(Model):
    """Look a participant up: who holds his role in charge of a field's value; else the desk."""

    in_charge_of: Word
    otherwise: Word


class Participant(Model):
    """Who an actor is on one case. Without a role: bound by the parent, who names him."""

    role: Word | None = None
    count: Literal["one", "many"] = "one"
    find: Find | None = None
    title: Title | None = None


class _Field(Model):
    """What every field may say: from whom it is hidden (roles, participants), and when."""

    hidden_from: Words = []
    hidden_when: Condition | None = None


class TextField(_Field):
    """A text; it is kept in the history, and in the snapshot only where a rule reads its value.

    unique, here and in other fields: no two open cases of the workflow have the same.
    """

    type: Literal["text"]
    title: Title | None = None
    max_length: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 2000
    unique: bool = False


class ChoiceField(_Field):
    """One of some options: written here, or the entries of a catalogue."""

    type: Literal["choice"]
    title: Title | None = None
    options: Annotated[list[OptionWord], Field(max_length=1000), AfterValidator(_distinct)] = []
    catalogue: Word | None = None

    @model_validator(mode="after")
    def _one_source(self) -> ChoiceField:
        if bool(self.options) == (self.catalogue is not None):
            raise ValueError("name either options or a catalogue")
        for word in ("given", "missing"):
            if word in self.options:
                raise ValueError(f"an option may not be called {word!r}: conditions ask for it")
        return self


class FlagField(_Field):
    """Yes or no."""

    type: Literal["flag"]
    title: Title | None = None


class IntegerField(_Field):
    """A whole number."""

    type: Literal["integer"]
    title: Title | None = None
    at_least: Annotated[int, Field(strict=True, ge=-(2**53) + 1, le=2**53 - 1)] = 0
    at_most: Annotated[int, Field(strict=True, ge=-(2**53) + 1, le=2**53 - 1)] = 2**53 - 1
    unique: bool = False


class DateSpan(Model):
    """Days or months from the moment a date is given; may be negative."""

    days: Annotated[int, Field(strict=True, ge=-3650, le=3650)] | None = None
    months: Annotated[int, Field(strict=True, ge=-120, le=120)] | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> DateSpan:
        if (self.days is None) == (self.months is None):
            raise ValueError("name exactly one of days, months")
        return self


class DateField(_Field):
    """A day; `earliest` and `latest` are reckoned from the day it is given."""

    type: Literal["date"]
    title: Title | None = None
    earliest: DateSpan | None = None
    latest: DateSpan | None = None


class ReferenceField(_Field):
    """Another case, by its id: of which workflow, and what must be so of it when it is named.

    It gets an entry of its own that says which case points at it.
    """

    type: Literal["reference"]
    title: Title | None = None
    to: Word
    must_be: Literal["open"] | None = None
    same_party: bool = False


AnyField = Annotated[
    TextField | ChoiceField | FlagField | IntegerField | DateField | ReferenceField,
    Field(discriminator="type"),
]


class Record(Model):
    """A question to the records: is there another case of `workflow`, the `same` in this, in one
    of `states`, opened `within` this time before? True or false in conditions of transitions.
    """

    title: Title | None = None
    workflow: Word
    same: Annotated[Words, Field(min_length=1)]
    within: Annotated[DateSpan | None, Field(description="days or months, counted back")] = None
    states: Annotated[Words, Field(min_length=1)]


class State(Model):
    """A state: who is accountable in it, and what always holds there.

    settled: a child case is at rest here, done for its parent, and may be taken up again.
    """

    title: Title | None = None
    owner: Word | None = None
    tier: Word | None = None
    final: bool = False
    settled: bool = False
    needs: Condition | None = None


class TermRule(Model):
    """One line of `terms`: if `when` holds, this much time, counted so.

    One of an amount, `until` (a date field) or `clock` (due with another clock); `before` and
    `after` shift the last two; `at_least` is a full term of its own from this clock's start.
    """

    when: Condition | None = None
    workdays: Annotated[int, Field(strict=True, ge=0, le=LONGEST["workdays"])] | None = None
    months: Annotated[int, Field(strict=True, ge=0, le=LONGEST["months"])] | None = None
    days: Annotated[int, Field(strict=True, ge=0, le=LONGEST["days"])] | None = None
    hours: Annotated[int, Field(strict=True, ge=0, le=LONGEST["hours"])] | None = None
    work_minutes: Annotated[int, Field(strict=True, ge=0, le=LONGEST["work_minutes"])] | None = None
    until: Word | None = None
    clock: Word | None = None
    before: Distance | None = None
    after: Distance | None = None
    at_least: Span | None = None
    counts_from: CountsFrom = "filing_day"
    ends: Ends = "midnight"
    roll: Roll = "next_workday"

    @model_validator(mode="after")
    def _one_way(self) -> TermRule:
        ways = ("workdays", "months", "days", "hours", "work_minutes", "until", "clock")
        if sum(getattr(self, way) is not None for way in ways) != 1:
            raise ValueError(f"name exactly one of {', '.join(ways)}")
        if (self.before or self.after) and self.until is None and self.clock is None:
            raise ValueError("'before' and 'after' go with 'until' or 'clock'")
        if self.before and self.after:
            raise ValueError("name 'before' or 'after', not both")
        return self


class Warn(Model):
    """A warning before the due moment, and who is told."""

    before: Distance
    tell: Named = []


class Repeat(Distance):
    """After the due moment: tell again, or with `fire` fire the trigger again, every so often."""

    fire: bool = False

    @model_validator(mode="after")
    def _not_at_once(self) -> Repeat:
        if 0 in self.units().values():
            raise ValueError("a repeat needs at least one unit of time between its rings")
        return self


class Extension(Model):
    """More time: who asks, who decides (never the one who asked), how often, how much at most.

    times: grants in one cycle. ask_before_due: asked at the latest on that working day, 24:00.
    """

    ask: Annotated[Words, Field(min_length=1)]
    decide: Annotated[Words, Field(min_length=1)]
    times: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    at_most: Distance
    ask_before_due: Distance | None = None
    tell: Named = []


class Suspension(Model):
    """Time that stands still: as an extension, with a review date that ends it by itself.

    at_most: from the day it is asked to the review date. total: all pauses of this clock.
    """

    ask: Annotated[Words, Field(min_length=1)]
    decide: Annotated[Words, Field(min_length=1)]
    times: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    at_most: Distance
    total: Distance
    tell: Named = []


class ClockRule(Model):
    """A clock: in which states it runs and stands, how long it has, and what it does then."""

    title: Title | None = None
    runs_in: Words
    pauses_in: Words = []
    starts_on: Words = []
    stops_on: Words = []
    terms: Annotated[list[TermRule], Field(min_length=1, max_length=50)]
    warn: Annotated[list[Warn], Field(max_length=20)] = []
    on_due: Word | None = None
    tell: Named = []
    repeat: Repeat | None = None
    extension: Extension | None = None
    suspension: Suspension | None = None


class Trigger(Model):
    """What a trigger is called by people."""

    title: Title


class Transition(Model):
    """From `source`, on `trigger`, to `dest` (none: internal), if all it asks for holds."""

    trigger: Word
    source: Words | Literal["*"]
    dest: Word | None = None
    by: Annotated[Words, Field(min_length=1)]
    not_by: Words = []
    requires: Named = []
    accepts: Named = []
    when: Condition | None = None
    unless: Condition | None = None
    guards: Named = []
    times: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    clears: Named = []
    new_cycle: bool = False
    tier: Word | None = None
    tell: Named = []


class Intake(Model):
    """How a case is opened: the transition before the first."""

    dest: Word
    by: Annotated[Words, Field(min_length=1)]
    party: Literal["required", "optional", "none"] = "required"
    requires: Named = []
    accepts: Named = []
    tell: Named = []
    register_: Annotated[Word | None, Field(alias="register")] = None
    from_: Annotated[datetime.date | None, Field(alias="from")] = None
    until: datetime.date | None = None


class Child(Model):
    """Cases opened by this one, which is not done before they are.

    per: one for each newly named in this participant; without it, one for each firing. as: what
    he is in the child. copy: the child's fields from the parent's. participants: the child's that
    are always who the parent's are. dates: the child's date fields, from the parent's clocks.
    when_parent_ends: the child's trigger, by its parent, if it is still open then.
    """

    workflow: Word
    opens_on: Annotated[Words, Field(min_length=1)]
    per: Word | None = None
    as_: Annotated[Word | None, Field(alias="as")] = None
    copy_: Annotated[Copied, Field(alias="copy")] = {}
    participants: Pairs = {}
    dates: Pairs = {}
    at_most: Annotated[int, Field(strict=True, ge=1, le=100)] = 20
    when_parent_ends: Word | None = None


class Successor(Model):
    """A case of its own opened by this one; each knows of the other.

    participants: the successor's from this case's, once. party: the field that names it; without,
    the same. continues: the same matter: register and days of filing are not asked, and clocks
    that run in both go on.
    """

    workflow: Word
    opens_on: Annotated[Words, Field(min_length=1)]
    copy_: Annotated[Copied, Field(alias="copy")] = {}
    participants: Pairs = {}
    party: Word | None = None
    continues: bool = False


class UnattendedReaches(Model):
    """If nobody acts, this tier is reached within so many working days."""

    tier: Word
    within_workdays: Count
    not_in: Words = []


class Passes(Model):
    """This state is entered only after one of those was."""

    state: Word
    after: Annotated[Words, Field(min_length=1)]


class Pattern(Model):
    """A kind of move: what fires it, who, from where to where, knowing what."""

    trigger: Word | None = None
    by: Word | None = None
    from_: Annotated[Words, Field(alias="from")] = []
    to: Word | None = None
    when: Condition | None = None
    was: Words = []
    raises: Word | None = None


class Guarantees(Model):
    """What the author promises of the document."""

    unattended_reaches: UnattendedReaches | None = None
    passes: Annotated[list[Passes], Field(max_length=50)] = []
    cycles_at_most: Count | None = None
    possible: Annotated[list[Pattern], Field(max_length=200)] = []
    impossible: Annotated[list[Pattern], Field(max_length=200)] = []


class Measured(Model):
    """A field by which an end is judged, and its values that count as good."""

    field: Word
    values: Annotated[
        list[OptionWord | bool], Field(min_length=1, max_length=200), AfterValidator(_distinct)
    ]


class Report(Model):
    """What the figures of this workflow's cases count; what is left out is not reported.

    unit: the participant whose work it is. clock: the one by which a case is on time. response,
    returned: triggers. concluded: states in which the work is done; without it, the final ones.
    """

    unit: Word | None = None
    clock: Word | None = None
    response: Words = []
    concluded: Words = []
    returned: Words = []
    solved: Measured | None = None
    satisfied: Measured | None = None


class Document(Model):
    """A workflow document."""

    name: Word
    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    title: Title
    source: Annotated[str, StringConstraints(max_length=500), AfterValidator(_printable)] = ""
    calendar: Word = "cn"
    timezone: str | None = None
    closed_loop: bool = True
    tiers: Annotated[list[Word], Field(max_length=20), AfterValidator(_distinct)] = []
    words: Annotated[dict[OptionWord, Title], Field(max_length=500)] = {}
    intake: Intake
    registers: Annotated[dict[Word, Register], Field(max_length=20)] = {}
    roles: Annotated[dict[Word, Role], Field(max_length=100)] = {}
    participants: Annotated[dict[Word, Participant], Field(max_length=50)] = {}
    fields: Annotated[dict[Word, AnyField], Field(max_length=200)] = {}
    records: Annotated[dict[Word, Record], Field(max_length=50)] = {}
    states: Annotated[dict[Word, State], Field(min_length=1, max_length=100)]
    clocks: Annotated[dict[Word, ClockRule], Field(max_length=50)] = {}
    children: Annotated[dict[Word, Child], Field(max_length=20)] = {}
    successors: Annotated[dict[Word, Successor], Field(max_length=20)] = {}
    triggers: Annotated[dict[Word, Trigger], Field(max_length=200)] = {}
    transitions: Annotated[list[Transition], Field(max_length=500)]
    guarantees: Guarantees = Guarantees()
    report: Report = Report()
