"""Words that do not fit together: each finding in a document one change away from a good one."""

import pytest

from flowcase.errors import DocumentError, Finding
from flowcase.workflows.document import read_workflow
from flowcase.workflows.language import RESERVED
from tests.small import DOCUMENT

Change = tuple[str, str]

FIND = (
    "[participants.worker]",
    '[participants.worker]\nfind = { in_charge_of = "colour", otherwise = "chief" }',
)
ASK = 'extension = { ask = ["worker"], decide = ["chief"], at_most = { workdays = 5 } }'
STAND = """[clocks.work.suspension]
ask = ["worker"]
decide = ["chief"]
at_most = { days = 5 }
total = { days = 9 }
"""
CLOCK = "[clocks.work]"
REST = '[clocks.rest]\nruns_in = ["new"]\nterms = [{ workdays = 1 }]\ntell = ["clerk"]\n'


def changed(*changes: Change) -> str:
    """The small document with things changed; what is to be changed must be there."""
    text = DOCUMENT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def lines(text: str) -> tuple[Change, ...]:
    """A change that adds tables before the first clock."""
    return ((CLOCK, f"{text}\n{CLOCK}"),)


def findings(text: str) -> tuple[Finding, ...]:
    with pytest.raises(DocumentError) as error:
        read_workflow(text)
    return error.value.findings


#: What is wrong: the changes that make it so, where it is found, and a part of what is said.
WRONG: dict[str, tuple[tuple[Change, ...], str, str]] = {
    # -- figures
    "a unit that is nobody": (lines('[report]\nunit = "boss"'), "report.unit", "known: helper, wo"),
    "a unit that may be several": (
        lines('[report]\nunit = "helper"'),
        "report.unit",
        "a case is counted once",
    ),
    "a clock that is none, for being on time": (
        lines('[report]\nclock = "wrok"'),
        "report.clock",
        "no clock is called 'wrok'",
    ),
    "a response that nobody can give": (
        lines('[report]\nresponse = ["begin", "answer"]'),
        "report.response",
        "no trigger is called 'answer'",
    ),
    "a return that nobody can make": (
        lines('[report]\nreturned = ["answer"]'),
        "report.returned",
        "no trigger is called 'answer'",
    ),
    "a conclusion in no state": (
        lines('[report]\nconcluded = ["over"]'),
        "report.concluded",
        "no state is called 'over'",
    ),
    "a field that is none, for being solved": (
        lines('[report]\nsolved = { field = "shape", values = ["round"] }'),
        "report.solved.field",
        "no field is called 'shape'",
    ),
    "a text that is counted": (
        lines('[report]\nsolved = { field = "what", values = ["all"] }'),
        "report.solved.field",
        "is a text; choices and flags can be counted",
    ),
    "an option that is none": (
        lines('[report]\nsatisfied = { field = "colour", values = ["red", "blue"] }'),
        "report.satisfied.values",
        "blue cannot be; possible: red, green",
    ),
    "a flag that is a word": (
        lines('[report]\nsatisfied = { field = "ready", values = ["yes"] }'),
        "report.satisfied.values",
        "yes cannot be; possible: true, false",
    ),
    # -- names
    "a role called like a word with a meaning of its own": (
        lines('[roles.owner]\ntitle = { zh = "主", en = "owner" }'),
        "roles.owner",
        "has a meaning of its own",
    ),
    "a participant called like a role": (
        lines('[participants.clerk]\nrole = "clerk"'),
        "participants.clerk",
        "'clerk' is already one of the roles",
    ),
    "a field called like a participant": (
        lines('[fields.worker]\ntype = "flag"'),
        "fields.worker",
        "'worker' is already one of the participants",
    ),
    "a trigger called like an entry of the engine's": (
        (('trigger = "paint"', 'trigger = "ring"'),),
        "transitions[2](ring)",
        "the engine's own entry",
    ),
    "a title for a trigger nothing has": (
        lines('[triggers.fly]\ntitle = { zh = "飞", en = "fly" }'),
        "triggers",
        "no trigger of a transition is called 'fly'; known: again, check, climb",
    ),
    # -- intake
    "an opening into a state there is not": (
        (('dest = "new"', 'dest = "nowhere"'),),
        "intake.dest",
        "no state is called 'nowhere'; known: checked, done, new, working",
    ),
    "an opening by a role there is not": (
        (('by = ["party"]', 'by = ["nobody"]'),),
        "intake.by",
        "no role is called 'nobody'; known: chief, clerk, party, anyone",
    ),
    "an opening by a participant, who is nobody yet": (
        (('by = ["party"]', 'by = ["worker"]'),),
        "intake.by",
        "no role is called 'worker'",
    ),
    "an opening that requires what there is not": (
        (('requires = ["what"]', 'requires = ["whatever"]'),),
        "intake.requires",
        "no field or participant is called 'whatever'",
    ),
    "an opening that accepts what there is not": (
        (('accepts = ["colour"]', 'accepts = ["flavour"]'),),
        "intake.accepts",
        "no field or participant is called 'flavour'",
    ),
    "an opening that accepts what it requires": (
        (('accepts = ["colour"]', 'accepts = ["what"]'),),
        "intake.accepts",
        "'what' is required already",
    ),
    "an opening that tells somebody there is not": (
        (('tell = ["clerk"]', 'tell = ["nobody"]'),),
        "intake.tell",
        "no role or participant is called 'nobody'",
    ),
    "an opening for a register there is not": (
        (("[intake]", '[intake]\nregister = "list"'),),
        "intake.register",
        "no register is called 'list'; known: none",
    ),
    "a register of parties where a party is not needed": (
        (
            ("[intake]", '[intake]\nregister = "list"\nparty = "optional"'),
            *lines('[registers.list]\ntitle = { zh = "册", en = "list" }'),
        ),
        "intake.party",
        "only admitted parties may open",
    ),
    "an opening by a party there need not be": (
        (("[intake]", '[intake]\nparty = "optional"'),),
        "intake.by",
        "the party opens it",
    ),
    "a window that ends before it begins": (
        (("[intake]", "[intake]\nfrom = 2022-07-15\nuntil = 2022-07-14"),),
        "intake.until",
        "ends on 2022-07-14, before it begins on 2022-07-15",
    ),
    # -- people
    "a participant of a role there is not": (
        (('[participants.helper]\nrole = "clerk"', '[participants.helper]\nrole = "nobody"'),),
        "participants.helper.role",
        "no role is called 'nobody'",
    ),
    "a participant looked up at a desk there is not": (
        ((FIND[0], FIND[1].replace('"chief"', '"nobody"')),),
        "participants.worker.find.otherwise",
        "no role is called 'nobody'",
    ),
    "a participant looked up by a field there is not": (
        ((FIND[0], FIND[1].replace('"colour"', '"flavour"')),),
        "participants.worker.find.in_charge_of",
        "no field is called 'flavour'",
    ),
    "a participant looked up by a number": (
        ((FIND[0], FIND[1].replace('"colour"', '"size"')),),
        "participants.worker.find.in_charge_of",
        "is a integer; staff are in charge of words",
    ),
    "several participants looked up": (
        (("[participants.helper]", FIND[1].replace("worker", "helper")),),
        "participants.helper.find",
        'count = "one"',
    ),
    # -- states
    "a state owned by somebody there is not": (
        (('owner = "clerk"', 'owner = "nobody"'),),
        "states.new.owner",
        "no role or participant is called 'nobody'",
    ),
    "a state owned by several": (
        (('owner = "worker"', 'owner = "helper"'),),
        "states.working.owner",
        "'helper' may be several; exactly one is accountable",
    ),
    "a state owned by somebody who may be missing": (
        (('needs = { worker = "given" }', 'needs = [{ worker = "given" }, { ready = true }]'),),
        "states.working.owner",
        "'worker' may be missing here",
    ),
    "a state of a tier there is not": (
        (
            (
                '[states.checked]\nowner = "chief"\ntier = "high"',
                '[states.checked]\nowner = "chief"\ntier = "top"',
            ),
        ),
        "states.checked.tier",
        "no tier is called 'top'; known: high, low",
    ),
    "a final state with an owner": (
        (("final = true", 'final = true\nowner = "chief"'),),
        "states.done.owner",
        "nobody is accountable for what is finished",
    ),
    "a state without an owner": (
        (('[states.new]\nowner = "clerk"', "[states.new]"),),
        "states.new",
        "has no owner",
    ),
    "a state without a clock": (
        (('"new", "working", "checked"]', '"new", "working"]'),),
        "states.checked",
        "no clock rings on in it",
    ),
    "a state with a clock that something must start first": (
        (("[clocks.work]", '[clocks.work]\nstarts_on = ["take"]'),),
        "states.new",
        "no clock rings on in it",
    ),
    "a state that needs what there is not": (
        (('needs = { worker = "given" }', 'needs = { worker = "given", driver = "given" }'),),
        "states.working.needs.driver",
        "no fact is called 'driver'; known here: clocks, colour, cycle,",
    ),
    # -- clocks
    "a clock that runs in a state there is not": (
        (('"checked"]\nterms', '"checked", "nowhere"]\nterms'),),
        "clocks.work.runs_in",
        "no state is called 'nowhere'",
    ),
    "a clock that stands in a state there is not": (
        ((CLOCK, f'{CLOCK}\npauses_in = ["nowhere"]'),),
        "clocks.work.pauses_in",
        "no state is called 'nowhere'",
    ),
    "a clock that runs in a final state": (
        (('"checked"]\nterms', '"checked", "done"]\nterms'),),
        "clocks.work.runs_in",
        "'done' is final",
    ),
    "a clock that runs and stands at once": (
        ((CLOCK, f'{CLOCK}\npauses_in = ["new"]'),),
        "clocks.work.pauses_in",
        "in 'new' it either runs or stands",
    ),
    "a clock started by a trigger there is not": (
        lines(REST + 'starts_on = ["fly"]'),
        "clocks.rest.starts_on",
        "no trigger is called 'fly'",
    ),
    "a clock stopped by a trigger there is not": (
        lines(REST + 'stops_on = ["fly"]'),
        "clocks.rest.stops_on",
        "no trigger is called 'fly'",
    ),
    "a clock that tells somebody there is not": (
        (('tell = ["chief", "party"]', 'tell = ["nobody"]'),),
        "clocks.work.tell",
        "no role or participant is called 'nobody'",
    ),
    "a warning for somebody there is not": (
        (('tell = ["owner"] }]', 'tell = ["nobody"] }]'),),
        "clocks.work.warn[0].tell",
        "no role or participant is called 'nobody'",
    ),
    "a clock that fires nothing again and again": (
        lines(REST + "repeat = { workdays = 1, fire = true }"),
        "clocks.rest.repeat",
        "there is no on_due to fire again",
    ),
    "a clock that rings without effect": (
        lines(REST.replace('tell = ["clerk"]\n', "")),
        "clocks.rest",
        "rings without effect",
    ),
    "a clock that fires what only people fire": (
        lines(REST + 'on_due = "take"'),
        "clocks.rest.on_due",
        "no transition 'take' is by = [\"clock\"]",
    ),
    "a clock that rings into a refusal": (
        (('trigger = "climb"\nsource = "*"', 'trigger = "climb"\nsource = ["new", "working"]'),),
        "clocks.work.on_due",
        "in state 'checked' the clock would ring into a refusal",
    ),
    "a term until a field there is not": (
        (("{ workdays = 5 }]", '{ until = "doomsday" }]'),),
        "clocks.work.terms[1].until",
        "no field is called 'doomsday'",
    ),
    "a term until a field that is no date": (
        (("{ workdays = 5 }]", '{ until = "size" }]'),),
        "clocks.work.terms[1].until",
        "'size' is a integer, not a date",
    ),
    "a term that follows a clock below": (
        (("{ workdays = 5 }]", '{ clock = "work" }]'),),
        "clocks.work.terms[1].clock",
        "no clock above this one is called 'work'; known: none",
    ),
    "a term chosen by what is no field": (
        (('when = { colour = "red" }, workdays', 'when = { tier = "low" }, workdays'),),
        "clocks.work.terms[0].when.tier",
        "terms are chosen by fields",
    ),
    "a term that is never reached": (
        (('when = { colour = "red" }, workdays = 2', "workdays = 2"),),
        "clocks.work.terms[1]",
        "is never reached",
    ),
    "a clock for which no term may hold": (
        (("{ workdays = 5 }]", '{ when = { colour = "green" }, workdays = 5 }]'),),
        "clocks.work.terms",
        "the last term must hold always",
    ),
    # -- extensions and suspensions
    "an extension asked by somebody there is not": (
        ((CLOCK, f"{CLOCK}\n{ASK.replace('worker', 'nobody')}"),),
        "clocks.work.extension.ask",
        "no role or participant is called 'nobody'",
    ),
    "an extension decided by somebody there is not": (
        ((CLOCK, f"{CLOCK}\n{ASK.replace('chief', 'nobody')}"),),
        "clocks.work.extension.decide",
        "no role or participant is called 'nobody'",
    ),
    "an extension decided by the one who asks": (
        ((CLOCK, f"{CLOCK}\n{ASK.replace('chief', 'worker')}"),),
        "clocks.work.extension.decide",
        "'worker' asks for it; somebody else decides",
    ),
    "an extension that tells somebody there is not": (
        ((CLOCK, f"{CLOCK}\n{ASK.replace('{ ask', '{ tell = [' + repr('nobody') + '], ask')}"),),
        "clocks.work.extension.tell",
        "no role or participant is called 'nobody'",
    ),
    "an extension asked so many hours before": (
        ((CLOCK, f"{CLOCK}\n{ASK.replace('{ ask', '{ ask_before_due = { hours = 1 }, ask')}"),),
        "clocks.work.extension.ask_before_due",
        "is counted in working days",
    ),
    "a suspension of days that total so many working days": (
        lines(STAND.replace("{ days = 9 }", "{ workdays = 9 }")),
        "clocks.work.suspension",
        "both in workdays, or both in days",
    ),
    # -- transitions
    "a transition from a state there is not": (
        (('source = ["new", "working"]', 'source = ["new", "nowhere"]'),),
        "transitions[2](paint).source",
        "no state is called 'nowhere'",
    ),
    "a transition from a final state": (
        (('source = ["new", "working"]', 'source = ["new", "done"]'),),
        "transitions[2](paint).source",
        "'done' is final; nothing leads on from it",
    ),
    "a transition into a state there is not": (
        (('dest = "working"', 'dest = "nowhere"'),),
        "transitions[0](take).dest",
        "no state is called 'nowhere'",
    ),
    "a transition by somebody there is not": (
        (('by = ["clerk"]', 'by = ["nobody"]'),),
        "transitions[0](take).by",
        "known: chief, clerk, helper, worker, party, clock, anyone",
    ),
    "a transition not by somebody there is not": (
        (('not_by = ["worker", "helper"]', 'not_by = ["party"]'),),
        "transitions[1](check).not_by",
        "no role or participant is called 'party'",
    ),
    "a transition by the party of cases that have none": (
        (("[intake]", '[intake]\nparty = "none"'), ('by = ["party"]', 'by = ["anyone"]')),
        "transitions[3](finish).by",
        "cases of this workflow have no party",
    ),
    "a transition by the clock and somebody": (
        (('by = ["clock"]', 'by = ["clock", "chief"]'),),
        "transitions[7](climb).by",
        "what a clock fires no person fires",
    ),
    "a transition by the clock that wants data": (
        (('by = ["clock"]', 'by = ["clock"]\nrequires = ["colour"]'),),
        "transitions[7](climb).requires",
        "a clock has no data to give",
    ),
    "a transition by the clock that no clock fires": (
        (
            (
                'trigger = "recuse"\nsource = "*"\nby = ["chief"]\nrequires = ["recused"]',
                'trigger = "recuse"\nsource = "*"\nby = ["clock"]',
            ),
        ),
        "transitions[6](recuse).by",
        "no clock has on_due = 'recuse'",
    ),
    "a transition that requires what there is not": (
        (('requires = ["worker"]', 'requires = ["driver"]'),),
        "transitions[0](take).requires",
        "no field or participant is called 'driver'",
    ),
    "a transition that accepts what there is not": (
        (('accepts = ["helper", "colour"]', 'accepts = ["flavour"]'),),
        "transitions[0](take).accepts",
        "no field or participant is called 'flavour'",
    ),
    "a transition that accepts what it requires": (
        (('accepts = ["helper", "colour"]', 'accepts = ["worker"]'),),
        "transitions[0](take).accepts",
        "'worker' is required already",
    ),
    "a transition that clears what is no field": (
        (('clears = ["size", "ready", "colour"]', 'clears = ["worker"]'),),
        "transitions[4](again).clears",
        "no field is called 'worker'",
    ),
    "a transition to a tier there is not": (
        (('by = ["clock"]\ntier = "high"', 'by = ["clock"]\ntier = "top"'),),
        "transitions[7](climb).tier",
        "no tier is called 'top'",
    ),
    "a transition that tells somebody there is not": (
        (('tell = ["worker", "helper"]', 'tell = ["anyone"]'),),
        "transitions[0](take).tell",
        "no role or participant is called 'anyone'",
    ),
    # -- conditions
    "a condition on what there is not": (
        (("ready = true }", "steady = true }"),),
        "transitions[1](check).when.steady",
        "no fact is called 'steady'",
    ),
    "a condition without a fact": (
        (('unless = { colour = "green" }', "unless = {}"),),
        "transitions[2](paint).unless",
        "an empty table of facts holds always",
    ),
    "a condition on an option there is not": (
        (('unless = { colour = "green" }', 'unless = { colour = "blue" }'),),
        "transitions[2](paint).unless.colour",
        "blue cannot be; possible: red, green",
    ),
    "a condition on one of no options": (
        (('unless = { colour = "green" }', "unless = { colour = [] }"),),
        "transitions[2](paint).unless.colour",
        "an empty list cannot be",
    ),
    "a condition on a flag that is a number": (
        (("ready = true }", "ready = 1 }"),),
        "transitions[1](check).when.ready",
        "1 cannot be; possible: true, false",
    ),
    "a condition on what a text says": (
        (("ready = true }", 'what = "hello" }'),),
        "transitions[1](check).when.what",
        'of a text a condition may ask only "given" or "missing"',
    ),
    "a condition on a participant's name": (
        (("ready = true }", 'worker = "zhang" }'),),
        "transitions[1](check).when.worker",
        'write "given" or "missing"; got zhang',
    ),
    "a condition on the party's name": (
        (("ready = true }", 'party = "DG-0001" }'),),
        "transitions[1](check).when.party",
        'write "given" or "missing"',
    ),
    "a condition on a number that is none": (
        (("size = { at_least = 3 }", 'size = "3"'),),
        "transitions[1](check).when.size",
        "write a whole number or { at_least = N, at_most = N }",
    ),
    "a condition on a bound that is none": (
        (("size = { at_least = 3 }", "size = { at_least = 2.5 }"),),
        "transitions[1](check).when.size",
        "write a whole number",
    ),
    "a condition on a bound nobody knows": (
        (("size = { at_least = 3 }", "size = { more_than = 3 }"),),
        "transitions[1](check).when.size",
        "write a whole number",
    ),
    "a condition on a round that is none": (
        (("ready = true }", "cycle = true }"),),
        "transitions[1](check).when.cycle",
        "write a whole number",
    ),
    "a condition on a tier there is not": (
        (("ready = true }", 'tier = ["low", "top"] }'),),
        "transitions[1](check).when.tier",
        "top cannot be; possible: low, high",
    ),
    "a condition on how often a trigger there is not was fired": (
        (("ready = true }", "fired = { fly = 1 } }"),),
        "transitions[1](check).when.fired.fly",
        "no trigger is called 'fly'",
    ),
    "a condition on a clock there is not": (
        (("ready = true }", 'clocks = { rest = "due" } }'),),
        "transitions[1](check).when.clocks.rest",
        "no clock is called 'rest'; known: work",
    ),
    "a condition on a phase no clock has": (
        (("ready = true }", 'clocks = { work = "late" } }'),),
        "transitions[1](check).when.clocks.work",
        "late cannot be; possible: running, paused, due, stopped",
    ),
    "a condition on clocks that names none": (
        (("ready = true }", 'clocks = "due" }'),),
        "transitions[1](check).when.clocks",
        "write a table, e.g. clocks = { NAME = … }",
    ),
    "a condition of several with something wrong in the second": (
        (
            (
                'unless = { colour = "green" }',
                'unless = [{ colour = "green" }, { colour = "blue" }]',
            ),
        ),
        "transitions[2](paint).unless[1].colour",
        "blue cannot be",
    ),
    # -- fields
    "a number whose least is above its most": (
        (("at_least = 1\nat_most = 9", "at_least = 9\nat_most = 1"),),
        "fields.size.at_most",
        "is below at_least = 9",
    ),
    # -- promises
    "a promise of a tier there is not": (
        lines('[guarantees]\nunattended_reaches = { tier = "top", within_workdays = 9 }'),
        "guarantees.unattended_reaches.tier",
        "no tier is called 'top'",
    ),
    "a promise but for a state there is not": (
        lines(
            '[guarantees.unattended_reaches]\ntier = "high"\nwithin_workdays = 9\nnot_in = ["x"]'
        ),
        "guarantees.unattended_reaches.not_in",
        "no state is called 'x'",
    ),
    "a promise to pass on to a state there is not": (
        lines('[guarantees]\npasses = [{ state = "x", after = ["new"] }]'),
        "guarantees.passes[0].state",
        "no state is called 'x'",
    ),
    "a promise to pass a state there is not": (
        lines('[guarantees]\npasses = [{ state = "done", after = ["x"] }]'),
        "guarantees.passes[0].after",
        "no state is called 'x'",
    ),
    **{
        f"a promise that names a {what} there is not": (
            lines(f"[guarantees]\nimpossible = [{{ {key} = 'x' }}]"),
            f"guarantees.impossible[0].{key}",
            f"no {what} is called 'x'",
        )
        for key, what in (
            ("trigger", "trigger"),
            ("from", "state"),
            ("to", "state"),
            ("by", "role or participant"),
            ("was", "participant"),
            ("raises", "tier"),
        )
    },
    "a promise on a fact there is not": (
        lines("[guarantees]\npossible = [{ when = { x = true } }]"),
        "guarantees.possible[0].when.x",
        "no fact is called 'x'",
    ),
}


def test_the_document_they_all_come_from_is_good() -> None:
    assert read_workflow(DOCUMENT).name == "small"


@pytest.mark.parametrize("what", WRONG)
def test_words_that_do_not_fit_are_found_where_they_are(what: str) -> None:
    changes, path, sentence = WRONG[what]
    found = [finding for finding in findings(changed(*changes)) if finding.path == path]
    assert any(sentence in finding.message for finding in found), found


def test_every_finding_comes_at_once_and_none_twice() -> None:
    changes = [
        ('dest = "new"', 'dest = "nowhere"'),
        ('owner = "clerk"', 'owner = "nobody"'),
        ("ready = true }", "steady = true }"),
        ('by = ["clerk"]', 'by = ["nobody"]'),
        ("{ workdays = 5 }]", '{ until = "size" }]'),
    ]
    found = findings(changed(*changes))
    assert [finding.path for finding in found] == [
        "intake.dest",
        "states.new.owner",
        "clocks.work.terms[1].until",
        "transitions[0](take).by",
        "transitions[1](check).when.steady",
    ]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("word", sorted(RESERVED))
@pytest.mark.parametrize(
    "table",
    [
        '[roles.{}]\ntitle = {{ zh = "甲", en = "a" }}',
        '[participants.{}]\nrole = "clerk"',
        '[fields.{}]\ntype = "flag"',
    ],
)
def test_no_role_participant_or_field_has_a_reserved_name(table: str, word: str) -> None:
    found = findings(changed(*lines(table.format(word))))
    assert any("has a meaning of its own" in finding.message for finding in found)


def test_one_word_may_be_a_state_a_trigger_and_a_tier_but_only_one_thing_a_rule_asks() -> None:
    text = DOCUMENT.replace('"working"', '"take"').replace("[states.working]", "[states.take]")
    assert read_workflow(text.replace('"low"', '"take"')).name == "small"


PLAIN = """
name = "door"
version = 1
title = { zh = "门", en = "door" }
intake = { dest = "closed", by = ["anyone"], party = "none" }
states = { closed = {}, open = {} }
[[transitions]]
trigger = "push"
source = "closed"
dest = "open"
by = ["anyone"]
[[transitions]]
trigger = "pull"
source = "open"
dest = "closed"
by = ["anyone"]
"""


def test_a_plain_state_machine_needs_neither_owners_nor_clocks() -> None:
    assert read_workflow(f"closed_loop = false\n{PLAIN}").name == "door"


@pytest.mark.parametrize("text", [PLAIN, f"closed_loop = true\n{PLAIN}"])
def test_a_closed_loop_needs_an_owner_and_a_clock_in_every_state(text: str) -> None:
    assert sorted(finding.path for finding in findings(text)) == [
        "states.closed",
        "states.closed",
        "states.open",
        "states.open",
    ]


def test_a_guard_is_a_name_and_nothing_looks_for_it_yet() -> None:
    workflow = read_workflow(changed(("times = 1", 'times = 1\nguards = ["os", "sys_exit"]')))
    assert workflow.transitions[2].guards == ("os", "sys_exit")
