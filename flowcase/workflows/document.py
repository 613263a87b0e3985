"""Documents: read from text, files and folders; whole, or refused with every finding."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flowcase.assets import asset_folders, packaged_folder
from flowcase.errors import DocumentError, Finding, NotFound
from flowcase.workflows import language
from flowcase.workflows.facts import Reader, Vocabulary
from flowcase.workflows.lint import findings_in
from flowcase.workflows.relations import findings_of_kin
from flowcase.workflows.reported import report_findings
from flowcase.workflows.resolve import resolve
from flowcase.workflows.rules import Workflow

#: A document larger than this is refused before it is parsed, in bytes.
LARGEST_DOCUMENT = 256 * 1024
DEEPEST_NESTING = 12

#: A key of more parts than this is refused before it is parsed: `a.a.a…` costs tomllib memory that
#: grows with the square of its length, 40 GB for 200 KB of it.
MOST_KEY_PARTS = 100
_KEY_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_PART}){{{MOST_KEY_PARTS}}}")


def read_workflow(text: str | bytes) -> Workflow:
    """Read a workflow document. Errors: DocumentError with every finding at once."""
    # Half a character, which a str may hold, is written as it is and refused as not UTF-8.
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = _document(raw)
    reader = conditions_reader(document)
    found = [
        *findings_in(document),
        *findings_of_kin(document),
        *report_findings(document),
    ]
    workflow = resolve(document, raw, reader)
    found += [finding for finding in reader.findings if finding not in found]
    if found:
        raise DocumentError(f"workflow {document.name!r} may not run: {_count(found)}", found)
    return workflow


def conditions_reader(document: language.Document) -> Reader:
    """Return what reads the conditions of a document."""
    return Reader(
        Vocabulary(
            fields=document.fields,
            participants=frozenset(document.participants),
            tiers=tuple(document.tiers),
            triggers=frozenset(transition.trigger for transition in document.transitions),
            clocks=frozenset(document.clocks),
            children=frozenset(document.children),
        )
    )


def read_workflow_file(path: Path) -> Workflow:
    """Read a workflow document from a file. Errors: DocumentError, NotFound."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_DOCUMENT + 1)
    except OSError as error:
        raise NotFound(f"cannot read the workflow document {path}: {error.strerror}") from None
    try:
        return read_workflow(raw)
    except DocumentError as error:
        raise DocumentError(f"{path.name}: {error.message}", error.findings) from None


def read_workflow_folder(folder: Path) -> dict[str, Workflow]:
    """Read every `*.toml` of a folder, by workflow name. Errors: DocumentError, NotFound."""
    if not folder.is_dir():
        raise NotFound(f"there is no folder of workflow documents at {folder}")
    workflows: dict[str, Workflow] = {}
    for path in sorted(folder.glob("*.toml")):
        workflow = read_workflow_file(path)
        if workflow.name in workflows:
            raise DocumentError(f"two documents in {folder.name} are called {workflow.name!r}")
        workflows[workflow.name] = workflow
    return workflows


def shipped_workflows() -> dict[str, Workflow]:
    """Return the workflows that come with flowcase, by name."""
    return read_workflow_folder(packaged_folder("workflows"))


def chosen_workflows(folders: Sequence[str | Path] = ()) -> dict[str, Workflow]:
    """Return the workflows of `folders` and of FLOWCASE_WORKFLOWS, by name; the first folder wins.

    Errors: DocumentError, NotFound.
    """
    found: dict[str, Workflow] = {}
    for folder in asset_folders("workflows", folders)[:-1]:
        found = read_workflow_folder(folder) | found
    return found


def _count(found: list[Finding]) -> str:
    return "1 finding" if len(found) == 1 else f"{len(found)} findings"


def _document(raw: bytes) -> language.Document:
    if len(raw) > LARGEST_DOCUMENT:
        raise DocumentError(f"a document has at most {LARGEST_DOCUMENT:,} bytes")
    try:
        text = raw.decode("utf-8")
        if _LONG_KEY.search(text):
            raise DocumentError(f"a key has at most {MOST_KEY_PARTS} parts")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8: byte {error.start} is {raw[error.start]:#04x}") from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise DocumentError(f"not TOML: {error}") from None
    except RecursionError:
        raise DocumentError("not a document: tables nested too deeply") from None
    if _depth(data) > DEEPEST_NESTING:
        raise DocumentError(f"tables and lists may be nested {DEEPEST_NESTING} deep")
    try:
        return language.Document.model_validate(data)
    except ValidationError as error:
        findings = [_finding(detail, data) for detail in error.errors(include_url=False)]
        raise DocumentError(f"not a workflow document: {_count(findings)}", findings) from None


def _depth(value: Any) -> int:
    """Return how deep tables and lists are nested, without recursion of our own."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        value, depth = todo.pop()
        deepest = max(deepest, depth)
        if depth <= DEEPEST_NESTING:
            children = (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, list)
                else ()
            )
            todo += [(child, depth + 1) for child in children]
    return deepest


def _finding(detail: Any, data: Mapping[str, Any]) -> Finding:
    path = ""
    place: Any = data
    last = len(detail["loc"]) - 1
    for number, step in enumerate(detail["loc"]):
        if isinstance(step, int):
            path += f"[{step}]"
            place = place[step] if isinstance(place, list) and step < len(place) else None
            if isinstance(place, dict) and isinstance(place.get("trigger"), str):
                path += f"({place['trigger'][:64]})"
        elif isinstance(place, dict) and step in place:
            path += f".{step}" if path else str(step)
            place = place[step]
        elif number == last and detail["type"] in ("missing", "extra_forbidden"):
            path += f".{step}" if path else str(step)
    return Finding(path[:300], _sentence(detail))


def _sentence(detail: Any) -> str:
    given = repr(detail.get("input"))[:60]
    match detail["type"]:
        case "extra_forbidden":
            return (
                "this key is not part of the language; `flowcase schema` lists what may stand here"
            )
        case "missing":
            return "this key is required"
        case "string_pattern_mismatch":
            return (
                f"{given} is not a word: small ASCII letters, digits and _, beginning with a letter"
            )
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}; got {given}"
