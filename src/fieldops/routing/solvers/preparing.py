"""Compile search and bound ahead, side by side where there are two cores."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from fieldops.routing.solvers.bound.rehearse import rehearse as rehearse_bound
from fieldops.routing.solvers.search.cache import BOUND, folder, mark_warm, warm
from fieldops.routing.solvers.search.rehearse import rehearse

BESIDE: Final = "from fieldops.routing.solvers.bound.rehearse import rehearse; rehearse()"
log = logging.getLogger(__name__)


def prepare(told: Callable[[str], None] | None = None) -> None:
    """Compile the search here and the bound beside it; what fails beside is compiled here, and fails here if it must.

    The compiler holds the interpreter's lock most of the time, hence a process and not a thread.
    """
    tell = told or (lambda part: None)
    with _beside(BESIDE) as bound:
        rehearse()
        mark_warm()
        tell("search")
        if bound is not None:
            _, words = bound.communicate()
            if bound.returncode:
                log.warning("compiling the bound in a process of its own failed, so it is compiled here: %s", words)
        rehearse_bound()
        tell("bound")


@contextmanager
def _beside(code: str) -> Iterator[subprocess.Popen[str] | None]:
    """Run code in a process of its own, which ends with the block; None where that can't help."""
    process = _started(code)
    if process is None:
        yield None
        return
    with process:
        try:
            yield process
        finally:
            process.kill()


def _started(code: str) -> subprocess.Popen[str] | None:
    """Start the process, if it helps and can be had.

    One core has nothing beside it, and where nothing can be kept another process compiles in vain.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2 or not sys.executable or folder() is None or warm(BOUND):
        return None
    path = os.pathsep.join(filter(None, sys.path))
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", code], env={**os.environ, "PYTHONPATH": path}, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    except OSError as error:  # no memory, no more processes allowed
        log.warning("there is no process to be had for the bound, so it is compiled after the search: %s", error)
        return None
