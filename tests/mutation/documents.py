"""Mutants: a workflow document with one of its rules removed or altered, and nothing else.

Wording and promises are left alone: to change them is no fault of the rules. What reads the same
as the document itself, or as an earlier mutant, is no mutant of its own; nor is what breaks the
grammar, which finds itself (a transition without its source).
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from flowcase.workflows.language import Document

#: What is never changed: wording, what the author promises, and what reports make of it.
UNTOUCHED = frozenset(
    {"name", "version", "title", "source", "words", "triggers", "guarantees", "report"}
)

#: Words of facts, each altered to the next.
PRESENCE = ("given", "missing")
PHASES = ("running", "paused", "due", "stopped")

#: Which words may stand for a key, for each key whose word can be altered to another.
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("dest", "source", "runs_in", "pauses_in"), "states"),
    **dict.fromkeys(("by", "not_by", "owner", "ask", "decide"), "people"),
    **dict.fromkeys(("role", "otherwise"), "roles"),
    **dict.fromkeys(("on_due", "starts_on", "stops_on"), "triggers"),
    "tier": "tiers",
    "clock": "clocks",
}
#: The keys whose tables are facts.
_CONDITIONS = ("when", "unless", "needs")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault. name: what was done to which rule. text: the whole document, in TOML."""

    name: str
    text: str


def mutants_of(text: str) -> list[Mutant]:
    """Return the mutants of a document, in its order, none twice."""
    original = tomllib.loads(text)
    seen: set[str | None] = {_read(original)}
    found: list[Mutant] = []
    for name, changed in _changes(original):
        meaning = _read(changed)
        if meaning is not None and meaning not in seen:
            seen.add(meaning)
            found.append(Mutant(name, written(changed)))
    twice = [name for name, times in Counter(each.name for each in found).items() if times > 1]
    assert not twice, f"not one mutant is called so: {twice}"
    return found


def written(document: Mapping[str, Any]) -> str:
    """Return a document as TOML, one line for each table at the top."""
    return "".join(f"{name} = {_value(value)}\n" for name, value in document.items())


def _value(value: Any) -> str:
    match value:
        case dict():
            return "{ " + ", ".join(f"{name} = {_value(v)}" for name, v in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)


def _read(document: Mapping[str, Any]) -> str | None:
    """Return what a document says, defaults filled in; None if it is not one."""
    try:
        return Document.model_validate(document).model_dump_json()
    except ValidationError:
        return None


# -- changes --------------------------------------------------------------------------------------


def _changes(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, place in _places(document, ()):
        name = _name(document, path)
        if isinstance(path[-1], str):
            yield f"{name}: removed", _without(document, path)
        elif len(_at(document, path[:-1])) > 1:
            said = "" if isinstance(place, dict) else f" {place}"
            yield f"{name}: removed{said}", _without(document, path)
        for other in _others(document, path, place):
            yield f"{name}: {_shown(place)} -> {_shown(other)}", _with(document, path, other)
    yield from _exchanged(document)


def _places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Return every place a rule is written at, with what stands there."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            if not (key in UNTOUCHED if not path else key == "title") and set(value) != {
                "zh",
                "en",
            }:
                yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*path, index))


def _exchanged(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Exchange neighbours of one trigger that begin in one state: the first that fits is taken."""
    last: dict[str, int] = {}
    for index, rule in enumerate(document.get("transitions", [])):
        before = last.get(rule["trigger"])
        last[rule["trigger"]] = index
        if before is None or not _meet(document["transitions"][before], rule):
            continue
        changed = deepcopy(dict(document))
        rules = changed["transitions"]
        rules[before], rules[index] = rules[index], rules[before]
        yield f"{_name(document, ('transitions', before))}: after the next one", changed


def _meet(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    sources = [_listed(rule["source"]) for rule in (first, second)]
    return ["*"] in sources or not set(sources[0]).isdisjoint(sources[1])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _without(document: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    changed = deepcopy(dict(document))
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _with(document: Mapping[str, Any], path: Path, value: Any) -> Mapping[str, Any]:
    changed = deepcopy(dict(document))
    _at(changed, path[:-1])[path[-1]] = value
    return changed


# -- what else could stand there ------------------------------------------------------------------


def _others(document: Mapping[str, Any], path: Path, value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case int():
            yield value - 1
            yield value + 1
        case date():
            yield value - timedelta(days=1)
            yield value + timedelta(days=1)
        case str():
            words = _words(document, path)
            alone = isinstance(path[-1], str) or len(_at(document, path[:-1])) == 1
            if alone and value in words and len(words) > 1:
                yield words[(words.index(value) + 1) % len(words)]


def _words(document: Mapping[str, Any], path: Path) -> Sequence[str]:
    """Return the words that may stand at a place, if another one could be put there."""
    keys = [step for step in path if isinstance(step, str)]
    key = keys[-1]
    asked = next((keys[keys.index(word) + 1 :] for word in _CONDITIONS if word in keys), None)
    if asked is not None:
        if asked[0] == "clocks":
            return PHASES
        if key in document.get("fields", {}):
            return (*document["fields"][key].get("options", ()), *PRESENCE)
        return list(document.get("tiers", ())) if key == "tier" else PRESENCE
    return list(_vocabulary(document).get(_KINDS.get(key, ""), ()))


def _vocabulary(document: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    roles, participants = document.get("roles", {}), document.get("participants", {})
    return {
        "states": list(document.get("states", {})),
        "people": [*roles, *participants, "party"],
        "roles": list(roles),
        "triggers": list(
            dict.fromkeys(each["trigger"] for each in document.get("transitions", []))
        ),
        "tiers": list(document.get("tiers", ())),
        "clocks": list(document.get("clocks", {})),
    }


# -- what it is called ----------------------------------------------------------------------------


def _name(document: Mapping[str, Any], path: Path) -> str:
    """Return what a place is called: `close#3.by`, `clocks.handling.terms[1].workdays`."""
    if path[0] == "transitions" and len(path) > 1:
        index = int(path[1])
        rules = document["transitions"]
        trigger = rules[index]["trigger"]
        several = sum(rule["trigger"] == trigger for rule in rules) > 1
        number = sum(rule["trigger"] == trigger for rule in rules[: index + 1])
        name, rest = f"{trigger}#{number}" if several else trigger, path[2:]
    else:
        name, rest = str(path[0]), path[1:]
    for number_, step in enumerate(rest):
        last = number_ == len(rest) - 1
        word = isinstance(step, int) and last and isinstance(_at(document, path), str)
        name += "" if word else f"[{step}]" if isinstance(step, int) else f".{step}"
    return name


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
