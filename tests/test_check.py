"""What the structure of a workflow says: every kind of finding, and none of a sound document."""

import json
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from flowcase.check.findings import CheckFinding, Kind
from flowcase.check.reach import explore
from flowcase.check.report import check_workflow
from flowcase.testing import closed_loop
from flowcase.testing.guarantees import Step
from flowcase.workflows.document import read_workflow, shipped_workflows

# A small line with everything a check looks at, and nothing wrong. Every broken document below is
# this one with something changed, so this one is the control of each.
SOUND = """
name = "line"
version = 1
title = { zh = "专线", en = "line" }
tiers = ["low", "mid", "high"]
[intake]
dest = "filed"
by = ["desk"]
party = "none"
requires = ["subject"]
[roles]
desk = { title = { zh = "窗口", en = "desk" } }
unit = { title = { zh = "单位", en = "unit" } }
head = { title = { zh = "领导", en = "head" } }
chief = { title = { zh = "主官", en = "chief" } }
[participants]
lead = { role = "unit" }
[fields]
subject = { type = "text" }
result = { type = "text" }
urgent = { type = "flag" }
[states]
filed = { owner = "desk" }
assigned = { owner = "lead", needs = { lead = "given" } }
with_head = { owner = "head", tier = "mid" }
with_chief = { owner = "chief", tier = "high" }
done = { final = true, needs = { result = "given" } }
[clocks.handling]
runs_in = ["filed", "assigned"]
terms = [{ workdays = 10 }]
on_due = "escalate"
[clocks.signing]
runs_in = ["assigned"]
starts_on = ["assign"]
stops_on = ["sign"]
terms = [{ workdays = 1 }]
tell = ["lead"]
[clocks.head_term]
runs_in = ["with_head"]
terms = [{ workdays = 5 }]
on_due = "escalate_to_chief"
[clocks.chief_term]
runs_in = ["with_chief"]
terms = [{ workdays = 5 }]
tell = ["chief"]
repeat = { workdays = 1 }
[[transitions]]
trigger = "assign"
source = "filed"
dest = "assigned"
by = ["desk"]
requires = ["lead"]
[[transitions]]
trigger = "sign"
source = "assigned"
by = ["lead"]
[[transitions]]
trigger = "finish"
source = ["assigned", "with_head", "with_chief"]
dest = "done"
by = ["lead", "head", "chief"]
requires = ["result"]
[[transitions]]
trigger = "escalate"
source = ["filed", "assigned"]
dest = "with_head"
by = ["clock"]
[[transitions]]
trigger = "escalate_to_chief"
source = "with_head"
dest = "with_chief"
by = ["clock"]
[[transitions]]
trigger = "note"
source = "*"
by = ["desk"]
accepts = ["urgent"]
"""

CHIEF_ONLY = 'runs_in = ["with_chief"]'
CHIEF_AND_PARKED = 'runs_in = ["with_chief", "parked"]'


def line(*changes: str | tuple[str, str]) -> str:
    """The sound line with lines added, or with one part put in place of another."""
    text = SOUND
    for change in changes:
        if isinstance(change, str):
            text += change
        else:
            assert change[0] in text
            text = text.replace(*change)
    return text


def findings(text: str) -> tuple[CheckFinding, ...]:
    return check_workflow(read_workflow(text)).findings


def move(trigger: str, source: str | list[str], **rest: object) -> str:
    """One more transition, by the desk unless somebody else is named; tables as TOML."""
    values = {"trigger": trigger, "source": source, "by": ["desk"], **rest}
    shown = {
        key: value if isinstance(value, str) and value[0] == "{" else json.dumps(value)
        for key, value in values.items()
    }
    return "\n".join(["[[transitions]]", *(f"{key} = {value}" for key, value in shown.items()), ""])


PARKED = '[states.parked]\nowner = "desk"\n' + move("park", "filed", dest="parked")

BROKEN: dict[str, tuple[Kind, str, str, str, str]] = {
    "a state that no transition leads to": (
        "unreached_state",
        "error",
        "states.parked",
        "never reached",
        line((CHIEF_ONLY, CHIEF_AND_PARKED), '[states.parked]\nowner = "desk"\n'),
    ),
    "no state that is final": (
        "no_final_state",
        "error",
        "states",
        "none is final",
        line(
            ("done = { final = true,", 'done = { owner = "desk",'),
            (CHIEF_ONLY, 'runs_in = ["with_chief", "done"]'),
        ),
    ),
    "no state that is final, in a plain state machine": (
        "no_final_state",
        "note",
        "states",
        "none is final",
        line(("version = 1", "version = 1\nclosed_loop = false"), ("final = true, ", "")),
    ),
    "a state with no way out": (
        "no_way_out",
        "error",
        "states.parked",
        "a case gets here so: filed -park-> parked",
        line((CHIEF_ONLY, CHIEF_AND_PARKED), PARKED),
    ),
    "two states that lead to each other only": (
        "dead_end",
        "error",
        "states.shelved",
        "it leads to parked only; a case gets here so: filed -park-> parked -shelve-> shelved",
        line(
            (CHIEF_ONLY, 'runs_in = ["with_chief", "parked", "shelved"]'),
            (
                '[[transitions]]\ntrigger = "note"\nsource = "*"',
                '[[transitions]]\ntrigger = "note"\nsource = "filed"',
            ),
            PARKED,
            '[states.shelved]\nowner = "desk"\n',
            move("shelve", "parked", dest="shelved"),
            move("unshelve", "shelved", dest="parked"),
        ),
    ),
    "a transition behind one that always comes first": (
        "shadowed",
        "error",
        "transitions[6](finish)",
        "never taken from assigned, with_head: transitions[2](finish) is always taken first",
        line(
            move(
                "finish",
                ["assigned", "with_head"],
                dest="with_chief",
                by=["lead", "head"],
                when="{ urgent = true }",
            )
        ),
    ),
    "a transition behind one that comes first in one of its states": (
        "shadowed",
        "note",
        "transitions[6](finish)",
        "never taken from assigned",
        line(
            move(
                "finish",
                ["filed", "assigned"],
                dest="done",
                by=["lead", "head"],
                requires=["result"],
            )
        ),
    ),
    "a transition behind one with the same condition": (
        "shadowed",
        "error",
        "transitions[7](weigh)",
        "transitions[6](weigh) is always taken first",
        line(
            move("weigh", "filed", by=["desk", "unit"], when="{ cycle = { at_least = 1 } }"),
            move("weigh", "filed", when="{ cycle = { at_least = 2 }, urgent = true }"),
        ),
    ),
    "a transition for somebody nobody has appointed yet": (
        "nobody_may",
        "error",
        "transitions[6](hurry)",
        "nobody can hold lead by then",
        line(move("hurry", "filed", by=["lead"])),
    ),
    "a transition by the clock where no clock rings it": (
        "never_rung",
        "error",
        "transitions[6](escalate)",
        "no clock with on_due = 'escalate' runs there",
        line(move("escalate", "with_chief", by=["clock"])),
    ),
    "a condition on what is never known by then": (
        "never_met",
        "error",
        "transitions[6](hurry)",
        "because of result",
        line(move("hurry", "filed", when='{ result = "given" }')),
    ),
    "a condition that what is given be missing": (
        "never_met",
        "error",
        "transitions[6](hurry)",
        "because of urgent",
        line(move("hurry", "filed", requires=["urgent"], when='{ urgent = "missing" }')),
    ),
    "a condition on a tier never reached by then": (
        "never_met",
        "error",
        "transitions[6](hurry)",
        "because of tier",
        line(move("hurry", "filed", when='{ tier = ["mid", "high"] }')),
    ),
    "an exclusion of every tier there can be": (
        "never_met",
        "error",
        "transitions[6](hurry)",
        "because of the tier",
        line(move("hurry", "filed", unless='{ tier = "low" }')),
    ),
    "a transition into a state that needs what is not there": (
        "never_met",
        "error",
        "transitions[6](drop)",
        "the state it leads to needs result",
        line(move("drop", "filed", dest="done")),
    ),
    "a transition that clears what its state needs": (
        "never_met",
        "error",
        "transitions[6](drop)",
        "the state it leads to needs result",
        line(move("drop", "filed", dest="done", requires=["result"], clears=["result"])),
    ),
    "a state that needs what nothing gives": (
        "needs_never_met",
        "error",
        "states.done.needs",
        "asks for approval",
        line(
            ('{ result = "given" }', '{ result = "given", approval = "given" }'),
            (
                'urgent = { type = "flag" }',
                'urgent = { type = "flag" }\napproval = { type = "text" }',
            ),
        ),
    ),
    "an opening that its state refuses": (
        "opening_refused",
        "error",
        "intake",
        "'filed' needs lead",
        line(
            ('filed = { owner = "desk" }', 'filed = { owner = "desk", needs = { lead = "given" } }')
        ),
    ),
    "a clock that its triggers never start": (
        "clock_never_starts",
        "error",
        "clocks.signing",
        "finish never leads to a state it runs in",
        line(('starts_on = ["assign"]', 'starts_on = ["finish"]')),
    ),
    "a clock in a state that is never reached": (
        "clock_never_starts",
        "error",
        "clocks.parking",
        "never starts",
        line(
            '[states.parked]\nowner = "desk"\n'
            '[clocks.parking]\nruns_in = ["parked"]\nterms = [{ days = 1 }]\ntell = ["owner"]\n'
            "repeat = { days = 1 }\n"
        ),
    ),
    "a role nobody speaks of": (
        "unused",
        "note",
        "roles.spare",
        "declared and never used",
        line(("[roles]", '[roles]\nspare = { title = { zh = "备", en = "spare" } }')),
    ),
    "a participant nobody speaks of": (
        "unused",
        "note",
        "participants.spare",
        "declared and never used",
        line(("[participants]", '[participants]\nspare = { role = "unit" }')),
    ),
    "a field nobody speaks of": (
        "unused",
        "note",
        "fields.spare",
        "declared and never used",
        line(("[fields]", '[fields]\nspare = { type = "date" }')),
    ),
    "a register nobody is looked up in": (
        "unused",
        "note",
        "registers.spare",
        "declared and never used",
        line('[registers.spare]\ntitle = { zh = "册", en = "register" }\n'),
    ),
    "a participant who is spoken of and never appointed": (
        "never_given",
        "note",
        "participants.helper",
        "nothing ever gives it",
        line(
            ("[participants]", '[participants]\nhelper = { role = "unit" }'),
            ('tell = ["lead"]', 'tell = ["lead", "helper"]'),
        ),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_is_found_where_it_is(what: str) -> None:
    kind, severity, path, sentence, text = BROKEN[what]
    found = [each for each in findings(text) if each.kind == kind and each.path == path]
    assert [each.severity for each in found][:1] == [severity]
    assert any(sentence in each.en for each in found), [each.en for each in found]
    assert all(each.zh and each.in_language("zh") == each.zh for each in found)


def test_a_sound_document_has_no_finding_of_any_kind() -> None:
    report = check_workflow(read_workflow(SOUND))
    assert report.findings == ()
    assert report.ok
    assert (report.states, report.transitions, report.clocks) == (5, 6, 4)


def test_every_kind_of_finding_has_a_document_that_shows_it() -> None:
    assert {kind for kind, *_ in BROKEN.values()} == set(get_args(Kind))


@pytest.mark.parametrize(
    "added",
    [
        # narrower conditions first
        move("weigh", "filed", when="{ urgent = true }") + move("weigh", "filed"),
        # the first may be used up
        move("weigh", "filed", times=1) + move("weigh", "filed"),
        # for others
        move("weigh", "filed") + move("weigh", "filed", by=["desk", "unit"]),
        # whom the first excludes
        move("weigh", "filed", not_by=["head"]) + move("weigh", "filed"),
        # where the first is excluded
        move("weigh", "filed", unless="{ urgent = true }") + move("weigh", "filed"),
        # other numbers, other options
        move("weigh", "filed", when="{ cycle = 1 }")
        + move("weigh", "filed", when="{ cycle = { at_least = 1 } }"),
    ],
)
def test_a_transition_that_may_still_be_taken_is_not_called_shadowed(added: str) -> None:
    assert not [each for each in findings(line(added)) if each.kind == "shadowed"]


def test_a_clock_may_be_started_by_the_opening() -> None:
    clock = '[clocks.greeting]\nruns_in = ["filed"]\nstarts_on = ["open"]\ntell = ["desk"]\n'
    assert findings(line(f"{clock}terms = [{{ days = 1 }}]\n")) == ()


def test_an_extension_is_asked_and_decided_by_people_who_can_be_there() -> None:
    extension = (
        '[clocks.handling.extension]\nask = ["lead"]\ndecide = ["head"]\n'
        "at_most = { workdays = 5 }\n"
    )
    assert findings(line(extension)) == ()
    nobody = line(
        ("[participants]", '[participants]\nhelper = { role = "unit" }'),
        extension.replace("lead", "helper"),
    )
    assert {(each.kind, each.severity) for each in findings(nobody)} == {
        ("nobody_may", "error"),
        ("never_given", "note"),
    }


def test_a_participant_looked_up_in_the_directory_counts_as_appointed() -> None:
    text = line(
        (
            'lead = { role = "unit" }',
            'lead = { role = "unit", find = { in_charge_of = "subject", otherwise = "head" } }',
        ),
        ('with_head = { owner = "head"', 'with_head = { owner = "lead"'),
        move("hurry", "with_head", by=["lead"]),
    )
    assert findings(text) == ()


def test_errors_come_before_notes() -> None:
    text = line(
        ("[fields]", '[fields]\nspare = { type = "date" }'),
        move("hurry", "filed", by=["lead"]),
    )
    report = check_workflow(read_workflow(text))
    assert [each.severity for each in report.findings] == ["error", "note"]
    assert not report.ok
    assert (len(report.errors), len(report.notes)) == (1, 1)


def test_the_largest_document_there_may_be_is_checked_in_time() -> None:
    states = "\n".join(f"s{n} = {{ final = {str(n == 99).lower()} }}" for n in range(100))
    moves = "".join(move(f"t{n}", "*", dest=f"s{n % 100}") for n in range(200))
    text = (
        'name = "large"\nversion = 1\nclosed_loop = false\ntitle = { zh = "大", en = "large" }\n'
        'intake = { dest = "s0", by = ["desk"], party = "none" }\n'
        'roles = { desk = { title = { zh = "窗口", en = "desk" } } }\n'
        f"[states]\n{states}\n{moves}"
    )
    assert check_workflow(read_workflow(text)).ok


def test_whatever_happens_to_a_case_is_within_what_the_check_says_may_happen() -> None:
    workflow = shipped_workflows()["mayor_line"]
    reach = explore(workflow)
    taken = {(edge.source, edge.transition.trigger, edge.dest) for edge in reach.edges}

    class WithinReach(closed_loop(workflow)):  # type: ignore[misc]  # made for this document
        def asked_also(self, step: Step) -> None:
            entry, known = step.entry, reach.known[step.entry.dest]
            given = {
                fact.partition(".")[2]
                for fact in step.after
                if fact.startswith(("fields.", "participants."))
            } - {"recused"}
            assert known.must <= given <= known.may
            assert step.after["tier"] in known.tiers
            if entry.trigger not in ("open", "ring"):
                assert (entry.source, entry.trigger, entry.dest) in taken

    profile = settings(settings.get_profile("ci"), max_examples=60, stateful_step_count=40)
    run_state_machine_as_test(WithinReach, settings=profile)
