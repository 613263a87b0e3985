"""The demonstration: three lives, as they are promised."""

from __future__ import annotations

from datetime import datetime

import pytest

from flowcase.demo import Demonstration, Story, perform
from flowcase.demo.stage import CHINA


@pytest.fixture(scope="module")
def shown() -> Demonstration:
    return perform("en")


def states(story: Story) -> list[str]:
    return [
        step.after.state
        for step in story.steps
        if step.before is None or step.before.state != step.after.state
    ]


def test_everybody_is_imported_and_every_record_is_whole(shown: Demonstration) -> None:
    assert shown.staff.rejected == shown.parties.rejected == ()
    assert all(story.whole for story in shown.stories)
    assert len({story.case.id for story in shown.stories}) == 3


def test_one_is_handled_in_time_and_verified(shown: Demonstration) -> None:
    story = shown.stories[0]
    assert states(story) == ["submitted", "coordinated", "assigned", "closed", "verified"]
    assert story.case.tier == "general"
    assert not any(step.rung == "due" for step in story.steps)
    assert [step.actor for step in story.steps if step.reasons] == ["wang"]


def test_one_is_rated_one_star_and_done_again_a_tier_higher(shown: Demonstration) -> None:
    story = shown.stories[1]
    closed_twice = ["closed", "escalated_to_vice_mayor", "closed", "verified"]
    assert states(story)[-4:] == closed_twice
    assert (story.case.tier, story.case.cycle) == ("important", 2)
    rolled = next(step for step in story.steps if step.trigger == "coordinate").deadlines
    assert {str(each.last_day) for each in rolled if each.clock == "handling"} == {"2022-09-26"}


def test_one_climbs_to_the_mayor_by_its_clocks_alone(shown: Demonstration) -> None:
    story = shown.stories[2]
    assert [step.actor for step in story.steps[1:]] == [None] * (len(story.steps) - 1)
    assert states(story) == ["submitted", "escalated_to_vice_mayor", "escalated_to_mayor"]
    handling = next(each for each in story.steps[0].deadlines if each.clock == "handling")
    assert str(handling.last_day) == "2022-10-12"
    assert [day.date.isoformat() for day in handling.days if day.kind == "makeup"] == [
        "2022-10-08",
        "2022-10-09",
    ]
    climbed = next(step.at for step in story.steps if step.after.state != "submitted")
    assert climbed == datetime(2022, 10, 13, tzinfo=CHINA)
    assert not story.case.finished
    assert story.steps[-1].clock == "mayor_term"


def test_the_steps_are_in_the_order_of_time_and_the_last_is_where_the_case_stands(
    shown: Demonstration,
) -> None:
    for story in shown.stories:
        moments = [step.at for step in story.steps]
        assert moments == sorted(moments)
        assert story.steps[-1].after.state == story.case.state


def test_the_chinese_performance_is_the_same_with_other_names(shown: Demonstration) -> None:
    chinese = perform("zh")
    assert chinese.names["ma"] == "马丽"
    for one, other in zip(shown.stories, chinese.stories, strict=True):
        assert [(step.at, step.trigger) for step in one.steps] == [
            (step.at, step.trigger) for step in other.steps
        ]
