"""Which archive and which files beside it are meant: those named, the server's, or the samples."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from insights_nb import assets
from insights_nb.archive import Archive
from insights_nb.archive.ledger import Entry
from insights_nb.work import work_folder

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.reading.tags import TagRule
    from insights_nb.schema import UseCase

ARCHIVE_VARIABLE = "INSIGHTS_ARCHIVE"
"""Environment variable that names the archive which `open_archive` opens."""

EVENTS_VARIABLE = "INSIGHTS_EVENTS"
"""Environment variable that names the file of events which `events_of` reads."""

EVENTS = "events.csv"
"""The file of an archive's events, in its folder."""

CLIENTS_VARIABLE = "INSIGHTS_CLIENTS"
"""Environment variable that names the file of clients which `clients_of` reads."""

CLIENTS = "clients.csv"
"""The file of what an archive's clients are for, in its folder."""

TAGS_VARIABLE = "INSIGHTS_TAGS"
"""Environment variable that names the file of rules which `tag_rules_of` reads."""

TAGS = "tags.csv"
"""The file of an archive's rules for reading tags, in its folder."""

_CACHED = "samples-"
_MONTH = 30 * 24 * 60 * 60


def samples() -> Archive:
    """Open the sample data that ships with the package.

    A made-up organisation of about a dozen repositories over 15 months, weekly and monthly, in
    all ten reports; ``data/samples/README.md`` has its stories. Nothing in it is real.

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
    _tidy(archive.folder)
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
    """Return the file of an archive's events, or None where there is none.

    The one given, else the one in ``INSIGHTS_EVENTS``, else ``events.csv`` in the archive's folder,
    if it is there.
    """
    return _own_file(archive, path, EVENTS_VARIABLE, EVENTS)


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


def clients_file(archive: Archive, path: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the file of what an archive's clients are for, or None where there is none.

    The one given, else the one in ``INSIGHTS_CLIENTS``, else ``clients.csv`` in the archive's
    folder, if it is there.
    """
    return _own_file(archive, path, CLIENTS_VARIABLE, CLIENTS)


def clients_of(
    archive: Archive, path: str | os.PathLike[str] | None = None
) -> dict[str, UseCase] | None:
    """Read what an archive's clients are for, as far as its publisher has written it down.

    Parameters
    ----------
    archive
        Whose.
    path
        The file; by default the one in ``INSIGHTS_CLIENTS``, else ``clients.csv`` in the archive's
        folder.

    Returns
    -------
    dict of str to str, or None
        As `insights_nb.read_clients` gives them; None where there is no file.

    Raises
    ------
    ReadError
        If the file cannot be read, or a line of it is wrong.
    """
    found = clients_file(archive, path)
    if found is None:
        return None
    # Loads what reads a file, which a server without clients of its own does without.
    from insights_nb.reading.clients import read_clients

    return read_clients(found)


def tags_file(archive: Archive, path: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the file of an archive's rules for reading tags, or None where there is none.

    The one given, else the one in ``INSIGHTS_TAGS``, else ``tags.csv`` in the archive's folder, if
    it is there.
    """
    return _own_file(archive, path, TAGS_VARIABLE, TAGS)


def tag_rules_of(
    archive: Archive, path: str | os.PathLike[str] | None = None
) -> dict[str, TagRule] | None:
    """Read an archive's rules for reading tags, as far as its publisher has written them down.

    Parameters
    ----------
    archive
        Whose.
    path
        The file; by default the one in ``INSIGHTS_TAGS``, else ``tags.csv`` in the archive's
        folder.

    Returns
    -------
    dict of str to dict, or None
        As `insights_nb.read_tag_rules` gives them; None where there is no file.

    Raises
    ------
    ReadError
        If the file cannot be read, or a line of it is wrong.
    """
    found = tags_file(archive, path)
    if found is None:
        return None
    # Loads what reads a file, which a server without rules of its own does without.
    from insights_nb.reading.tags import read_tag_rules

    return read_tag_rules(found)


def is_samples(archive: Archive) -> bool:
    """Return whether an archive is the sample data, so that a page can say so."""
    return archive.folder.parent == _cache() and archive.folder.name.startswith(_CACHED)


def _own_file(
    archive: Archive, path: str | os.PathLike[str] | None, variable: str, name: str
) -> Path | None:
    chosen = path or os.environ.get(variable)
    if chosen:
        return Path(chosen)
    own = archive.folder / name
    return own if own.is_file() else None


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


def _tidy(used: Path) -> None:
    """Remove the samples of other versions that nobody has opened for a month."""
    with contextlib.suppress(OSError):
        os.utime(used)
        for path in used.parent.glob(f"{_CACHED}*"):
            if path.stat().st_mtime < time.time() - _MONTH:
                shutil.rmtree(path, ignore_errors=True)


def _build(folder: Path, files: list[Path]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(folder.parent, ".building-") as work:
        built = work / "samples"
        own = [path for path in files if path.name == EVENTS]
        try:
            Archive(built).add([path for path in files if path not in own], quiet=True)
            for path in own:
                shutil.copyfile(path, built / EVENTS)
            built.rename(folder)
        except OSError:
            # Another process was quicker; its copy is the same.
            if not Archive(folder).exists:
                raise
