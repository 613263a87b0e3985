"""Scenarios: the promises of the mayor line as stories an official can follow."""
