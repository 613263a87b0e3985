"""The workflow language: what a document may say, and a document resolved for the machine."""
