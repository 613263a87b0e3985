"""Parents and children: each is moved by itself, and loses nothing the other counts on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import flowcase
from flowcase.case import Case
from flowcase.schema import upgrade
from flowcase.time import ManualClock
from flowcase.transfers import Transferred
from flowcase.workflows.document import read_workflow
from tests.families import ANN, MATTER, PART, changed
from tests.world import moment

V2 = ("version = 1", "version = 2")
UNBOUND = ('participants = { boss = "head" }\n', "")


class Home:
    """An engine on which both documents are installed, and a matter with a part."""

    def __init__(self, url: str) -> None:
        if url.startswith("postgresql"):
            upgrade(url)
        clock = ManualClock(moment("2022-07-26 09:00"))
        self.engine = flowcase.open_engine(url, clock=clock)
        self.install(PART, MATTER)
        matter = self.engine.open("matter", actor=ANN, data={"head": "ann"})
        self.matter = self.engine.fire(matter.id, "help", ANN, {"helper": ["ben"]})
        (self.part,) = self.engine.children(matter.id)

    def install(self, *documents: str) -> None:
        read = [read_workflow(each) for each in documents]
        for each in read:
            self.engine.install(each, together=read)

    def migrate(self, name: str) -> dict[str, Transferred]:
        batches = self.engine.migrate(name, to=2)
        return {each.case_id: each for batch in batches for each in batch}

    def whole(self) -> bool:
        cases = (self.matter, self.part)
        return all(self.engine.verify(each.id) is None for each in cases)

    def now(self, case: Case) -> Case:
        return self.engine.case(case.id)


@pytest.fixture
def home(database_url: str) -> Iterator[Home]:
    home = Home(database_url)
    yield home
    home.engine.close()


def test_a_parent_and_its_child_move_and_go_on_counting_on_each_other(home: Home) -> None:
    home.install(changed(PART, V2), changed(MATTER, V2))
    assert [each.ok for each in home.migrate("matter").values()] == [True]
    assert home.whole()
    assert home.now(home.part).document == home.part.document, "each is moved by itself"
    assert [each.ok for each in home.migrate("part").values()] == [True]
    assert home.now(home.matter).unsettled == 1
    with pytest.raises(flowcase.Refused):
        home.engine.fire(home.matter.id, "close", ANN)
    home.engine.fire(home.part.id, "settle", ANN)
    assert home.engine.fire(home.matter.id, "close", ANN).sealed
    assert home.whole()


def test_a_child_of_a_parent_that_moved_is_ended_with_it(home: Home) -> None:
    home.install(changed(PART, V2), changed(MATTER, V2))
    home.migrate("matter")
    home.engine.fire(home.matter.id, "drop", ANN)
    assert home.now(home.part).state == "stopped"
    assert home.whole()


@pytest.mark.parametrize(
    "code, matter, part",
    [
        (
            "other_children",
            (("[children.part]", "[children.piece]"), ("{ part = ", "{ piece = ")),
            (),
        ),
        (
            "no_part",
            (UNBOUND,),
            (
                ("[participants.boss]\n", ""),
                ('participants = { boss = "boss" }\n', ""),
                ('by = ["boss"]', 'by = ["doer"]'),
            ),
        ),
        (
            "other_rest",
            (),
            (("settled = true\n", ""), ("[states.open]", "[states.open]\nsettled = true")),
        ),
    ],
)
def test_what_the_other_counts_on_keeps_a_case_where_it_is(
    home: Home, code: str, matter: tuple[tuple[str, str], ...], part: tuple[tuple[str, str], ...]
) -> None:
    home.install(changed(PART, V2, *part), changed(MATTER, V2, *matter))
    case, name = (home.part, "part") if part else (home.matter, "matter")
    told = home.migrate(name)[case.id]
    assert [reason.code for reason in told.reasons] == [code]
    assert told.reasons[0].en != told.reasons[0].zh
    assert home.now(case) == case
    assert home.whole()


def test_documents_that_do_not_fit_together_are_not_installed(home: Home) -> None:
    lonely = changed(
        MATTER,
        V2,
        ('workflow = "part"\nopens_on = ["help"]', 'workflow = "piece"\nopens_on = ["help"]'),
    )
    with pytest.raises(flowcase.DocumentError, match="do not fit together"):
        home.install(lonely)
