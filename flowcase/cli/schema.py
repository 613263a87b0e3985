"""`flowcase schema`: the JSON Schema of workflow documents, for editors and other programs."""

from __future__ import annotations

import json

import click

from flowcase.cli.desk import Desk, command
from flowcase.workflows.language import Document


@command(
    "schema",
    examples="""
    flowcase schema >workflow.schema.json
    """,
)
def schema(_: Desk) -> None:
    """Print the JSON Schema of workflow documents.

    An editor that knows it completes the keys of a document and marks what it does not allow.
    """
    written = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    click.echo(
        json.dumps(
            written | Document.model_json_schema(by_alias=True), ensure_ascii=False, indent=2
        )
    )
