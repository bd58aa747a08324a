"""Inner functions live in kernels alone: no machine code of their own, no arguments that nobody reads."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
import pytest

from fieldops.routing.solvers.search.anneal import anneal
from fieldops.routing.solvers.search.cache import inner
from fieldops.routing.solvers.search.linking import Part
from fieldops.routing.solvers.search.rehearse import rehearse

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")


@inner
def doubled(numbers: Any, k: int) -> int:
    """Return twice a number."""
    return 2 * numbers[k]


@numba.njit
def door(numbers: Any, k: int) -> int:
    """Return twice a number, for Python."""
    return doubled(numbers, k)


def library(function: Any) -> Any:
    """Return where numba put the code of a function."""
    (compiled,) = function.overloads.values()
    return compiled.library


def test_an_inner_function_is_never_made_machine_code() -> None:
    """Half of the compiling went into code that nobody runs; what calls the function still gets its answer."""
    assert door(np.array([3, 4]), 1) == 8
    assert isinstance(library(doubled), Part)
    (compiled,) = doubled.overloads.values()
    assert not library(door)._codegen._engine.is_symbol_defined(compiled.fndesc.mangled_name)


def test_a_kernel_keeps_what_it_calls_to_itself() -> None:
    """All but the kernel and its door for Python are private, so LLVM has dropped the arguments they don't use."""
    rehearse()
    own = [f for f in library(anneal)._get_module_for_linking().functions if not f.is_declaration]
    private = [f for f in own if f.linkage == llvm.Linkage.private]
    assert len(own) - len(private) == 2
    walks = [f for f in private if "8evaluate4walk" in f.name]
    assert len(walks) == 1
    assert len(list(walks[0].arguments)) < 60  # of 137
