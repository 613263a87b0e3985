"""Families: what a move does to other cases: opens, binds, settles, links and counts them.

Each is decided by the rules of its own document, in the same transaction, and written with the
move or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flowcase import intake, machine, reasons
from flowcase.case import Case, new_case_id
from flowcase.clocks import active
from flowcase.data import Given
from flowcase.history import Changes
from flowcase.kin import Origin, newly_named
from flowcase.ledgers import Ledger, read_ledgers
from flowcase.library import Library
from flowcase.machine import RuleBook
from flowcase.outcome import Beside, Call, Draft, Outcome, World, appoint, conclude
from flowcase.store import Transaction
from flowcase.workflows.language import Child, ReferenceField, Successor
from flowcase.workflows.rules import Workflow

#: The world a case of these rules is decided in, at a moment.
Surroundings = Callable[[RuleBook, Transaction, datetime], World]


#: More cases than this one move does not touch.
MOST_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class _Happened:
    """A case that was moved or opened, and is to be followed up."""

    book: RuleBook
    before: Case | None
    outcome: Outcome

    @property
    def workflow(self) -> Workflow:
        """The rules of the case."""
        return self.book.workflow

    @property
    def case(self) -> Case:
        """The case as it is then."""
        return self.outcome.case

    def held(self, name: str) -> tuple[Any, Any]:
        """Return who held a part before, and who holds it now."""
        key = "participants." + name
        before = self.before.facts.get(key) if self.before is not None else None
        return before, self.case.facts.get(key)

    def recording(self, key: str, case_id: str) -> _Happened:
        """Return the same with one more case that was opened, in its facts and its entry."""
        case, entry = self.outcome.case, self.outcome.entry
        ids = [*case.facts.get(key, ()), case_id]
        case = replace(case, facts=MappingProxyType({**case.facts, key: ids}))
        changes = Changes({**entry.changes.set, key: ids}, entry.changes.removed)
        entry = replace(entry, changes=changes)
        return replace(self, outcome=replace(self.outcome, case=case, entry=entry))


class Family:
    """What one move does to other cases: what happens to each is followed up at once."""

    def __init__(
        self, library: Library, transaction: Transaction, surroundings: Surroundings, call: Call
    ) -> None:
        self._library = library
        self._transaction = transaction
        self._surroundings = surroundings
        self._actor = call.actor
        self._at = call.at
        self._moves: dict[str, list[Beside]] = {}
        self._counts: dict[str, int] = {}
        self._number = 0
        self._last_id = ""

    def follow(self, book: RuleBook, before: Case | None, outcome: Outcome) -> Outcome:
        """Return the outcome with all it does to other cases. Errors: Refused, if one may not."""
        if not _has_kin(book.workflow, outcome):
            return outcome
        self._follow_up(_Happened(book, before, outcome))
        self._add_up()
        own, *again = self._moves.pop(outcome.case.id)
        others = (each for moves in self._moves.values() for each in moves)
        return replace(own.outcome, beside=(*again, *others), counts=MappingProxyType(self._counts))

    def _follow_up(self, happened: _Happened) -> None:
        self._number += 1
        if self._number > MOST_TOGETHER:
            raise machine.refused(happened.workflow, [reasons.too_wide(MOST_TOGETHER)])
        moves = self._moves.setdefault(happened.case.id, [])
        place = len(moves)
        moves.append(Beside(happened.before, happened.outcome))
        happened = self._open_all(happened)
        moves[place] = Beside(happened.before, happened.outcome)
        self._link_references(happened)
        if happened.case.finished:
            self._settle_children(happened)
        else:
            self._bind_children(happened)
        self._tell_parent(happened)

    def _add_up(self) -> None:
        """Let the cases that are moved anyway carry their counters with them."""
        for case_id in [case_id for case_id in self._counts if case_id in self._moves]:
            last = self._moves[case_id][-1]
            case = last.outcome.case
            counted = replace(case, unsettled=case.unsettled + self._counts.pop(case_id))
            self._moves[case_id][-1] = replace(last, outcome=replace(last.outcome, case=counted))

    # -- opening ---------------------------------------------------------------------------------

    def _open_all(self, happened: _Happened) -> _Happened:
        """Open the children and successors its trigger opens; return it with them recorded."""
        entry, before = happened.outcome.entry, happened.before
        if before is None:
            return happened
        for table, child in happened.workflow.opened_on(entry.trigger):
            whom: Iterable[str | None] = [None]
            if child.per is not None:
                whom = newly_named(child.per, before.facts, entry.details)
            for who in whom:
                opened = self._open_child(happened, table, child, who)
                happened = happened.recording(f"children.{table}", opened.id)
                if not opened.settled:
                    self._count(happened.case.id, 1)
        for table, successor in happened.workflow.followed_on(entry.trigger):
            opened = self._open_successor(happened, successor)
            happened = happened.recording(f"successors.{table}", opened.id)
        return happened

    def _open_child(self, happened: _Happened, table: str, rule: Child, who: str | None) -> Case:
        case = happened.case
        clocks = read_ledgers(case.facts, happened.workflow)
        data = self._copied(happened, rule.copy_)
        data |= {
            name: clocks[clock].last_day for name, clock in rule.dates.items() if clock in clocks
        }
        bound = {**rule.participants, "recused": "recused"}  # who is out of it is out of its parts
        facts: dict[str, Any] = {
            **{f"bound.{name}": whose for name, whose in bound.items()},
            **_parts(case, bound),
            "parent.table": table,
            "depth": case.facts.get("depth", 0) + 1,
        }
        if rule.as_ is not None:
            data[rule.as_] = who
            facts |= {"parent.as": rule.as_, "parent.per": rule.per}
        return self._open(happened, rule.workflow, data, Origin(case.id, facts), case.party)

    def _open_successor(self, happened: _Happened, rule: Successor) -> Case:
        case = happened.case
        workflow = self._library.current(rule.workflow, self._transaction).workflow
        facts = {**_parts(case, rule.participants), "predecessor": case.id}
        ledgers = _going_on(happened, workflow) if rule.continues else {}
        party = case.party if rule.party is None else case.facts.get("fields." + rule.party)
        origin = Origin(None, facts, rule.continues, ledgers)
        return self._open(
            happened, rule.workflow, self._copied(happened, rule.copy_), origin, party
        )

    def _open(
        self,
        happened: _Happened,
        name: str,
        data: Mapping[str, Any],
        origin: Origin,
        party: str | None,
    ) -> Case:
        """Decide an opening by the intake of its own document. Errors: Refused."""
        book = self._library.current(name, self._transaction)
        document = book.workflow.document
        if document.intake.party == "none":
            party = None
        register = document.intake.register_
        admission = self._transaction.admission(register, party) if register and party else None
        outcome = intake.decide_opening(
            book.workflow,
            self._new_id(happened.case),
            party,
            Call("open", self._actor, self._at, data),
            self._surroundings(book, self._transaction, self._at),
            admission,
            origin=origin,
        )
        self._follow_up(_Happened(book, None, outcome))
        return outcome.case

    def _new_id(self, opener: Case) -> str:
        """Return an id after the opener's, and after those it opened: they sort as opened."""
        before = (each for ids in opener.linked().values() for each in ids)
        self._last_id = new_case_id(self._at, after=max(opener.id, self._last_id, *before))
        return self._last_id

    def _copied(self, happened: _Happened, names: Mapping[str, str]) -> dict[str, Any]:
        """Return fields as they were given, long texts out of the history."""
        case, entry, workflow = happened.case, happened.outcome.entry, happened.workflow
        given = {entry.revision: entry.details}
        found = {}
        for name, source in names.items():
            value = case.facts.get("fields." + source)
            is_text = workflow.document.fields[source].type == "text"
            if value is not None and is_text and source not in workflow.kept:
                if value not in given:
                    given[value] = self._transaction.history(case.id, value - 1, 1)[0].details
                value = given[value].get(source)  # None: it was redacted
            if value is not None:
                found[name] = value
        return found

    # -- moving ----------------------------------------------------------------------------------

    def _link_references(self, happened: _Happened) -> None:
        """What is pointed at gets an entry, and so a revision: two cannot point at each other."""
        fields = happened.workflow.document.fields
        for name, value in happened.outcome.entry.details.items():
            rule = fields.get(name)
            if isinstance(rule, ReferenceField) and rule.must_be is not None:
                self._link(value, happened.case.id, "linked", {}, tell=("owner",))

    def _settle_children(self, happened: _Happened) -> None:
        """What is still open when its parent ends is ended by the trigger the document names."""
        before = happened.before
        if before is None or before.finished or not before.unsettled:
            return
        for found in self._transaction.children(happened.case.id):
            child = self._now(found)
            if child.settled:
                continue
            book = self._library.of(self._transaction, child.document)
            rule = happened.workflow.document.children[child.facts["parent.table"]]
            assert rule.when_parent_ends is not None, "a document that lacks it is not read"
            at = max(self._at, child.changed_at)
            call = Call(rule.when_parent_ends, self._actor, at, {}, by_parent=True)
            world = self._surroundings(book, self._transaction, at)
            self._follow_up(_Happened(book, child, machine.decide(book, child, call, world)))

    def _bind_children(self, happened: _Happened) -> None:
        """Whoever took over a part here took it over in the children that are bound to it."""
        tables = happened.workflow.document.children
        before = happened.before
        if before is None or not any("children." + each in before.facts for each in tables):
            return
        names = {name for rule in tables.values() for name in rule.participants.values()}
        names.add("recused")
        changed = {name for name in names if happened.held(name)[0] != happened.held(name)[1]}
        for found in self._transaction.children(happened.case.id) if changed else ():
            child = self._now(found)
            parts = {
                key.removeprefix("bound."): happened.held(whose)[1]
                for key, whose in child.facts.items()
                if key.startswith("bound.") and whose in changed
            }
            if parts and not child.finished:
                self._link(child.id, happened.case.id, None, parts, tell=tuple(parts))

    def _tell_parent(self, happened: _Happened) -> None:
        """The parent counts its open children, and learns whom one was handed over to."""
        case, before = happened.case, happened.before
        if case.parent_id is None or before is None:
            return
        if before.settled != case.settled:
            self._count(case.parent_id, -1 if case.settled else 1)
        if "parent.as" in case.facts:
            was, now = happened.held(case.facts["parent.as"])
            if was != now and isinstance(now, str) and now[:1] != "@":
                parts = {case.facts["parent.per"]: now}
                self._link(case.parent_id, case.id, None, parts, tell=("owner",))

    def _link(
        self,
        case_id: str,
        source: str,
        key: str | None,
        parts: Mapping[str, Any],
        *,
        tell: tuple[str, ...],
    ) -> None:
        """Give a case an entry that names another: under `key`, or for parts that changed hands."""
        found = self._transaction.find(case_id)
        case = self._now(found) if found is not None else None
        if case is None or (case.finished and parts):
            return
        book = self._library.of(self._transaction, case.document)
        at = max(self._at, case.changed_at)
        world = self._surroundings(book, self._transaction, at)
        draft = Draft(book.workflow, case, world, at, read_ledgers(case.facts, book.workflow))
        if key is not None:
            draft.facts[key] = [*draft.facts.get(key, ()), source]
        named = {
            name: (who,) if isinstance(who, str) else tuple(who) for name, who in parts.items()
        }
        for name, who in named.items():
            appoint(draft, name, who)
        call = Call("link", self._actor, at, {}, tell=tell)
        outcome, _ = conclude(draft, None, call, Given({"case": source}, named))
        self._follow_up(_Happened(book, case, outcome))

    def _count(self, parent_id: str, more: int) -> None:
        self._counts[parent_id] = self._counts.get(parent_id, 0) + more

    def _now(self, case: Case) -> Case:
        """Return a case as this move leaves it so far."""
        moves = self._moves.get(case.id)
        return moves[-1].outcome.case if moves else case


def _has_kin(workflow: Workflow, outcome: Outcome) -> bool:
    document = workflow.document
    return bool(
        outcome.case.parent_id is not None
        or document.children
        or document.successors
        or any(
            isinstance(document.fields.get(name), ReferenceField) for name in outcome.entry.details
        )
    )


def _parts(case: Case, names: Mapping[str, str]) -> dict[str, Any]:
    """Return who holds parts here, as facts of another case under the names they have there."""
    return {
        f"participants.{name}": case.facts[f"participants.{whose}"]
        for name, whose in names.items()
        if f"participants.{whose}" in case.facts
    }


def _going_on(happened: _Happened, workflow: Workflow) -> dict[str, Ledger]:
    """Return the clocks that count here and in the state the successor begins in.

    They keep start, pauses, extensions and due moment; their rungs ring anew, for that case.
    """
    assert happened.before is not None, "an opening opens nothing"
    state, dest = happened.before.state, workflow.document.intake.dest
    found = {}
    for name, ledger in read_ledgers(happened.case.facts, happened.workflow).items():
        ours, theirs = happened.workflow.clocks[name], workflow.clocks.get(name)
        if theirs is None or dest not in theirs.runs_in | theirs.pauses_in:
            continue
        if active(ours, ledger, state) or ledger.standing:
            option = min(ledger.option, len(theirs.terms) - 1)
            found[name] = replace(ledger, option=option, rung=(), rang_at=None, pending=None)
    return found
