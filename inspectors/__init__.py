"""The library behind Stepscope: everything that is not a page. Importing it loads nothing else."""
