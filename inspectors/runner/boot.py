"""The first lines of a runner: whether this Python, and the engine in it, is one that Stepscope can work with.

What isn't is said in a line for the server. Runs under `python -c` (see interpreter.py) in whatever version people
name, so that it must stay plain enough for Python 2.
"""
# mypy: allow-untyped-defs, allow-untyped-calls

import json
import sys
import traceback


def refuse(mark, **found):  # noqa: ANN001, ANN003, ANN201
    """Say what was found, and end."""
    sys.stderr.write("\n" + mark + json.dumps(found) + "\n")
    sys.stderr.flush()
    sys.exit(3)


def boot(options):  # noqa: ANN001, ANN201
    """Load the runner if it can work here; its exit code."""
    mark = options["mark"]
    if sys.version_info[:2] < tuple(options["least_python"]):
        refuse(mark, python=".".join(str(part) for part in sys.version_info[:3]))
    sys.path[:] = [path for path in sys.path if path]
    try:
        import workflows.runtime  # noqa: F401  (a mere folder that is called workflows has none)
    except Exception as error:  # or what the engine needs is missing, or broken
        refuse(mark, error="%s: %s" % (type(error).__name__, error))  # noqa: UP031
    try:
        from importlib.metadata import version

        engine = version("llama-index-workflows")
    except Exception:  # a copy that was put there without its metadata: what it lacks is found out below
        engine = "of unknown version"
    numbers = tuple(int(part) for part in engine.split(".")[:2] if part.isdigit())
    if numbers and numbers < tuple(options["least_engine"]):
        refuse(mark, engine=engine)
    sys.path.append(options["project"])
    try:
        from inspectors.runner.child import main
    except (ImportError, AttributeError) as error:
        refuse(mark, unknown=engine, error=str(error), traceback=traceback.format_exc())
    return main(options)


if __name__ == "__main__":
    sys.exit(boot(json.loads(sys.argv[1])))
