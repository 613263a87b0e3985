"""flowcase: closed-loop case handling on an explicit finite-state machine.

    engine = flowcase.open_engine("sqlite:///appeals.db")
    case = engine.open("mayor_line", party="DG-0001", actor=flowcase.Actor("zhang"), data={...})
    case = engine.fire(case.id, "coordinate", actor=flowcase.Actor("li", roles={"office"}), data={...})

What is listed here is public; each name is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Actor": "case",
    "CalendarError": "errors",
    "Calendar": "calendars",
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

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'flowcase' has no attribute {name!r}")
    return getattr(import_module(f"flowcase.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
