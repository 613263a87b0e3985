"""The checker tried on faults: shipped documents with one rule removed or altered at a time."""
