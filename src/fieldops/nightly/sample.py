"""Where the sample department lies: inside an installed package, or in the checkout's examples."""

from __future__ import annotations

from pathlib import Path

from fieldops.errors import ConfigError


def sample() -> Path:
    """Return the folder of the sample department."""
    home = Path(__file__).resolve().parents[1]
    for folder in (home / "sample", home.parents[1] / "examples" / "department"):
        if (folder / "jobs.csv").is_file():
            return folder
    raise ConfigError("the sample department is not installed; it lies in examples/department of the sources")
