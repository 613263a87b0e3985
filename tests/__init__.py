"""The tests: one file per module, and folders for what crosses modules."""
