"""The library: the workflows, calendars and guards an engine works with, each loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock

from flowcase import installations
from flowcase.calendars.calendar import Calendar, load_calendar
from flowcase.errors import DatabaseError, DocumentError, Finding, NotFound
from flowcase.gate import admit
from flowcase.guards import Guard, missing_guards
from flowcase.machine import RuleBook
from flowcase.store import Store, Transaction
from flowcase.workflows.document import chosen_workflows, read_workflow, shipped_workflows
from flowcase.workflows.language import ChoiceField, Register, Title
from flowcase.workflows.relations import findings_between
from flowcase.workflows.rules import Workflow


class Library:
    """Workflows by name (for new cases) and by digest (for cases already open)."""

    def __init__(
        self,
        store: Store,
        folders: Sequence[Path],
        calendar_folders: Sequence[str | Path],
        guards: Mapping[str, Guard],
        at: datetime,
        *,
        accept_unproved: bool = False,
        trust: bool = False,
    ) -> None:
        self._guards = guards
        self._calendar_folders = tuple(calendar_folders)
        self._calendars: dict[str, Calendar] = {}
        self._books: dict[str, RuleBook] = {}
        self._lock = Lock()
        self._chosen = chosen_workflows(folders)
        found = shipped_workflows() | self._chosen
        if not trust:
            admit(store, found.values(), self.calendar, at, accept_unproved=accept_unproved)
        self.workflows = found
        installed = {each.workflow for each in installations.find(store)}
        with store.reading() as transaction:
            for name in installed:
                self.refresh(transaction, name)
        self.require_fitting(())
        self._keep(store, at)

    def require_fitting(self, more: Iterable[Workflow]) -> None:
        """Require that what documents say of each other is so, with some more of them.

        Errors: DocumentError with every finding.
        """
        apart = findings_between({**self.workflows, **{each.name: each for each in more}})
        if apart:
            raise DocumentError("these workflows do not fit together", apart)

    def workflow(self, name: str) -> Workflow:
        """Return the workflow new cases of this name are opened under. Errors: NotFound."""
        if name not in self.workflows:
            known = ", ".join(sorted(self.workflows)) or "none"
            raise NotFound(f"there is no workflow {name[:80]!r}; there are: {known}")
        return self.workflows[name]

    def current(self, name: str, transaction: Transaction | None = None) -> RuleBook:
        """Return the rules new cases are opened under: of the folders that were chosen; else the
        newest installed, by anybody since when a transaction is given; else those shipped.

        Errors: NotFound, DocumentError.
        """
        if transaction is not None:
            self.refresh(transaction, name)
        return self._book(self.workflow(name))

    def refresh(self, transaction: Transaction, name: str) -> None:
        """Take up the newest document installed under a name, unless a folder has that name."""
        digest = None if name in self._chosen else transaction.installed(name)
        known = self.workflows.get(name)
        if digest is not None and (known is None or known.digest != digest):
            workflow = self._stored(transaction, digest)
            self.workflows = {**self.workflows, name: workflow}  # whoever reads it now may go on

    def version(self, store: Store, name: str, to: int | str) -> Workflow:
        """Return a document that cases may be moved to, by its version or the start of its digest:
        the one that new cases are opened under, or one installed. Errors: NotFound.
        """
        installed = {each.digest: each.version for each in installations.find(store, name)}
        with store.reading() as transaction:
            self.refresh(transaction, name)
            current = self.workflow(name)
            known = {current.digest: current.document.version, **installed}
            for digest, number in known.items():
                if to == number or (isinstance(to, str) and len(to) >= 6 and digest.startswith(to)):
                    return (
                        current if digest == current.digest else self._stored(transaction, digest)
                    )
        there = ", ".join(f"{number} ({digest[:12]})" for digest, number in known.items())
        raise NotFound(
            f"there is no version {str(to)[:64]} of workflow {name!r} to move cases to; there is: "
            f"{there}; any other is installed first: flowcase workflow install FILE"
        )

    def rules(self, workflow: Workflow) -> RuleBook:
        """Return a document made ready to decide with. Errors: DocumentError."""
        return self._book(workflow)

    def of(self, transaction: Transaction, digest: str) -> RuleBook:
        """Return the rules a case is bound to. Errors: NotFound, DocumentError."""
        book = self._books.get(digest)
        if book is not None:
            return book
        for workflow in self.workflows.values():
            if workflow.digest == digest:
                return self._book(workflow)
        return self._book(self._stored(transaction, digest))

    def _stored(self, transaction: Transaction, digest: str) -> Workflow:
        """Return a document that the database holds. Errors: NotFound, DatabaseError."""
        text = transaction.document(digest)
        if text is None:
            raise NotFound(
                f"the database does not hold the document {digest} that the case is bound to"
            )
        workflow = read_workflow(text)
        if workflow.digest != digest:
            raise DatabaseError(f"the document {digest} in the database is not what it was")
        return workflow

    def registers(self) -> dict[str, Register]:
        """Return the registers that workflows name."""
        return {
            name: register
            for workflow in self.workflows.values()
            for name, register in workflow.document.registers.items()
        }

    def register(self, name: str | None) -> str:
        """Return the register named, or the only one there is. Errors: NotFound."""
        known = self.registers()
        if name is None and len(known) == 1:
            return next(iter(known))
        if name not in known:
            asked = "say which register" if name is None else f"there is no register {name[:80]!r}"
            raise NotFound(f"{asked}; workflows name: {', '.join(sorted(known)) or 'none'}")
        return name

    def roles(self) -> dict[str, Title]:
        """Return the roles that workflows name, with their titles."""
        return {
            name: role.title
            for workflow in self.workflows.values()
            for name, role in workflow.document.roles.items()
        }

    def charges(self) -> dict[str, Title] | None:
        """Return what somebody can be in charge of: the options of fields that are looked up by;
        None where such a field is a free text, and anything may be.
        """
        found: dict[str, Title] = {}
        for workflow in self.workflows.values():
            people = workflow.document.participants.values()
            for name in dict.fromkeys(each.find.in_charge_of for each in people if each.find):
                field = workflow.document.fields[name]
                if not isinstance(field, ChoiceField):
                    return None
                for option in field.options:
                    found[option] = Title(
                        zh=workflow.title(option, "zh", "words"),
                        en=workflow.title(option, "en", "words"),
                    )
        return found

    def calendar(self, name: str) -> Calendar:
        """Return a calendar with every notice there is. Errors: CalendarError."""
        calendar = self._calendars.get(name)
        if calendar is None:
            calendar = load_calendar(name, folders=self._calendar_folders)
            self._calendars[name] = calendar
        return calendar

    def _book(self, workflow: Workflow) -> RuleBook:
        book = self._books.get(workflow.digest)
        if book is not None:
            return book
        with self._lock:
            if workflow.digest not in self._books:
                self._require_usable(workflow)
                self._books[workflow.digest] = RuleBook(workflow, self._guards)
            return self._books[workflow.digest]

    def _require_usable(self, workflow: Workflow) -> None:
        found = missing_guards(workflow, self._guards)
        zone = workflow.document.timezone
        calendar = self.calendar(workflow.document.calendar)
        if zone is not None and zone != calendar.timezone:
            found.append(
                Finding(
                    "timezone", f"the calendar {calendar.name!r} counts days in {calendar.timezone}"
                )
            )
        if found:
            raise DocumentError(f"workflow {workflow.name!r} may not run here", found)

    def _keep(self, store: Store, at: datetime) -> None:
        """Keep every document by its digest, so that a case is always read with its own rules."""
        with store.reading() as transaction:
            kept = transaction.documents()
        missing = [each for each in self.workflows.values() if each.digest not in kept]
        if missing:
            with store.writing() as transaction:
                for workflow in missing:
                    transaction.keep_document(workflow, at)
