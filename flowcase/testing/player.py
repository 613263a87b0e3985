"""The player: takes the moves of a case, and requires of each what must hold of any.

What the state machine of `flowcase.testing.loop` is made of: it says what is tried when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from flowcase.calendars.calendar import Calendar
from flowcase.case import Actor, Case, Move
from flowcase.errors import Refused
from flowcase.history import canonical
from flowcase.machine import RuleBook
from flowcase.snapshots import snapshot
from flowcase.testing.cast import Cast
from flowcase.testing.guarantees import Broken, Step, Watch
from flowcase.testing.promises import Promises
from flowcase.testing.stage import Stage
from flowcase.testing.story import Story
from flowcase.testing.strategies import named
from flowcase.workflows.rules import Workflow


class Player(RuleBasedStateMachine):
    """One case that is played, watched at every step. keys: what was fired under a key."""

    book: ClassVar[RuleBook]
    calendar: ClassVar[Calendar]
    ways: ClassVar[Mapping[str, Mapping[str, int]]]

    stage: Stage
    cast: Cast
    promises: Promises
    watch: Watch
    story: Story
    actor: Actor | None
    keys: list[tuple[str, Actor, Mapping[str, Any], str, int]]

    @property
    def workflow(self) -> Workflow:
        """The document that is tried."""
        return self.book.workflow

    def asked_also(self, step: Step) -> None:
        """Ask something more of each step, in a subclass."""

    def _seen(self, step: Step) -> None:
        self.story.tell(step.entry)
        self.promises.see(step)
        self.asked_also(step)

    def look(self) -> Case:
        """Look at the case and what is new in its history. Errors: Broken, with the story."""
        case = self.stage.case()
        entries = self.stage.history(len(self.watch.entries))
        try:
            self.watch.see(case, entries, self.actor)
        except Broken as broken:
            raise self.broken(broken) from None
        return case

    def ring_due(self) -> None:
        """Ring what is due; then no more rings at the same moment. Errors: Broken."""
        self.actor = None
        try:
            self.stage.tick()
        except Broken as broken:
            raise self.broken(broken) from None
        if self.stage.tick() != 0:
            raise self.broken(Broken("G3", "what rang, rang again at the same moment"))

    def broken(self, broken: Broken) -> Broken:
        """Return the guarantee that is broken, with the story told so far; once is enough."""
        if "The story so far" not in broken.args[0]:
            broken.args = (f"{broken.args[0]}\n\nThe story so far: {self.story}",)
        return broken

    def ring_next(self, late_s: int = 0) -> None:
        """Move to the next rung, and so many seconds on, and ring what is due."""
        wake_at = self.stage.case().wake_at
        if wake_at is not None:
            self.stage.move_to(max(self.stage.now(), wake_at + timedelta(seconds=late_s)))
            self.ring_due()

    def play(
        self,
        draw: st.DataObject,
        moves: Sequence[Move],
        *,
        keyed: bool = False,
        by: str | None = None,
    ) -> None:
        """Somebody takes one of these moves, with data; what is refused changes nothing."""
        if not moves:
            return
        move = draw.draw(st.sampled_from(moves), label="move")
        actor = self.actor_for(draw, move, by)
        if actor is None:
            return
        known = self.workflow.request_fields.get(move.trigger, self.workflow.document.fields)
        given = draw.draw(
            named(
                self.workflow,
                move.requires,
                move.accepts,
                known=known,
                today=self.calendar.local_date(self.stage.now()),
                cast=self.cast,
            ),
            label="data",
        )
        self.fire(move.trigger, actor, given, f"key-{len(self.keys)}" if keyed else None)

    def actor_for(self, draw: st.DataObject, move: Move, by: str | None = None) -> Actor | None:
        """Return somebody who may take a move; as `by`, if that is one of those who may."""
        case = self.stage.case()
        names = [by] if by in move.by else move.by
        actors = [
            actor for name in names for actor in self.cast.acting(name, case.facts, case.party)
        ]
        return draw.draw(st.sampled_from(actors), label="by") if actors else None

    def fire(self, trigger: str, actor: Actor, given: Mapping[str, Any], key: str | None) -> None:
        """Fire a trigger; whatever comes of it, what must hold then is required."""
        before = self._state()
        self.actor = actor
        try:
            moved = self.stage.fire(trigger, actor, given, key)
        except Refused as refused:
            self._require_unchanged(before, trigger, actor, refused)
            return
        if moved.revision != before[0] + 1:
            raise self.broken(Broken("G8", f"one {trigger!r} made entry {moved.revision}"))
        if key is not None:
            self.look()
            self.keys.append((trigger, actor, given, key, moved.revision))
            self.again(*self.keys[-1])

    def again(
        self, trigger: str, actor: Actor, given: Mapping[str, Any], key: str, revision: int
    ) -> None:
        """Fire under a key used before: it gives the first result and changes nothing."""
        before = self._state()
        again = self.stage.fire(trigger, actor, given, key)
        if again.revision != revision or self._state() != before:
            raise self.broken(
                Broken("G9", f"key {key!r}, of entry {revision}, led to entry {again.revision}")
            )

    def refused(self, trigger: str, actor: Actor, given: Mapping[str, Any]) -> None:
        """Fire what must be refused."""
        before = self._state()
        self.actor = actor
        try:
            self.stage.fire(trigger, actor, given, None)
        except Refused as refused:
            self._require_unchanged(before, trigger, actor, refused)
        else:
            raise self.broken(
                Broken("G10", f"{trigger!r} with {given} was taken from {actor.id}, who may not")
            )

    def _require_unchanged(
        self, before: tuple[int, str, str], trigger: str, actor: Actor, refused: Refused
    ) -> None:
        self.story.tell_refused(self.stage.now(), actor, trigger, refused)
        if self._state() != before:
            raise self.broken(Broken("G10", f"{trigger!r} was refused, and changed the case"))

    def _state(self) -> tuple[int, str, str]:
        case = self.stage.case()
        return case.revision, case.head, canonical(snapshot(case))
