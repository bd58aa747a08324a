"""A selection beside the search: in a thread of its own, so that the streams go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fieldops.routing.solvers.search.arrays import KEPT, WORTH, Model
from fieldops.routing.solvers.select.candidates import Candidates
from fieldops.routing.solvers.solver import Halt

LOOK_S: Final = 0.02


@dataclass
class Aside:
    """One selection under way.

    Parameters
    ----------
    model, routes, price
        What is planned, the routes to choose from, Money for a unit of worth (see `choose.Selector`).
    halt
        When it must have ended.
    effort
        CP-SAT's deterministic seconds.
    at_once
        Whether it begins now, beside the caller; else it begins when `result` waits for it. In a thread it is either
        way, so that the caller's thread hears signals.
    """

    model: Model
    routes: Candidates
    price: int
    halt: Halt
    effort: float
    at_once: bool
    _thread: threading.Thread = field(init=False)
    _stop: Callable[[], None] | None = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _found: list[list[tuple[int, list[int]]]] = field(default_factory=list)
    _failed: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._work, name="fieldops-select", daemon=True)
        if self.at_once:
            self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether `result` returns at once."""
        return self._ended.is_set()

    def result(self) -> list[tuple[int, list[int]]] | None:
        """Wait for the end, or the halt, and return the routes chosen, each with a shift; None if there are none."""
        if not self._thread.ident:
            self._thread.start()
        while not self._ended.wait(LOOK_S):
            if self.halt():
                self.stop()
        if self._failed:
            raise self._failed[0]
        return self._found[0] if self._found else None

    def stop(self) -> None:
        """End it now."""
        while self._thread.ident and not self._ended.wait(LOOK_S):
            if self._stop:
                self._stop()

    def _work(self) -> None:
        try:
            from fieldops.routing.solvers.select.choose import Selector  # OR-Tools is slow to import

            job = self.model.job
            selector = Selector(self.routes, job[:, WORTH].copy(), job[:, KEPT] != 0, self.price)
            self._stop = selector.stop
            chosen = selector.choose(self.halt, self.effort)
            if chosen is not None:
                self._found.append(self.routes.seated(chosen.chosen))
        except BaseException as error:  # carried over to the thread that asks
            self._failed.append(error)
        finally:
            self._ended.set()
