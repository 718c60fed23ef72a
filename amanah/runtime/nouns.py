"""Modules of a business noun, found by the names that every noun uses."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType


def modules_of(noun: ModuleType, *names: str) -> Iterator[ModuleType]:
    """The modules `names` of a noun's package, those that it has; one that is a package is followed by its modules."""
    here = {module.name for module in pkgutil.iter_modules(noun.__path__)}
    for name in (name for name in names if name in here):
        module = import_module(f"{noun.__name__}.{name}")
        yield module
        if hasattr(module, "__path__"):
            yield from (
                import_module(each.name) for each in pkgutil.walk_packages(module.__path__, f"{module.__name__}.")
            )
