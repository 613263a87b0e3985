"""The guarantees of the closed loop, as one state machine that runs on the pure core or a database.

Triggers that are enabled, triggers that are refused, time that passes and ticks are mixed at will;
after every step each guarantee that can be seen from the case and its history is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import flowcase
from flowcase.case import Actor, Case, Move
from flowcase.history import Entry, broken_link, canonical, replay
from flowcase.ledgers import read_ledgers
from flowcase.snapshots import snapshot
from flowcase.workflows import language
from flowcase.workflows.rules import Workflow
from tests.world import (
    APPEAL,
    COORDINATION,
    COORDINATOR,
    DUTIES_HELD,
    EVERYBODY,
    LEAD,
    MAYOR,
    OFFICE,
    PARTY,
    PRINCIPAL,
    SECTION,
    VICE_MAYOR,
    moment,
)

#: Whom each participant of the mayor line may be given.
WHO: Mapping[str, tuple[str, ...]] = {
    "coordinator": ("li", "lin", "wang"),
    "section": ("section-industry",),
    "lead": ("bureau-land", "bureau-housing"),
    "co_handler": ("bureau-land", "bureau-housing"),
    "vice_mayor": ("chen", "cai"),
    "recused": ("li", "chen", "wang", "qian"),
}

#: Who acts for each id, unit and desk.
BY_VALUE: Mapping[str, Actor] = {
    **{actor.id: actor for actor in EVERYBODY},
    **{actor.unit: actor for actor in EVERYBODY if actor.unit},
    "wang": Actor("wang"),
    "cai": Actor("cai"),
    "@office": OFFICE,
    "@mayor": MAYOR,
    **{
        f"@{role}": Actor(holder, roles={role})
        for role, charge, holder in DUTIES_HELD
        if charge == "" and role not in ("office", "mayor")
    },
}

Steps = tuple[tuple[Actor, str, Mapping[str, Any]], ...]

#: One appeal, closed, found wanting, re-opened, and closed again by the vice mayor.
THE_STRAIGHT_WAY: Steps = (
    (OFFICE, "coordinate", COORDINATION),
    (COORDINATOR, "assign", {"lead": "bureau-land"}),
    (LEAD, "sign", {}),
    (LEAD, "report", {"result": "办结"}),
    (COORDINATOR, "close", {"opinion": "同意", "outcome": "partly"}),
    (SECTION, "call_back", {"call_note": "无人接听"}),
    (PRINCIPAL, "rate", {"rating": "1", "comment": "未解决"}),
    (LEAD, "report", {"result": "再次办结"}),
    (VICE_MAYOR, "close", {"opinion": "同意", "outcome": "solved"}),
)

#: The lead unit's own officer has reported and is then made the coordinator: he may not close.
THE_CROOKED_WAY = (
    *THE_STRAIGHT_WAY[:4],
    (OFFICE, "hand_over_coordinator", {"coordinator": "wang", "reason": "调整分工"}),
)

WAYS = (*(THE_STRAIGHT_WAY[:end] for end in range(len(THE_STRAIGHT_WAY) + 1)), THE_CROOKED_WAY)

EARLY_ENDS = ("withdrawn", "rejected")


class Driver(Protocol):
    """What carries the cases: the pure core, or an engine on a database."""

    workflow: Workflow

    def open(self, data: Mapping[str, Any]) -> Case: ...
    def fire(
        self, trigger: str, actor: Actor, data: Mapping[str, Any], key: str | None
    ) -> Case: ...
    def tick(self) -> int: ...
    def advance(self, by: timedelta) -> None: ...
    def available(self, actor: Actor | None) -> list[Move]: ...
    def case(self) -> Case: ...
    def history(self) -> list[Entry]: ...
    def close(self) -> None: ...


def data_for(
    workflow: Workflow, trigger: str, names: tuple[str, ...], today: date
) -> st.SearchStrategy[dict[str, Any]]:
    """Return data that could be given under these names."""
    known = workflow.request_fields.get(trigger, workflow.document.fields)
    return st.fixed_dictionaries({name: _value(known, name, today) for name in names})


def _value(
    known: Mapping[str, language.AnyField], name: str, today: date
) -> st.SearchStrategy[Any]:
    if name in WHO:
        return st.sampled_from(WHO[name])
    match known[name]:
        case language.ChoiceField(options=options):
            return st.sampled_from(options)
        case language.FlagField():
            return st.booleans()
        case language.IntegerField(at_least=least, at_most=most):
            return st.integers(least, most)
        case language.DateField():
            return st.dates(today, today + timedelta(days=30))
        case _:
            return st.sampled_from(["事由", "情况说明", "同意。"])


class ClosedLoop(RuleBasedStateMachine):
    """One appeal on the mayor line; subclasses say what carries it."""

    driver: Driver
    #: How far a case may have come when the search begins; each way is as likely as the others.
    ways: tuple[Steps, ...] = WAYS

    def make(self) -> Driver:
        """Return a fresh world, its clock at nine o'clock on 26 July 2022."""
        raise NotImplementedError("a subclass says what carries the case")

    @initialize(
        begin=st.sampled_from([0, 1, 3, 30, 60, 150]),
        draw=st.data(),
        pace=st.integers(0, 30),
    )
    def file(self, begin: int, draw: st.DataObject, pace: int) -> None:
        """File an appeal and carry it some of the way, so that late states are tried too."""
        self.driver = self.make()
        self.entries: list[Entry] = []
        self.keys = 0
        self.driver.advance(timedelta(days=begin))
        self.driver.open(APPEAL)
        for actor, trigger, data in draw.draw(st.sampled_from(self.ways), label="so far"):
            self.driver.advance(timedelta(hours=pace))
            self.driver.fire(trigger, actor, data, None)

    def teardown(self) -> None:
        if hasattr(self, "driver"):
            if not self.driver.case().finished:
                self._require_climbing_unattended()
            self.driver.close()

    # -- what may happen ----------------------------------------------------------------------

    @rule(draw=st.data(), keyed=st.booleans(), giving_up=st.integers(0, 9))
    def somebody_acts(self, draw: st.DataObject, keyed: bool, giving_up: int) -> None:
        """Somebody entitled does something that is possible; what ends the matter early, rarely."""
        possible = self.driver.available(None)
        lasting = [move for move in possible if giving_up == 0 or move.dests[0] not in EARLY_ENDS]
        onward = [move for move in lasting if move.dests != (self.driver.case().state,)]
        ending = [move for move in onward if set(move.dests) & {"closed", "verified"}]
        # More of the moves that lead on, or most histories would be full of notes.
        if not lasting:
            return
        move = draw.draw(st.sampled_from([*(ending * 5), *onward, *onward, *lasting]), label="move")
        actor = self._actor_for(draw.draw(st.sampled_from(move.by), label="by"))
        wanted = draw.draw(
            st.sets(st.sampled_from(move.accepts or ("",)), max_size=2), label="also"
        )
        names = (*move.requires, *sorted(wanted - {""}))
        data = draw.draw(
            data_for(
                self.driver.workflow, move.trigger, names, self.driver.case().changed_at.date()
            ),
            label="data",
        )
        self.keys += 1
        self._fire(move.trigger, actor, data, f"key-{self.keys}" if keyed else None)

    @rule(actor=st.sampled_from(EVERYBODY), draw=st.data())
    def somebody_tries(self, actor: Actor, draw: st.DataObject) -> None:
        triggers = sorted({each.trigger for each in self.driver.workflow.transitions})
        trigger = draw.draw(st.sampled_from(triggers), label="trigger")
        if not any(move.trigger == trigger for move in self.driver.available(actor)):
            before = self._state()
            try:
                self.driver.fire(trigger, actor, {}, None)
            except flowcase.Refused:
                assert self._state() == before, "G10: a refused trigger changes nothing"
            else:
                raise AssertionError(f"{trigger} was not available to {actor.id}, and was taken")

    @rule(hours=st.one_of(st.integers(1, 72), st.integers(24, 24 * 20)))
    def time_passes(self, hours: int) -> None:
        self.driver.advance(timedelta(hours=hours))

    @rule()
    def tick(self) -> None:
        self.driver.tick()
        assert self.driver.tick() == 0, "what rang does not ring again at the same moment"

    # -- what always holds --------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "driver"))
    @invariant()
    def every_guarantee_holds(self) -> None:
        case, history = self.driver.case(), self.driver.history()
        self._require_owner_and_rung(case)
        self._require_people(case)
        assert broken_link(case.id, case.document, history) is None, "G8: the chain is whole"
        assert canonical(replay(history)) == canonical(snapshot(case)), "G8: replay gives the case"
        for entry in history[len(self.entries) :]:
            self._require_sound(entry)
            self.entries.append(entry)
        assert case.revision == len(history)

    def _require_owner_and_rung(self, case: Case) -> None:
        if case.finished:
            assert (case.owner, case.wake_at) == (None, None)
        else:
            assert case.owner, f"G1: {case.state} has an owner"
            assert case.wake_at is not None, f"G1: a rung lies ahead in {case.state}"

    def _require_people(self, case: Case) -> None:
        held = case.participants()
        beyond = (
            "coordinated",
            "assigned",
            "escalated_to_vice_mayor",
            "escalated_to_mayor",
            "closed",
            "verified",
        )
        if case.state in beyond:
            assert isinstance(held["coordinator"], str), "G5: exactly one coordinator"
            assert isinstance(held["section"], str), "G5: exactly one section"
        if case.state in ("assigned", "closed", "verified"):
            assert isinstance(held["lead"], str), "G5: exactly one lead"

    def _require_sound(self, entry: Entry) -> None:
        """Ask of one entry, against those before it, what no single case can show."""
        tiers = self.driver.workflow.document.tiers
        before, after = replay(self.entries), replay([*self.entries, entry])
        if self.entries:
            assert entry.source == self.entries[-1].dest
            assert entry.at >= self.entries[-1].at
            assert tiers.index(after["tier"]) >= tiers.index(before["tier"]), "G7: no tier falls"
            self._require_dues_stay(before, after, entry)
        if entry.dest == "closed" and entry.source != "closed":
            self._require_closed_by_another(entry)
        if entry.dest == "verified":
            self._require_verified_rightly(entry)

    def _require_dues_stay(
        self, before: Mapping[str, Any], after: Mapping[str, Any], entry: Entry
    ) -> None:
        if before.get("cycle", 1) != after.get("cycle", 1):
            return
        clocks = self.driver.workflow.clocks
        was, now = (read_ledgers(facts, self.driver.workflow) for facts in (before, after))
        for name in was.keys() & now.keys():
            if clocks[name].starts_on:
                continue
            assert now[name].since == was[name].since, f"G6: {name} does not start again"
            causes = [
                now[name].pauses != was[name].pauses,
                now[name].extended != was[name].extended,
                not clocks[name].reads.isdisjoint(entry.details),
                any(now[each].due > was[each].due for each in clocks[name].follows if each in was),
            ]
            if not any(causes):
                assert now[name].due <= was[name].due, f"G6: {name} moved later by {entry.trigger}"

    def _require_closed_by_another(self, entry: Entry) -> None:
        cycle = [each for each in self.entries if each.trigger != "rate"]
        workers = {each.actor for each in cycle if each.trigger in ("sign", "return", "report")}
        assert entry.actor not in workers, "G4: closed by someone who did not do the work"
        units = [each.changes.set.get("participants.lead") for each in [*self.entries, entry]]
        assert entry.actor not in units
        assert "fields.result" in replay([*self.entries, entry]), "G4: with a result"

    def _require_verified_rightly(self, entry: Entry) -> None:
        assert entry.source == "closed", "G4: verified only from closed"
        if entry.trigger == "rate":
            assert entry.actor == PRINCIPAL.id
        else:
            since = max(
                i
                for i, each in enumerate(self.entries)
                if each.dest == "closed" and each.source != "closed"
            )
            calls = [each for each in self.entries[since:] if each.trigger == "call_back"]
            assert len(calls) >= 2, "G4: or the documented call-backs"

    # -- the pieces ---------------------------------------------------------------------------

    def _actor_for(self, name: str) -> Actor:
        """Return somebody for whom a name in `by` stands on this case."""
        if name in self.driver.workflow.document.roles:
            return BY_VALUE["@" + name]
        held = PRINCIPAL.id if name == "party" else self.driver.case().participants().get(name)
        value = held[0] if isinstance(held, list) else held
        return BY_VALUE.get(str(value), EVERYBODY[-1])

    def _fire(self, trigger: str, actor: Actor, data: Mapping[str, Any], key: str | None) -> None:
        before = self._state()
        try:
            moved = self.driver.fire(trigger, actor, data, key)
        except flowcase.Refused:
            assert self._state() == before, "G10: a refused trigger changes nothing"
            return
        assert moved.revision == before[0] + 1
        if key is not None:
            again = self.driver.fire(trigger, actor, data, key)
            assert again.revision == moved.revision, "G9: the same key applies once"
            assert self.driver.case().revision == moved.revision

    def _state(self) -> tuple[int, str, str]:
        case = self.driver.case()
        return case.revision, case.head, canonical(snapshot(case))

    def _require_climbing_unattended(self) -> None:
        """G3: with nobody acting, every tier in order, the top within the bound, and ringing on."""
        tiers = list(self.driver.workflow.document.tiers)
        seen = [self.driver.case().tier]
        for _ in range(90):
            self.driver.advance(timedelta(days=1))
            self.driver.tick()
            case = self.driver.case()
            if case.finished:
                return
            if case.tier != seen[-1]:
                seen.append(case.tier)
        ranks = [tiers.index(str(tier)) for tier in seen]
        assert ranks == list(range(ranks[0], len(tiers))), f"G3: {seen}"
        revision = self.driver.case().revision
        for _ in range(20):
            self.driver.advance(timedelta(days=1))
            self.driver.tick()
        assert self.driver.case().revision > revision, "G3: at the top it keeps ringing"


START = moment("2022-07-26 09:00")
FILED = {"party": PARTY, "actor": PRINCIPAL}
