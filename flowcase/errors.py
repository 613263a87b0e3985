"""Every error flowcase raises, in one tree.

FlowcaseError
├── Refused               a rule said no; `.reasons` has every failing one
├── GuardFailed           a guard of the host's failed; it neither said yes nor no
├── Conflict              somebody else moved the case first, each time it was tried; ask again
├── OutcomeUnknown        the database's answer to COMMIT was lost; ask again with the same key
├── NotFound              no such thing: workflow, clock, calendar, party, member of staff
│   └── CaseNotFound
├── InvalidInput          what was handed over is not what it should be (a naive time, a NUL)
├── DocumentError         a workflow document that may not run; `.findings` has every finding
│   └── Unproved          a guarantee of it is refuted or undecided; `.reasons` has each
├── CalendarError         a calendar that cannot be read; `.findings` has every finding
│   └── NotCovered        a date the calendar has no answer for
└── DatabaseError         the database cannot be used as it is; the message names the remedy
    └── SchemaMismatch    it has another revision than this flowcase
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Findings written out in an error's text; `.findings` has them all.
MOST_SHOWN = 50


class FlowcaseError(Exception):
    """Base of every error raised by flowcase on purpose."""

    #: Exit code of the command line, and a stable word for programs.
    exit_code = 1
    code = "error"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why not: a stable code for programs, a sentence in each language for people.

    about: the word of the document it concerns (a field, a participant, a clock), or "".
    """

    code: str
    en: str
    zh: str
    about: str = ""

    def in_language(self, language: str) -> str:
        """Return the sentence in `language` ("zh", anything else is English)."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a document: where, and a sentence saying what would be right."""

    path: str
    message: str

    def __post_init__(self) -> None:
        # Both may quote the document, and a terminal obeys control characters.
        object.__setattr__(self, "path", _visible(self.path))
        object.__setattr__(self, "message", _visible(self.message))

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def _visible(text: str) -> str:
    """Return a text with whatever cannot be seen written as Python writes it."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


class Refused(FlowcaseError):
    """A rule said no. Nothing was changed; `reasons` has every failing rule, not only the first."""

    exit_code = 3
    code = "refused"

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reason.en for reason in self.reasons))


class GuardFailed(FlowcaseError):
    """A guard of the host's failed, or gave no answer; `__cause__` has its error."""

    code = "guard_failed"


class Conflict(FlowcaseError):
    """Somebody else changed the case between reading and writing, and trying again did not help."""

    exit_code = 4
    code = "conflict"


class OutcomeUnknown(FlowcaseError):
    """The answer to COMMIT was lost: it may have happened. Ask again with the same key."""

    exit_code = 4
    code = "outcome_unknown"


class NotFound(FlowcaseError):
    """There is no such thing."""

    exit_code = 5
    code = "not_found"


class CaseNotFound(NotFound):
    """There is no case with this id."""

    code = "case_not_found"


class InvalidInput(FlowcaseError):
    """A value is not what it should be; the message says which, what is so and what would do."""

    exit_code = 2
    code = "invalid_input"


class WithFindings(FlowcaseError):
    """An error about a document, with every finding at once."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        self.findings = tuple(findings)
        lines = [f"  {finding}" for finding in self.findings[:MOST_SHOWN]]
        if len(self.findings) > MOST_SHOWN:
            lines.append(f"  … and {len(self.findings) - MOST_SHOWN:,} more")
        super().__init__("\n".join([message, *lines]))
        self.message = message


class DocumentError(WithFindings):
    """A workflow document that may not run."""

    exit_code = 6
    code = "bad_document"


class Unproved(DocumentError):
    """A document of which a guarantee is refuted, or was not decided and is not accepted so.

    reasons: each such guarantee, with the shortest way to where it breaks, in both languages.
    """

    code = "unproved"

    def __init__(self, message: str, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(
            message,
            [
                Finding("" if number else each.about, line.strip())
                for each in self.reasons
                for number, line in enumerate(each.en.splitlines())
            ],
        )


class CalendarError(WithFindings):
    """A calendar that cannot be read."""

    exit_code = 6
    code = "bad_calendar"


class NotCovered(CalendarError):
    """A date the calendar has no answer for."""

    exit_code = 7
    code = "not_covered"


class DatabaseError(FlowcaseError):
    """The database cannot be used as it is; the message names the remedy."""

    code = "database"


class SchemaMismatch(DatabaseError):
    """The database has another revision than this version of flowcase works with."""

    code = "schema_mismatch"
