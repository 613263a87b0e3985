"""A whole life on either database: filed, neglected, re-opened, explained, verified."""

from __future__ import annotations

from tests.scenarios.stories import CLOSING, do, due, end_of, parts_approved, rated_one_star
from tests.world import COORDINATION, COORDINATOR, LEAD, MAYOR, OFFICE, PRINCIPAL, World


def test_a_matter_goes_up_comes_back_and_ends_with_the_rating_on_record(database_url: str) -> None:
    city = World(database_url, "2022-09-23 09:00")
    case = city.open()
    case = do(city.at("2022-09-26 10:00"), case, "coordinate", OFFICE, **COORDINATION)
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land", co_handler="bureau-housing")
    case = do(city.at("2022-09-27 09:00"), case, "sign", LEAD)
    case = parts_approved(city, case)
    assert due(city, case, "handling") == end_of("2022-10-12")
    report = city.tick("2022-10-13 00:00")
    assert [(rang.clock, rang.rung) for rang in report.rang] == [
        ("handling", "warn.0"),
        ("handling", "due"),
    ]
    report = city.tick("2022-10-21 00:00")
    assert [(rang.clock, rang.rung) for rang in report.rang] == [
        ("vice_mayor_term", "warn.0"),
        ("vice_mayor_term", "due"),
    ]
    case = do(city.at("2022-10-24 09:00"), case, "report", LEAD, result="部分解决。")
    case = do(city, case, "close", MAYOR, opinion="同意。", outcome="partly")
    case = rated_one_star(city.at("2022-10-25 09:00"), case)
    assert (case.state, case.tier, case.cycle) == ("escalated_to_mayor", "major", 2)
    assert due(city, case, "mayor_term") == end_of("2022-11-08")
    case = do(city.at("2022-10-28 09:00"), case, "report", LEAD, result="其余受规划所限。")
    case = do(city, case, "close", MAYOR, **CLOSING, explanation="受上位规划所限，已当面说明。")
    case = do(city, case, "rate", PRINCIPAL, rating="1")
    assert (case.state, case.tier, case.fields()["rating"]) == ("verified", "major", "1")
    assert city.engine.verify(case.id) is None
    assert city.tick("2023-06-01 09:00").rang == ()
    city.close()
