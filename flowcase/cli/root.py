"""The root of the command line: every command there is, where it lives, and what it does in a line.

Written down here, so that help and completion import none of the commands.
"""

from __future__ import annotations

import click

import flowcase
from flowcase.cli.group import Branch, Entry, Group

_CASES = "Cases"
_TIME = "Time"
_RULES = "Rules"
_ELSE = "Data"

_CALENDAR = {
    "due": Entry("calendar:due", "When a term is over."),
    "explain": Entry("calendar:explain", "Count a term day by day."),
    "show": Entry("calendar:show", "A year as a picture."),
    "check": Entry("calendar:check", "Look for what is wrong or odd in calendar files."),
    "status": Entry("outlook:status", "How far the notices reach, and what depends on the next."),
    "new": Entry("notice:new", "Write the file of a coming year's notice, to be filled in."),
    "diff": Entry("notice:diff", "Compare a year with a second source."),
    "import": Entry("notice:import_", "Write a year's notice as a second source has it."),
    "export": Entry("notice:export", "A year's days off for other programs."),
    "recompute": Entry("recompute:recompute", "What later notices do to running clocks."),
}
_DB = {
    "status": Entry("db:status", "Which schema a database has."),
    "upgrade": Entry("db:upgrade_", "Bring a database to this version's schema."),
}
_PARTY = {
    "import": Entry("party:import_", "Import parties from a CSV file."),
    "list": Entry("party:list_", "List the parties of the registers."),
}
_STAFF = {
    "import": Entry("staff:import_", "Import staff and units from a CSV file."),
    "list": Entry("staff:list_", "List staff and units, their roles, charges and absences."),
    "away": Entry("staff:away", "Note that somebody is away, and who stands in."),
}
_EXPORT = {
    "ics": Entry("export:ics", "Somebody's due moments as iCalendar, to subscribe to."),
    "csv": Entry("eventlog:csv", "The history as CSV, one event a row."),
    "xes": Entry("eventlog:xes", "The history as an event log in XES."),
    "ocel": Entry("eventlog:ocel", "The history as an object-centric event log in OCEL 2.0."),
    "pnml": Entry("eventlog:pnml", "A workflow as a Petri net in PNML."),
}
_WORKFLOW = {
    "list": Entry("workflow:list_", "List the workflows there are."),
    "show": Entry("workflow:show", "Show a workflow's states, transitions and clocks."),
    "diff": Entry("versions:diff", "What changed between two documents, in words."),
    "install": Entry("installing:install", "Install documents for new cases, if they are proved."),
    "history": Entry("installing:history", "Which documents were installed, by whom, and why."),
    "migrate": Entry("versions:migrate", "Move open cases to another version."),
}

TREE: dict[str, Entry | Branch] = {
    "demo": Entry("demo:demo", "The life of three appeals, told step by step.", "Start here"),
    "open": Entry("open:open_", "Open a case.", _CASES),
    "fire": Entry("fire:fire", "Fire a trigger on a case.", _CASES),
    "may": Entry(
        "may:may", "Whether somebody may fire a trigger, or every reason why not.", _CASES
    ),
    "show": Entry("show:show", "One case: state, owner, clocks, what may be done next.", _CASES),
    "list": Entry("list:list_", "Cases by owner, state, due moment, page by page.", _CASES),
    "history": Entry("history:history", "The record of a case, and whether it is whole.", _CASES),
    "explain": Entry("explain:explain", "How a clock's due moment came about, day by day.", _TIME),
    "tick": Entry("tick:tick", "Ring every clock that is due.", _TIME),
    "worker": Entry("worker:worker", "Ring what is due, again and again, until stopped.", _TIME),
    "calendar": Branch("Working days: due moments, pictures, checks.", _CALENDAR, _TIME),
    "check": Entry("check:check", "Look for what is wrong in a workflow document.", _RULES),
    "schema": Entry("schema:schema", "The JSON Schema of workflow documents.", _RULES),
    "simulate": Entry(
        "simulate:simulate_",
        "A year in a minute: what is late, and how many people it takes.",
        _RULES,
    ),
    "diagram": Entry("diagram:diagram", "A workflow as a picture: Mermaid, SVG, PNG.", _RULES),
    "workflow": Branch("The workflows there are, their versions.", _WORKFLOW, _RULES),
    "party": Branch("Parties and the registers they stand in.", _PARTY, _ELSE),
    "staff": Branch("Staff, units, roles, and who is in charge of what.", _STAFF, _ELSE),
    "report": Entry(
        "report:report", "Figures of a period: rates, working days, what is overdue.", _ELSE
    ),
    "export": Branch("What other programs can use.", _EXPORT, _ELSE),
    "db": Branch("The database and its schema.", _DB, _ELSE),
}


@click.version_option(flowcase.__version__, prog_name="flowcase")
@click.pass_context
def _root(context: click.Context) -> None:
    """Closed-loop case handling: always an owner, always a clock, never closed without a result.

    Options stand after the command: flowcase list --overdue --json

    \b
    Exit codes: 0 ok · 2 usage · 3 refused, with every reason · 4 conflict · 5 not found
    6 bad document · 7 calendar not covered · 130 aborted · 1 anything else
    """  # noqa: D301 - click keeps the lines after a real backspace as they are


root = Group("flowcase", TREE, _root)
