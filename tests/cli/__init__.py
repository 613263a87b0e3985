"""The command line: every command, every error, both languages."""
