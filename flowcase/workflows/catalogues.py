"""Catalogues: data files that choice fields take their options from, folded into a document.

A case is bound to its document by a digest, so what the document takes from a catalogue must be
under that digest: the catalogue's text is appended to the document's, behind a line that says so.
A document without catalogues keeps its bytes, and with them its digest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from flowcase.assets import packaged_folder
from flowcase.errors import DocumentError, Finding
from flowcase.workflows.language import (
    ChoiceField,
    Count,
    Document,
    Label,
    Model,
    OptionWord,
    Title,
    Word,
)
from flowcase.workflows.reading import LARGEST_DOCUMENT, read_model

#: The folder of catalogues, beside the documents.
FOLDER = "catalogues"
_MARK = re.compile(rb"^#:catalogue ([a-z][a-z0-9_]{0,63})\n", re.MULTILINE)


class Entry(Model):
    """One entry of a catalogue. example: ours, for want of a published one. law: where it is from;
    facts: whatever else is to be known of it.
    """

    title: Title
    example: bool = False
    law: Annotated[str, StringConstraints(max_length=500)] = ""
    facts: Annotated[dict[Word, Label | Count | bool], Field(max_length=20, default_factory=dict)]


class Catalogue(Model):
    """The options of choice fields, with their titles: a data file beside the documents."""

    name: Word
    title: Title
    source: Annotated[str, StringConstraints(max_length=500)] = ""
    entries: Annotated[dict[OptionWord, Entry], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _not_reserved(self) -> Catalogue:
        for word in ("given", "missing"):
            if word in self.entries:
                raise ValueError(f"an entry may not be called {word!r}: conditions ask for it")
        return self


def parted(raw: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Return a document's own bytes, and those of each catalogue folded into it."""
    own, *rest = _MARK.split(raw)
    return own, {name.decode(): text for name, text in zip(rest[::2], rest[1::2], strict=True)}


def folded(own: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Return a document with its catalogues behind it, in the order of their names."""
    for name in sorted(parts):
        own += (b"" if own.endswith(b"\n") else b"\n") + f"#:catalogue {name}\n".encode()
        own += parts[name]
    return own


def named_in(document: Document) -> dict[str, str]:
    """Return the catalogues a document names, each with the first field that does."""
    named: dict[str, str] = {}
    for name, field in _of_catalogues(document):
        named.setdefault(str(field.catalogue), name)
    return named


def found(name: str, folder: Path | None) -> bytes:
    """Return the bytes of a catalogue: beside the documents, else one that comes with flowcase.

    Errors: DocumentError.
    """
    places = [] if folder is None else [folder]
    for place in (*places, packaged_folder("workflows")):
        path = place / FOLDER / f"{name}.toml"
        if path.is_file():
            with path.open("rb") as file:
                return file.read(LARGEST_DOCUMENT + 1)
    raise DocumentError(
        f"there is no catalogue {name!r}; it is looked for as {FOLDER}/{name}.toml beside the "
        "document, then among those that come with flowcase"
    )


def read(name: str, raw: bytes) -> Catalogue:
    """Read a catalogue. Errors: DocumentError with every finding."""
    try:
        catalogue = read_model(raw, Catalogue, "catalogue")
    except DocumentError as error:
        where = f"catalogue {name!r}: {error.message}"
        raise DocumentError(where, error.findings) from None
    if catalogue.name != name:
        raise DocumentError(f"catalogue {name!r} calls itself {catalogue.name!r}")
    return catalogue


def inside(text: str) -> dict[str, Catalogue]:
    """Return the catalogues folded into the text of a document. Errors: DocumentError."""
    return {name: read(name, raw) for name, raw in parted(text.encode())[1].items()}


def filled(document: Document, known: Mapping[str, Catalogue]) -> Document:
    """Return a document whose choice fields have the options of their catalogues, with titles.

    Errors: DocumentError if a catalogue stands in its text that no field names.
    """
    unused = sorted(set(known) - set(named_in(document)))
    if unused:
        raise DocumentError(
            "a document holds the catalogues its fields name, and no others",
            [Finding("fields", f"no field names the catalogue {name!r}") for name in unused],
        )
    if not known:
        return document
    fields, words = dict(document.fields), dict(document.words)
    for name, field in _of_catalogues(document):
        entries = known[str(field.catalogue)].entries
        fields[name] = field.model_copy(update={"options": list(entries)})
        words = {word: entry.title for word, entry in entries.items()} | words
    return document.model_copy(update={"fields": fields, "words": words})


def _of_catalogues(document: Document) -> Iterator[tuple[str, ChoiceField]]:
    for name, field in document.fields.items():
        if isinstance(field, ChoiceField) and field.catalogue is not None:
            yield name, field
