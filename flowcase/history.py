"""The record: what an entry says, how it is sealed to the one before, how it is replayed."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flowcase.case import Fact
from flowcase.errors import InvalidInput
from flowcase.time import written

ALGORITHM = "sha-256"

#: Whole numbers beyond this are not the same in every reader of JSON (RFC 8785).
LARGEST_INTEGER = 2**53 - 1

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


@dataclass(frozen=True, slots=True)
class Changes:
    """What an entry did to the case: facts set, and facts removed."""

    set: Mapping[str, Fact]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a case's history, as decided; sealing adds salt, commitment and digest.

    rung: for entries of the clock, which clock rang which rung, when it should have, and how
    many whole seconds late it was. told: who is to be notified, resolved to ids there and then.
    details: the data given with the trigger; with `salt` the only part that may ever be redacted.
    commitment, digest: hexadecimal; "" until the entry is sealed.
    """

    case_id: str
    revision: int
    at: datetime
    trigger: str
    source: str | None
    dest: str
    actor: str
    on_behalf_of: str | None
    key: str | None
    rung: Mapping[str, Fact] | None
    told: tuple[str, ...]
    changes: Changes
    details: Mapping[str, Any]
    salt: str | None = None
    commitment: str = ""
    digest: str = ""


def canonical(value: Fact) -> str:
    """Write a value as canonical JSON (RFC 8785 for ASCII keys, whole numbers and plain text)."""
    return _encode(value)


def writable(text: str) -> bool:
    """Whether a text can be kept: no control character but tab and line end, no lone surrogate."""
    return _UNWRITABLE.search(text) is None


def require_writable(text: str, what: str) -> str:
    """Return the text if it can be kept. Errors: InvalidInput naming the character."""
    found = _UNWRITABLE.search(text)
    if found:
        raise InvalidInput(
            f"{what} contains the character U+{ord(found.group()):04X} at position "
            f"{found.start()}; control characters other than tab and line ends cannot be kept"
        )
    return text


def first_link(case_id: str, document: str) -> str:
    """Return the digest the first entry is sealed to: derived from the case and its rules."""
    return _sha256(canonical({"case": case_id, "document": document}))


def commit_to(details: Mapping[str, Any], salt: str) -> str:
    """Return the commitment to an entry's details: it can be checked, and reveals nothing."""
    return _sha256(canonical({"details": details, "salt": salt}))


def seal(entry: Entry, previous: str) -> Entry:
    """Seal an entry to the one before it: salt, commitment, digest."""
    salt = secrets.token_hex(16)
    committed = replace(entry, salt=salt, commitment=commit_to(entry.details, salt))
    return replace(committed, digest=digest_of(committed, previous))


def digest_of(entry: Entry, previous: str) -> str:
    """Return the digest of an entry: over the one before, the commitment and all it says."""
    return _sha256(
        canonical(
            {
                "actor": entry.actor,
                "algorithm": ALGORITHM,
                "at": written(entry.at),
                "case": entry.case_id,
                "changes": changes_fact(entry.changes),
                "commitment": entry.commitment,
                "dest": entry.dest,
                "key": entry.key,
                "on_behalf_of": entry.on_behalf_of,
                "previous": previous,
                "revision": entry.revision,
                "rung": entry.rung,
                "source": entry.source,
                "told": entry.told,
                "trigger": entry.trigger,
            }
        )
    )


def changes_fact(changes: Changes) -> dict[str, Fact]:
    """Return the changes as they are stored."""
    fact: dict[str, Fact] = {"set": dict(changes.set)}
    if changes.removed:
        fact["removed"] = sorted(changes.removed)
    return fact


def replay(entries: Iterable[Entry]) -> dict[str, Fact]:
    """Return the snapshot that the entries' changes add up to; no rule is run again."""
    snapshot: dict[str, Fact] = {}
    for entry in entries:
        snapshot.update(entry.changes.set)
        for name in entry.changes.removed:
            snapshot.pop(name, None)
    return snapshot


def first_document(document: str, entries: Iterable[Entry]) -> str:
    """Return the digest a history begins under; `document` is the one its case stands under."""
    for entry in entries:
        if "documents" in entry.changes.set:  # a migration says what there was before it
            return str(entry.changes.set["documents"][0][1])
    return document


def broken_link(case_id: str, document: str, entries: Iterable[Entry]) -> str | None:
    """Return what is wrong with a case's history, or None: gaps, edits, a broken chain."""
    previous = first_link(case_id, document)
    for number, entry in enumerate(entries, start=1):
        if entry.revision != number:
            return f"entry {number} is missing; the next one there is {entry.revision}"
        redacted = entry.salt is None and not entry.details
        if not redacted and commit_to(entry.details, entry.salt or "") != entry.commitment:
            return f"the details of entry {number} are not those it was sealed with"
        if digest_of(entry, previous) != entry.digest:
            return f"entry {number} is not what it was sealed as, or not sealed to the one before"
        previous = entry.digest
    return None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
