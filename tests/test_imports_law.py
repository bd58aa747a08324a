"""The law of imports: the house has floors, and an arrow only goes down.

The law is the table `FLOORS`; the checker reads the `ast` of every file, so imports inside functions and
under ``TYPE_CHECKING`` count as well. The second half plants breaches in small houses of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "fieldops"
FACE = "fieldops"

# From the ground up. A room is one file or one folder; whoever stands higher may import whoever stands lower.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("units",),
    ("errors",),
    ("cells",),
    ("columns",),
    ("tables", "writing", "routing.domain", "inventory.periods"),
    ("routing.ways", "routing.stock", "inventory.history", "inventory.parts"),
    ("inventory.censoring", "inventory.succession", "inventory.stockouts", "inventory.deliveries"),
    ("routing.travel", "routing.program", "inventory.usage", "inventory.classify", "inventory.demand"),
    (
        "routing.clock",
        "inventory.policy",
        "inventory.leadtimes",
        "inventory.reasons",
        "inventory.normal",
        "inventory.eoq",
        "inventory.marginal",
        "inventory.guaranteed",
        "inventory.accuracy",
        "inventory.calibration",
    ),
    ("inventory.policies", "inventory.emergency", "inventory.replay"),
    ("routing.rules", "routing.given", "inventory.limits", "inventory.arguments", "inventory.optimal"),
    ("inventory.economy", "inventory.choice"),
    ("routing.places", "inventory.level_table", "inventory.range_models", "inventory.tally", "inventory.columnar"),
    ("inventory.levels",),
    ("inventory.assortment",),
    (
        "routing.headings",
        "inventory.overrides",
        "inventory.explain",
        "inventory.proposals",
        "inventory.backtest",
        "inventory.last_buy",
    ),
    (
        "routing.vetting",
        "inventory.vetting",
        "inventory.usage_files",
        "inventory.purchases",
        "inventory.network",
        "inventory.kits",
    ),
    ("routing.rota", "routing.shelves", "routing.physics", "inventory.intake", "inventory.holding"),
    ("routing.intake", "inventory.range_files", "inventory.worklines"),
    ("inventory.level_files", "inventory.worklist"),
    ("routing.check",),
    ("routing.explain", "routing.solvers"),
    ("routing.proving",),
    ("routing.planning", "routing.frames", "routing.jsonform"),
    ("routing.whatif", "routing.prices", "routing.sharing"),
    ("service",),
    ("report",),
    ("nightly",),
    ("__main__",),
)
# Arrows between rooms of one floor, (who imports, whom).
NEIGHBOURS: frozenset[tuple[str, str]] = frozenset({("writing", "tables")})
# What stands in the face itself and needs no room: reading it is no arrow.
OWN = ("fieldops.__version__",)
# Wings that never meet below `service`.
WINGS = ("routing", "inventory")
# Packages that only these rooms may import.
ONLY_IN: Mapping[str, tuple[str, ...]] = {
    "ortools": ("routing.solvers",),
    "numba": ("routing.solvers",),
    "click": ("nightly",),
}
# Packages that these rooms may not import.
NEVER_IN: Mapping[str, tuple[str, ...]] = {"routing.domain": ("pandas",)}
# Packages that come with an extra: importing fieldops without them must work, so only inside functions.
EXTRAS = ("xlsxwriter", "python_calamine", "pyarrow", "tqdm")


@dataclass(frozen=True)
class Arrow:
    """One import: `source` (a module) imports `target` on `line` of its file."""

    source: str
    target: str
    line: int
    at_import: bool

    def __str__(self) -> str:
        return f"{self.source} (line {self.line}) imports {self.target}"


def modules_of(house: Path) -> dict[str, Path]:
    """Name every module below `house`, the folder of the package `fieldops`."""
    found = {}
    for path in sorted(house.rglob("*.py")):
        parts = (FACE, *path.relative_to(house).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def arrows_of(module: str, path: Path, known: Mapping[str, Path]) -> Iterator[Arrow]:
    """Every import in one file, wherever it stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    later = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _types_only(node)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            for target in _targets(node, module, path.name == "__init__.py", known):
                yield Arrow(module, target, node.lineno, id(node) not in later)


def _types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _targets(
    node: ast.Import | ast.ImportFrom | ast.Call, module: str, package: bool, known: Mapping[str, Path]
) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            home = module.split(".")[: None if package and node.level == 1 else (package - node.level)]
            base = ".".join([*home, *([base] if base else [])])
        inside = [f"{base}.{alias.name}" for alias in node.names]
        return [name if name in known else base for name in inside if name not in OWN]
    named = node.args[0] if node.args and ast.unparse(node.func).endswith(("import_module", "__import__")) else None
    return [named.value] if isinstance(named, ast.Constant) and isinstance(named.value, str) else []


def room_of(module: str) -> str | None:
    """Name the room a module stands in; "" is the face, None is nowhere."""
    if module == FACE:
        return ""
    inside = module.removeprefix(FACE + ".")
    rooms = [room for floor in FLOORS for room in floor if inside == room or inside.startswith(room + ".")]
    return max(rooms, key=len, default=None)


def floor_of(room: str) -> int:
    """How high a room stands; the face is the roof."""
    return next((height for height, floor in enumerate(FLOORS) if room in floor), len(FLOORS))


def breaches_of(house: Path) -> list[str]:
    """Every breach of the law in the package at `house`, in words."""
    known = modules_of(house)
    arrows = [arrow for module, path in known.items() for arrow in arrows_of(module, path, known)]
    found = [
        f"{module} has no room: give it a floor in FLOORS of tests/test_imports_law.py"
        for module, path in known.items()
        if room_of(module) is None and not _folder(module, path, known)
    ]
    for arrow in arrows:
        inside = arrow.target.split(".")[0] == FACE
        found += _inside(arrow, known) if inside else _outside(arrow)
    circles = circles_of({(arrow.source, arrow.target) for arrow in arrows if arrow.target in known})
    return [*dict.fromkeys(found)] + [f"a circle of imports: {' -> '.join(circle)}" for circle in circles]


def _folder(module: str, path: Path, known: Mapping[str, Path]) -> bool:
    """Whether the module is the front page of a wing: it only names the wing and imports nothing."""
    return path.name == "__init__.py" and not list(arrows_of(module, path, known))


def _inside(arrow: Arrow, known: Mapping[str, Path]) -> list[str]:
    source, target = room_of(arrow.source), room_of(arrow.target)
    if source is None:
        return []
    if target is None or arrow.target not in known:
        return [f"{arrow}, which is no room of the house"]
    if source == target:
        return []
    if {source.split(".")[0], target.split(".")[0]} == set(WINGS):
        return [f"{arrow}: the wings {WINGS[0]} and {WINGS[1]} meet only in service and above"]
    if floor_of(target) < floor_of(source) or (source, target) in NEIGHBOURS:
        return []
    if target == "":
        return [f"{arrow}, the face: import the room that holds the name"]
    same = floor_of(target) == floor_of(source)
    return [f"{arrow}, which stands {'beside it' if same else 'higher'}: an arrow only goes down"]


def _outside(arrow: Arrow) -> list[str]:
    package, room, found = arrow.target.split(".")[0], room_of(arrow.source), []
    allowed = ONLY_IN.get(package)
    if allowed is not None and room not in allowed:
        found.append(f"{arrow}: {package} is only for {', '.join(allowed)}")
    if package in NEVER_IN.get(room or "", ()):
        found.append(f"{arrow}: {room} may not know {package}")
    if package in EXTRAS and arrow.at_import:
        found.append(f"{arrow} at import: {package} comes with an extra, so import it inside the function")
    return found


def circles_of(edges: set[tuple[str, str]]) -> list[list[str]]:
    """One circle for each module on which a walk along the arrows comes back; [] for a tree of floors."""
    following: dict[str, list[str]] = {}
    for source, target in sorted(edges):
        following.setdefault(source, []).append(target)
    done: set[str] = set()
    found: list[list[str]] = []

    def walk(module: str, path: list[str]) -> None:
        if module in path:
            found.append([*path[path.index(module) :], module])
        elif module not in done:
            for target in following.get(module, []):
                walk(target, [*path, module])
            done.add(module)

    for module in following:
        walk(module, [])
    return found


def build(house: Path, files: Mapping[str, str]) -> Path:
    """Write a small house of `files` (path below fieldops -> text)."""
    for name, text in files.items():
        path = house / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return house


def test_the_house_keeps_the_law() -> None:
    """Every import of the package goes down a floor, because a climbing arrow ends in circles and in hidden rules."""
    assert modules_of(SOURCE), f"no package at {SOURCE}"
    assert not (breaches := breaches_of(SOURCE)), "\n" + "\n".join(breaches)


def test_no_room_stands_on_two_floors() -> None:
    """A room named twice would make the law depend on which line is read first."""
    rooms = [room for floor in FLOORS for room in floor]
    assert sorted(rooms) == sorted(set(rooms))
    for source, target in NEIGHBOURS:
        assert floor_of(source) == floor_of(target), f"{source} and {target} are no neighbours"


def test_a_lawful_house_passes(tmp_path: Path) -> None:
    """Down-going imports of every form are no breach, or the test would forbid the house itself."""
    house = build(
        tmp_path,
        {
            "__init__.py": "def __getattr__(name):\n    from fieldops.routing import planning\n    return planning",
            "units.py": "",
            "routing/__init__.py": '"""The routing wing."""',
            "routing/domain.py": "from fieldops.units import Seconds\nfrom fieldops import units",
            "routing/rules/__init__.py": "from fieldops.routing.rules import skills",
            "routing/rules/skills.py": "from fieldops.routing.rules.rule import Rule",
            "routing/rules/rule.py": "from ..domain import Job",
            "routing/solvers/exact.py": "import numba\nfrom ortools.sat.python import cp_model",
            "routing/planning.py": "import fieldops.routing.solvers.exact",
            "nightly/cli.py": "from fieldops import __version__",
            "writing.py": "def write():\n    import xlsxwriter\n",
        },
    )
    assert breaches_of(house) == []


PLANTED = {
    "climbs": ({"units.py": "from fieldops import tables", "tables.py": ""}, "higher"),
    "climbs inside a function": (
        {"routing/check.py": "def f():\n    from fieldops.routing.planning import plan", "routing/planning.py": ""},
        "fieldops.routing.check (line 2) imports fieldops.routing.planning",
    ),
    "climbs for types only": (
        {
            "routing/domain.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
            "    from fieldops.routing.clock import Day",
            "routing/clock.py": "",
        },
        "higher",
    ),
    "climbs by a relative import": ({"routing/rules/a.py": "from ..check import x", "routing/check.py": ""}, "higher"),
    "climbs by name": (
        {"errors.py": "import importlib\nimportlib.import_module('fieldops.tables')", "tables.py": ""},
        "higher",
    ),
    "rules know a solver": (
        {"routing/rules/a.py": "import fieldops.routing.solvers", "routing/solvers/__init__.py": ""},
        "higher",
    ),
    "neighbours": (
        {"routing/explain.py": "from fieldops.routing.solvers import s", "routing/solvers/s.py": ""},
        "beside it",
    ),
    "the wings meet": (
        {"inventory/levels.py": "from fieldops.routing import domain", "routing/domain.py": ""},
        "meet only in service",
    ),
    "the face from below": ({"__init__.py": "", "nightly/run.py": "from fieldops import plan"}, "the face"),
    "no such module": ({"tables.py": "from fieldops.unit import x"}, "no room of the house"),
    "a room without a floor": ({"helpers.py": ""}, "has no room"),
    "a wing's front page that imports": (
        {"routing/__init__.py": "from fieldops.routing.planning import plan", "routing/planning.py": ""},
        "has no room",
    ),
    "ortools in a rule": (
        {"routing/rules/a.py": "def f():\n    from ortools.sat.python import cp_model"},
        "is only for",
    ),
    "numba in the clock": ({"routing/clock.py": "import numba as nb"}, "is only for"),
    "pandas in the domain": ({"routing/domain.py": "import pandas as pd"}, "may not know pandas"),
    "an extra at import": ({"writing.py": "import xlsxwriter"}, "comes with an extra"),
    "a circle in one room": (
        {
            "routing/rules/a.py": "from fieldops.routing.rules import b",
            "routing/rules/b.py": "import fieldops.routing.rules.a",
        },
        "a circle of imports: fieldops.routing.rules.a -> fieldops.routing.rules.b -> fieldops.routing.rules.a",
    ),
    "a module that imports its own folder": (
        {
            "routing/rules/__init__.py": "from fieldops.routing.rules.a import x",
            "routing/rules/a.py": "from . import y",
        },
        "a circle of imports",
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_breach_is_caught(kind: str, tmp_path: Path) -> None:
    """Each way of breaking the law is found and named once, because a checker that passes everything is no law."""
    files, words = PLANTED[kind]
    breaches = breaches_of(build(tmp_path, files))
    assert len(breaches) == 1, breaches
    assert words in breaches[0]
