"""D4: appeals and suggestions, point to point to the mayor or a vice mayor."""

from __future__ import annotations

import pytest

import flowcase
from tests.scenarios.stories import told
from tests.world import APPEAL, PARTY, PRINCIPAL, World


@pytest.mark.parametrize("kind", ["appeal", "suggestion"])
@pytest.mark.parametrize("addressee", ["mayor", "vice_mayor"])
def test_whom_it_is_written_to_is_not_who_ends_up_with_it(
    city: World, kind: str, addressee: str
) -> None:
    case = city.open(kind=kind, addressee=addressee)
    assert (case.fields()["kind"], case.fields()["addressee"]) == (kind, addressee)
    assert (case.state, case.tier, case.owner) == ("submitted", "general", "@office")
    assert told(city, case) == {"@office"}


@pytest.mark.parametrize("left_out", ["kind", "addressee", "subject", "content"])
def test_a_filing_says_what_it_is_to_whom_and_about_what(city: World, left_out: str) -> None:
    data = {name: value for name, value in APPEAL.items() if name != left_out}
    with pytest.raises(flowcase.Refused) as refused:
        city.engine.open("mayor_line", party=PARTY, actor=PRINCIPAL, data=data)
    assert [(each.code, each.about) for each in refused.value.reasons] == [
        ("missing_data", left_out)
    ]


@pytest.mark.parametrize("field, value", [("kind", "complaint"), ("addressee", "governor")])
def test_there_is_no_other_kind_and_no_other_addressee(city: World, field: str, value: str) -> None:
    with pytest.raises(flowcase.Refused) as refused:
        city.open(**{field: value})
    assert [(each.code, each.about) for each in refused.value.reasons] == [("invalid_data", field)]


def test_the_enterprise_does_not_classify_its_own_matter(city: World) -> None:
    with pytest.raises(flowcase.Refused) as refused:
        city.open(complexity="complex", coordinator="li")
    assert {(each.code, each.about) for each in refused.value.reasons} == {
        ("unexpected_data", "complexity"),
        ("unexpected_data", "coordinator"),
    }
