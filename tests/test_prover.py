"""The prover's parts: what matters, which cases are one, who tries what, and where it gives up."""

from __future__ import annotations

import json
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flowcase.calendars.calendar import load_calendar
from flowcase.case import Actor
from flowcase.check import guarantees, relevance
from flowcase.check.limits import Limits, TooLarge
from flowcase.check.moves import attempts, openings
from flowcase.check.nodes import Form
from flowcase.check.promises import judges_of, promises_of
from flowcase.check.proof import Judgement, Proof
from flowcase.check.prover import prove
from flowcase.check.relevance import relevance_of
from flowcase.check.search import first_moment, search
from flowcase.check.verdicts import Subject
from flowcase.workflows.document import read_workflow
from flowcase.workflows.rules import Workflow
from tests.core import Core
from tests.documents.replayed import read_text_as_it_is

SOUND = Path(__file__).parent / "documents" / "sound"
CALENDAR = load_calendar("cn")


def sound(name: str, *changes: tuple[str, str]) -> Workflow:
    """A sound document, with parts put in place of others."""
    text = (SOUND / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return read_workflow(text)


def verdict(proof: Proof, guarantee: str) -> Judgement:
    """What was found of a guarantee."""
    return next(each for each in proof.judgements if each.guarantee == guarantee)


def form_of(workflow: Workflow) -> Form:
    patterns = [(pattern, when) for _, pattern, when in promises_of(workflow)]
    moment = first_moment(workflow, CALENDAR)
    return Form(relevance_of(workflow, patterns), moment, CALENDAR.local_date(moment))


# -- what matters ---------------------------------------------------------------------------------


def test_a_fact_matters_only_where_some_path_still_reads_it() -> None:
    live = relevance_of(sound("line"), []).live
    assert "fired.ask_more" in live["filed"]  # it may be taken once
    assert "fields.result" in live["assigned"]  # done needs it
    assert "fields.subject" not in live["filed"]  # nothing asks for it
    assert "fields.result" not in live["with_head"]  # closing there gives it anew
    assert live["done"] == frozenset()


def test_clocks_that_only_tell_are_left_out_unless_a_state_would_be_silent_without() -> None:
    assert "pulse" not in relevance_of(sound("line"), []).workflow.clocks
    text = (SOUND / "line.toml").read_text(encoding="utf-8")
    stopped = text.replace("[clocks.pulse]", '[clocks.pulse]\nstops_on = ["report"]').encode()
    assert "pulse" in relevance_of(read_text_as_it_is(stopped), []).workflow.clocks


def test_values_no_condition_tells_apart_are_one_kind() -> None:
    kinds = relevance_of(sound("ladder"), [])
    assert kinds.values("stars") == (1, 2)
    assert kinds.counts == {"elevate": 1, "call_back": 3}
    assert relevance_of(sound("plain"), []).values("size") == (1, 4)


def test_a_part_that_one_way_keeps_out_matters_on_the_others() -> None:
    open_to_helpers = ('not_by = ["worker", "helper"]', 'not_by = ["helper"]')
    assert "participants.worker" in relevance_of(sound("task"), []).live["reported"]
    assert "participants.helper" not in relevance_of(sound("task"), []).live["reported"]
    cancel = '{ trigger = "cancel"'
    approve = '{ trigger = "approve", source = "reported", dest = "done", by = ["office"] }'
    two_ways = (cancel, f"{approve},\n  {cancel}")
    assert "participants.helper" in relevance_of(sound("task", two_ways), []).live["reported"]
    assert (
        "participants.helper"
        in (relevance_of(sound("task", two_ways, open_to_helpers), []).live["reported"])
    )


# -- which cases are one --------------------------------------------------------------------------


def opened(workflow: Workflow, *fired: tuple[str, str, dict[str, Any]], **data: Any) -> Core:
    core = Core(workflow)
    core.open({"subject": "a", **data}, actor=who("desk"), party=None)
    for trigger, name, given_ in fired:
        core.fire(trigger, who(name), given_)
    return core


def who(role: str) -> Actor:
    return Actor(f"{role}-9", roles={role})


def test_cases_that_differ_only_in_what_is_forgotten_are_one_node() -> None:
    workflow = sound("line")
    form = form_of(workflow)
    one = opened(workflow, ("assign", "desk", {"lead": "bureau-land"})).case()
    other = opened(
        workflow,
        ("assign", "desk", {"lead": "bureau-housing"}),
        ("hand_over", "desk", {"lead": "bureau-land"}),
    ).case()
    assert one.facts != other.facts
    assert form.of(one)[0] == form.of(other)[0]


def test_cases_that_differ_in_what_matters_are_two() -> None:
    workflow = sound("line")
    form = form_of(workflow)
    fresh = opened(workflow)
    back = opened(workflow, ("ask_more", "desk", {}), ("resume", "desk", {}))
    assert fresh.case().state == back.case().state
    assert form.of(fresh.case())[0] != form.of(back.case())[0]


# -- who tries what -------------------------------------------------------------------------------


def test_everybody_a_transition_names_tries_it_and_nobody_it_keeps_out() -> None:
    tried = {each.trigger: each for each in attempts(form_of(sound("line")), [])["assigned"]}
    assert tried["close"].names == ("desk",)
    assert tried["report"].names == ("lead",)
    assert "escalate" not in tried  # a clock's
    assert "handling.ask_extension" not in tried  # asked and granted in one go, by asking.py
    ladder = attempts(form_of(sound("ladder")), [])["answered"]
    rate = next(each for each in ladder if each.trigger == "rate")
    assert rate.names == ("party",)
    assert rate.data == ({"stars": 1}, {"stars": 2})


def test_an_opening_is_tried_with_and_without_a_party_where_it_is_optional() -> None:
    assert {party for party, _, _ in openings(form_of(sound("guarded")))} == {None, "party-1"}
    assert {party for party, _, _ in openings(form_of(sound("line")))} == {None}
    assert len(openings(form_of(sound("line")))) == 1  # only the length of a term asks for urgent
    asked = ('by = ["desk"], times = 1 }', 'by = ["desk"], times = 1, when = { urgent = true } }')
    assert len(openings(form_of(sound("line", asked)))) == 3  # urgent, not urgent, not said


# -- where it gives up ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limits, why",
    [
        (Limits(nodes=20), "more than 20 cases that differ"),
        (Limits(seconds=0.000001), "there are more"),
    ],
)
def test_what_is_too_large_is_undecided_with_a_sentence_why(limits: Limits, why: str) -> None:
    proof = prove(sound("ladder"), limits=limits)
    (only,) = proof.judgements
    assert (only.verdict, only.guarantee) == ("undecided", "everything")
    assert why in only.en
    assert "过大" in only.zh
    assert (proof.refuted, proof.proved) == ((), ())


def test_a_move_with_too_many_ways_to_fill_it_in_is_too_much() -> None:
    flags = [f"f{number}" for number in range(13)]
    text = (SOUND / "plain.toml").read_text(encoding="utf-8")
    text = text.replace(
        "[fields]", "[fields]\n" + "".join(f'{f} = {{ type = "flag" }}\n' for f in flags)
    )
    asked = ", ".join(f"{flag} = true" for flag in flags)
    text = text.replace('accepts = ["size"]', f"accepts = {json.dumps(['size', *flags])}")
    text = text.replace("when = { size", f"when = {{ {asked}, size")
    (only,) = prove(read_workflow(text)).judgements
    assert "'take' can be given data in too many ways" in only.en


# -- guards ---------------------------------------------------------------------------------------


def test_both_answers_of_a_guard_are_followed_and_what_rests_on_it_says_so() -> None:
    proof = prove(sound("guarded"))
    assert proof.refuted == ()
    assert verdict(proof, "possible[0]").rests_on == ("fees_paid",)
    assert verdict(proof, "G2 way out").rests_on == ()  # a refusal ends it, whatever it answers
    only_way = prove(
        sound(
            "guarded",
            ('dest = "refused", by = ["officer"]', 'by = ["officer"]'),
            (
                '"withdraw", source = "filed", dest',
                '"withdraw", source = "filed", guards = ["fees_paid"], dest',
            ),
            (
                'dest = "refused", by = ["clock"]',
                'dest = "refused", by = ["clock"], guards = ["fees_paid"]',
            ),
            ('on_due = "expire"', 'on_due = "expire"\ntell = ["officer"]\nrepeat = { days = 1 }'),
        )
    )
    assert verdict(only_way, "G2 way out").verdict == "proved"
    assert verdict(only_way, "G2 way out").rests_on == ("fees_paid",)
    assert verdict(only_way, "G3 rungs are taken").rests_on == ("fees_paid",)


# -- clocks that ring into a refusal --------------------------------------------------------------


@pytest.mark.parametrize(
    "some, rest",
    [
        ("{ cycle = { at_least = 2 } }", "{ cycle = 1 }"),
        ("{ fired = { ask_more = 0 } }", "{ fired = { ask_more = { at_least = 1 } } }"),
        ('{ clocks = { supplement = "stopped" } }', "{ cycle = { at_least = 1 } }"),
        ("{ urgent = true }", '[{ urgent = false }, { urgent = "missing" }]'),
        ('{ lead = "given" }', '{ lead = "missing" }'),
    ],
)
def test_a_refusal_of_a_clock_is_found_unless_every_circumstance_is_provided_for(
    some: str, rest: str
) -> None:
    climb = '{ trigger = "climb", source = "with_head", dest = "with_chief", by = ["clock"] }'
    narrow = climb.replace(" }", f", when = {some} }}")
    if "ask_more = 0" in some:
        narrow = narrow.replace("ask_more = 0", "ask_more = { at_most = 0 }")
    refused = verdict(prove(sound("line", (climb, narrow))), "G3 rungs are taken")
    assert refused.verdict == "refuted"
    assert "rings into a refusal" in refused.en
    both = f"{narrow},\n  {climb.replace(' }', f', when = {rest} }}')}"
    assert verdict(prove(sound("line", (climb, both))), "G3 rungs are taken").verdict == "proved"


# -- what is promised -----------------------------------------------------------------------------


def test_a_case_need_only_climb_to_the_tier_that_is_promised() -> None:
    once = ("repeat = { workdays = 2, fire = true }", "repeat = { workdays = 2 }")
    again = ("repeat = { workdays = 5, fire = true }", "repeat = { workdays = 5 }")
    assert verdict(prove(sound("ladder", once, again)), "G3 unattended").verdict == "refuted"
    lower = ('tier = "mayor", within_workdays = 30', 'tier = "deputy", within_workdays = 15')
    assert verdict(prove(sound("ladder", once, again, lower)), "G3 unattended").verdict == "proved"


def test_a_way_that_no_days_allow_refutes_nothing() -> None:
    # `first` and `second` begin together, and the first is always over before the second: only a
    # search that lets clocks ring in any order gets to `late`.
    text = """
name = "order"
version = 1
title = { zh = "次序", en = "order" }
closed_loop = false
intake = { dest = "new", by = ["agent"], party = "none" }
transitions = [
  { trigger = "soon", source = "new", dest = "early", by = ["clock"] },
  { trigger = "later", source = "new", dest = "late", by = ["clock"] },
]
[roles]
agent = { title = { zh = "员", en = "agent" } }
[states]
new = {}
early = { final = true }
late = { final = true }
[clocks.first]
runs_in = ["new"]
terms = [{ days = DAYS }]
on_due = "soon"
[clocks.second]
runs_in = ["new"]
terms = [{ days = 20 }]
on_due = "later"
[guarantees]
possible = [{ to = "late" }]
impossible = [{ trigger = "later" }]
"""
    never = prove(read_workflow(text.replace("DAYS", "5")))
    assert verdict(never, "impossible[0]").verdict == "undecided"
    assert verdict(never, "possible[0]").verdict == "undecided"
    assert "order that no days tried allow" in verdict(never, "impossible[0]").en
    assert all(step.at is None for step in verdict(never, "impossible[0]").path)
    sometimes = prove(read_workflow(text.replace("DAYS", "50")))
    assert verdict(sometimes, "impossible[0]").verdict == "refuted"
    assert verdict(sometimes, "possible[0]").verdict == "proved"


def test_somebody_acts_late_where_only_so_clocks_ring_in_the_order_of_a_path() -> None:
    late = (
        'impossible = [{ trigger = "reject"',
        'impossible = [{ trigger = "escalate", from = "waiting" }, { trigger = "reject"',
    )
    longer = (
        'terms = [{ workdays = 5 }]\non_due = "escalate"',
        'terms = [{ workdays = 5 }]\non_due = "escalate"\ntell = ["desk"]',
    )
    found = verdict(prove(sound("line", late, longer)), "impossible[0]")
    assert found.verdict == "refuted"
    assert [step.trigger for step in found.path] == ["open", "ask_more", "escalate"]


# -- nothing is lost by forgetting ----------------------------------------------------------------


def found(workflow: Workflow, *, forget: bool) -> dict[str, str]:
    """What is found of each guarantee before it is laid on days; nothing if it is too large."""
    limits, promises = Limits(nodes=2_000, seconds=10), promises_of(workflow)
    try:
        searched = search(workflow, promises, CALENDAR, limits, forget=forget)
    except TooLarge:
        return {}
    matters = searched.relevance
    subject = Subject(workflow, matters.workflow, searched.graph, CALENDAR, matters.cycles)
    judges = (*guarantees.judges_of(subject), *judges_of(subject))
    return {each.guarantee: each.verdict for judge in judges for each in islice(judge, 1)}


@pytest.mark.parametrize("name", ["guarded", "ladder", "line", "plain", "task"])
def test_without_forgetting_the_same_is_proved_of_more_cases(name: str) -> None:
    workflow = sound(name)
    promises = promises_of(workflow)
    sizes = [
        len(search(workflow, promises, CALENDAR, Limits(), forget=forget).graph.nodes)
        for forget in (True, False)
    ]
    assert sizes[0] <= sizes[1]
    assert found(workflow, forget=True) == found(workflow, forget=False)


STATES = ("a", "b", "c")
PEOPLE = st.sampled_from(["desk", "chief", "lead"])
FACTS = st.sampled_from(
    [
        {"flag": True},
        {"flag": "missing"},
        {"kind": "x"},
        {"kind": ["y", "z"]},
        {"lead": "given"},
        {"lead": "missing"},
        {"fired": {"t0": {"at_least": 1}}},
        {"fired": {"t1": {"at_most": 1}}},
        {"cycle": {"at_most": 2}},
        {"clocks": {"k": "due"}},
        {"clocks": {"k": ["running", "paused"]}},
        {"kind": "y", "flag": False},
    ]
)


@st.composite
def rules(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """One transition by people."""
    rule: dict[str, Any] = {
        "trigger": f"t{number % 4}",
        "source": draw(st.lists(st.sampled_from(STATES), min_size=1, max_size=2, unique=True)),
        "by": [draw(PEOPLE)],
    }
    dest = draw(st.sampled_from([None, *STATES, "end"]))
    given_ = draw(st.lists(st.sampled_from(["flag", "kind", "lead"]), max_size=2, unique=True))
    optional: dict[str, Any] = {
        "dest": dest,
        draw(st.sampled_from(["requires", "accepts"])): given_,
        "when": draw(st.none() | FACTS),
        "unless": draw(st.none() | FACTS),
        "times": draw(st.none() | st.integers(1, 2)),
        "clears": draw(st.lists(st.sampled_from(["flag", "kind"]), max_size=1)),
        "not_by": draw(st.sampled_from([[], [], ["lead"]])),
        "new_cycle": draw(st.sampled_from([False, False, False, True])),
    }
    return rule | {
        name: value for name, value in optional.items() if value not in (None, [], False)
    }


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A small document of three states, two clocks and some transitions, as TOML."""
    count = draw(st.integers(4, 7))
    transitions = [draw(rules(number)) for number in range(count)]
    transitions += [
        {"trigger": "t3", "source": "a", "dest": "end", "by": ["desk"]},
        {
            "trigger": "rung",
            "source": "*",
            "by": ["clock"],
            **draw(st.sampled_from([{}, {"dest": "b"}, {"dest": "end"}, {"when": {"flag": True}}])),
        },
    ]
    pauses = draw(st.sampled_from([[], ["c"]]))
    lines = "".join(f"  {_inline(each)},\n" for each in transitions)
    promises = [{"trigger": "t0", "when": draw(FACTS)}, {"to": "end", "was": ["lead"]}]
    return f"""
name = "random"
version = 1
title = {{ zh = "随机", en = "random" }}
closed_loop = {draw(st.sampled_from(["true", "false"]))}
intake = {{ dest = "a", by = ["desk"], party = "none", accepts = ["flag"] }}
transitions = [
{lines}]
[roles]
desk = {{ title = {{ zh = "窗", en = "desk" }} }}
chief = {{ title = {{ zh = "长", en = "chief" }} }}
[participants]
lead = {{ role = "chief" }}
[fields]
flag = {{ type = "flag" }}
kind = {{ type = "choice", options = ["x", "y", "z"] }}
[states]
a = {{ owner = "desk" }}
b = {{ owner = "desk"{draw(st.sampled_from(["", ', needs = { kind = "given" }']))} }}
c = {{ owner = "chief" }}
end = {{ final = true }}
[clocks.k]
runs_in = {json.dumps([each for each in STATES if each not in pauses])}
pauses_in = {json.dumps(pauses)}
terms = [{{ workdays = 3 }}]
on_due = "rung"
[clocks.p]
runs_in = ["a", "b", "c"]
{draw(st.sampled_from(["", 'stops_on = ["t1"]', 'starts_on = ["t2"]']))}
terms = [{{ workdays = 2 }}]
tell = ["desk"]
repeat = {{ workdays = 2 }}
[guarantees]
possible = [{_inline(promises[0])}]
impossible = [{_inline(promises[1])}]
"""


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to make it smaller takes minutes
)
@given(documents())
def test_forgetting_changes_no_verdict_on_any_small_document(text: str) -> None:
    workflow = read_text_as_it_is(text.encode())
    whole = found(workflow, forget=False)
    if whole:  # else it is too large to be searched without forgetting
        assert found(workflow, forget=True) == whole


def test_a_search_that_forgets_too_much_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = relevance._live

    def too_little(workflow: Workflow, promised: Any) -> dict[str, frozenset[str]]:
        return {
            state: frozenset(key for key in keys if not key.startswith("fired."))
            for state, keys in kept(workflow, promised).items()
        }

    workflow = sound("ladder")
    whole = found(workflow, forget=False)
    monkeypatch.setattr(relevance, "_live", too_little)
    assert found(workflow, forget=True) != whole


def test_a_search_begins_on_a_day_that_a_notice_settles() -> None:
    first, last = CALENDAR.coverage
    day = CALENDAR.local_date(first_moment(sound("line"), CALENDAR))
    assert first <= day <= last
    assert day == date(2023, 3, 1)
