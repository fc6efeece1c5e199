"""The house rules as code: one place for each, found by scanning.

The modules named like sections of the specification hold the rules. ``Module`` reads a
Python file, ``Project`` the other files, ``Running`` and ``Production`` the project that
Django has loaded; the engine runs the checks and applies waivers.
"""

from importlib import import_module

from django_strict.rules.files import Project
from django_strict.rules.model import Problem, catalogue, related, rule
from django_strict.rules.module import Module

__all__ = [
    "Module",
    "Problem",
    "Project",
    "catalogue",
    "related",
    "rule",
    "runtime_checks",
]


def runtime_checks() -> None:
    """Register the rules about the running project with Django's check framework.

    Django must be set up: what they need is imported here.
    """
    import_module("django_strict.rules.running").add_checks()
