"""Pure functions over records: rows, details, the graph's overlay, tables. No browser, server or running workflow."""
