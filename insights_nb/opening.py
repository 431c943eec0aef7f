"""Which archive and which events are meant: those named, the server's, or the sample data."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from insights_nb import assets
from insights_nb.archive import Archive
from insights_nb.ledger import Entry

if TYPE_CHECKING:
    import pandas as pd

ARCHIVE_VARIABLE = "INSIGHTS_ARCHIVE"
"""Environment variable that names the archive which `open_archive` opens."""

EVENTS_VARIABLE = "INSIGHTS_EVENTS"
"""Environment variable that names the file of events which `events_of` reads."""

EVENTS = "events.csv"
"""A file of this name in an archive's folder tells its events."""

_CACHED = "samples-"


def samples() -> Archive:
    """Open the sample data that ships with the package.

    A made-up organisation of about a dozen repositories over 15 months, weekly and monthly, in
    all ten reports; ``data/samples/README.md`` tells its stories. Nothing in it is real.

    Returns
    -------
    Archive
        In the user's cache folder, where it is built on the first call (some seconds).
    """
    source = assets.samples()
    files = sorted(
        p for p in source.rglob("*") if p.is_file() and p.suffix in {".csv", ".gz", ".json"}
    )
    archive = Archive(_cache() / f"{_CACHED}{_fingerprint(source, files)}")
    if not archive.exists:
        _build(archive.folder, files)
    return archive


def open_archive(folder: str | os.PathLike[str] | None = None) -> Archive:
    """Open an archive: the folder given, else the one in ``INSIGHTS_ARCHIVE``, else the samples.

    Notebooks use it, so that the same notebook serves whatever archive the dashboard was
    started with.

    Raises
    ------
    NoArchiveError
        If the folder does not exist.
    """
    chosen = folder or os.environ.get(ARCHIVE_VARIABLE)
    return Archive(chosen).require() if chosen else samples()


def events_file(archive: Archive, path: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the file that tells an archive's events, or None where there is none.

    The one given, else the one in ``INSIGHTS_EVENTS``, else ``events.csv`` in the archive's folder,
    if it is there.
    """
    chosen = path or os.environ.get(EVENTS_VARIABLE)
    if chosen:
        return Path(chosen)
    own = archive.folder / EVENTS
    return own if own.is_file() else None


def events_of(archive: Archive, path: str | os.PathLike[str] | None = None) -> pd.DataFrame | None:
    """Read an archive's events.

    Parameters
    ----------
    archive
        Whose.
    path
        The file; by default the one in ``INSIGHTS_EVENTS``, else ``events.csv`` in the archive's
        folder.

    Returns
    -------
    pandas.DataFrame or None
        As `insights_nb.read_events` gives them; None where there is no file.

    Raises
    ------
    ReadError
        If the file cannot be read, or a line of it is wrong.
    """
    found = events_file(archive, path)
    if found is None:
        return None
    # Loads pandas, which a server without events does without.
    from insights_nb.reading.events import read_events

    return read_events(found)


def is_samples(archive: Archive) -> bool:
    """Tell whether an archive is the sample data, so that a page can say so."""
    return archive.folder.parent == _cache() and archive.folder.name.startswith(_CACHED)


def _cache() -> Path:
    return Path(platformdirs.user_cache_dir("insights_nb"))


def _fingerprint(source: Path, files: list[Path]) -> str:
    # Sizes and times instead of contents: a dashboard's start should not hash megabytes.
    # An archive of another version's layout is none for this one.
    digest = hashlib.sha256(",".join(field.name for field in fields(Entry)).encode())
    for path in files:
        stat = path.stat()
        digest.update(f"{path.relative_to(source)}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def _build(folder: Path, files: list[Path]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        own = [path for path in files if path.name == EVENTS]
        Archive(work).add([path for path in files if path not in own], quiet=True)
        for path in own:
            shutil.copyfile(path, work / EVENTS)
        work.rename(folder)
    except OSError:
        # Another process was quicker; its copy is the same.
        if not Archive(folder).exists:
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
