"""`python -m flowcase.cli`: the command line, where the console script is not on the path."""

from __future__ import annotations

from flowcase.cli import main

main()
