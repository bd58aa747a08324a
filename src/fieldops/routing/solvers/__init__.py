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


def prepared() -> bool:
    """Return whether the compiled solvers were compiled on this machine before."""
    from fieldops.routing.solvers.search.cache import warm

    return warm()


def prepare() -> None:
    """Compile what is compiled once on a machine (some 25 s), so that no plan's time limit pays for it."""
    from fieldops.routing.solvers.bound.rehearse import rehearse as rehearse_bound
    from fieldops.routing.solvers.search.cache import mark_warm
    from fieldops.routing.solvers.search.rehearse import rehearse

    rehearse()
    mark_warm()
    rehearse_bound()


__all__ = [
    "NAMES",
    "Answer",
    "Halt",
    "Held",
    "Progress",
    "Routes",
    "Solver",
    "Task",
    "prepare",
    "prepared",
    "solver",
    "value",
]
