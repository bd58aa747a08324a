"""Solvers by name. Heavy libraries are imported when a solver is asked for, not before."""

from __future__ import annotations

from collections.abc import Callable

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
    """Return whether search and bound were compiled on this machine before."""
    from fieldops.routing.solvers.search.cache import BOUND, SEARCH, warm

    return warm(SEARCH) and warm(BOUND)


def prepare(told: Callable[[str], None] | None = None) -> None:
    """Compile what is compiled once on a machine (some 25 s), so that no plan's time limit pays for it.

    Where there are two cores, the bound is compiled in a process of its own beside the search.

    Parameters
    ----------
    told
        Is called with the name of each part as it is ready.
    """
    from fieldops.routing.solvers.preparing import prepare as compile_both

    compile_both(told)


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
