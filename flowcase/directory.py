"""Directory: who files and who handles; imported from CSV files, and looked up by id.

An import adds and updates, row by row, and takes nobody away: who no longer stands in the file
stays as he was. An `admitted_until` ends a party's admission, empty `roles` end a member's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import IO, Any

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects import postgresql, sqlite

from flowcase.case import Actor, identifier
from flowcase.errors import InvalidInput
from flowcase.sheets import Cells, Identified, Meanings, RejectedRow, Words, read_people
from flowcase.statements import ADMISSIONS, DUTIES, PARTIES, STAFF, Statement, compile_statement
from flowcase.store import Store, Transaction
from flowcase.workflows.language import Title

PARTY_COLUMNS = {
    "id": "编号",
    "name": "名称",
    "category": "类别",
    "principal": "负责人",
    "admitted_from": "列入日期",
    "admitted_until": "退出日期",
}
STAFF_COLUMNS = {
    "id": "编号",
    "name": "姓名",
    "roles": "职责",
    "unit": "单位",
    "in_charge_of": "分管领域",
}
MOST_LISTED = 1000
#: How many roles, times what their holders are in charge of, one file may hand out.
MOST_DUTIES = 200_000
#: How many parties one question looks up while importing.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: how many rows were added, changed, unchanged; and those rejected."""

    added: int
    changed: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """That a party stands in a register, under a category, on these days inclusive; None: open."""

    register: str
    category: str
    admitted_from: date | None
    admitted_until: date | None


@dataclass(frozen=True, slots=True)
class Party:
    """Who files. principal: the id of the actor who acts for it."""

    id: str
    name: str
    principal: str
    registrations: tuple[Registration, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff, or a unit: its roles, and what it is in charge of in each of them."""

    id: str
    name: str
    unit: str | None
    roles: tuple[str, ...] = ()
    in_charge_of: tuple[str, ...] = ()


#: A role, and something its holder is in charge of; "" for the role as such.
Duty = tuple[str, str]


# -- importing ------------------------------------------------------------------------------------


def import_parties(
    store: Store, file: IO[bytes] | IO[str], *, register: str, categories: Mapping[str, Title]
) -> ImportReport:
    """Import the parties of a register from CSV: PARTY_COLUMNS, or their Chinese names.

    All good rows are written in one transaction; bad ones are reported and change nothing.
    Errors: InvalidInput for a file that cannot be read as a whole, DatabaseError, Conflict.
    """
    meanings = Meanings("category", categories)

    def read(cells: Cells) -> Party:
        return Party(
            cells.identifier("id"),
            cells.text("name"),
            registrations=(Registration(register, cells.word("category", meanings), *days(cells)),),
            principal=cells.identifier("principal"),
        )

    def days(cells: Cells) -> tuple[date | None, date | None]:
        begins, ends = cells.day("admitted_from"), cells.day("admitted_until")
        cells.in_order("admitted_until", begins, ends)
        return begins, ends

    good, rejected = read_people(file, PARTY_COLUMNS, read)
    statements = _statements(store.engine.dialect.name)
    with store.writing() as transaction:
        _lock(transaction, statements, PARTIES)
        ids = [party.id for party in good]
        known = _known_parties(transaction, statements, register, ids)
        fresh = [party for party in good if known.get(party.id) != party]
        _keep_parties(transaction, statements, fresh)
    members = {party.id for party in known.values() if party.registrations}
    return _report(good, fresh, members, rejected)


def import_staff(
    store: Store,
    file: IO[bytes] | IO[str],
    *,
    roles: Words,
    charges: Words | None = None,
) -> ImportReport:
    """Import members of staff from CSV: STAFF_COLUMNS, or their Chinese names.

    roles: the workflows' roles, or their words; of roles, titles may stand in the file as well.
    charges: the words somebody may be in charge of; None: any. A row replaces its member's roles
    and charges. All good rows are written in one transaction; bad ones change nothing.
    Errors: InvalidInput for a file that cannot be read as a whole, DatabaseError, Conflict.
    """
    known_roles = Meanings("role", roles)
    known_charges = None if charges is None else Meanings("charge", charges)

    def read(cells: Cells) -> Member:
        member = Member(
            cells.identifier("id"),
            cells.text("name"),
            roles=cells.words("roles", known_roles),
            unit=cells.identifier("unit", empty=True) or None,
            in_charge_of=cells.words("in_charge_of", known_charges),
        )
        cells.goes_with("in_charge_of", member.in_charge_of, "roles", member.roles)
        return member

    good, rejected = read_people(file, STAFF_COLUMNS, read)
    if sum(len(duties_of(member)) for member in good) > MOST_DUTIES:
        raise InvalidInput(
            f"a file hands out at most {MOST_DUTIES:,} duties (roles, times what their holders are "
            "in charge of); divide it, nothing was imported"
        )
    statements = _statements(store.engine.dialect.name)
    with store.writing() as transaction:
        _lock(transaction, statements, STAFF)
        known, held = _known_staff(transaction, statements)
        fresh = [
            member
            for member in good
            if known.get(member.id) != (member.name, member.unit)
            or held.get(member.id, set()) != duties_of(member)
        ]
        _keep_staff(transaction, statements, fresh, held)
    return _report(good, fresh, known, rejected)


def duties_of(member: Member) -> set[Duty]:
    """Return the duties of a member: each role as such, and for each charge."""
    return {(role, charge) for role in member.roles for charge in ("", *member.in_charge_of)}


def _report(
    good: Sequence[Identified],
    fresh: Sequence[Identified],
    known: Collection[str],
    rejected: tuple[RejectedRow, ...],
) -> ImportReport:
    added = sum(person.id not in known for person in fresh)
    return ImportReport(added, len(fresh) - added, len(good) - len(fresh), rejected)


# -- writing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Statements:
    lock: Mapping[str, Statement]
    parties: Statement
    staff: Statement
    duties: Statement
    keep_party: Statement
    keep_admission: Statement
    keep_member: Statement
    give: Statement
    take: Statement


@cache
def _statements(name: str) -> _Statements:
    """Compile the statements of an import for "sqlite" or "postgresql"."""

    def compiled(statement: Any) -> Statement:
        return compile_statement(statement, name)

    tables = () if name == "sqlite" else (PARTIES, STAFF)  # SQLite's transaction holds the lock
    register = bindparam("register", type_=ADMISSIONS.c.register.type)
    of_register = (ADMISSIONS.c.party == PARTIES.c.id) & (ADMISSIONS.c.register == register)
    return _Statements(
        lock={
            table.name: compiled(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
            for table in tables
        },
        parties=compiled(
            select(
                PARTIES.c.id,
                PARTIES.c.name,
                PARTIES.c.principal,
                ADMISSIONS.c.category,
                ADMISSIONS.c.admitted_from,
                ADMISSIONS.c.admitted_until,
            )
            .select_from(PARTIES.outerjoin(ADMISSIONS, of_register))
            .where(PARTIES.c.id.in_([bindparam(f"id{number}") for number in range(CHUNK)]))
        ),
        staff=compiled(select(STAFF.c.id, STAFF.c.name, STAFF.c.unit)),
        duties=compiled(select(DUTIES.c.staff, DUTIES.c.role, DUTIES.c.charge)),
        keep_party=compiled(_kept(PARTIES, name)),
        keep_admission=compiled(_kept(ADMISSIONS, name)),
        keep_member=compiled(_kept(STAFF, name)),
        give=compiled(_kept(DUTIES, name)),
        take=compiled(
            delete(DUTIES).where(*(column == bindparam(column.name) for column in DUTIES.columns))
        ),
    )


def _kept(table: Any, name: str) -> Any:
    """Insert a row, or let it take the place of the one with its key."""
    insert: Any = postgresql.insert if name == "postgresql" else sqlite.insert
    statement = insert(table).values(
        {column: bindparam(column.name, type_=column.type) for column in table.columns}
    )
    others = [column.name for column in table.columns if not column.primary_key]
    if not others:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={column: statement.excluded[column] for column in others},
    )


def _lock(transaction: Transaction, statements: _Statements, table: Any) -> None:
    """Let no other import write until this one is done; readers are not kept waiting."""
    if table.name in statements.lock:
        transaction.connection.run(statements.lock[table.name], {})


def _known_parties(
    transaction: Transaction, statements: _Statements, register: str, ids: Sequence[str]
) -> dict[str, Party]:
    """Return those of the parties that are known, with their registration in this register."""
    decoders = transaction.statements.decoders
    known = {}
    for start in range(0, len(ids), CHUNK):
        asked = ids[start : start + CHUNK]
        values = {f"id{n}": asked[min(n, len(asked) - 1)] for n in range(CHUNK)}
        for row in transaction.connection.all(statements.parties, {"register": register, **values}):
            id_, name, principal, category, *days = row
            begins, ends = (
                decoders[column](day) if day is not None and column in decoders else day
                for column, day in zip(("admitted_from", "admitted_until"), days, strict=True)
            )
            registration = Registration(register, category, begins, ends)
            known[id_] = Party(id_, name, principal, (registration,) if category else ())
    return known


def _keep_parties(
    transaction: Transaction, statements: _Statements, parties: Iterable[Party]
) -> None:
    people: list[dict[str, Any]] = []
    admissions: list[dict[str, Any]] = []
    for party in parties:
        people.append({"id": party.id, "name": party.name, "principal": party.principal})
        admissions += [
            {"party": party.id, **{name: getattr(each, name) for name in each.__slots__}}
            for each in party.registrations
        ]
    transaction.connection.run_many(statements.keep_party, people)
    transaction.connection.run_many(statements.keep_admission, admissions)


def _known_staff(
    transaction: Transaction, statements: _Statements
) -> tuple[dict[str, tuple[str, str | None]], dict[str, set[Duty]]]:
    """Return every member's name and unit, and every member's duties: a city's staff are few."""
    connection = transaction.connection
    members = {id_: (name, unit) for id_, name, unit in connection.all(statements.staff, {})}
    duties: dict[str, set[Duty]] = defaultdict(set)
    for staff, role, charge in connection.all(statements.duties, {}):
        duties[staff].add((role, charge))
    return members, duties


def _keep_staff(
    transaction: Transaction,
    statements: _Statements,
    members: Sequence[Member],
    held: Mapping[str, set[Duty]],
) -> None:
    """Write members, and exactly the duties that changed."""
    connection = transaction.connection
    people = [{"id": each.id, "name": each.name, "unit": each.unit} for each in members]
    taken: list[dict[str, Any]] = []
    given: list[dict[str, Any]] = []
    for member in members:
        wanted, had = duties_of(member), held.get(member.id, set())
        taken += [_duty(member, duty) for duty in sorted(had - wanted)]
        given += [_duty(member, duty) for duty in sorted(wanted - had)]
    connection.run_many(statements.keep_member, people)
    connection.run_many(statements.take, taken)
    connection.run_many(statements.give, given)


def _duty(member: Member, duty: Duty) -> dict[str, str]:
    return {"staff": member.id, "role": duty[0], "charge": duty[1]}


# -- looking up -----------------------------------------------------------------------------------


def actor_named(store: Store, actor_id: str) -> Actor:
    """Return the actor with this id: roles and unit as the staff tables say; without them, none.

    Errors: InvalidInput for what cannot be an id.
    """
    question = (
        select(STAFF.c.unit, DUTIES.c.role)
        .select_from(STAFF.outerjoin(DUTIES, DUTIES.c.staff == STAFF.c.id))
        .where(STAFF.c.id == identifier(actor_id, "an actor"))
    )
    found = store.select(question)
    units = {unit for unit, _ in found}
    return Actor(actor_id, {role for _, role in found if role}, next(iter(units), None))


def list_parties(
    store: Store, register: str | None = None, limit: int = 50, after: str | None = None
) -> tuple[Party, ...]:
    """Return parties in the order of their ids, of one register or of all.

    Each has all its registrations. after: the last id of the page before. Errors: InvalidInput.
    """
    question = select(PARTIES.c.id, PARTIES.c.name, PARTIES.c.principal)
    if register is not None:
        of_register = select(ADMISSIONS.c.party).where(ADMISSIONS.c.register == register)
        question = question.where(PARTIES.c.id.in_(of_register))
    found = store.select(_page(question, PARTIES.c.id, limit, after))
    registrations = defaultdict(list)
    for party, *rest in store.select(
        select(
            ADMISSIONS.c.party,
            ADMISSIONS.c.register,
            ADMISSIONS.c.category,
            ADMISSIONS.c.admitted_from,
            ADMISSIONS.c.admitted_until,
        )
        .where(ADMISSIONS.c.party.in_([row[0] for row in found]))
        .order_by(ADMISSIONS.c.register)
    ):
        registrations[party].append(Registration(*rest))
    return tuple(
        Party(id_, name, principal, tuple(registrations[id_])) for id_, name, principal in found
    )


def list_staff(
    store: Store,
    role: str | None = None,
    in_charge_of: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> tuple[Member, ...]:
    """Return members of staff in the order of their ids: all, or those with a role or a charge.

    Each has all its roles and charges. after: the last id of the page before. Errors: InvalidInput.
    """
    question = select(STAFF.c.id, STAFF.c.name, STAFF.c.unit)
    asked = [(DUTIES.c.role, role), (DUTIES.c.charge, in_charge_of)]
    conditions = [column == value for column, value in asked if value is not None]
    if conditions:
        question = question.where(STAFF.c.id.in_(select(DUTIES.c.staff).where(*conditions)))
    found = store.select(_page(question, STAFF.c.id, limit, after))
    roles: dict[str, set[str]] = defaultdict(set)
    charges: dict[str, set[str]] = defaultdict(set)
    ids = [row[0] for row in found]
    for staff, held, charge in store.select(
        select(DUTIES.c.staff, DUTIES.c.role, DUTIES.c.charge).where(DUTIES.c.staff.in_(ids))
    ):
        roles[staff].add(held)
        charges[staff].add(charge)
    return tuple(
        Member(id_, name, unit, tuple(sorted(roles[id_])), tuple(sorted(charges[id_] - {""})))
        for id_, name, unit in found
    )


def _page(question: Any, key: Any, limit: int, after: str | None) -> Any:
    if type(limit) is not int or not 1 <= limit <= MOST_LISTED:
        raise InvalidInput(f"limit is a whole number from 1 to {MOST_LISTED}; got {limit!r}")
    if after is not None:
        question = question.where(key > identifier(after, "the last id of the page before"))
    return question.order_by(key).limit(limit)
