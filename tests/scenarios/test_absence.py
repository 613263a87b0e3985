"""Absence and acting on behalf: nothing stands still, and nobody does through another what he may
not do himself.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

import flowcase
from flowcase.case import Actor
from flowcase.question import Asked
from flowcase.statements import STAFF
from tests.scenarios.stories import CLOSING, do, holder, told
from tests.world import COORDINATION, COORDINATOR, LEAD, OFFICE, World

FROM, UNTIL = date(2022, 8, 1), date(2022, 8, 31)
LIN_FOR_LI = Actor("lin", on_behalf_of="li")
UNNAMED = {"section": "section-industry", "complexity": "general", "sector": "land"}


def _unit(city: World, who: str, unit: str) -> None:
    with city.engine.store.engine.begin() as connection:
        connection.execute(update(STAFF).where(STAFF.c.id == who).values(unit=unit))


# -- looked up while away -------------------------------------------------------------------------


def test_whom_the_staff_list_names_while_away_his_deputy_takes_over(city: World) -> None:
    city.engine.set_absence("chen", FROM, UNTIL, "cai")
    case = city.assigned()
    city.tick("2022-08-10 00:00")
    case = city.engine.case(case.id)
    assert (case.state, case.owner) == ("escalated_to_vice_mayor", "cai")
    assert "cai" in told(city, case)


def test_before_and_after_his_absence_he_takes_it_himself(city: World) -> None:
    city.engine.set_absence("chen", FROM, date(2022, 8, 9), "cai")
    city.engine.set_absence("chen", date(2022, 8, 11), UNTIL, "cai")
    case = city.assigned()
    city.tick("2022-08-10 00:00")
    assert city.engine.case(case.id).owner == "chen", "it climbed on 10 August"


def test_a_deputy_who_is_away_has_a_deputy_too(city: World) -> None:
    city.engine.set_absence("chen", FROM, UNTIL, "cai")
    city.engine.set_absence("cai", FROM, UNTIL, "he")
    case = city.assigned()
    city.tick("2022-08-10 00:00")
    assert city.engine.case(case.id).owner == "he"


@pytest.mark.parametrize("chain", [[("chen", None)], [("chen", "cai"), ("cai", "chen")]])
def test_nobody_to_stand_in_leads_to_the_other_role_and_never_in_circles(
    city: World, chain: list[tuple[str, str | None]]
) -> None:
    for who, deputy in chain:
        city.engine.set_absence(who, FROM, UNTIL, deputy)
    case = city.assigned()
    city.tick("2022-08-10 00:00")
    assert city.engine.case(case.id).owner == "he", "the executive vice mayor"


def test_a_deputy_who_is_recused_does_not_stand_in(city: World) -> None:
    city.engine.set_absence("chen", FROM, UNTIL, "cai")
    case = city.assigned()
    do(city, case, "recuse", OFFICE, recused=["cai"], reason="亲属。")
    city.tick("2022-08-10 00:00")
    assert city.engine.case(case.id).owner == "he"


# -- acting for who is away -----------------------------------------------------------------------


def test_the_deputy_acts_for_the_coordinator_and_it_is_recorded(city: World) -> None:
    case = city.reported()
    city.at("2022-08-02 09:00").engine.set_absence("li", FROM, UNTIL, "lin")
    actor = city.engine.actor("lin", "li")
    assert (actor.id, actor.on_behalf_of) == ("lin", "li")
    case = do(city, case, "close", actor, **CLOSING)
    entry = city.engine.history(case.id)[-1]
    assert (entry.actor, entry.on_behalf_of) == ("lin", "li")
    assert holder(case, "coordinator") == "li", "the coordinator is who he was"
    with pytest.raises(flowcase.Refused):
        do(city, city.reported(), "close", city.engine.actor("lin"), **CLOSING)


@pytest.mark.parametrize(
    "at, deputy, said",
    [
        ("2022-07-31 23:59", "lin", "'li' is not away"),
        ("2022-09-01 00:00", "lin", "'li' is not away"),
        ("2022-08-15 09:00", "xu", "'li' is away until 2022-08-31, and 'xu' stands in"),
        ("2022-08-15 09:00", None, "'li' is away until 2022-08-31, and nobody stands in"),
    ],
)
def test_nobody_acts_for_another_who_is_there_or_has_another_deputy(
    city: World, at: str, deputy: str | None, said: str
) -> None:
    city.engine.set_absence("li", FROM, UNTIL, deputy)
    with pytest.raises(flowcase.Refused, match=said) as refused:
        city.at(at).engine.actor("lin", "li")
    assert refused.value.reasons[0].code == "not_deputy"
    assert "不能代 li 办理" in refused.value.reasons[0].zh


def test_on_the_first_and_on_the_last_day_he_does(city: World) -> None:
    city.engine.set_absence("li", FROM, UNTIL, "lin")
    for at in ("2022-08-01 00:00", "2022-08-31 23:59"):
        assert city.at(at).engine.actor("lin", "li").roles == {"deputy_secretary_general"}


# -- none of it defeats `not_by` ------------------------------------------------------------------


def _closing(city: World, actor: Actor, **facts: Any) -> set[str]:
    """Have the lead report, with li as coordinator; return why `actor` may not close it."""
    case = city.reported()
    verdict = city.engine.may(case.id, "close", actor, {**CLOSING, **facts})
    return {reason.code for reason in verdict.reasons}


def test_the_control_a_deputy_who_did_no_work_closes(city: World) -> None:
    assert _closing(city, LIN_FOR_LI) == set()


def test_a_deputy_of_the_lead_units_own_house_does_not_close(city: World) -> None:
    assert "separation" in _closing(city, Actor("lin", unit="bureau-land", on_behalf_of="li"))


def test_a_deputy_who_reported_for_the_lead_does_not_close_as_coordinator(city: World) -> None:
    case = city.assigned()
    do(city, case, "report", Actor("lin", on_behalf_of="bureau-land"), result="办结。")
    assert city.refusal(case, "close", LIN_FOR_LI, **CLOSING) == {"separation"}


def test_for_whom_a_deputy_did_the_work_does_not_close_either(city: World) -> None:
    """Lin reports while standing in for the lead's officer, who is then made coordinator."""
    case = city.assigned()
    do(city, case, "report", Actor("lin", unit="bureau-land", on_behalf_of="wang"), result="办结。")
    do(city, case, "hand_over_coordinator", OFFICE, coordinator="wang", reason="调整。")
    assert city.refusal(case, "close", Actor("wang"), **CLOSING) == {"separation"}
    assert city.refusal(case, "close", Actor("xu", on_behalf_of="wang"), **CLOSING) == {
        "separation"
    }


def test_who_may_not_himself_may_not_through_a_deputy(city: World) -> None:
    """Li belongs to the lead unit: neither he nor anybody on his behalf closes its work."""
    _unit(city, "li", "bureau-land")
    assert "separation" in _closing(city, Actor("li", unit="bureau-land"))
    assert "separation" in _closing(city, LIN_FOR_LI)


def test_without_asking_whom_he_acts_for_a_deputy_would_close(
    city: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: only the actor himself is looked at."""
    _unit(city, "li", "bureau-land")
    monkeypatch.setattr(Asked, "_named", lambda self, value: self.call.actor.holds(value))
    assert _closing(city, LIN_FOR_LI) == set()


def test_who_is_recused_does_not_act_through_a_deputy_nor_as_one(city: World) -> None:
    case = city.reported()
    do(city, case, "recuse", OFFICE, recused=["lin"], reason="亲属。")
    assert city.refusal(case, "close", LIN_FOR_LI, **CLOSING) == {"recused"}
    other = city.reported()
    do(city, other, "recuse", OFFICE, recused=["li"], reason="亲属。")
    as_li = Actor("lin", roles={"deputy_secretary_general"}, on_behalf_of="li")
    assert city.refusal(other, "close", as_li, **CLOSING) == {"recused"}
    own = Actor("lin", roles={"deputy_secretary_general"})
    assert city.engine.may(other.id, "close", own, CLOSING), "the control: for himself he may"


def test_what_was_asked_for_by_a_deputy_is_not_granted_by_whom_he_stood_in_for(
    city: World,
) -> None:
    case = city.assigned()
    asked = {"workdays": 2, "reason": "须等批复。"}
    do(city, case, "handling.ask_extension", Actor("li", on_behalf_of="bureau-land"), **asked)
    refused = city.refusal(case, "handling.grant_extension", COORDINATOR)
    assert "separation" in refused


def test_the_party_does_not_handle_his_matter_through_a_deputy(city: World) -> None:
    case = city.open()
    as_office = Actor("ma", roles={"office"}, on_behalf_of="zhang")
    assert "separation" in city.refusal(case, "coordinate", as_office, **COORDINATION)
    assert city.engine.may(case.id, "coordinate", OFFICE, COORDINATION), "the control"


# -- what can be written down ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "staff, begins, ends, deputy, said",
    [
        ("li", UNTIL, FROM, "lin", "cannot be: it ends"),
        ("li", FROM, date(2023, 12, 31), "lin", "at most 400 days"),
        ("li", FROM, UNTIL, "li", "cannot stand in for himself"),
        ("nobody", FROM, UNTIL, "lin", "no 'nobody'"),
        ("li", FROM, UNTIL, "nobody", "no 'nobody'"),
        ("li", date(2022, 8, 31), date(2022, 9, 2), "lin", "already away from 2022-08-01"),
    ],
)
def test_what_cannot_be_is_refused(
    city: World, staff: str, begins: date, ends: date, deputy: str, said: str
) -> None:
    if "already" in said:
        city.engine.set_absence("li", FROM, UNTIL, "lin")
    with pytest.raises(flowcase.FlowcaseError, match=said):
        city.engine.set_absence(staff, begins, ends, deputy)


def test_an_absence_is_changed_by_its_first_day_and_taken_back(city: World) -> None:
    city.engine.set_absence("li", FROM, UNTIL, "xu")
    city.engine.set_absence("li", FROM, UNTIL, "lin")
    city.at("2022-08-02 09:00")
    assert city.engine.actor("lin", "li").on_behalf_of == "li"
    city.engine.cancel_absence("li", FROM)
    with pytest.raises(flowcase.Refused):
        city.engine.actor("lin", "li")
    with pytest.raises(flowcase.NotFound, match="no absence of 'li' begins on 2022-08-01"):
        city.engine.cancel_absence("li", FROM)


def test_the_lead_itself_is_as_free_as_before(city: World) -> None:
    case = city.assigned()
    assert do(city, case, "report", LEAD, result="办结。").state == "assigned"
