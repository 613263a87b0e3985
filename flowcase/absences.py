"""Absences: who is away from when until when, and who stands in and acts on his behalf."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, select, text

from flowcase import reasons
from flowcase.case import Absence, Actor, identifier
from flowcase.directory import actor_named
from flowcase.errors import InvalidInput, NotFound, Refused
from flowcase.statements import ABSENCES, STAFF, Statement, compile_statement
from flowcase.store import Store

#: No absence is longer, in days: who is away for longer hands his cases over.
LONGEST = 400


def set_absence(store: Store, absence: Absence) -> None:
    """Write down that somebody is away; one that begins on the same day is replaced.

    Errors: InvalidInput for days or a deputy that cannot be, NotFound for who is not staff.
    """
    staff, deputy = identifier(absence.staff, "who is away"), absence.deputy
    if deputy is not None and identifier(deputy, "a deputy") == staff:
        raise InvalidInput(f"{staff!r} cannot stand in for himself; name somebody else")
    if not timedelta(0) <= absence.ends - absence.begins < timedelta(days=LONGEST):
        raise InvalidInput(
            f"an absence from {absence.begins} until {absence.ends} cannot be: it ends on a day "
            f"after it begins, or the same, and lasts at most {LONGEST} days"
        )
    statements = _statements(store.engine.dialect.name)
    with store.writing() as transaction:
        connection = transaction.connection
        if "lock" in statements:  # or two that overlap could each see no other
            connection.run(statements["lock"], {})
        for who in (staff, deputy):
            if who is not None and connection.one(statements["known"], {"id": who}) is None:
                raise NotFound(f"the staff list has no {who!r}; import staff, or name another")
        days = {"staff": staff, "begins": absence.begins, "ends": absence.ends}
        other = connection.one(statements["overlapping"], days)
        if other is not None:
            raise InvalidInput(
                f"{staff!r} is already away from {other[0]} until {other[1]}; cancel that first"
            )
        key = {"staff": staff, "begins": absence.begins}
        connection.run(statements["cancel"], key)
        connection.run(statements["add"], {**days, "deputy": deputy})


def cancel_absence(store: Store, staff: str, begins: date) -> None:
    """Take back an absence. Errors: NotFound if there is none that begins on this day."""
    statements = _statements(store.engine.dialect.name)
    with store.writing() as transaction:
        values = {"staff": staff, "begins": begins}
        if not transaction.connection.run(statements["cancel"], values):
            raise NotFound(f"no absence of {staff[:80]!r} begins on {begins}; see: staff list")


def absences_of(store: Store, staff: Iterable[str], since: date) -> dict[str, tuple[Absence, ...]]:
    """Return the absences of some people that have not ended before a day, in order."""
    question = select(*ABSENCES.columns).where(
        ABSENCES.c.staff.in_(list(staff)), ABSENCES.c.ends >= since
    )
    found: dict[str, list[Absence]] = defaultdict(list)
    for row in store.select(question.order_by(ABSENCES.c.staff, ABSENCES.c.begins)):
        found[row[0]].append(Absence(*row))
    return {who: tuple(each) for who, each in found.items()}


def stood_in_for(store: Store, deputy: str, day: date) -> list[str]:
    """Return for whom somebody stands in on a day."""
    question = select(ABSENCES.c.staff).where(
        ABSENCES.c.deputy == deputy, ABSENCES.c.begins <= day, ABSENCES.c.ends >= day
    )
    return [str(row[0]) for row in store.select(question.order_by(ABSENCES.c.staff))]


def acting(store: Store, actor_id: str, on_behalf_of: str, day: date) -> Actor:
    """Return somebody acting for another who is away: with the roles of both, and his own unit.

    Errors: Refused if he does not stand in for him on this day.
    """
    own, other = actor_named(store, actor_id), actor_named(store, on_behalf_of)
    if on_behalf_of not in stood_in_for(store, actor_id, day):
        away = absences_of(store, [on_behalf_of], day).get(on_behalf_of, ())
        now = next((each for each in away if each.begins <= day), None)
        raise Refused([reasons.not_deputy(actor_id, on_behalf_of, day, now)])
    return Actor(own.id, own.roles | other.roles, own.unit, on_behalf_of)


@cache
def _statements(name: str) -> dict[str, Statement]:
    days = {column.name: bindparam(column.name, type_=column.type) for column in ABSENCES.columns}
    same = ABSENCES.c.staff == days["staff"]
    overlapping = (
        (ABSENCES.c.begins <= days["ends"])
        & (ABSENCES.c.ends >= days["begins"])
        & (ABSENCES.c.begins != days["begins"])
    )
    made: dict[str, Any] = {
        "known": select(STAFF.c.id).where(STAFF.c.id == bindparam("id")),
        "overlapping": select(ABSENCES.c.begins, ABSENCES.c.ends).where(same, overlapping),
        "cancel": delete(ABSENCES).where(same, ABSENCES.c.begins == days["begins"]),
        "add": ABSENCES.insert().values(days),
    }
    if name != "sqlite":  # whose transaction holds the lock
        made["lock"] = text(f"LOCK TABLE {ABSENCES.name} IN SHARE ROW EXCLUSIVE MODE")
    return {word: compile_statement(statement, name) for word, statement in made.items()}
