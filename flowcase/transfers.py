"""Transfers of many cases: open cases are moved to another version, batch by batch.

A case stays pinned to the document it was opened under unless it is moved here. Each case that
moves gets one entry of its history, and one that cannot is left alone with the reasons why. So it
may be interrupted and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flowcase.case import Actor, Case
from flowcase.errors import Reason
from flowcase.outcome import Outcome, World
from flowcase.store import Store, Transaction
from flowcase.transfer import Carried, transferred
from flowcase.workflows.rules import Workflow

#: Cases taken at once; they stay locked until all of them are written.
BATCH = 200

#: What a transfer asks of the engine: the present rules of a case, and the world it is decided in.
Surroundings = Callable[[Transaction, Case], tuple[Workflow, World]]


@dataclass(frozen=True, slots=True)
class Transferred:
    """A case that moved to another document, or would; `reasons` has every reason why not.

    before: version and digest of the document it stands under. dropped: what the new document has
    no word for, e.g. "fields.x"; the history keeps it.
    """

    case_id: str
    state: str
    before: tuple[int, str]
    reasons: tuple[Reason, ...]
    clocks: tuple[Carried, ...]
    dropped: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether it moved, or can."""
        return not self.reasons


def transfer(
    store: Store,
    new: Workflow,
    at: datetime,
    surroundings: Surroundings,
    *,
    dry_run: bool,
    actor: Actor,
) -> Iterator[list[Transferred]]:
    """Move every open case of a workflow that stands under another document; batch by batch.

    dry_run: decide, and write nothing.
    """
    after = ""
    while True:
        with store.reading() if dry_run else store.writing() as transaction:
            cases = transaction.load_behind(new.name, new.digest, after, BATCH, lock=not dry_run)
            told: list[Transferred] = []
            moves: list[tuple[Case, Outcome]] = []
            for case in cases:
                old, world = surroundings(transaction, case)
                found = transferred(old, new, case, world, max(at, case.changed_at), actor)
                if found.outcome is not None:
                    moves.append((case, found.outcome))
                before = (old.document.version, old.digest)
                told.append(
                    Transferred(
                        case.id, case.state, before, found.reasons, found.clocks, found.dropped
                    )
                )
            if moves and not dry_run:
                transaction.move_all(moves)  # they are locked: nobody was first
        if not cases:
            return
        yield told
        after = cases[-1].id
