"""One module per command of `python -m inspectors`; each is imported only when it is called."""
