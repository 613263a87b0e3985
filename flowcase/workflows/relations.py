"""Relations: what a document says of other cases: children, successors, references, the parent.

What can be seen in one document alone is found when it is read; whether two of them fit together,
when a library holds both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flowcase.errors import Finding
from flowcase.workflows import language
from flowcase.workflows.language import Child, Document, Successor
from flowcase.workflows.rules import Workflow


def findings_of_kin(document: Document) -> list[Finding]:
    """Return what is wrong with what one document says of other cases."""
    found: list[Finding] = []
    for judge in (_as_child, _children, _successors):
        found += [finding for finding in judge(document) if finding not in found]
    return found


def findings_between(workflows: Mapping[str, Workflow]) -> list[Finding]:
    """Return what is wrong between documents; each path begins with the document's name."""
    found: list[Finding] = []
    for name, workflow in workflows.items():
        document = workflow.document
        for table, child in document.children.items():
            found += _of_child(document, child, f"{name}.children.{table}", workflows)
        for table, successor in document.successors.items():
            found += _of_successor(document, successor, f"{name}.successors.{table}", workflows)
        for field, rule in document.fields.items():
            if isinstance(rule, language.ReferenceField):
                found += _absent(f"{name}.fields.{field}.to", rule.to, workflows, "workflow")
    return found


def _absent(path: str, word: str, known: Iterable[str], what: str) -> Iterator[Finding]:
    choices = sorted(known)
    if word not in choices:
        listed = ", ".join(choices[:30]) or "none"
        yield Finding(path, f"no {what} is called {word!r}; known: {listed}")


# -- one document ---------------------------------------------------------------------------------


def _as_child(document: Document) -> Iterator[Finding]:
    """What a document says of its own parent."""
    child = "parent" in document.intake.by
    bound = {name for name, each in document.participants.items() if each.role is None}
    needed = 'which only a child has: let intake.by name "parent", or '
    for name in sorted(bound):
        path = f"participants.{name}"
        if not child:
            yield Finding(path, f"has no role, so the parent binds it, {needed}give it a role")
        if document.participants[name].find is not None:
            yield Finding(f"{path}.find", "the parent says who it is; nobody is looked up")
    for name, state in document.states.items():
        path = f"states.{name}.settled"
        if state.settled and state.final:
            yield Finding(path, "what is final is settled anyway; leave one of them out")
        if state.settled and not child:
            yield Finding(path, f"is for its parent, {needed}leave it out")
    rules = [("intake", document.intake.requires, document.intake.accepts)]
    for index, each in enumerate(document.transitions):
        path = f"transitions[{index}]({each.trigger})"
        rules.append((path, each.requires, each.accepts))
        if "parent" in each.by and not child:
            yield Finding(f"{path}.by", f"names the parent, {needed}leave it out")
        if "parent" in each.by and each.requires:
            yield Finding(f"{path}.requires", "a parent has no data to give; write two transitions")
    for path, requires, accepts in rules:
        for word in sorted(bound.intersection((*requires, *accepts))):
            yield Finding(path, f"{word!r} is bound by the parent; nothing here gives it")


def _children(document: Document) -> Iterator[Finding]:
    for name, child in document.children.items():
        path = f"children.{name}"
        if name == "children":
            yield Finding(path, "'children' means all of them in a condition; choose another word")
        yield from _opens_on(document, child, path)
        yield from _whom(document, child, path)
        for clock in child.dates.values():
            yield from _absent(f"{path}.dates", clock, document.clocks, "clock")
        for index, each in enumerate(document.transitions):
            if each.trigger in child.opens_on and each.dest and _seals(document, each.dest):
                yield Finding(
                    f"{path}.opens_on",
                    f"transitions[{index}]({each.trigger}) leads to {each.dest!r}, where children "
                    "are settled and none may be opened",
                )
        left_open = [
            state
            for state, rule in document.states.items()
            if rule.final and not _needs_settled(rule)
        ]
        if left_open and child.when_parent_ends is None:
            yield Finding(
                path,
                f"may be open when its parent ends as {', '.join(left_open)}: name in "
                'when_parent_ends the child\'s trigger, by = ["parent"], that settles it',
            )


def _whom(document: Document, child: Child, path: str) -> Iterator[Finding]:
    """For whom children are opened: one for each of a participant of whom there may be many."""
    if child.per is None:
        if child.as_ is not None:
            yield Finding(f"{path}.as", "goes with per: without, nobody in particular is named")
        return
    if child.as_ is None:
        yield Finding(path, f"say with as which part each {child.per} has in the child")
    yield from _absent(f"{path}.per", child.per, document.participants, "participant")
    participant = document.participants.get(child.per)
    if participant is None:
        return
    if participant.count != "many":
        yield Finding(f"{path}.per", f'{child.per!r} is one; leave per out, or let count = "many"')
    for trigger in child.opens_on:
        naming = [
            each
            for each in document.transitions
            if each.trigger == trigger and child.per in (*each.requires, *each.accepts)
        ]
        if not naming and any(each.trigger == trigger for each in document.transitions):
            yield Finding(
                f"{path}.opens_on", f"{trigger!r} names no {child.per}, so it opens nothing"
            )


def _successors(document: Document) -> Iterator[Finding]:
    for name, successor in document.successors.items():
        path = f"successors.{name}"
        yield from _opens_on(document, successor, path)
        if successor.party is not None:
            yield from _absent(f"{path}.party", successor.party, document.fields, "field")
            field = document.fields.get(successor.party)
            if field is not None and field.type != "text":
                yield Finding(f"{path}.party", f"is a {field.type}; a party is named by a text")


def _opens_on(document: Document, rule: Child | Successor, path: str) -> Iterator[Finding]:
    triggers = {each.trigger for each in document.transitions}
    for trigger in rule.opens_on:
        yield from _absent(f"{path}.opens_on", trigger, triggers, "trigger of a transition")
    for field in rule.copy_.values():
        yield from _absent(f"{path}.copy", field, document.fields, "field")
    for participant in rule.participants.values():
        yield from _absent(
            f"{path}.participants", participant, document.participants, "participant"
        )


def _needs_settled(state: language.State) -> bool:
    return state.needs is not None and all(
        table.get("children") == "settled" for table in state.needs
    )


def _seals(document: Document, state: str) -> bool:
    rule = document.states.get(state)
    return rule is not None and (rule.final or _needs_settled(rule))


# -- two documents --------------------------------------------------------------------------------


def _of_child(
    parent: Document, rule: Child, path: str, workflows: Mapping[str, Workflow]
) -> Iterator[Finding]:
    yield from _absent(f"{path}.workflow", rule.workflow, workflows, "workflow")
    if rule.workflow not in workflows:
        return
    child = workflows[rule.workflow].document
    if "parent" not in child.intake.by:
        yield Finding(
            f"{path}.workflow", f'no parent opens {rule.workflow!r}: its intake.by lacks "parent"'
        )
    given = {*rule.copy_, *rule.dates, *([rule.as_] if rule.as_ else [])}
    yield from _taken(child, given, path)
    yield from _copied(parent, child, rule.copy_, path)
    for name in rule.dates:
        field = child.fields.get(name)
        if field is not None and field.type != "date":
            yield Finding(f"{path}.dates", f"{name!r} is a {field.type} in the child, not a date")
    if rule.as_ is not None:
        yield from _absent(f"{path}.as", rule.as_, child.participants, "participant of the child")
    bound = {name: each for name, each in child.participants.items() if each.role is None}
    for name, whose in rule.participants.items():
        yield from _absent(f"{path}.participants", name, bound, "participant without a role")
        if name in bound and whose in parent.participants:
            counts = bound[name].count, parent.participants[whose].count
            if counts[0] != counts[1]:
                yield Finding(f"{path}.participants", f"{name!r} is {counts[0]}, {whose!r} not")
    for name in sorted(bound.keys() - rule.participants):
        yield Finding(f"{path}.participants", f"the child asks who its {name!r} is; bind it")
    if rule.when_parent_ends is not None:
        yield from _ending(child, rule.when_parent_ends, f"{path}.when_parent_ends")


def _ending(child: Document, trigger: str, path: str) -> Iterator[Finding]:
    """Wherever a child is open, its parent can settle it by this trigger."""
    for state, rule in child.states.items():
        if rule.final or rule.settled:
            continue
        if not any(
            each.trigger == trigger
            and "parent" in each.by
            and (each.source == "*" or state in each.source)
            and not (each.when or each.unless or each.guards or each.times)
            and each.dest in child.states
            and (child.states[each.dest].final or child.states[each.dest].settled)
            for each in child.transitions
        ):
            yield Finding(
                path,
                f"from {state!r} no {trigger!r} by the parent settles the child unconditionally",
            )


def _of_successor(
    document: Document, rule: Successor, path: str, workflows: Mapping[str, Workflow]
) -> Iterator[Finding]:
    yield from _absent(f"{path}.workflow", rule.workflow, workflows, "workflow")
    if rule.workflow not in workflows:
        return
    other = workflows[rule.workflow].document
    yield from _taken(other, set(rule.copy_), path)
    yield from _copied(document, other, rule.copy_, path)
    named = {name: each for name, each in other.participants.items() if each.role is not None}
    for name in rule.participants:
        yield from _absent(f"{path}.participants", name, named, "participant with a role")
    if other.intake.party == "required" and document.intake.party == "none" and not rule.party:
        yield Finding(path, f"{rule.workflow!r} needs a party, and there is none here to hand on")


def _taken(other: Document, given: set[str], path: str) -> Iterator[Finding]:
    """What is given is what the other's intake takes, and all it asks for."""
    for name in sorted(given - {*other.intake.requires, *other.intake.accepts}):
        yield Finding(path, f"the intake of {other.name!r} does not take {name!r}")
    for name in sorted(set(other.intake.requires) - given):
        yield Finding(path, f"the intake of {other.name!r} requires {name!r}: give it here")


def _copied(
    document: Document, other: Document, copied: Mapping[str, str], path: str
) -> Iterator[Finding]:
    """What is copied fits: the same type, no more options, no longer texts."""
    for name, source in copied.items():
        field, ours = other.fields.get(name), document.fields.get(source)
        if field is None or ours is None:
            continue  # said elsewhere
        where = f"{path}.copy"
        if field.type != ours.type:
            yield Finding(where, f"{source!r} is a {ours.type} here, {name!r} a {field.type} there")
        elif isinstance(field, language.TextField) and isinstance(ours, language.TextField):
            if ours.max_length > field.max_length:
                yield Finding(where, f"{source!r} may be longer than {name!r} there")
        elif isinstance(field, language.ChoiceField) and isinstance(ours, language.ChoiceField):
            more = sorted(set(ours.options) - set(field.options))
            if more:
                yield Finding(where, f"{name!r} there knows no {', '.join(more)}")
