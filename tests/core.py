"""The pure core to test on, in the small city of tests.world, told moments as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowcase.calendars.calendar import load_calendar
from flowcase.case import Actor, Admission, Case
from flowcase.errors import Reason, Refused
from flowcase.guards import Guard
from flowcase.testing import Core as BareCore
from flowcase.testing import MemoryDirectory
from flowcase.testing.core import ADMITTED, rule_book
from flowcase.workflows.rules import Workflow
from tests.world import DUTIES_HELD, PARTY, PRINCIPAL, moment

CALENDAR = load_calendar("cn")


class Core(BareCore):
    """A case in memory, its people those of tests.world, its party admitted."""

    directory: MemoryDirectory

    def __init__(
        self,
        workflow: Workflow,
        guards: Mapping[str, Guard] | None = None,
        at: str = "2022-07-26 09:00",
    ) -> None:
        super().__init__(
            rule_book(workflow, guards),
            at=moment(at),
            directory=MemoryDirectory(DUTIES_HELD, {PARTY: "zhang"}),
            calendar=CALENDAR,
        )

    def at(self, text: str) -> Core:
        """Move the clock to a local moment."""
        self.move_to(moment(text))
        return self

    def open(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        actor: Actor = PRINCIPAL,
        party: str | None = PARTY,
        admission: Admission | None = ADMITTED,
    ) -> Case:
        """Open a case."""
        return super().open(data, actor=actor, party=party, admission=admission)

    def tick(self, text: str | None = None) -> int:
        """Move the clock, if a moment is given, and ring what is due."""
        if text is not None:
            self.at(text)
        return super().tick()

    def refusal(self, trigger: str, actor: Actor, **data: Any) -> list[Reason]:
        """Fire what must be refused; return the reasons, and require that nothing changed."""
        before = self.case()
        try:
            self.fire(trigger, actor, data)
        except Refused as refused:
            assert self.case() is before
            return list(refused.reasons)
        raise AssertionError(f"{trigger} by {actor.id} was not refused")
