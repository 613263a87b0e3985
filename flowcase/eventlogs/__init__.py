"""Event logs: the history as process-mining programs read it."""
