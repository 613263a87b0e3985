"""D16 挂账: a matter that cannot go on stands, with a reason and a review date that ends it."""

from __future__ import annotations

from tests.scenarios.stories import do, due, end_of, phase
from tests.world import COORDINATOR, LEAD, World

WHY = {"reason": "等待法院裁定。"}


def test_the_matter_stands_until_its_review_date_and_goes_on_by_itself(city: World) -> None:
    case = city.assigned()
    city.at("2022-07-28 10:00")
    case = do(city, case, "handling.ask_suspension", LEAD, review_on="2022-08-12", **WHY)
    case = do(city, case, "handling.grant_suspension", COORDINATOR)
    assert phase(city, case, "handling") == "paused"
    city.tick("2022-08-12 23:59")
    assert phase(city, case, "handling") == "paused"
    city.tick("2022-08-13 00:00")
    case = city.engine.case(case.id)
    assert phase(city, case, "handling") == "running"
    # Two of ten days were used, 27 and 28 July; Monday 15 August is the third, the 24th the tenth.
    assert due(city, case, "handling") == end_of("2022-08-24")
    assert city.engine.verify(case.id) is None


def test_its_review_date_is_bounded(city: World) -> None:
    case = city.assigned()
    asked = {"review_on": "2022-08-24", **WHY}
    assert city.refusal(case, "handling.ask_suspension", LEAD, **asked) == {"too_much"}
    do(city, case, "handling.ask_suspension", LEAD, review_on="2022-08-23", **WHY)


def test_what_is_overdue_is_not_suspended(city: World) -> None:
    case = city.assigned()
    city.at("2022-08-10 09:00")
    asked = {"review_on": "2022-08-12", **WHY}
    assert city.refusal(case, "handling.ask_suspension", LEAD, **asked) == {"request"}


def test_a_matter_that_stands_can_be_finished(city: World) -> None:
    case = city.reported()
    case = do(city, case, "handling.ask_suspension", LEAD, review_on="2022-08-12", **WHY)
    case = do(city, case, "handling.grant_suspension", COORDINATOR)
    case = do(city, case, "close", COORDINATOR, opinion="同意", outcome="solved")
    assert case.state == "closed"
    assert case.owner == "section-industry"
