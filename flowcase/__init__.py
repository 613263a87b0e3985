"""flowcase: closed-loop case handling on an explicit finite-state machine.

    engine = flowcase.open_engine("sqlite:///appeals.db")
    case = engine.open("mayor_line", party="DG-0001", actor=flowcase.Actor("zhang"), data={...})
    case = engine.fire(case.id, "withdraw", actor=flowcase.Actor("zhang"), data={...})

What `__all__` lists is public. Each name is loaded when it is first asked for, so that a program
that needs only a calendar does not pay for a database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the same names, for type checkers, which do not run __getattr__
    from flowcase.calendars import Calendar as Calendar, load_calendar as load_calendar
    from flowcase.case import Actor as Actor, Case as Case, Move as Move, Verdict as Verdict
    from flowcase.engine import Engine as Engine, open_engine as open_engine
    from flowcase.errors import (
        CalendarError as CalendarError,
        CaseNotFound as CaseNotFound,
        Conflict as Conflict,
        DatabaseError as DatabaseError,
        DocumentError as DocumentError,
        Finding as Finding,
        FlowcaseError as FlowcaseError,
        InvalidInput as InvalidInput,
        NotCovered as NotCovered,
        NotFound as NotFound,
        OutcomeUnknown as OutcomeUnknown,
        Reason as Reason,
        Refused as Refused,
        SchemaMismatch as SchemaMismatch,
    )
    from flowcase.explanation import Explanation as Explanation
    from flowcase.guards import Question as Question
    from flowcase.history import Entry as Entry
    from flowcase.listing import Page as Page
    from flowcase.sweep import TickReport as TickReport
    from flowcase.terms import Day as Day, Due as Due, Term as Term
    from flowcase.workflows import Workflow as Workflow, read_workflow as read_workflow

__version__ = "0.1.0"

_HOME = {
    "Actor": "case",
    "Calendar": "calendars",
    "CalendarError": "errors",
    "Case": "case",
    "CaseNotFound": "errors",
    "Conflict": "errors",
    "DatabaseError": "errors",
    "Day": "terms",
    "DocumentError": "errors",
    "Due": "terms",
    "Engine": "engine",
    "Entry": "history",
    "Explanation": "explanation",
    "Finding": "errors",
    "FlowcaseError": "errors",
    "InvalidInput": "errors",
    "Move": "case",
    "NotCovered": "errors",
    "NotFound": "errors",
    "OutcomeUnknown": "errors",
    "Page": "listing",
    "Question": "guards",
    "Reason": "errors",
    "Refused": "errors",
    "SchemaMismatch": "errors",
    "Term": "terms",
    "TickReport": "sweep",
    "Verdict": "case",
    "Workflow": "workflows",
    "load_calendar": "calendars",
    "open_engine": "engine",
    "read_workflow": "workflows",
}

__all__ = [
    "Actor",
    "Calendar",
    "CalendarError",
    "Case",
    "CaseNotFound",
    "Conflict",
    "DatabaseError",
    "Day",
    "DocumentError",
    "Due",
    "Engine",
    "Entry",
    "Explanation",
    "Finding",
    "FlowcaseError",
    "InvalidInput",
    "Move",
    "NotCovered",
    "NotFound",
    "OutcomeUnknown",
    "Page",
    "Question",
    "Reason",
    "Refused",
    "SchemaMismatch",
    "Term",
    "TickReport",
    "Verdict",
    "Workflow",
    "load_calendar",
    "open_engine",
    "read_workflow",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'flowcase' has no attribute {name!r}")
    return getattr(import_module(f"flowcase.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
