"""The closed loop as a state machine of Hypothesis, ready for any document.

People of every kind act, err and try what they may not; time passes, in hours and in outages;
clocks ring in time or late. After every step each guarantee is asked that a case and its history
can show, and in the end the case is left alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, cast

from hypothesis import HealthCheck, Phase, reject, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from flowcase.calendars.calendar import load_calendar
from flowcase.case import Case, Move
from flowcase.errors import Refused
from flowcase.guards import Guard
from flowcase.testing.cast import PARTY, Cast, Staffing, cast_of
from flowcase.testing.core import Core, rule_book
from flowcase.testing.guarantees import Broken, Watch
from flowcase.testing.player import Player
from flowcase.testing.promises import Promises
from flowcase.testing.routes import distances, lacking
from flowcase.testing.stage import CoreStage, Stage, Theatre
from flowcase.testing.story import Story
from flowcase.testing.strategies import data, moments
from flowcase.testing.unattended import Vigil
from flowcase.workflows.document import read_workflow, read_workflow_file
from flowcase.workflows.facts import Condition
from flowcase.workflows.language import Pattern
from flowcase.workflows.rules import Workflow

STAFFINGS: tuple[Staffing, ...] = ("many", "few", "shared")

#: On its way to a state, a case takes at most so many steps before anything may happen to it.
LONGEST_WAY = 20

#: Somebody who is tempted takes at most so many steps at a time.
LONGEST_TEMPTATION = 8

#: What each machine may take; `TestMyLine.settings = settings(...)` says otherwise.
ON_CORE = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ON_DATABASE = settings(
    ON_CORE, max_examples=12, stateful_step_count=20, phases=set(Phase) - {Phase.explain}
)

_BY_PARENT = re.compile(r"(?ms)^(\[intake\].*?^by\s*=\s*)(\[[^\]]*\"parent\"[^\]]*\]|\"parent\")")


def closed_loop(
    workflow: str | Path | Workflow,
    *,
    guards: Mapping[str, Guard] | None = None,
    database: str | None = None,
    calendars: Sequence[str | Path] = (),
) -> type[ClosedLoop]:
    """Return the state machine that tries a document; its `TestCase` is what pytest collects.

    workflow: the document's file, or as it was read. guards: the functions it names, which are
    really called. database: None for the pure core, which is fastest; else the address of a
    database of the tests' own, which is emptied for each case ("sqlite://" is one in memory).
    calendars: folders, as for `open_engine`. A document that only a parent opens is tried as if
    anybody could. Errors: DocumentError, CalendarError, NotFound, InvalidInput.
    """
    rules = workflow if isinstance(workflow, Workflow) else read_workflow_file(Path(workflow))
    rules = _standing_alone(rules)
    calendar = load_calendar(rules.document.calendar, folders=calendars)
    name = "ClosedLoopOf" + "".join(part.title() for part in rules.name.split("_"))
    made = type(
        name,
        (ClosedLoop,),
        {
            "__doc__": f"The closed loop of {rules.name}.",
            "book": rule_book(rules, guards),
            "calendar": calendar,
            "calendars": tuple(calendars),
            "database": database,
            "theatre": None,
            "ways": distances(rules),
        },
    )
    machine = cast("type[ClosedLoop]", made)
    machine.TestCase.settings = ON_CORE if database is None else ON_DATABASE
    return machine


def _standing_alone(workflow: Workflow) -> Workflow:
    """Return a document that can be opened: what only a parent opens, by anybody."""
    if set(workflow.document.intake.by) != {"parent"}:
        return workflow
    return read_workflow(_BY_PARENT.sub(r'\1["parent", "anyone"]', workflow.text, count=1))


class ClosedLoop(Player):
    """One case of a document, from its opening on. Made by `closed_loop`, not by hand."""

    calendars: ClassVar[tuple[str | Path, ...]]
    database: ClassVar[str | None]
    theatre: ClassVar[Theatre | None]

    def set_stage(self, cast: Cast, at: datetime) -> Stage:
        """Return what carries the case: nobody is on it yet, and the clock stands at `at`."""
        if self.database is None:
            core = Core(self.book, at=at, directory=cast.directory(), calendar=self.calendar)
            return CoreStage(core)
        kind = type(self)
        if kind.theatre is None:
            kind.theatre = Theatre(
                self.database,
                self.workflow,
                guards=self.book.guards,
                calendars=self.calendars,
                begin=at,
            )
        return kind.theatre.play(cast, at)

    # -- the beginning ----------------------------------------------------------------------------

    @initialize(draw=st.data(), staffing=st.sampled_from(STAFFINGS))
    def somebody_opens_it(self, draw: st.DataObject, staffing: Staffing) -> None:
        """Open a case, and carry it some of the way to a state, so that late ones are tried too."""
        at = draw.draw(moments(self.workflow, self.calendar), label="at")
        self.cast = cast_of(self.workflow, staffing)
        self.stage = self.set_stage(self.cast, at)
        self.keys = []
        self.actor = None
        self.story = Story(f"{self.workflow.name}, staff: {staffing}", self.calendar.timezone)
        self.promises = Promises(self.workflow, self.cast, self.calendar)
        self.watch = Watch(self.workflow, self._seen)
        self._open(draw)
        self._carry(draw)

    def _open(self, draw: st.DataObject) -> None:
        intake = self.workflow.document.intake
        party = None if intake.party == "none" else PARTY
        if intake.party == "optional" and draw.draw(st.booleans(), label="nobody's"):
            party = None
        openers = [actor for name in intake.by for actor in self.cast.acting(name, {}, party)]
        actor = draw.draw(st.sampled_from(openers), label="opened by")
        today = self.calendar.local_date(self.stage.now())
        given = draw.draw(data(self.workflow, "open", today=today, cast=self.cast), label="data")
        self.actor = actor
        try:
            self.stage.open(actor, party, given)
        except Refused:
            reject()  # a guard's, or a need of the first state, with these data
        self.look()

    def _carry(self, draw: st.DataObject) -> None:
        """Go on towards some state, or to what was promised to be impossible; or stay."""
        start = self.stage.case().state
        goals = [state for state in self.ways if self.ways[state].get(start)]
        goal = draw.draw(
            st.sampled_from([start, *goals, *range(len(self.promises.temptations))]), label="goal"
        )
        if isinstance(goal, int):
            self._give_way(draw, *self.promises.temptations[goal], steps=LONGEST_WAY)
            return
        for _ in range(LONGEST_WAY):
            case = self.stage.case()
            if case.finished or not self.ways[goal].get(case.state):
                return
            self._go_nearer(draw, self.ways[goal])
            self.look()

    def _go_nearer(self, draw: st.DataObject, way: Mapping[str, int]) -> None:
        """Take a step that leads nearer, or gives what such a step waits for, or any."""
        case = self.stage.case()
        left = way[case.state]
        moves = self.stage.available(None)
        nearer = [move for move in moves if any(way.get(to, left) < left for to in move.dests)]
        wanted = lacking(self.workflow, case, way)
        helpful = [move for move in moves if wanted & _words(move)]
        lasting = [move for move in moves if _lasting(self.workflow, move)]
        if not lasting or ("clocks" in wanted and not nearer and not helpful):
            self.ring_next()
        else:
            self.play(draw, nearer or helpful or lasting)

    def _give_way(
        self, draw: st.DataObject, pattern: Pattern, when: Condition | None, *, steps: int
    ) -> None:
        """Work towards what a pattern speaks of: its states, then its condition, then itself."""
        begins = self.promises.begins(pattern)
        for _ in range(steps):
            case = self.stage.case()
            goals = [state for state in begins if case.state in self.ways[state]]
            if case.finished or not goals:
                return
            if case.state not in begins:
                self._go_nearer(draw, self.ways[draw.draw(st.sampled_from(goals), label="to")])
            elif not self._give_in(draw, pattern, when, case):
                return
            self.look()

    def _give_in(
        self, draw: st.DataObject, pattern: Pattern, when: Condition | None, case: Case
    ) -> bool:
        """Do what the condition waits for, or what the pattern speaks of; whether to go on."""
        moves = self.stage.available(None)
        awaited = self.promises.awaits(when, case, self.stage.now())
        if helpful := [move for move in moves if awaited & _words(move)]:
            self.play(draw, helpful)
            return True
        if "clocks" in awaited:
            self.ring_next()
            return True
        like = [move for move in moves if _like(move, pattern)]
        wanted = lacking(self.workflow, case, self.ways[pattern.to or case.state])
        leading = [move for move in moves if wanted & _words(move)]
        self.play(draw, like or leading, by=pattern.by)
        return bool(leading and not like)

    # -- what may happen --------------------------------------------------------------------------

    @rule(draw=st.data(), keyed=st.booleans(), giving_up=st.integers(0, 9))
    def somebody_acts(self, draw: st.DataObject, keyed: bool, giving_up: int) -> None:
        """Somebody entitled does something possible; what ends the matter, rarely."""
        possible = self.stage.available(None)
        lasting = [each for each in possible if giving_up == 0 or _lasting(self.workflow, each)]
        state = self.stage.case().state
        onward = [move for move in lasting if move.dests != (state,)]
        # More of the moves that lead on, or most histories would be full of notes.
        self.play(draw, [*onward, *onward, *lasting], keyed=keyed)

    @rule(draw=st.data())
    def somebody_goes_on(self, draw: st.DataObject) -> None:
        """Somebody does what leads on to a state, or is waited for on the way there."""
        state = self.stage.case().state
        goals = [goal for goal, way in self.ways.items() if way.get(state)]
        if goals:
            self._go_nearer(draw, self.ways[draw.draw(st.sampled_from(goals), label="towards")])

    @precondition(lambda self: bool(self.promises.temptations))
    @rule(draw=st.data())
    def somebody_is_tempted(self, draw: st.DataObject) -> None:
        """Somebody works towards what the document promises to be impossible."""
        pattern, when = draw.draw(st.sampled_from(self.promises.temptations), label="promised")
        self._give_way(draw, pattern, when, steps=LONGEST_TEMPTATION)

    @precondition(lambda self: bool(self.workflow.request_fields))
    @rule(draw=st.data())
    def somebody_asks_for_time(self, draw: st.DataObject) -> None:
        """An extension or suspension is asked for, granted, refused or ended."""
        own = self.workflow.request_fields
        self.play(draw, [each for each in self.stage.available(None) if each.trigger in own])

    @rule(draw=st.data())
    def somebody_hands_over(self, draw: st.DataObject) -> None:
        """A part that somebody holds is given to another, or somebody is recused."""
        held = {*self.stage.case().participants(), "recused"}
        moves = self.stage.available(None)
        self.play(draw, [each for each in moves if held & {*each.requires, *each.accepts}])

    @rule(draw=st.data())
    def somebody_tries_what_he_may_not(self, draw: st.DataObject) -> None:
        """What is not available to somebody is refused, and nothing changes."""
        case = self.stage.case()
        everybody = self.cast.everybody()
        for name in case.participants():
            if name in self.workflow.document.participants:
                everybody += self.cast.acting(name, case.facts, case.party)
        actor = draw.draw(st.sampled_from(everybody), label="who")
        available = {move.trigger for move in self.stage.available(actor)}
        barred = sorted({each.trigger for each in self.workflow.transitions} - available)
        if barred:
            self.refused(draw.draw(st.sampled_from(barred), label="trigger"), actor, {})

    @rule(draw=st.data())
    def somebody_errs(self, draw: st.DataObject) -> None:
        """Data that the trigger does not take is refused, and nothing changes."""
        moves = self.stage.available(None)
        if moves:
            move = draw.draw(st.sampled_from(moves), label="move")
            actor = self.actor_for(draw, move)
            if actor is not None:
                self.refused(move.trigger, actor, {"no_such_word": "x"})

    @precondition(lambda self: bool(self.keys))
    @rule(draw=st.data())
    def somebody_asks_again(self, draw: st.DataObject) -> None:
        """The same key again gives the first result, however long ago it was."""
        trigger, actor, given, key, revision = draw.draw(st.sampled_from(self.keys), label="again")
        self.again(trigger, actor, given, key, revision)

    @rule(hours=st.one_of(st.integers(1, 72), st.integers(24, 24 * 20)))
    def time_passes(self, hours: int) -> None:
        """Time passes, and nobody ticks."""
        self.stage.move_to(self.stage.now() + timedelta(hours=hours))

    @rule(days=st.integers(20, 200))
    def nobody_ticks_for_long(self, days: int) -> None:
        """An outage; then everything that is due rings, late."""
        self.stage.move_to(self.stage.now() + timedelta(days=days))
        self.tick()

    @rule(late_s=st.sampled_from([0, 0, 30, 7200]))
    def the_next_rung_comes(self, late_s: int) -> None:
        """Time passes to the next rung, which rings."""
        self.ring_next(late_s)

    @rule()
    def tick(self) -> None:
        """What is due rings, and then no more at the same moment."""
        self.ring_due()

    # -- what always holds ------------------------------------------------------------------------

    @invariant()
    def every_guarantee_holds(self) -> None:
        """Each guarantee that can be seen from the case and its history."""
        self.look()

    def teardown(self) -> None:
        """Leave the case alone and see that it climbs; then see that what was stored is sound."""
        if not hasattr(self, "watch") or not self.watch.entries or sys.exc_info()[0] is not None:
            return
        self.actor = None
        try:
            if self.workflow.document.closed_loop and not self.stage.case().finished:
                Vigil(self.workflow, self.stage, self.calendar, self.look).keep()
        except Broken as broken:
            raise self.broken(broken) from None
        wrong = self.stage.close()
        if wrong is not None:
            raise self.broken(Broken("G8", wrong))


def _words(move: Move) -> set[str]:
    return {move.trigger, *move.requires, *move.accepts}


def _like(move: Move, pattern: Pattern) -> bool:
    """Whether a move may be what a pattern speaks of."""
    return (
        pattern.trigger in (None, move.trigger)
        and (pattern.to is None or pattern.to in move.dests)
        and (pattern.by is None or pattern.by in move.by)
    )


def _lasting(workflow: Workflow, move: Move) -> bool:
    """Whether the case may go on after a move."""
    return any(not workflow.document.states[state].final for state in move.dests)
