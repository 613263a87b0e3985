"""Looking at a case: the case with the rules it is bound to, its calendar, and who is who."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flowcase.calendars.calendar import Calendar
from flowcase.calendars.reckoning import zone_named
from flowcase.case import Case
from flowcase.cli.desk import Desk
from flowcase.cli.dials import Dial, read_dials
from flowcase.cli.telling import NONE, Teller
from flowcase.engine import Engine
from flowcase.history import Entry
from flowcase.statements import PARTIES, STAFF
from flowcase.time import utc
from flowcase.workflows.rules import Workflow

#: Names looked up at once; whoever comes beyond is told by id.
MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class Look:
    """A case as it was found at a moment, and what is needed to tell of it."""

    case: Case
    workflow: Workflow
    calendar: Calendar
    now: datetime
    teller: Teller

    def dials(self) -> list[Dial]:
        """Return what its clocks show."""
        return read_dials(self.workflow, self.case, self.calendar, self.now)


def look_at(desk: Desk, engine: Engine, case: Case, entries: Iterable[Entry] = ()) -> Look:
    """Look at a case that was loaded, with entries of its history that will be told.

    Errors: NotFound, DocumentError for its rules.
    """
    workflow = workflow_of(engine, case.document)
    people = [*_people_of(case), desk.actor_id, *_people_in(entries, workflow)]
    teller = teller_for(desk, engine, workflow, people)
    now = max(utc(engine.clock.now()), case.changed_at)
    calendar = engine.library.calendar(workflow.document.calendar)
    return Look(case, workflow, calendar.as_known(calendar.local_date(now)), now, teller)


def workflow_of(engine: Engine, digest: str) -> Workflow:
    """Return the document that a case is bound to. Errors: NotFound, DocumentError."""
    with engine.store.reading() as transaction:
        return engine.library.of(transaction, digest).workflow


def teller_for(
    desk: Desk, engine: Engine, workflow: Workflow, people: Iterable[str | None] = ()
) -> Teller:
    """Return who tells of a workflow's cases; people: the ids whose names are needed."""
    calendar = engine.library.calendar(workflow.document.calendar)
    zone = zone_named(calendar.timezone)
    return Teller(desk.language, zone, workflow, names_of(engine, people))


def names_of(engine: Engine, people: Iterable[str | None]) -> dict[str, str]:
    """Return what people, units and parties are called, by id; who is in no list is left out."""
    ids = sorted({each for each in people if each and each[:1] != "@"})
    found: dict[str, str] = {}
    for table in (PARTIES, STAFF):
        asked = table.select().where(table.c.id.in_(ids[:MOST_NAMES]))
        if ids:
            found |= {row.id: row.name for row in engine.store.select(asked)}  # type: ignore[attr-defined]  # named rows
    return found


def entry_lines(entries: Iterable[Entry], teller: Teller) -> Iterator[tuple[str, str, str, str]]:
    """Return each entry as number, moment, who, and what it did."""
    for entry in entries:
        yield (
            str(entry.revision),
            teller.moment(entry.at),
            teller.say("clock", "时限") if entry.rung is not None else who_acted(entry, teller),
            what_happened(entry, teller),
        )


def who_acted(entry: Entry, teller: Teller) -> str:
    """Return who acted, and for whom."""
    actor = teller.who(entry.actor)
    if entry.on_behalf_of is None:
        return actor
    return teller.say(f"{actor} for {entry.on_behalf_of}", f"{actor} 代 {entry.on_behalf_of}")


def what_happened(entry: Entry, teller: Teller) -> str:
    """Return what an entry did: the trigger, where it led, and for a clock which rung rang."""
    said = [] if entry.trigger == "ring" else [teller.title(entry.trigger, "triggers")]
    if entry.trigger == "open":
        said = [teller.say("opened", "提交")]
    if entry.trigger == "migrate":
        digest = str(entry.changes.set["documents"][-1][1])[:12]
        said = [teller.say(f"moved to document {digest}", f"改用文档 {digest}")]
    if entry.rung is not None:
        said.append(rung_in_words(str(entry.rung["clock"]), str(entry.rung["rung"]), teller))
    if entry.source is not None and entry.dest != entry.source:
        said.append(f"→ {teller.title(entry.dest, 'states')}")
    return " ".join(said) or NONE


def rung_in_words(clock: str, rung: str, teller: Teller) -> str:
    """Return which rung of which clock rang."""
    title = teller.title(clock, "clocks")
    words = {
        "due": teller.say("time is up", "到期"),
        "repeat": teller.say("still overdue", "逾期未办"),
        "provisional": teller.say("estimated due moment near", "预计期限将至"),
    }
    word = words.get(rung, teller.say("due soon", "即将到期"))
    return teller.say(f"[{title}: {word}]", f"［{title}：{word}］")


def _people_of(case: Case) -> Iterator[str | None]:
    yield case.owner
    yield case.party
    for held in case.participants().values():
        yield from [held] if isinstance(held, str) else held


def _people_in(entries: Iterable[Entry], workflow: Workflow) -> Iterator[str | None]:
    for entry in entries:
        yield entry.actor
        yield entry.on_behalf_of
        yield from entry.told
        for name in workflow.document.participants:
            yield from entry.details.get(name, ())
