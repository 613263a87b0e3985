"""Every clock of the document: when it warns, rings, rings again, whom it tells, where it stands.

The lists are complete: nothing else rings, and nothing rings a second early. Where a document says
another number, another test of these fails.
"""

from __future__ import annotations

from tests.scenarios.conftest import Settle
from tests.scenarios.stories import (
    Ring,
    do,
    due,
    end_of,
    phase,
    rated_one_star,
    sleep,
    with_the_mayor,
)
from tests.world import COORDINATION, COORDINATOR, LEAD, MAYOR, OFFICE, PRINCIPAL, World

WHY = {"reason": "不属本局职责。"}


def of(clock: str, rings: list[Ring]) -> list[Ring]:
    """Return the rings of one clock."""
    return [ring for ring in rings if ring[1].startswith(clock + ".")]


def test_triage_two_days_then_every_working_day_to_the_desk_and_the_secretary_general(
    city: World,
) -> None:
    case = city.open()
    told = {"@office", "@secretary_general"}
    assert of("triage", sleep(city, case, 12)) == [
        ("2022-07-29 00:00", "triage.due", told),  # counted: 27 and 28 July
        ("2022-08-01 00:00", "triage.repeat", told),
        ("2022-08-02 00:00", "triage.repeat", told),
        ("2022-08-03 00:00", "triage.repeat", told),
        ("2022-08-04 00:00", "triage.repeat", told),
        ("2022-08-05 00:00", "triage.repeat", told),
        ("2022-08-08 00:00", "triage.repeat", told),
        ("2022-08-09 00:00", "triage.repeat", told),
        ("2022-08-10 00:00", "triage.repeat", told),  # then it is with the vice mayor
    ]


def test_triage_stands_while_a_supplement_is_awaited(city: World) -> None:
    case = do(city, city.open(), "ask_supplement", OFFICE, question="请补充。")
    assert phase(city, case, "triage") == "paused"
    assert of("triage", sleep(city, case, 9)) == []


def test_acceptance_two_days_then_every_working_day_to_the_coordinator_and_the_section(
    city: World,
) -> None:
    case = city.coordinated()
    told = {"li", "section-industry"}
    assert of("acceptance", sleep(city, case, 3)) == [
        ("2022-07-29 00:00", "acceptance.due", told),
        ("2022-08-01 00:00", "acceptance.repeat", told),
        ("2022-08-02 00:00", "acceptance.repeat", told),
    ]


def test_acceptance_starts_with_the_coordination_not_with_the_filing(city: World) -> None:
    case = city.open()
    case = do(city.at("2022-07-28 15:00"), case, "coordinate", OFFICE, **COORDINATION)
    assert due(city, case, "acceptance") == end_of("2022-08-01")


def test_signing_one_day_then_every_working_day_to_the_unit_and_the_coordinator(
    city: World,
) -> None:
    case = city.assigned()
    told = {"bureau-land", "li"}
    assert of("signing", sleep(city, case, 4)) == [
        ("2022-07-28 00:00", "signing.due", told),
        ("2022-07-29 00:00", "signing.repeat", told),
        ("2022-08-01 00:00", "signing.repeat", told),
        ("2022-08-02 00:00", "signing.repeat", told),
    ]


def test_signing_stops_when_the_unit_signs_returns_or_reports(city: World) -> None:
    for trigger, data in (("sign", {}), ("return", WHY), ("report", {"result": "已办结。"})):
        case = do(city, city.assigned(), trigger, LEAD, **data)
        assert phase(city, case, "signing") == "stopped"


def test_signing_starts_anew_for_the_unit_designated(city: World) -> None:
    case = do(city, city.assigned(), "return", LEAD, **WHY)
    city.at("2022-07-28 16:00")
    case = do(city, case, "designate", COORDINATOR, lead="bureau-housing", reason="指定。")
    assert due(city, case, "signing") == end_of("2022-07-29")
    assert of("signing", sleep(city, case, 1)) == [
        ("2022-07-30 00:00", "signing.due", {"bureau-housing", "li"})
    ]


def test_ruling_one_day_then_every_working_day_to_the_coordinator_and_the_section(
    city: World,
) -> None:
    case = do(city, city.assigned(), "return", LEAD, **WHY)
    told = {"li", "section-industry"}
    assert of("ruling", sleep(city, case, 3)) == [
        ("2022-07-28 00:00", "ruling.due", told),
        ("2022-07-29 00:00", "ruling.repeat", told),
        ("2022-08-01 00:00", "ruling.repeat", told),
    ]
    case = do(city, case, "designate", COORDINATOR, lead="bureau-land", reason="指定。")
    assert phase(city, case, "ruling") == "stopped"


def test_handling_ten_days_warned_two_days_before(city: World) -> None:
    case = city.assigned()
    assert of("handling", sleep(city, do(city, case, "sign", LEAD), 2)) == [
        ("2022-08-05 00:00", "handling.warn.0", {"bureau-land", "section-industry"}),
        (
            "2022-08-10 00:00",
            "handling.due",
            {"DG-0001", "section-industry", "li", "bureau-land", "chen"},
        ),
    ]


def test_handling_of_a_complex_matter_a_month_warned_two_days_before(city: World) -> None:
    case = city.coordinated(complexity="complex")
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land")
    rings = of("handling", sleep(city, do(city, case, "sign", LEAD), 2))
    assert [(at, name) for at, name, _ in rings] == [
        ("2022-08-24 00:00", "handling.warn.0"),  # the last day is Friday the 26th
        ("2022-08-27 00:00", "handling.due"),
    ]


def test_handling_warns_the_leader_and_the_unit_at_a_leaders_tier(city: World) -> None:
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")
    assert of("handling", sleep(city, case, 1)) == [
        ("2022-08-05 00:00", "handling.warn.0", {"chen", "bureau-land", "section-industry"})
    ]


def test_handling_stands_while_a_supplement_is_awaited_and_nowhere_else(city: World) -> None:
    case = do(city, city.open(), "ask_supplement", OFFICE, question="请补充。")
    assert phase(city, case, "handling") == "paused"
    case = do(city, city.assigned(), "return", LEAD, **WHY)
    assert phase(city, case, "handling") == "running"


def test_the_vice_mayors_term_five_days_at_least_warned_one_day_before(city: World) -> None:
    case = city.assigned()
    case = do(city, case, "sign", LEAD)
    # Told in the first moment of 10 August; counted are 11, 12 and 15-17 August.
    assert of("vice_mayor_term", sleep(city, case, 4)) == [
        ("2022-08-16 00:00", "vice_mayor_term.warn.0", {"chen", "section-industry"}),
        (
            "2022-08-18 00:00",
            "vice_mayor_term.due",
            {"DG-0001", "section-industry", "li", "chen", "@mayor"},
        ),
    ]


def test_the_vice_mayors_term_is_the_matters_own_if_that_is_longer(city: World) -> None:
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")
    assert due(city, case, "vice_mayor_term") == end_of("2022-08-09")
    city.at("2022-08-01 16:00")
    case = rated_one_star(city, city.closed())
    assert due(city, case, "vice_mayor_term") == end_of("2022-08-15")


def test_the_mayors_term_five_days_at_least_warned_one_day_before_then_every_working_day(
    city: World,
) -> None:
    case = city.assigned()
    case = do(city, case, "sign", LEAD)
    told = {"@mayor", "section-industry", "li"}
    # Told in the first moment of 18 August; counted are 19 and 22-25 August.
    assert of("mayor_term", sleep(city, case, 8)) == [
        ("2022-08-24 00:00", "mayor_term.warn.0", {"@mayor", "section-industry"}),
        ("2022-08-26 00:00", "mayor_term.due", told),
        ("2022-08-29 00:00", "mayor_term.repeat", told),
        ("2022-08-30 00:00", "mayor_term.repeat", told),
    ]


def test_the_mayors_term_is_the_matters_own_if_that_is_longer(city: World) -> None:
    case = with_the_mayor(city)
    assert due(city, case, "mayor_term") == end_of("2022-08-09")
    late = city.assigned()
    city.at("2022-08-09 10:00")
    late = do(city, late, "take_over", MAYOR, reason="重大事项。")
    assert due(city, late, "mayor_term") == end_of("2022-08-16")


def test_rating_five_days_warned_two_days_before_then_the_section_telephones(city: World) -> None:
    case = city.closed()
    assert sleep(city, case, 3) == [
        ("2022-07-29 00:00", "rating.warn.0", {"DG-0001"}),
        ("2022-08-03 00:00", "rating.due", {"section-industry"}),  # once; counted: 27-29, 1, 2
        ("2022-08-10 00:00", "verification.due", {"section-industry", "li", "chen"}),
    ]


def test_verification_ten_days_then_every_five(city: World) -> None:
    case = city.closed()
    rings = of("verification", sleep(city, case, 6))
    assert [(at, name) for at, name, _ in rings] == [
        ("2022-08-10 00:00", "verification.due"),
        ("2022-08-17 00:00", "verification.repeat"),
        ("2022-08-24 00:00", "verification.repeat"),
        ("2022-08-31 00:00", "verification.repeat"),
    ]


def test_verification_every_five_working_days_across_the_holiday(settle: Settle) -> None:
    city = settle("2022-09-16 09:00")
    case = city.closed()
    # Counted: 19-23 and 26-30 September. Five on from Saturday 1 October: 8-12 October.
    rings = of("verification", sleep(city, case, 4))
    assert [at for at, _, _ in rings] == ["2022-10-01 00:00", "2022-10-12 00:00"]


def test_supplement_ten_days_warned_three_days_before_then_it_lapses(city: World) -> None:
    case = do(city, city.open(), "ask_supplement", OFFICE, question="请补充。")
    assert sleep(city, case, 9) == [
        ("2022-08-04 00:00", "supplement.warn.0", {"DG-0001"}),  # 9 August is the last day
        ("2022-08-10 00:00", "supplement.due", {"DG-0001", "@office"}),
    ]
    assert city.engine.case(case.id).state == "lapsed"


def test_a_warning_that_a_pause_moves_later_is_given_again(city: World) -> None:
    case = do(city, city.open(), "ask_supplement", OFFICE, question="请补充。")
    case = do(city.at("2022-08-05 09:00"), case, "supply", PRINCIPAL, supplement="已补充。")
    # Asked on the filing day itself: day 1 is 8 August, day 10 the 19th, the warning on the 17th.
    assert due(city, case, "handling") == end_of("2022-08-19")
    rings = [ring for ring in sleep(city, case, 9) if ring[1] == "handling.warn.0"]
    assert [at for at, _, _ in rings] == ["2022-08-17 00:00"]
