"""Find workflow classes in files and folders by reading their source. Never imports what it reads."""

from inspectors.discovery.catalog import discover
from inspectors.discovery.environment import Environment, read_environment
from inspectors.discovery.model import (
    AnswerShape,
    Badge,
    Catalog,
    ConstructorShape,
    Factory,
    Problem,
    StartField,
    StartShape,
    Unfillable,
    WorkflowSource,
)
from inspectors.discovery.modules import module_name
from inspectors.discovery.shapes import answer_shape
from inspectors.discovery.versions import source_version

__all__ = [
    "AnswerShape",
    "Badge",
    "Catalog",
    "ConstructorShape",
    "Environment",
    "Factory",
    "Problem",
    "StartField",
    "StartShape",
    "Unfillable",
    "WorkflowSource",
    "answer_shape",
    "discover",
    "module_name",
    "read_environment",
    "source_version",
]
