"""How compiled functions become kernels: each is optimised once, inside the kernel that calls it.

numba makes machine code of every function, optimises it by itself, then again inside each function that calls it, and
so on up to the kernel: half of the time of compiling, for code that nobody runs. And it keeps every function
callable from other modules, with all its arguments. An array is seven numbers and more to a compiled function, so a
function that is given a model and a state had four hundred arguments, put on the stack for each call.

Here an inner function stays intermediate code until a kernel takes it in (:class:`Part`), and a kernel keeps what
it took in to itself (:class:`Whole`), so that LLVM drops the arguments which a function doesn't use. These are hooks
inside numba, the same since 0.61; without them kernels are right as well, but slower
(docs/decisions/0010-compiling.md).
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _Nowhere:
    """Stands in for the engine that runs code, for code that is not run by itself."""

    def set_env(self, name: str, environment: Any) -> None:
        """Leave the surroundings of a call from Python unset: there is none."""


class Part(JITCodeLibrary):
    """An inner function as intermediate code, for kernels to take in."""

    @property
    def codegen(self) -> Any:
        """What would make machine code."""
        return _Nowhere()

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        self._ensure_finalized()
        return 0

    def _optimize_final_module(self) -> None:
        """Leave it to the kernel."""

    def _finalize_final_module(self) -> None:
        self._finalized = True


class Whole(JITCodeLibrary):
    """A kernel, with everything it calls."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage == llvm.Linkage.linkonce_odr:
                function.linkage = llvm.Linkage.private
        super()._optimize_final_module()


class _Compiler(Compiler):
    """numba's own compiler, but for where it puts the code."""

    library: type[JITCodeLibrary]

    def define_pipelines(self) -> Any:
        state = self.state
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


class PartCompiler(_Compiler):
    """Compiles an inner function."""

    library = Part


class WholeCompiler(_Compiler):
    """Compiles a kernel."""

    library = Whole
