"""The command line. `flowcase --help` lists the commands; each is loaded only when it is run."""

from __future__ import annotations

from flowcase.cli.root import root


def main() -> None:
    """Run the command that the arguments of the program name, and exit."""
    root.main(prog_name="flowcase")
