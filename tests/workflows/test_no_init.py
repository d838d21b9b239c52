"""The samples' folder shares its name with the engine; a file `__init__.py` in it would shadow the engine."""

from pathlib import Path

import workflows

SAMPLES = Path(__file__).parents[2] / "workflows"


def test_samples_folder_is_not_a_package() -> None:
    """With an `__init__.py`, `streamlit run app.py` fails with "No module named 'workflows.context'"."""
    assert not list(SAMPLES.rglob("__init__.py"))


def test_engine_is_what_import_workflows_gives() -> None:
    """The engine is found from the project's root, where our folder of the same name lies."""
    assert hasattr(workflows, "Workflow")
    assert Path(str(workflows.__file__)).parent != SAMPLES
