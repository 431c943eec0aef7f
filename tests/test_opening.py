"""Which archive is meant, and what the samples leave in the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import insights_nb as inb

TWO_MONTHS = 60 * 24 * 60 * 60


def test_samples_of_versions_long_unused_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insights_nb.opening._cache", lambda: tmp_path)
    old, recent, other = (tmp_path / name for name in ("samples-1", "samples-2", "tables"))
    for folder in (old, recent, other):
        folder.mkdir()
    for folder in (old, other):
        then = folder.stat().st_mtime - TWO_MONTHS
        os.utime(folder, (then, then))
    opened = inb.samples()
    assert opened.exists
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [opened.folder.name, "samples-2", "tables"]
    )
    # What is in use stays, however long ago it was made.
    then = opened.folder.stat().st_mtime - TWO_MONTHS
    os.utime(opened.folder, (then, then))
    assert inb.samples().entries() == opened.entries()
