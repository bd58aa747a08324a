"""How kernels are compiled, and where what was compiled is kept.

numba keeps compiled code beside the source by default, notices edits only in the file of the function
itself, and raises at import where nothing is writable. Here it lies in a private folder whose name is made
from all kernel sources, the versions and the processor: ``$FIELDOPS_CACHE_DIR``, else the user's cache
folder, else a folder of the user's own under the system's temporary one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import llvmlite.binding  # type: ignore[import-untyped]
import numba
import numpy as np

from fieldops.routing.solvers.search.linking import PartCompiler, WholeCompiler

F = TypeVar("F", bound=Callable[..., Any])
_numba: Any = numba.config
_lock = threading.Lock()
SEARCH: Final = "complete"
"""The mark that every kernel of the search is kept."""
BOUND: Final = "complete-bound"
"""The mark that every kernel of the bound is kept."""


def fingerprint(*folders: Path) -> str:
    """Return what compiled code depends on, in 16 hexadecimal digits; by default on the sources of all kernels."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(path for folder in folders or (here, here.parent / "bound") for path in folder.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    cpu = f"{platform.machine()} {llvmlite.binding.get_host_cpu_name()}"
    digest.update(f"{sys.version} {numba.__version__} {np.__version__} {cpu}".encode())
    return digest.hexdigest()[:16]


def candidates() -> Iterator[Path]:
    """Yield the folders in which compiled code may be kept, best first."""
    if given := os.environ.get("FIELDOPS_CACHE_DIR"):
        yield Path(given)
        return
    with suppress(RuntimeError):  # no home: a service account
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fieldops"
    owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    yield Path(tempfile.gettempdir()) / f"fieldops-{owner}"


def writable(folder: Path) -> bool:
    """Whether the folder is there, ours alone, and can be written to; it is made if need be.

    Compiled code is loaded as it lies there, so a folder of somebody else's is not trusted.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and folder.stat().st_uid not in (os.getuid(), 0):
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def folder() -> Path | None:
    """Return the folder for compiled code, or None, with one warning, where none can be written."""
    for base in candidates():
        if writable(base):
            return base / f"kernels-{fingerprint()}"
    tried = ", ".join(map(str, candidates()))
    warnings.warn(
        f"no folder for compiled code can be written ({tried}): every process compiles anew, which takes "
        "some 20 seconds; set FIELDOPS_CACHE_DIR to a folder of your own",
        RuntimeWarning, stacklevel=2,
    )  # fmt: skip
    return None


def warm(part: str = SEARCH) -> bool:
    """Whether these kernels were compiled before, by this process or another, and were kept."""
    if _numba.DISABLE_JIT:
        return True
    home = folder()
    return home is not None and (home / part).exists()


def mark_warm(part: str = SEARCH) -> None:
    """Note that every kernel of this part has been compiled and kept; run as plain Python, none has."""
    home = None if _numba.DISABLE_JIT else folder()
    if home is not None and home.is_dir():
        (home / part).touch()


def kernel(function: F) -> F:
    """Compile a function: no Python inside, no lock of the interpreter, exact integers, code kept."""
    return _compiled(function, kept=True)


def inner(function: F) -> F:
    """Compile a function that only kernels call: with no door for Python it compiles sooner.

    A call from Python crashes. Its code is kept inside the kernels that call it.
    """
    return _compiled(function, kept=False)


def _compiled(function: F, kept: bool) -> F:
    """Compile without counting references: kernels make no arrays, and counting took most of their time."""
    home = folder() if kept else None
    options: dict[str, Any] = {"no_cpython_wrapper": not kept, "no_cfunc_wrapper": True, "_nrt": False}
    options["pipeline_class"] = WholeCompiler if kept else PartCompiler
    with _lock:
        before, _numba.CACHE_DIR = _numba.CACHE_DIR, str(home or "")
        try:
            compiled: F = numba.njit(nogil=True, cache=home is not None, error_model="numpy", **options)(function)
        finally:
            _numba.CACHE_DIR = before
    if not _numba.DISABLE_JIT:
        _one_kind_of_number(compiled)
    return compiled


def _one_kind_of_number(compiled: Any) -> None:
    """Let a compiled function forget that an argument is a constant.

    numba compiles a function anew for each constant it is called with, and for each that it takes an argument
    to be while it still infers types: three times the compiling, for nothing.
    """
    template = compiled.get_call_template

    def plain(args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        return template(tuple(map(numba.types.unliteral, args)), keywords)

    compiled.get_call_template = plain
