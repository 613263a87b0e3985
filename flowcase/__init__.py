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
    from flowcase.calendars.calendar import Calendar as Calendar
    from flowcase.calendars.calendar import load_calendar as load_calendar
    from flowcase.case import Actor as Actor
    from flowcase.case import Case as Case
    from flowcase.case import Move as Move
    from flowcase.case import Verdict as Verdict
    from flowcase.engine import Engine as Engine
    from flowcase.engine import open_engine as open_engine
    from flowcase.errors import (
        CalendarError as CalendarError,
    )
    from flowcase.errors import (
        CaseNotFound as CaseNotFound,
    )
    from flowcase.errors import (
        Conflict as Conflict,
    )
    from flowcase.errors import (
        DatabaseError as DatabaseError,
    )
    from flowcase.errors import (
        DocumentError as DocumentError,
    )
    from flowcase.errors import (
        Finding as Finding,
    )
    from flowcase.errors import (
        FlowcaseError as FlowcaseError,
    )
    from flowcase.errors import (
        InvalidInput as InvalidInput,
    )
    from flowcase.errors import (
        NotCovered as NotCovered,
    )
    from flowcase.errors import (
        NotFound as NotFound,
    )
    from flowcase.errors import (
        OutcomeUnknown as OutcomeUnknown,
    )
    from flowcase.errors import (
        Reason as Reason,
    )
    from flowcase.errors import (
        Refused as Refused,
    )
    from flowcase.errors import (
        SchemaMismatch as SchemaMismatch,
    )
    from flowcase.explanation import Explanation as Explanation
    from flowcase.guards import Question as Question
    from flowcase.history import Entry as Entry
    from flowcase.listing import Page as Page
    from flowcase.sweep import TickReport as TickReport
    from flowcase.terms import Day as Day
    from flowcase.terms import Due as Due
    from flowcase.terms import Term as Term
    from flowcase.workflows.document import read_workflow as read_workflow
    from flowcase.workflows.rules import Workflow as Workflow

__version__ = "0.1.0"

_HOME = {
    "Actor": "case",
    "Calendar": "calendars.calendar",
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
    "Workflow": "workflows.rules",
    "load_calendar": "calendars.calendar",
    "open_engine": "engine",
    "read_workflow": "workflows.document",
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
