"""A small city to test in: staff, one admitted enterprise, an engine on a manual clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import insert

import flowcase
from flowcase.case import Actor, Case
from flowcase.schema import upgrade
from flowcase.statements import ADMISSIONS, DUTIES, PARTIES, STAFF
from flowcase.store import Store
from flowcase.time import ManualClock

CHINA = timezone(timedelta(hours=8))

PARTY = "DG-0001"
PRINCIPAL = Actor("zhang")
OFFICE = Actor("ma", roles={"office"})
SECTION = Actor("qian", unit="section-industry")
COORDINATOR = Actor("li")
OTHER_COORDINATOR = Actor("lin")
LEAD = Actor("wang", unit="bureau-land")
CO_HANDLER = Actor("wu", unit="bureau-housing")
VICE_MAYOR = Actor("chen")
MAYOR = Actor("zhao", roles={"mayor"})
STRANGER = Actor("stranger")

EVERYBODY = (
    PRINCIPAL,
    OFFICE,
    SECTION,
    COORDINATOR,
    OTHER_COORDINATOR,
    LEAD,
    CO_HANDLER,
    VICE_MAYOR,
    MAYOR,
    STRANGER,
)

#: Who holds which role, in charge of which field ("" for the role as such).
DUTIES_HELD = (
    ("office", "", "ma"),
    ("office_section", "", "section-industry"),
    ("office_section", "land", "section-industry"),
    ("deputy_secretary_general", "", "li"),
    ("deputy_secretary_general", "land", "li"),
    ("deputy_secretary_general", "", "lin"),
    ("deputy_secretary_general", "", "wang"),
    ("secretary_general", "", "xu"),
    ("unit", "", "bureau-land"),
    ("unit", "", "bureau-housing"),
    ("deputy_mayor", "", "chen"),
    ("deputy_mayor", "land", "chen"),
    ("deputy_mayor", "", "cai"),
    ("executive_deputy_mayor", "", "he"),
    ("mayor", "", "zhao"),
)

APPEAL: Mapping[str, Any] = {
    "kind": "appeal",
    "addressee": "mayor",
    "subject": "扩建厂房用地",
    "content": "二期厂房用地手续已等待半年，请协调。",
}
COORDINATION: Mapping[str, Any] = {
    "coordinator": "li",
    "section": "section-industry",
    "complexity": "general",
    "sector": "land",
}


def moment(text: str) -> datetime:
    """Read a local moment: "2022-09-23 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def settle(store: Store) -> None:
    """Put the staff and the enterprise into the database."""
    people = sorted({holder for _, _, holder in DUTIES_HELD})
    with store.engine.begin() as connection:
        connection.execute(
            insert(STAFF), [{"id": who, "name": who, "unit": None} for who in people]
        )
        connection.execute(
            insert(DUTIES),
            [{"role": r, "charge": c, "staff": s} for r, c, s in DUTIES_HELD],
        )
        connection.execute(insert(PARTIES), {"id": PARTY, "name": "东莞一厂", "principal": "zhang"})
        connection.execute(
            insert(ADMISSIONS),
            {"register": "key_enterprises", "party": PARTY, "category": "high_tech"},
        )


class World:
    """An engine on a database and a manual clock, with short ways to do what tests do often."""

    def __init__(
        self,
        url: str,
        at: str = "2022-07-26 09:00",
        *,
        workflows: Sequence[Path] = (),
        trust: bool = False,
    ) -> None:
        if url.startswith("postgresql"):
            upgrade(url)
        self.clock = ManualClock(moment(at))
        self.engine = flowcase.open_engine(url, clock=self.clock, workflows=workflows, trust=trust)
        settle(self.engine.store)

    def close(self) -> None:
        """Close the database."""
        self.engine.close()

    def at(self, text: str) -> World:
        """Move the clock to a local moment."""
        self.clock.move_to(moment(text))
        return self

    def tick(self, text: str | None = None) -> flowcase.TickReport:
        """Move the clock, if a moment is given, and ring what is due."""
        if text is not None:
            self.at(text)
        return self.engine.tick()

    def open(self, **data: Any) -> Case:
        """File the appeal."""
        return self.engine.open("mayor_line", party=PARTY, actor=PRINCIPAL, data={**APPEAL, **data})

    def coordinated(self, **data: Any) -> Case:
        """File the appeal and have it coordinated."""
        return self.engine.fire(self.open().id, "coordinate", OFFICE, {**COORDINATION, **data})

    def assigned(self, **data: Any) -> Case:
        """File the appeal and have it carried as far as the lead unit."""
        case = self.coordinated()
        return self.engine.fire(case.id, "assign", COORDINATOR, {"lead": "bureau-land", **data})

    def reported(self) -> Case:
        """Carry the appeal as far as the lead unit's report."""
        case = self.assigned()
        return self.engine.fire(case.id, "report", LEAD, {"result": "手续已办结。"})

    def closed(self) -> Case:
        """Carry the appeal as far as its closing by the coordinator."""
        case = self.reported()
        closing = {"opinion": "同意办结。", "outcome": "solved"}
        return self.engine.fire(case.id, "close", COORDINATOR, closing)

    def refusal(self, case: Case, trigger: str, actor: Actor, **data: Any) -> set[str]:
        """Fire what must be refused; return the reasons' codes; nothing may have moved."""
        before = self.engine.case(case.id)
        try:
            self.engine.fire(case.id, trigger, actor, data)
        except flowcase.Refused as refused:
            assert self.engine.case(case.id) == before
            assert self.engine.verify(case.id) is None
            return {reason.code for reason in refused.reasons}
        raise AssertionError(f"{trigger} by {actor.id} was not refused")
