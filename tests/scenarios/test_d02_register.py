"""D2: about 130 enterprises are picked from six pools; a pool alone opens no account."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert, update

import flowcase
from flowcase.case import Actor, Case
from flowcase.statements import ADMISSIONS, PARTIES
from flowcase.workflows.document import shipped_workflows
from tests.scenarios.stories import do
from tests.world import APPEAL, COORDINATION, OFFICE, PRINCIPAL, World


def filed_by(city: World, party: str, principal: str) -> Case:
    return city.engine.open("mayor_line", party=party, actor=Actor(principal), data=APPEAL)


def refusal_of(city: World, party: str, principal: str) -> list[str]:
    with pytest.raises(flowcase.Refused) as refused:
        filed_by(city, party, principal)
    return [reason.code for reason in refused.value.reasons]


def list_enterprise(city: World, party: str, principal: str) -> None:
    with city.engine.store.engine.begin() as connection:
        connection.execute(
            insert(PARTIES), {"id": party, "name": "东莞二厂", "principal": principal}
        )


def admit(city: World, party: str, begins: date | None, ends: date | None) -> None:
    with city.engine.store.engine.begin() as connection:
        connection.execute(
            insert(ADMISSIONS),
            {
                "register": "key_enterprises",
                "party": party,
                "category": "little_giant",
                "admitted_from": begins,
                "admitted_until": ends,
            },
        )


def test_the_six_pools_are_those_of_the_mechanism() -> None:
    register = shipped_workflows()["mayor_line"].document.registers["key_enterprises"]
    assert [title.zh for title in register.categories.values()] == [
        "“五支四特”产业龙头",
        "国家专精特新“小巨人”企业",
        "服务业重点企业",
        "国家高新技术企业",
        "市工商联副主席以上单位",
        "莞商会理事会单位",
    ]


def test_an_enterprise_that_is_known_but_not_picked_cannot_file(city: World) -> None:
    list_enterprise(city, "DG-0002", "sun")
    assert refusal_of(city, "DG-0002", "sun") == ["register"]
    admit(city, "DG-0002", None, None)
    assert filed_by(city, "DG-0002", "sun").state == "submitted"


def test_a_place_on_the_list_counts_from_its_first_to_its_last_day(city: World) -> None:
    list_enterprise(city, "DG-0002", "sun")
    admit(city, "DG-0002", date(2022, 8, 1), date(2022, 12, 31))
    assert refusal_of(city.at("2022-07-31 23:59"), "DG-0002", "sun") == ["register"]
    assert filed_by(city.at("2022-08-01 00:00"), "DG-0002", "sun").party == "DG-0002"
    assert filed_by(city.at("2022-12-31 23:59"), "DG-0002", "sun").party == "DG-0002"
    assert refusal_of(city.at("2023-01-01 00:00"), "DG-0002", "sun") == ["register"]


def test_whoever_leaves_the_list_keeps_the_rights_on_what_was_filed(city: World) -> None:
    case = city.closed()
    with city.engine.store.engine.begin() as connection:
        connection.execute(update(ADMISSIONS).values(admitted_until=date(2022, 7, 26)))
    assert refusal_of(city.at("2022-07-27 09:00"), "DG-0001", "zhang") == ["register"]
    assert do(city, case, "rate", PRINCIPAL, rating="4").state == "verified"


def test_an_enterprise_nobody_knows_is_refused(city: World) -> None:
    assert "register" in refusal_of(city, "DG-9999", "nobody")
    assert city.engine.cases(limit=10).cases == ()
    assert do(city, city.open(), "coordinate", OFFICE, **COORDINATION).state == "coordinated"
