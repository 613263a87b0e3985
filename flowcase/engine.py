"""The front door: open cases, fire triggers, ask what may be done, ring what is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from flowcase import intake, machine, reasons
from flowcase.absences import stood_in_for
from flowcase.case import Actor, Case, Move, Verdict, identifier, new_case_id
from flowcase.clocks import Rung, rung_of
from flowcase.data import read_data
from flowcase.errors import (
    CaseNotFound,
    Conflict,
    DatabaseError,
    InvalidInput,
    NotFound,
    Refused,
)
from flowcase.explanation import Explanation, explain_clock
from flowcase.family import Family
from flowcase.gate import install
from flowcase.guards import Guard
from flowcase.history import Entry, broken_link, commit_to, first_document, require_writable
from flowcase.installations import Installation
from flowcase.library import Library
from flowcase.listing import Page, Query, list_cases, texts_of
from flowcase.machine import RuleBook
from flowcase.outcome import Call, Outcome, World
from flowcase.people import People
from flowcase.records import questions
from flowcase.recount import Recounted, recount
from flowcase.schema import make_ready
from flowcase.snapshots import drift, miscounted, rebuilt
from flowcase.store import MOST_TRIES, Keyed, StaleCase, Store, Transaction
from flowcase.sweep import TickReport, sweep
from flowcase.time import Clock, SystemClock, utc
from flowcase.transfers import Transferred, transfer
from flowcase.visibility import entry_without, hidden_fields, sees, standing, view_of, without
from flowcase.workflows.rules import Workflow

LONGEST_KEY = 200


def open_engine(
    database: str | Database,
    *,
    workflows: Iterable[str | Path] = (),
    calendars: Iterable[str | Path] = (),
    guards: Mapping[str, Guard] | None = None,
    clock: Clock | None = None,
    accept_unproved: bool = False,
    trust: bool = False,
) -> Engine:
    """Open an engine on a database: a URL, or the host's SQLAlchemy Engine.

    workflows, calendars: folders to look in before those that come with flowcase.
    guards: functions that documents may name. clock: what tells the time; the system's by default.
    New cases are opened under the document of `workflows`; else under the newest that was
    installed; else under the one that comes with flowcase. A document of `workflows` is proved
    once; one that is refuted may not run. accept_unproved: one that is undecided may.
    trust: nothing is proved: to replay what a proof found, and to install; never for a city.
    An SQLite database that is empty is made ready; any other is used only if its schema is of
    this version.
    Errors: DatabaseError, SchemaMismatch, DocumentError, Unproved, CalendarError, NotFound.
    """
    store = Store(database)
    clock = clock or SystemClock()
    folders = [Path(each) for each in workflows]
    try:
        make_ready(store)
        library = Library(
            store,
            folders,
            list(calendars),
            dict(guards or {}),
            utc(clock.now()),
            accept_unproved=accept_unproved,
            trust=trust,
        )
    except BaseException:
        store.close()  # what could not be opened holds no connection
        raise
    return Engine(store, library, clock)


class Engine(People):
    """Cases of some workflows, in one database. Safe to share between threads."""

    # -- writing --------------------------------------------------------------------------------

    def open(
        self,
        workflow: str,
        *,
        actor: Actor,
        party: str | None = None,
        data: Mapping[str, Any] | None = None,
        key: str | None = None,
        session: Session | None = None,
    ) -> Case:
        """Open a case. The same key again returns the case it first led to.

        key: chosen by the caller, at most 200 characters, unique per workflow.
        session: write inside this transaction of the host; flushed, never committed.
        Errors: NotFound, Refused with every reason, InvalidInput, Conflict, OutcomeUnknown.
        """
        _require_key(key)
        _require_actor(actor)
        if party is not None:
            identifier(party, "a party")
        call = Call("open", actor, self._now(), _copied(data), key)
        for _ in range(MOST_TRIES if session is None else 1):
            try:
                return self._open(workflow, party, call, session)
            except StaleCase:  # a value that must be unique was taken in the meantime
                continue
        raise Conflict("somebody else opened the like at the same moment: look, and try again")

    def _open(self, workflow: str, party: str | None, call: Call, session: Session | None) -> Case:
        key = call.key
        with self.store.reading(session) as transaction:
            book = self.library.current(workflow, transaction)
            if key is not None:
                earlier = transaction.case_under_key(workflow, key)
                if earlier is not None:
                    return self._opened_before(transaction, earlier, party, call)
            world = self._world(book, transaction, call.at)
            register = book.workflow.document.intake.register_
            admission = transaction.admission(register, party) if register and party else None
            outcome = intake.decide_opening(
                book.workflow, new_case_id(call.at), party, call, world, admission
            )
            outcome = self._family(transaction, call).follow(book, None, outcome)
            opened = transaction.open(outcome, key)
            if opened is not None:
                return opened
            assert key is not None, "only a key can be taken"
            earlier = transaction.case_under_key(workflow, key)
            assert earlier is not None, "a key that is taken leads to a case"
            return self._opened_before(transaction, earlier, party, call)

    def fire(
        self,
        case_id: str,
        trigger: str,
        actor: Actor,
        data: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        session: Session | None = None,
    ) -> Case:
        """Fire a trigger and return the case as it is then.

        The same key on the same case again returns the first result; with another trigger or
        other data it is refused. session: as for `open`; a Conflict then says to roll back.
        Errors: CaseNotFound, Refused with every reason, InvalidInput, Conflict, OutcomeUnknown.
        """
        _require_key(key)
        _require_actor(actor)
        given = _copied(data)

        def decide(transaction: Transaction, case: Case) -> Outcome:
            book = self.library.of(transaction, case.document)
            at = max(self._now(), case.changed_at)  # a clock set back does not turn the record back
            world = self._world(book, transaction, at)
            call = Call(trigger, actor, at, given, key)
            world = self._asking(transaction, book, case, [trigger], call, world, lock=True)
            try:
                outcome = machine.decide(book, case, call, world)
            except Refused as no:
                raise _discreet(no, book, case, call, world) from None
            return self._family(transaction, call).follow(book, case, outcome)

        moved = self.store.decide_and_move(case_id, key, decide, session)
        if isinstance(moved, Case):
            return moved
        with self.store.reading(session) as transaction:
            return self._fired_before(
                transaction, *moved, Call(trigger, actor, self._now(), given, key)
            )

    def tick(self, limit: int | None = None, at: datetime | None = None) -> TickReport:
        """Ring every rung that is due by `at` (default: now), of at most `limit` cases.

        Any number of ticks may run at once; each rung rings once. Errors: InvalidInput for a
        moment that has not come: what would ring then is not due.
        """
        moment = self._now() if at is None else utc(at)
        if moment > self._now():
            raise InvalidInput(f"{moment.isoformat()} has not come yet; ring what is due by now")

        def ring(
            transaction: Transaction, case: Case, without: frozenset[Rung]
        ) -> Outcome | machine.NotRung | datetime | None:
            book = self.library.of(transaction, case.document)
            now = max(moment, case.changed_at)
            rung = machine.ring(book, case, now, self._world(book, transaction, now), without)
            if not isinstance(rung, Outcome):
                return rung
            family = self._family(transaction, Call("ring", machine.CLOCK, now, {}))
            try:
                return family.follow(book, case, rung)
            except Refused as no:  # a child's rules; this case's other clocks ring on
                return machine.NotRung(rung_of(rung.entry.rung or {}), str(no))

        return sweep(self.store, moment, limit, ring)

    def recompute(
        self, calendar: str, *, dry_run: bool = False, actor: Actor | None = None
    ) -> Iterator[tuple[int, list[Recounted]]]:
        """Measure the clocks of open cases again under the notices known now, batch by batch.

        Gives for each batch how many cases it held and which clocks moved, or with `dry_run`
        would. A clock brought forward is never due before the end of the next working day.
        May be interrupted and run again. Errors: CalendarError.
        """
        known = self.library.calendar(calendar)
        now = self._now()

        def surroundings(transaction: Transaction, case: Case) -> tuple[Workflow, World]:
            book = self.library.of(transaction, case.document)
            return book.workflow, self._world(book, transaction, now)

        return recount(
            self.store,
            known.as_known(known.local_date(now)),
            now,
            surroundings,
            dry_run=dry_run,
            actor=actor or machine.CLOCK,
        )

    # -- versions -------------------------------------------------------------------------------

    def install(
        self,
        workflow: Workflow,
        *,
        actor: Actor | None = None,
        accept_unproved: bool = False,
        reason: str | None = None,
        together: Iterable[Workflow] = (),
    ) -> Installation:
        """Install a document for new cases of every engine on this database.

        accept_unproved: also where guarantees are undecided (never where one is refuted); `actor`
        answers for it with a `reason`, and both are kept. The same document again changes nothing.
        together: documents that are installed with it, and that it speaks of.
        Errors: Unproved with the way to where it breaks; DocumentError if its version is taken by
        another document, or is not the newest; InvalidInput.
        """
        self.library.require_fitting((workflow, *together))
        made = install(
            self.store,
            workflow,
            self.library.calendar,
            self._now(),
            actor=actor.id if actor is not None else None,
            accept_unproved=accept_unproved,
            reason=reason,
        )
        with self.store.reading() as transaction:
            self.library.refresh(transaction, workflow.name)
        return made

    def migrate(
        self,
        workflow: str,
        *,
        to: int | str,
        dry_run: bool = False,
        actor: Actor | None = None,
    ) -> Iterator[list[Transferred]]:
        """Move the open cases of a workflow to another version of it, batch by batch.

        to: the version, or the start of the digest, of a document that is used for new cases or
        was installed. Gives each case that stands under another document, and every reason why it
        stays where it is. Each case that moves gets one entry; interrupted, it may be run again.
        Errors: NotFound, DocumentError, CalendarError.
        """
        book = self.library.rules(self.library.version(self.store, workflow, to))
        now = self._now()

        def surroundings(transaction: Transaction, case: Case) -> tuple[Workflow, World]:
            before = self.library.of(transaction, case.document).workflow
            return before, self._world(book, transaction, now)

        acting = actor or machine.CLOCK
        return transfer(self.store, book.workflow, now, surroundings, dry_run=dry_run, actor=acting)

    # -- reading --------------------------------------------------------------------------------

    # Reads trust the host; given an actor, they show him what he may see and nothing else: another
    # case is not found, as one that does not exist, and what is hidden from him is left out.

    def case(
        self, case_id: str, *, actor: Actor | None = None, session: Session | None = None
    ) -> Case:
        """Return a case as it stands. Errors: CaseNotFound."""
        with self.store.reading(session) as transaction:
            if actor is None:
                return transaction.load(case_id)[0]
            case, hidden = self._seen(transaction, case_id, actor)
            return without(case, hidden)

    def cases(
        self,
        *,
        workflow: str | None = None,
        state: str | None = None,
        owner: str | None = None,
        party: str | None = None,
        tier: str | None = None,
        overdue: bool | None = None,
        due_before: datetime | None = None,
        finished: bool | None = None,
        participant: str | Actor | None = None,
        actor: Actor | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> Page:
        """Return a page of cases, those due first before the others.

        participant: whose part it is now: an id, a unit, `@role`; or an Actor: his own, his
        unit's, his desks' and those of whom he stands in for today. actor: only what he sees.
        overdue: whether a clock now running is past its due moment. due_before: exclusive.
        limit: 1 to 1000. after: the `next` of the page before.
        Errors: InvalidInput for a limit or a cursor that cannot be.
        """
        for word in (workflow, state, owner, party, tier):
            if word is not None:
                require_writable(word, "what is asked for")
        query = Query(
            workflow,
            state,
            owner,
            party,
            tier,
            overdue,
            due_before and utc(due_before),
            finished,
            held_by=() if participant is None else self._standing(participant),
        )
        if actor is None:
            return list_cases(self.store, query, limit, after, self._now())
        with self.store.reading() as transaction:
            books = [self.library.of(transaction, each) for each in transaction.documents()]
            unit = actor.on_behalf_of and transaction.unit_of(actor.on_behalf_of)
        view = view_of(actor, unit, [book.workflow for book in books])
        page = list_cases(self.store, replace(query, view=view), limit, after, self._now())
        with self.store.reading() as transaction:
            shown = [without(case, self._hidden(transaction, case, actor)) for case in page]
        return replace(page, cases=tuple(shown))

    def children(self, case_id: str, *, actor: Actor | None = None) -> list[Case]:
        """Return the children of a case in the order they were opened. Errors: CaseNotFound."""
        with self.store.reading() as transaction:
            self._seen(transaction, case_id, actor)
            found = transaction.children(case_id)
            if actor is None:
                return found
            seen = [case for case in found if self._sees(transaction, case, actor)]
            return [without(case, self._hidden(transaction, case, actor)) for case in seen]

    def fields(self, case_id: str, *, actor: Actor | None = None) -> dict[str, Any]:
        """Return every field of a case, long texts included. Errors: CaseNotFound."""
        with self.store.reading() as transaction:
            case, hidden = self._seen(transaction, case_id, actor)
            book = self.library.of(transaction, case.document)
            return texts_of(transaction, without(case, hidden), book.workflow)

    def may(
        self, case_id: str, trigger: str, actor: Actor, data: Mapping[str, Any] | None = None
    ) -> Verdict:
        """Answer whether `actor` may fire `trigger` now, or every reason why not; changes nothing.

        Data not given counts as still to be given. Errors: CaseNotFound.
        """
        _require_actor(actor)
        with self.store.reading() as transaction:
            case, book, world, at = self._asked(transaction, case_id)
            call = Call(trigger, actor, at, _copied(data))
            world = self._asking(transaction, book, case, [trigger], call, world)
            verdict = machine.may(book, case, call, world)
            if verdict.ok:
                return verdict
            return Verdict(
                False, _discreet(Refused(verdict.reasons), book, case, call, world).reasons
            )

    def available(self, case_id: str, actor: Actor | None = None) -> list[Move]:
        """Return the triggers `actor` may fire now; without one, those somebody may.

        Errors: CaseNotFound.
        """
        if actor is not None:
            _require_actor(actor)
        with self.store.reading() as transaction:
            case, book, world, at = self._asked(transaction, case_id)
            call = Call("open", actor or machine.CLOCK, at, {})
            moves = book.workflow.moves[case.state]
            world = self._asking(transaction, book, case, moves, call, world)
            return machine.available(book, case, actor, at, world)

    def history(
        self, case_id: str, *, after: int = 0, limit: int = 10_000, actor: Actor | None = None
    ) -> list[Entry]:
        """Return a case's entries in order, those after number `after`. Errors: CaseNotFound."""
        with self.store.reading() as transaction:
            _, hidden = self._seen(transaction, case_id, actor)
            entries = transaction.history(case_id, after, limit)
        return [entry_without(entry, hidden) for entry in entries] if hidden else entries

    def verify(self, case_id: str) -> str | None:
        """Return what is wrong with a case's record, or None.

        Asked are: its chain, that it replays to what is stored, its rules' digest, and when it is
        looked at next. Errors: CaseNotFound.
        """
        try:
            with self.store.reading() as transaction:
                case, _ = transaction.load(case_id)
                entries = list(transaction.whole_history(case_id))
                book = self.library.of(transaction, case.document)
                rung = machine.next_due(book, case, self._world(book, transaction, self._now()))
                waiting = transaction.retry_at(case_id)
                family = transaction.counted_children(case_id)
            wrong = broken_link(case.id, first_document(case.document, entries), entries)
            if wrong is None and (not entries or entries[-1].digest != case.head):
                wrong = "the history does not end where the case says it does"
            wrong = wrong or drift(case, entries, book.workflow) or miscounted(case, *family)
        except CaseNotFound:
            raise
        except (DatabaseError, ValueError, KeyError, TypeError) as error:
            return f"what is stored cannot be read: {error}"
        if wrong is None and case.wake_at != (rung and rung.at) and waiting is None:
            wrong = "the case would not be looked at when its next rung rings"
        return wrong

    def explain(self, case_id: str, clock: str, *, actor: Actor | None = None) -> Explanation:
        """Explain a clock of a case day by day: what was counted, what was not, and why.

        Errors: CaseNotFound, NotFound if the case's workflow has no such clock.
        """
        with self.store.reading() as transaction:
            self._seen(transaction, case_id, actor)
            case, book, _, at = self._asked(transaction, case_id)
        if clock not in book.workflow.clocks:
            known = ", ".join(book.workflow.clocks) or "none"
            raise NotFound(f"workflow {case.workflow!r} has no clock {clock!r}; it has: {known}")
        calendar = self.library.calendar(book.workflow.document.calendar)
        return explain_clock(book.workflow, case, clock, calendar, at)

    def close(self) -> None:
        """Close the database connections, if they are flowcase's own."""
        self.store.close()

    # -- inside ---------------------------------------------------------------------------------

    def _world(self, book: RuleBook, transaction: Transaction, at: datetime) -> World:
        calendar = self.library.calendar(book.workflow.document.calendar)
        return World(calendar.as_known(calendar.local_date(at)), transaction, transaction)

    def _family(self, transaction: Transaction, call: Call) -> Family:
        return Family(self.library, transaction, self._world, call)

    def _asking(
        self,
        transaction: Transaction,
        book: RuleBook,
        case: Case,
        triggers: Iterable[str],
        call: Call,
        world: World,
        *,
        lock: bool = False,
    ) -> World:
        """Return the world with what the records answer, if a transition may ask them.

        lock: nobody else asks the records of this party until what is decided is written.
        """
        workflow = book.workflow
        asked = questions(workflow, case, triggers, call.data, call.at, world.calendar)
        if not asked:
            return world
        if lock:
            transaction.take_turn(str(case.party))
        return replace(world, records=transaction.answers(case, asked))

    def _seen(
        self, transaction: Transaction, case_id: str, actor: Actor | None
    ) -> tuple[Case, frozenset[str]]:
        """Return a case, and the fields of it hidden from an actor. Errors: CaseNotFound, also if
        he does not see it.
        """
        case, _ = transaction.load(case_id)
        if actor is None:
            return case, frozenset()
        if not self._sees(transaction, case, actor):
            raise transaction.not_found(case_id)
        return case, self._hidden(transaction, case, actor)

    def _sees(self, transaction: Transaction, case: Case, actor: Actor) -> bool:
        book = self.library.of(transaction, case.document)
        return sees(book.workflow, case, actor, self._world(book, transaction, self._now()))

    def _hidden(self, transaction: Transaction, case: Case, actor: Actor) -> frozenset[str]:
        book = self.library.of(transaction, case.document)
        at = max(self._now(), case.changed_at)
        world = self._world(book, transaction, at)
        return hidden_fields(book.workflow, case, actor, world, at)

    def _standing(self, participant: str | Actor) -> tuple[str, ...]:
        """Return the values under which somebody holds a part."""
        if isinstance(participant, str):
            require_writable(participant, "what is asked for")
            return (participant,)
        return (*standing(participant), *stood_in_for(self.store, participant.id, self.today()))

    def _asked(
        self, transaction: Transaction, case_id: str
    ) -> tuple[Case, RuleBook, World, datetime]:
        case, _ = transaction.load(case_id)
        book = self.library.of(transaction, case.document)
        at = max(self._now(), case.changed_at)
        return case, book, self._world(book, transaction, at), at

    def _opened_before(
        self, transaction: Transaction, case_id: str, party: str | None, call: Call
    ) -> Case:
        case, _ = transaction.load(case_id)
        first = transaction.history(case_id, limit=1)[0]
        keyed = Keyed(1, "open", first.salt, first.commitment, first.actor, first.at)
        if case.party != party:
            raise Refused([reasons.key_taken(str(call.key), "open", 1)])
        self._require_same(transaction, case, keyed, call)
        return rebuilt(case, [first])

    def _fired_before(self, transaction: Transaction, case: Case, keyed: Keyed, call: Call) -> Case:
        self._require_same(transaction, case, keyed, call)
        return rebuilt(case, transaction.history(case.id, limit=keyed.revision))

    def _require_same(self, transaction: Transaction, case: Case, keyed: Keyed, call: Call) -> None:
        book = self.library.of(transaction, case.document_at(keyed.revision))
        calendar = self.library.calendar(book.workflow.document.calendar)
        own = book.workflow.request_fields.get(call.trigger)
        today = calendar.local_date(keyed.at)  # a date is possible or not on the day it was given
        given, wrong = read_data(book.workflow, call.data, today, own)
        same = (keyed.trigger, keyed.actor) == (call.trigger, call.actor.id) and (
            keyed.salt is None
            or (not wrong and commit_to(given.details(), keyed.salt) == keyed.commitment)
        )
        if not same:
            raise Refused([reasons.key_taken(str(call.key), keyed.trigger, keyed.revision)])


def _discreet(no: Refused, book: RuleBook, case: Case, call: Call, world: World) -> Refused:
    """Return a refusal as who is refused may hear it: without a word of a case he does not see.

    Who may fire the trigger hears why not, whether he sees the case or not.
    """
    entitled = not {reason.code for reason in no.reasons} & {"role", "wrong_state", "recused"}
    if entitled or sees(book.workflow, case, call.actor, world):
        return no
    recused = [reason for reason in no.reasons if reason.code == "recused"]  # he knows he is
    return machine.refused(
        book.workflow, recused or [reasons.not_seen(call.trigger, call.actor.id)]
    )


def _copied(data: Mapping[str, Any] | None) -> dict[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise InvalidInput(f"data is a mapping of names to values; got {type(data).__name__}")
    return dict(data)


def _require_actor(actor: Actor) -> None:
    if not isinstance(actor, Actor):
        raise InvalidInput(f"who acts is an Actor; got {type(actor).__name__}")
    if actor.id == machine.CLOCK.id:
        raise InvalidInput(f"{actor.id!r} is the engine's own name; nobody else acts under it")


def _require_key(key: str | None) -> None:
    if key is None:
        return
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(f"a key has 1 to {LONGEST_KEY} characters")
    require_writable(key, "the key")
