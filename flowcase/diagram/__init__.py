"""Pictures of a workflow: text for Mermaid, SVG, PNG."""
