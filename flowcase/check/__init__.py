"""What can be said of a document from its structure alone, before it runs."""
