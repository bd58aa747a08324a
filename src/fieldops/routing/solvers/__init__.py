"""Solvers by name. Heavy libraries are imported when a solver is asked for, not before."""

from __future__ import annotations

from fieldops.errors import ConfigError
from fieldops.routing.solvers.solver import Answer, Halt, Held, Progress, Routes, Solver, Task, value

NAMES = ("search", "routing", "insertion")


def solver(name: str) -> Solver:
    """Return a solver by its name.

    Raises
    ------
    ConfigError
        When there is none of that name.
    """
    if name == "search":
        from fieldops.routing.solvers.search.search import Search

        return Search()
    if name == "insertion":
        from fieldops.routing.solvers.insertion import Insertion

        return Insertion()
    if name == "routing":
        from fieldops.routing.solvers.routing import Routing

        return Routing()
    raise ConfigError(f"there is no solver {name!r}; choose one of {', '.join(NAMES)}")


__all__ = ["NAMES", "Answer", "Halt", "Held", "Progress", "Routes", "Solver", "Task", "solver", "value"]
