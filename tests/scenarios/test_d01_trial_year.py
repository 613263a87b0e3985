"""D1: the trial runs one year; what was filed in it is carried to its end."""

from __future__ import annotations

import pytest

import flowcase
from tests.scenarios.conftest import Settle
from tests.scenarios.stories import CLOSING, do, due, end_of
from tests.world import COORDINATION, COORDINATOR, LEAD, OFFICE, PRINCIPAL


@pytest.mark.parametrize("at", ["2022-07-15 00:00", "2023-07-14 23:59"])
def test_an_appeal_is_taken_on_the_first_and_on_the_last_day_of_the_trial(
    settle: Settle, at: str
) -> None:
    assert settle(at).open().state == "submitted"


@pytest.mark.parametrize("at", ["2022-07-14 23:59", "2023-07-15 00:00"])
def test_an_appeal_is_refused_the_minute_before_and_after_the_trial(
    settle: Settle, at: str
) -> None:
    with pytest.raises(flowcase.Refused) as refused:
        settle(at).open()
    assert [reason.code for reason in refused.value.reasons] == ["window"]


def test_what_was_filed_on_the_last_day_runs_on_to_its_end(settle: Settle) -> None:
    city = settle("2023-07-14 17:00")
    case = city.open()
    # Friday 14 July; counted are 17-21 and 24-28 July.
    assert due(city, case, "handling") == end_of("2023-07-28")
    city.at("2023-07-17 09:00")
    case = do(city, case, "coordinate", OFFICE, **COORDINATION)
    case = do(city, case, "assign", COORDINATOR, lead="bureau-land")
    case = do(city, case, "report", LEAD, result="已解决。")
    case = do(city, case, "close", COORDINATOR, **CLOSING)
    case = do(city.at("2023-07-20 09:00"), case, "rate", PRINCIPAL, rating="5")
    assert case.state == "verified"
