"""The face of the package: every name is there, told, typed alike, and costs nothing until it is used."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fieldops

FACE = Path(fieldops.__file__)


@pytest.mark.parametrize("name", fieldops.__all__)
def test_a_name_is_there_and_told(name: str) -> None:
    """Each name of the face imports from where the face says, and has a docstring a reader can use."""
    thing = getattr(fieldops, name)
    assert name in dir(fieldops)
    told = inspect.getdoc(thing) if not isinstance(thing, tuple) else fieldops.Rule.__doc__
    assert told
    first = told.strip().splitlines()[0]
    assert first.endswith((".", ":")) or len(told.strip().splitlines()) > 1, first
    if inspect.isfunction(thing):
        assert thing.__module__ == fieldops._HOME[name]
        arguments = [each for each in inspect.signature(thing).parameters if each not in ("self", "cls")]
        assert "Parameters\n----------" in told
        for argument in arguments:
            assert re.search(rf"(^|, |\*)\*{{0,2}}{argument}\b", told, re.MULTILINE), (
                f"{name} tells nothing of {argument}"
            )
        assert "Returns\n-------" in told


def test_type_checkers_see_what_is_there() -> None:
    """The block for type checkers and the table for the interpreter name the same things in the same rooms."""
    tree = ast.parse(FACE.read_text(encoding="utf-8"))
    block = next(n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    typed = {
        alias.asname: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert typed == fieldops._HOME
    assert fieldops.__all__ == sorted(fieldops._HOME)
    assert (FACE.parent / "py.typed").is_file()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """A slip of the pen fails as Python users expect."""
    with pytest.raises(AttributeError, match="has no name 'plam'"):
        fieldops.plam  # noqa: B018
    with pytest.raises(ImportError):
        from fieldops import plam  # noqa: F401


def test_importing_costs_nothing() -> None:
    """``import fieldops`` loads none of the heavy packages, and the command's help neither plans nor compiles."""
    heavy = ("pandas", "numpy", "ortools", "numba", "scipy", "networkx", "pydantic", "click")
    script = f"import fieldops, json, sys; print(json.dumps([n for n in {heavy!r} if n in sys.modules]))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert json.loads(out) == []
    script = (
        "import json, sys; from fieldops.nightly.cli import main\n"
        "try: main(['plan', '--help'])\n"
        "except SystemExit: print(json.dumps([n for n in ('ortools', 'numba') if n in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert json.loads(out.splitlines()[-1]) == []


def test_names_load_their_own_room_only() -> None:
    """Asking for an error's name doesn't bring pandas along."""
    script = "import sys; from fieldops import TableError, Job, Problem; print('pandas' in sys.modules, 'ortools' in sys.modules)"  # noqa: E501
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]
