"""D3: one account for each enterprise, in the hands of its principal."""

from __future__ import annotations

from typing import Any

import pytest

import flowcase
from flowcase.case import Actor
from tests.scenarios.stories import do
from tests.world import APPEAL, EVERYBODY, PARTY, PRINCIPAL, World

CLERK = Actor("zhang-clerk")
DEPUTY = Actor("zhang-son", on_behalf_of="zhang")


@pytest.mark.parametrize(
    "actor", [CLERK, *(each for each in EVERYBODY if each != PRINCIPAL)], ids=lambda each: each.id
)
def test_nobody_files_but_the_principal(city: World, actor: Actor) -> None:
    with pytest.raises(flowcase.Refused) as refused:
        city.engine.open("mayor_line", party=PARTY, actor=actor, data=APPEAL)
    assert [reason.code for reason in refused.value.reasons] == ["role"]


def test_who_files_for_the_principal_is_named_beside_him(city: World) -> None:
    case = city.engine.open("mayor_line", party=PARTY, actor=DEPUTY, data=APPEAL)
    (entry,) = city.engine.history(case.id)
    assert (entry.actor, entry.on_behalf_of) == ("zhang-son", "zhang")


@pytest.mark.parametrize(
    "trigger, data",
    [("rate", {"rating": "5"}), ("rate", {"rating": "1", "comment": "没有解决。"})],
)
def test_nobody_rates_for_the_enterprise(city: World, trigger: str, data: dict[str, Any]) -> None:
    case = city.closed()
    for actor in (CLERK, *EVERYBODY):
        if actor != PRINCIPAL:
            assert "role" in city.refusal(case, trigger, actor, **data)
    assert do(city, case, trigger, PRINCIPAL, **data).revision == case.revision + 1


def test_nobody_withdraws_or_supplies_for_the_enterprise(city: World) -> None:
    case = city.open()
    for actor in EVERYBODY:
        if actor != PRINCIPAL:
            assert city.refusal(case, "withdraw", actor, reason="不再需要。") == {"role"}
    assert do(city, case, "withdraw", PRINCIPAL, reason="不再需要。").state == "withdrawn"
