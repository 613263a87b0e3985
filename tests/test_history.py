"""The record: canonical writing, sealing, replay, and every kind of break that must be found."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowcase.errors import InvalidInput
from flowcase.history import (
    LARGEST_INTEGER,
    Changes,
    Entry,
    broken_link,
    canonical,
    first_link,
    replay,
    require_writable,
    seal,
    writable,
)
from tests.small import DOCUMENT
from tests.test_machine import CHIEF, CLERK, NoStaff

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcdefghij_.", min_size=1, max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture
def entries() -> list[Entry]:
    core = NoStaff(DOCUMENT)
    core.open({"what": "漏水"})
    core.fire("take", CLERK, {"worker": "wang"})
    core.fire("check", CHIEF, {"size": 3, "ready": True})
    return core.history()


def _check(entries: list[Entry], core_document: str | None = None) -> str | None:
    document = core_document or NoStaff(DOCUMENT).workflow.digest
    return broken_link(entries[0].case_id, document, entries)


def test_a_whole_history_has_no_broken_link(entries: list[Entry]) -> None:
    assert _check(entries) is None


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody"},
        {"trigger": "paint"},
        {"source": "checked"},
        {"dest": "done"},
        {"key": "k"},
        {"on_behalf_of": "xu"},
        {"told": ("nobody",)},
        {"rung": {"clock": "work"}},
        {"changes": Changes({"state": "done"})},
        {"details": {"worker": ["li"]}},
        {"salt": "0" * 32},
        {"commitment": "0" * 64},
        {"digest": "0" * 64},
        {"revision": 4},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_word_changed_in_any_entry_is_found(
    entries: list[Entry], change: dict[str, object]
) -> None:
    for place in range(len(entries)):
        edited = [*entries]
        edited[place] = replace(edited[place], **change)  # type: ignore[arg-type]  # fields by name
        assert _check(edited) is not None, f"entry {place + 1}"


def test_a_moment_changed_by_a_microsecond_is_found(entries: list[Entry]) -> None:
    at = entries[1].at
    edited = [entries[0], replace(entries[1], at=at.replace(microsecond=1)), entries[2]]
    assert _check(edited) is not None


def test_an_entry_taken_out_or_put_elsewhere_is_found(entries: list[Entry]) -> None:
    assert _check([entries[0], entries[2]]) is not None
    assert _check([entries[0], entries[2], entries[1]]) is not None


def test_a_history_of_other_rules_is_found(entries: list[Entry]) -> None:
    assert _check(entries, "0" * 64) is not None


def test_a_redacted_entry_still_verifies(entries: list[Entry]) -> None:
    redacted = [entries[0], replace(entries[1], details={}, salt=None), entries[2]]
    assert _check(redacted) is None


def test_a_chain_can_be_checked_by_hand(entries: list[Entry]) -> None:
    """An auditor without flowcase: the recipe of the record, in ten lines of standard library."""
    first = entries[0]

    def digest(fact: object) -> str:
        text = json.dumps(fact, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    assert first.commitment == digest({"details": dict(first.details), "salt": first.salt})
    written = {
        "actor": first.actor,
        "algorithm": "sha-256",
        "at": "2022-07-26T01:00:00.000000Z",
        "case": first.case_id,
        "changes": {"set": dict(first.changes.set)},
        "commitment": first.commitment,
        "dest": first.dest,
        "key": None,
        "on_behalf_of": None,
        "previous": digest({"case": first.case_id, "document": NoStaff(DOCUMENT).workflow.digest}),
        "revision": 1,
        "rung": None,
        "source": None,
        "told": list(first.told),
        "trigger": "open",
    }
    assert first.digest == digest(written)


def test_the_first_link_depends_on_the_case_and_its_rules() -> None:
    assert len({first_link(case, rules) for case in ("a", "b") for rules in ("x", "y")}) == 4


def test_the_same_details_are_committed_to_differently_each_time(entries: list[Entry]) -> None:
    assert seal(entries[0], "x").commitment != seal(entries[0], "x").commitment


@given(FACTS)
def test_canonical_json_is_read_back_as_it_was(fact: object) -> None:
    assert json.loads(canonical(fact)) == fact
    assert canonical(json.loads(canonical(fact))) == canonical(fact)


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(), max_size=5))
def test_canonical_json_does_not_depend_on_the_order_of_keys(fact: dict[str, int]) -> None:
    assert canonical(dict(reversed(fact.items()))) == canonical(fact)


def test_numbers_that_are_not_whole_are_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\x85", "\u2028", "\ud800", "\x08"])
def test_characters_that_could_forge_a_line_are_not_kept(bad: str) -> None:
    assert not writable(f"a{bad}b")
    with pytest.raises(
        InvalidInput, match=r"the note contains the character U\+[0-9A-F]{4} at position"
    ):
        require_writable(f"a{bad}b", "the note")


def test_tabs_line_ends_and_any_script_are_kept() -> None:
    text = "第一行\r\n\t第二行 😀 é"
    assert writable(text)
    assert require_writable(text, "it") == text


def test_replay_sets_and_removes(entries: list[Entry]) -> None:
    blank = replace(entries[0], changes=Changes({"a": 1, "b": 2}))
    after = replace(entries[1], changes=Changes({"a": 3}, ("b",)))
    assert replay([blank, after]) == {"a": 3}
