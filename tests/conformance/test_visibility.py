"""G13: an actor sees and moves what he has a part in, and hears nothing of any other case."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from sqlalchemy import select

import flowcase
from flowcase import visibility
from flowcase.case import Actor
from flowcase.outcome import parts_of
from flowcase.statements import PARTICIPANTS
from tests.scenarios.stories import do
from tests.world import (
    CO_HANDLER,
    COORDINATOR,
    EVERYBODY,
    LEAD,
    MAYOR,
    OFFICE,
    OTHER_COORDINATOR,
    PRINCIPAL,
    SECTION,
    STRANGER,
    VICE_MAYOR,
    World,
)

#: Desks as the staff list has them: these sit at one and hold no part by name.
DESKS = (
    Actor("xu", roles={"secretary_general"}),
    Actor("new", roles={"deputy_secretary_general"}),
    Actor("head", roles={"deputy_mayor"}),
    Actor("stand-in", on_behalf_of="li"),
    Actor("guest", roles={"office_section"}, unit="bureau-housing"),
)


def _sees(world: World, case: flowcase.Case, actor: Actor) -> bool:
    try:
        world.engine.case(case.id, actor=actor)
    except flowcase.CaseNotFound:
        return False
    return True


def test_a_case_that_is_not_seen_is_not_found_in_the_words_of_one_that_is_not(world: World) -> None:
    case = world.assigned()
    absent = case.id[:-4] + "ffff"
    said = []
    for asked in (case.id, absent):
        with pytest.raises(flowcase.CaseNotFound) as error:
            world.engine.case(asked, actor=STRANGER)
        said.append(str(error.value).replace(asked, "X"))
    assert said[0] == said[1]


def test_who_has_a_part_sees_it_and_nobody_else(world: World) -> None:
    case = world.assigned(co_handler="bureau-housing")
    seeing = {PRINCIPAL, OFFICE, SECTION, COORDINATOR, LEAD, CO_HANDLER, MAYOR}
    assert {actor for actor in EVERYBODY if _sees(world, case, actor)} == seeing


def test_who_held_a_part_still_sees_it_and_who_is_recused_never_does(world: World) -> None:
    case = world.assigned()
    assert not _sees(world, case, OTHER_COORDINATOR)
    do(world, case, "hand_over_coordinator", OFFICE, coordinator="lin", reason="调整。")
    assert _sees(world, case, OTHER_COORDINATOR)
    assert _sees(world, case, COORDINATOR), "he held it"
    do(world, case, "recuse", OFFICE, recused=["li", "ma"], reason="亲属。")
    assert not _sees(world, case, COORDINATOR)
    assert not _sees(world, case, OFFICE), "though his role sees all"
    assert not _sees(world, case, Actor("he", roles={"office"}, on_behalf_of="ma"))


def test_the_list_shows_exactly_what_one_by_one_is_seen(world: World) -> None:
    cases = [world.open(), world.coordinated(), world.assigned(co_handler="bureau-housing")]
    cases += [world.reported(), world.closed()]
    recused = world.assigned()
    cases.append(
        do(world, recused, "recuse", OFFICE, recused=["chen", "ma", "li"], reason="亲属。")
    )
    world.tick("2022-08-15 09:00")
    cases += [child for case in cases for child in world.engine.children(case.id)]
    for actor in (*EVERYBODY, *DESKS):
        listed = {case.id for case in world.engine.cases(actor=actor)}
        assert listed == {case.id for case in cases if _sees(world, case, actor)}, actor
    shown = [len(world.engine.cases(actor=actor)) for actor in (STRANGER, PRINCIPAL, MAYOR)]
    assert shown == [0, 6, 6], "the control: some see nothing, some every matter"


def test_pages_of_what_is_seen_have_no_gaps(world: World) -> None:
    cases = [world.assigned() if n % 3 else world.open() for n in range(12)]
    seen, after = [], None
    while True:
        page = world.engine.cases(actor=LEAD, limit=3, after=after)
        seen += [case.id for case in page]
        after = page.next
        if after is None:
            break
    assert sorted(seen) == sorted(case.id for n, case in enumerate(cases) if n % 3)


def test_every_read_asks(world: World) -> None:
    case, engine = world.assigned(), world.engine
    for read in (
        lambda who: engine.case(case.id, actor=who),
        lambda who: engine.fields(case.id, actor=who),
        lambda who: engine.history(case.id, actor=who),
        lambda who: engine.explain(case.id, "handling", actor=who),
    ):
        assert read(LEAD)
        assert read(None), "the host is trusted"
        with pytest.raises(flowcase.CaseNotFound):
            read(STRANGER)
    assert engine.available(case.id, STRANGER) == []


def test_a_refusal_says_nothing_of_a_case_that_is_not_seen(world: World) -> None:
    case = world.assigned()
    with pytest.raises(flowcase.Refused) as refused:
        world.engine.fire(case.id, "close", STRANGER, {"opinion": "x"})
    verdict = world.engine.may(case.id, "coordinate", STRANGER)
    for (reason,) in (refused.value.reasons, verdict.reasons):
        assert reason.code == "role"
        for secret in ("li", "assigned", "coordinator", "交办", "DG-0001"):
            assert secret not in reason.en.split(), reason
            assert secret not in reason.zh, reason
    told = world.engine.may(case.id, "coordinate", OFFICE).reasons
    assert "assigned" in told[0].en, "the control: who sees it is told why"


def test_taking_a_rule_out_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of all of these: without the question everybody sees everything."""
    case = world.assigned()
    monkeypatch.setattr("flowcase.engine.sees", lambda *given: True)
    assert _sees(world, case, STRANGER)


# -- lists by participant -------------------------------------------------------------------------


def test_cases_by_participant(world: World) -> None:
    first, second = world.assigned(co_handler="bureau-housing"), world.assigned()
    open_ = world.open()
    engine = world.engine
    parts = {case.id for case in engine.children(first.id)}

    def held(who: str | Actor) -> set[str]:
        return {case.id for case in engine.cases(participant=who)}

    def own(who: str | Actor) -> set[str]:
        return held(who) - parts

    assert held("bureau-housing") == {first.id, *parts}
    assert own("bureau-land") == own(LEAD) == {first.id, second.id}
    assert own("@office") == {open_.id}, "the desk is accountable"
    do(world, first, "hand_over_coordinator", OFFICE, coordinator="lin", reason="调整。")
    assert own("li") == {second.id}, "what he handed over is no more his"
    assert own("lin") == {first.id}
    engine.set_absence("li", date(2022, 7, 1), date(2022, 7, 31), "lin")
    assert own(Actor("lin")) == {first.id, second.id}, "and of whom he stands in for"
    assert held(STRANGER) == set()


def test_the_table_is_what_the_snapshots_say(world: World) -> None:
    case = world.assigned(co_handler="bureau-housing")
    do(world, case, "hand_over_coordinator", OFFICE, coordinator="lin", reason="调整。")
    do(world, case, "recuse", OFFICE, recused=["lin"], reason="亲属。")
    other = world.reported()
    world.tick("2022-08-26 09:00")
    kept: set[tuple[str, str, bool]] = set()
    for each in (case, other):
        columns = (PARTICIPANTS.c.role, PARTICIPANTS.c.actor, PARTICIPANTS.c.open)
        asked = select(*columns).where(PARTICIPANTS.c.case_id == each.id)
        kept = {
            (role, actor, bool(is_open))
            for role, actor, is_open in world.engine.store.select(asked)
        }
        assert kept == parts_of(world.engine.case(each.id).facts)
    assert VICE_MAYOR.id in {actor for _, actor, _ in kept}, "also whom a clock looked up"


# -- fields that are hidden ------------------------------------------------------------------------


def test_a_contact_is_hidden_from_the_units_when_that_is_asked_for(world: World) -> None:
    given = {"contact": "13800000000"}
    engine = world.engine
    for confidential in (True, False):
        case = world.open(**given, confidential=confidential)
        do(
            world,
            case,
            "coordinate",
            OFFICE,
            coordinator="li",
            section="section-industry",
            complexity="general",
            sector="land",
        )
        do(world, case, "assign", COORDINATOR, lead="bureau-land")
        for actor in (LEAD, COORDINATOR, PRINCIPAL, None):
            fields = engine.fields(case.id, actor=actor)
            first = engine.history(case.id, actor=actor)[0]
            hidden = confidential and actor is LEAD
            assert ("contact" in fields) is not hidden
            assert ("contact" in first.details) is not hidden
            shown = engine.case(case.id, actor=actor).facts
            assert ("fields.contact" in shown) is not hidden
        (listed,) = [each for each in engine.cases(actor=LEAD) if each.id == case.id]
        assert ("fields.contact" in listed.facts) is not confidential


def test_what_a_view_may_show_is_what_one_case_may(world: World) -> None:
    """Each desk's states are those in which it may act or is accountable, in the document."""
    workflow = world.engine.library.workflow("mayor_line")
    for role, state in itertools.product(workflow.document.roles, workflow.document.states):
        may_act = any(
            role in each.roles for moves in workflow.moves[state].values() for each in moves
        )
        shown = state in visibility.desk_states(workflow, Actor("x", roles={role}))
        assert shown == (may_act or workflow.document.states[state].owner == role)
