"""Families in any order of events: counters, records, bound people and G12, on both databases."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import flowcase
from flowcase.case import Case
from tests.families import ANN, Families
from tests.postgres import Postgres

PEOPLE = st.sampled_from(["ben", "cat", "dan"])


class InFamilies(RuleBasedStateMachine):
    """Matters and parts of two small documents; subclasses say where they are kept."""

    def make(self) -> tuple[str, ExitStack]:
        """Return an empty database, and what is to be closed after it."""
        raise NotImplementedError("a subclass says where cases are kept")

    @initialize(helpers=st.lists(PEOPLE, min_size=1, max_size=3, unique=True))
    def open_two(self, helpers: list[str]) -> None:
        url, self.resources = self.make()
        folder = self.resources.enter_context(tempfile.TemporaryDirectory())
        self.families = Families(url, Path(folder))
        self.known: list[str] = []
        self.families.with_parts(*helpers, party="p", head="ann")
        self._in_order()
        self.families.open(party="p", head="ben")

    def teardown(self) -> None:
        if hasattr(self, "families"):
            self.families.engine.close()
            self.resources.close()

    @rule(draw=st.data())
    def somebody_acts(self, draw: st.DataObject) -> None:
        cases = self._in_order()
        case = draw.draw(st.sampled_from(cases), label="case")
        moves = self.families.engine.available(case.id)
        if not moves or len(cases) > 25:
            return
        move = draw.draw(st.sampled_from(moves), label="move")
        data = {
            name: draw.draw(
                st.sampled_from([each.id for each in cases]) if name == "into" else PEOPLE
            )
            for name in move.requires
        }
        before = self.families.everything()
        try:
            moved = self.families.engine.fire(case.id, move.trigger, ANN, data)
        except flowcase.Refused:
            assert self.families.everything() == before, "G10: a refused trigger changes nothing"
        else:
            assert moved == self.families.now(case)

    def _in_order(self) -> list[Case]:
        """Return every case, the oldest first: ids of one moment sort at random."""
        found = self.families.everything()
        self.known += sorted(found.keys() - set(self.known))
        return [found[each] for each in self.known]

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        clock = self.families.clock
        clock.move_to(clock.now() + timedelta(days=days))
        assert self.families.engine.tick().set_aside == ()

    @precondition(lambda self: hasattr(self, "families"))
    @invariant()
    def everything_is_sound(self) -> None:
        self.families.require_sound()
        cases = self.families.everything()
        for case in cases.values():
            parent = cases.get(case.parent_id or "")
            if parent is None:
                continue
            assert case.id > parent.id
            assert case.settled or not parent.finished
            if not case.finished and not parent.finished:
                bosses = case.participants().get("boss"), _head(parent)
                assert bosses[0] == bosses[1], "bound people are who the parent says"


def _head(parent: Case) -> object:
    held = parent.participants()
    return held.get("head" if parent.workflow == "matter" else "boss")


class OnSqlite(InFamilies):
    """In memory."""

    def make(self) -> tuple[str, ExitStack]:
        return "sqlite://", ExitStack()


def test_families_are_sound_on_sqlite() -> None:
    run_state_machine_as_test(
        OnSqlite, settings=settings(settings.get_profile("database"), max_examples=40)
    )


@pytest.mark.postgres
def test_families_are_sound_on_postgresql(postgres_server: Postgres) -> None:
    class OnPostgresql(InFamilies):
        def make(self) -> tuple[str, ExitStack]:
            resources = ExitStack()
            return resources.enter_context(postgres_server.database()), resources

    run_state_machine_as_test(
        OnPostgresql, settings=settings(settings.get_profile("database"), max_examples=6)
    )


@pytest.mark.parametrize(
    "place",
    [
        "flowcase.family.Family._count",
        "flowcase.family.Family._bind_children",
        "flowcase.family.Family._settle_children",
    ],
)
def test_a_step_left_out_is_seen(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(place, lambda *_: None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            OnSqlite,
            settings=settings(
                settings.get_profile("database"),
                max_examples=100,
                phases=[Phase.generate],
                database=None,
            ),
        )
