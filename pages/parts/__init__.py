"""What several pages share: each part is a Python file, with a `.js` beside it where the browser does the work."""
