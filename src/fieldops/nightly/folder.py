"""The run folder: written aside, swapped into place whole, never half."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from fieldops.errors import ConfigError

MANIFEST = "manifest.json"
MARK = "fieldops_run"
STALE_S = 24 * 3600
IGNORED = ("thumbs.db", "desktop.ini")


def slug(name: str) -> str:
    """Make a name safe as a file name and unlike any other: letters and digits of any script stay.

    >>> slug("西安"), slug("../up")
    ('西安', 'up-8c722b8a')
    """
    plain = re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFKC", name)).strip("-_")[:40]
    if plain and plain == name:
        return plain
    return f"{plain or 'x'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Return the slug of each name, unlike any other also where file names know no case.

    >>> slugs(["xa", "XA", "BJ"])
    {'xa': 'xa-8f26d6fe', 'XA': 'XA-ae3d0dd5', 'BJ': 'BJ'}
    """
    plain = {name: slug(name) for name in names}
    count = Counter(each.casefold() for each in plain.values())
    return {
        name: each if count[each.casefold()] == 1 else f"{each}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        for name, each in plain.items()
    }


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RunFolder:
    """Where a run writes: ``with RunFolder(out) as run: ... run.path("visits.csv")``.

    Files go to a staging folder beside `out`. When the block ends well, the staging folder takes the place
    of `out`, so a second run replaces the first and half a result is never seen. When it ends with an
    error, `out` stays as it was. A run killed between the two renames of the swap leaves the earlier run
    beside its place; the next run puts it back before it begins.

    Raises
    ------
    ConfigError
        When `out` is there and is not a run folder, or holds a file that no run wrote: nothing of yours is
        ever replaced.
    """

    def __init__(self, out: str | Path) -> None:
        if Path(out).is_symlink() or (Path(out).exists() and not Path(out).is_dir()):
            raise ConfigError(f"{str(out)!r} is not a folder")
        self.out = Path(out).resolve()
        self._staging = self._beside("staging")
        if self.out.is_dir():
            strange = _strangers(self.out)
            if strange:
                raise ConfigError(
                    f"folder {str(out)!r} holds {strange[0]}, which no run wrote; name another with --out"
                )

    def _beside(self, what: str) -> Path:
        if not self.out.name:
            raise ConfigError(f"{str(self.out)!r} can't be a run folder; name another with --out")
        return self.out.parent / f".{self.out.name}.{what}-{os.getpid()}"

    def __enter__(self) -> RunFolder:
        try:
            self._mend()
            shutil.rmtree(self._staging, ignore_errors=True)
            self._staging.mkdir(parents=True)
        except OSError as error:
            raise ConfigError(f"{str(self.out)!r} can't be written: {error.strerror}") from None
        return self

    def _mend(self) -> None:
        """Put back what a killed run had set aside, and sweep away what killed runs left for a day."""
        left = re.compile(rf"\.{re.escape(self.out.name)}\.(staging|old)-\d+")
        found = [path for path in self.out.parent.glob(".*") if left.fullmatch(path.name) and path.is_dir()]
        olds = sorted((path for path in found if ".old-" in path.name), key=lambda path: path.stat().st_mtime)
        if olds and not self.out.exists():
            olds[-1].replace(self.out)
        for path in found:
            if path.exists() and time.time() - path.stat().st_mtime > STALE_S:
                shutil.rmtree(path, ignore_errors=True)

    def path(self, name: str) -> Path:
        """Return where to write a file of the run."""
        if Path(name).name != name or name in ("", ".", ".."):
            raise ConfigError(f"{name!r} is no file name")
        return self._staging / name

    def manifest(self, facts: Mapping[str, Any]) -> None:
        """Write what the run was made of and what it made; the last file of a run."""
        files = sorted(path for path in self._staging.iterdir() if path.is_file())
        outputs = {path.name: {"sha256": digest(path), "bytes": path.stat().st_size} for path in files}
        text = json.dumps({MARK: 1, **facts, "outputs": outputs}, ensure_ascii=False, indent=1)
        self.path(MANIFEST).write_text(text + "\n", encoding="utf-8")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            shutil.rmtree(self._staging, ignore_errors=True)
            return
        old = self._beside("old")
        shutil.rmtree(old, ignore_errors=True)
        if self.out.exists():
            self.out.replace(old)
        try:
            self._staging.replace(self.out)
        except OSError:
            if old.exists():
                old.replace(self.out)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _strangers(folder: Path) -> list[str]:
    """Return what lies in a folder that the run there did not write; notes of operating systems don't count."""
    there = [path.name for path in folder.iterdir()]
    there = sorted(name for name in there if not name.startswith((".", "~$")) and name.lower() not in IGNORED)
    if not there:
        return []
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        own = {MANIFEST, *manifest["outputs"]} if MARK in manifest else set()
    except (OSError, ValueError, TypeError, KeyError):
        own = set()
    return [name for name in there if name not in own]
