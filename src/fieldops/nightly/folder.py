"""The run folder: written aside, swapped into place whole, never half."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from fieldops.errors import ConfigError

MANIFEST = "manifest.json"


def slug(name: str) -> str:
    """Make a name safe as a file name and unlike any other: letters and digits of any script stay.

    >>> slug("西安"), slug("../up")
    ('西安', 'up-89c92ee7')
    """
    plain = re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFKC", name)).strip("-_")[:40]
    if plain == name:
        return plain
    return f"{plain or 'x'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class RunFolder:
    """Where a run writes: ``with RunFolder(out) as run: ... run.path("visits.csv")``.

    Files go to a staging folder beside `out`. When the block ends well, the staging folder takes the place
    of `out`, so a second run replaces the first and half a result is never seen. When it ends with an
    error, `out` stays as it was.

    Raises
    ------
    ConfigError
        When `out` is there and is not a run folder: nothing of yours is ever replaced.
    """

    def __init__(self, out: str | Path) -> None:
        self.out = Path(out).absolute()
        if self.out.is_symlink() or (self.out.exists() and not self.out.is_dir()):
            raise ConfigError(f"{str(out)!r} is not a folder")
        if self.out.is_dir() and any(self.out.iterdir()) and not (self.out / MANIFEST).is_file():
            raise ConfigError(f"folder {str(out)!r} holds other things than a run; name another with --out")
        self._staging = self.out.with_name(f".{self.out.name}.staging-{os.getpid()}")

    def __enter__(self) -> RunFolder:
        shutil.rmtree(self._staging, ignore_errors=True)
        try:
            self._staging.mkdir(parents=True)
        except OSError as error:
            raise ConfigError(f"{str(self.out)!r} can't be written: {error.strerror}") from None
        return self

    def path(self, name: str) -> Path:
        """Return where to write a file of the run."""
        if Path(name).name != name or name in ("", ".", ".."):
            raise ConfigError(f"{name!r} is no file name")
        return self._staging / name

    def manifest(self, facts: Mapping[str, Any]) -> None:
        """Write what the run was made of and what it made; the last file of a run."""
        files = sorted(path for path in self._staging.iterdir() if path.is_file())
        outputs = {path.name: {"sha256": digest(path), "bytes": path.stat().st_size} for path in files}
        text = json.dumps({**facts, "outputs": outputs}, ensure_ascii=False, indent=1, default=str)
        self.path(MANIFEST).write_text(text + "\n", encoding="utf-8")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            shutil.rmtree(self._staging, ignore_errors=True)
            return
        old = self.out.with_name(f".{self.out.name}.old-{os.getpid()}")
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
