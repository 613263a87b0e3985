"""D18, D8: reminded, told at expiry, then tier by tier to the mayor, every rung once."""

from __future__ import annotations

from tests.scenarios.conftest import Settle
from tests.scenarios.stories import do, due, end_of, local, moments, phase, sleep
from tests.world import COORDINATOR, LEAD, OFFICE, VICE_MAYOR, World

HEAD_OFFICE = {"@office", "@secretary_general"}
EVERYONE = {"DG-0001", "section-industry", "li", "bureau-land", "chen"}


def test_an_appeal_nobody_reads_climbs_to_the_mayor_across_national_day(settle: Settle) -> None:
    city = settle("2022-09-23 09:00")
    case = city.open(sector="land")
    rings = sleep(city, case, 16)
    assert [ring for ring in rings if not ring[1].startswith("triage")] == [
        ("2022-10-10 00:00", "handling.warn.0", {"@office"}),
        ("2022-10-13 00:00", "handling.due", {"DG-0001", "section-industry", "li", "chen"}),
        ("2022-10-19 00:00", "vice_mayor_term.warn.0", {"chen", "section-industry"}),
        (
            "2022-10-21 00:00",
            "vice_mayor_term.due",
            {"DG-0001", "section-industry", "li", "chen", "@mayor"},
        ),
        ("2022-10-27 00:00", "mayor_term.warn.0", {"@mayor", "section-industry"}),
        ("2022-10-29 00:00", "mayor_term.due", {"@mayor", "section-industry", "li"}),
        ("2022-10-31 00:00", "mayor_term.repeat", {"@mayor", "section-industry", "li"}),
    ]
    # Every working day from the reception's limit on: no ring from 1 to 7 October.
    assert moments(rings, "triage.due") == ["2022-09-28 00:00"]
    assert moments(rings, "triage.repeat") == [
        "2022-09-29 00:00",
        "2022-09-30 00:00",
        "2022-10-08 00:00",
        "2022-10-09 00:00",
        "2022-10-10 00:00",
        "2022-10-11 00:00",
        "2022-10-12 00:00",
        "2022-10-13 00:00",
    ]
    assert all(who == HEAD_OFFICE for _, name, who in rings if name.startswith("triage"))


def test_it_passes_every_tier_once_and_in_order(settle: Settle) -> None:
    city = settle("2022-09-23 09:00")
    case = city.open(sector="land")
    sleep(city, case, 25)
    tiers = [
        entry.changes.set["tier"]
        for entry in city.engine.history(case.id)
        if "tier" in entry.changes.set
    ]
    assert tiers == ["general", "important", "major"]
    assert city.engine.case(case.id).state == "escalated_to_mayor"


def test_with_the_mayor_it_rings_every_working_day_and_never_stops(city: World) -> None:
    case = city.assigned()
    rings = sleep(city, case, 40)
    assert moments(rings, "mayor_term.due") == ["2022-08-26 00:00"]
    assert moments(rings, "mayor_term.repeat")[:12] == [
        "2022-08-29 00:00",
        "2022-08-30 00:00",
        "2022-08-31 00:00",
        "2022-09-01 00:00",
        "2022-09-02 00:00",
        "2022-09-05 00:00",
        "2022-09-06 00:00",
        "2022-09-07 00:00",
        "2022-09-08 00:00",
        "2022-09-09 00:00",
        "2022-09-13 00:00",  # 10-12 September: Mid-Autumn Festival
        "2022-09-14 00:00",
    ]
    assert city.engine.case(case.id).wake_at is not None


def test_the_lead_is_reminded_told_and_no_longer_the_owner(city: World) -> None:
    case = do(city, city.assigned(), "sign", LEAD)
    assert sleep(city, case, 2) == [
        ("2022-08-05 00:00", "handling.warn.0", {"bureau-land", "section-industry"}),
        ("2022-08-10 00:00", "handling.due", EVERYONE),
    ]
    case = city.engine.case(case.id)
    assert (case.state, case.tier, case.owner) == ("escalated_to_vice_mayor", "important", "chen")
    assert case.participants()["lead"] == "bureau-land", "it still does the work"


def test_a_leader_who_has_it_already_is_told_before_it_climbs(city: World) -> None:
    case = do(city, city.assigned(), "elevate", COORDINATOR, reason="重要事项。")
    rings = sleep(city, case, 4)
    # Both his term and the matter's are over with 9 August: told first, then it climbs.
    assert [(at, name) for at, name, _ in rings] == [
        ("2022-08-05 00:00", "handling.warn.0"),
        ("2022-08-08 00:00", "vice_mayor_term.warn.0"),
        ("2022-08-10 00:00", "handling.due"),
        ("2022-08-10 00:00", "vice_mayor_term.due"),
    ]
    assert rings[2][2] == EVERYONE
    case = city.engine.case(case.id)
    assert case.state == "escalated_to_mayor"
    assert due(city, case, "mayor_term") == end_of("2022-08-17"), "five working days of his own"


def test_nobody_fires_what_belongs_to_the_clock(city: World) -> None:
    case = city.assigned()
    for actor in (OFFICE, COORDINATOR, VICE_MAYOR):
        assert city.refusal(case, "escalate", actor) == {"role"}


def test_after_an_outage_each_rung_rings_once_in_order_and_says_how_late_it_is(
    settle: Settle,
) -> None:
    city = settle("2022-09-23 09:00")
    case = city.open(sector="land")
    report = city.tick("2022-10-17 10:30")  # nothing was heard since the filing
    assert [(rang.clock, rang.rung, rang.late_s) for rang in report.rang] == [
        ("triage", "due", 19 * 86_400 + 37_800),  # since 28 September, 00:00
        ("handling", "warn.0", 7 * 86_400 + 37_800),  # since 10 October
        ("handling", "due", 4 * 86_400 + 37_800),  # since 13 October
    ]
    assert city.tick().rang == (), "each once"
    case = city.engine.case(case.id)
    assert case.state == "escalated_to_vice_mayor", "one tier, not two"
    # Told on 17 October, the vice mayor has 18-21 and 24 October.
    assert due(city, case, "vice_mayor_term") == end_of("2022-10-24")
    assert due(city, case, "handling") == end_of("2022-10-12"), "lateness is not made good"


def test_however_long_the_outage_every_tier_gets_its_full_term(settle: Settle) -> None:
    city = settle("2022-09-23 09:00")
    case = city.open(sector="land")
    city.tick("2022-12-01 08:00")
    assert city.engine.case(case.id).state == "escalated_to_vice_mayor"
    assert due(city, case, "vice_mayor_term") == end_of("2022-12-08")
    report = city.tick("2022-12-30 08:00")
    assert [(rang.clock, rang.rung) for rang in report.rang] == [
        ("vice_mayor_term", "warn.0"),
        ("vice_mayor_term", "due"),
    ]
    # 30 December is a Friday; 31 December to 2 January are off: 3-6 and 9 January 2023.
    assert city.engine.case(case.id).state == "escalated_to_mayor"
    assert due(city, case, "mayor_term") == end_of("2023-01-09")


def test_a_late_repeat_is_not_made_up_for(city: World) -> None:
    case = city.coordinated()
    city.tick("2022-07-29 00:00")
    report = city.tick("2022-08-03 14:00")  # 1, 2 and 3 August went by unheard
    assert [(rang.clock, rang.rung) for rang in report.rang] == [("acceptance", "repeat")]
    assert local(city.engine.case(case.id).wake_at or city.clock.now()) == "2022-08-04 00:00"


def test_who_acts_in_time_is_not_climbed_over(city: World) -> None:
    case = city.reported()
    closing = {"opinion": "同意。", "outcome": "solved"}
    case = do(city.at("2022-08-09 23:59"), case, "close", COORDINATOR, **closing)
    report = city.tick("2022-08-10 00:00")
    assert [rang.clock for rang in report.rang if rang.clock == "handling"] == []
    assert (city.engine.case(case.id).state, case.tier) == ("closed", "general")
    assert phase(city, case, "handling") == "stopped"
