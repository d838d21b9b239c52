"""The graph of a workflow: read from source and from classes, seen in records, laid out and drawn."""
