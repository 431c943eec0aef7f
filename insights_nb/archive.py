"""A folder of reports: originals untouched, Parquet beside them, a ledger of what is held.

The folder can be read without this package::

    ledger.jsonl                          one line per original, appended last
    originals/KIND/GRANULARITY/…          the files as they came, byte for byte
    parquet/KIND/….parquet                the same rows, typed; can be rebuilt from the originals
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from insights_nb import ledger
from insights_nb.additions import Added, Additions, Known, keys, outcome
from insights_nb.errors import (
    ArchiveWriteError,
    InsightsError,
    MixedGranularityError,
    NamespaceError,
    NoArchiveError,
    NotHeldError,
)
from insights_nb.files import expand, plain_name, write_atomically
from insights_nb.ledger import Entry
from insights_nb.periods import Granularity, Period, between

if TYPE_CHECKING:
    import os

    import pandas as pd

    from insights_nb.reading import ReadResult

# Fewer files than this are added before a progress bar would be read.
_BAR_FROM = 20
# Parquet is read back far oftener than written; zstd at its lowest level costs little of either.
_COMPRESSION_LEVEL = 1


class Archive:
    """A folder of reports that were once downloaded, and stay.

    Parameters
    ----------
    folder
        Where it is. Opening makes nothing: the folder appears with the first `add`.

    Examples
    --------
    >>> archive = Archive("data/archive")
    >>> archive.add("Downloads/*.csv*")  # doctest: +SKIP
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._entries: tuple[tuple[int, int], list[Entry]] | None = None

    def __repr__(self) -> str:
        return f"Archive({str(self.folder)!r})"

    @cached_property
    def _ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def exists(self) -> bool:
        """Whether anything was ever added."""
        return self._ledger.exists()

    def require(self) -> Archive:
        """Return the archive itself, or say that its folder is not there.

        Raises
        ------
        NoArchiveError
            If there is no such folder.
        """
        if not self.folder.is_dir():
            raise NoArchiveError(self.folder)
        return self

    @property
    def version(self) -> tuple[int, int]:
        """A value that changes whenever something is added, by any process."""
        try:
            stat = self._ledger.stat()
        except (FileNotFoundError, NotADirectoryError):
            return (0, 0)
        return (stat.st_size, stat.st_mtime_ns)

    def entries(self) -> list[Entry]:
        """Return the ledger's entries, oldest first."""
        version = self.version
        if self._entries is None or self._entries[0] != version:
            self._entries = (version, ledger.read(self._ledger))
        return self._entries[1]

    # --- adding -----------------------------------------------------------------------------

    def add(
        self,
        paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
        *,
        kind: str | None = None,
        period: str | None = None,
        namespace: str | None = None,
        quiet: bool = False,
    ) -> Additions:
        """Copy reports into the archive, and write each one's rows as Parquet beside it.

        Parameters
        ----------
        paths
            Files, folders or patterns (``Downloads/*.csv*``). A folder gives the CSV and JSON
            files directly in it.
        kind, period, namespace
            What every one of them is, where the files themselves do not tell.
        quiet
            Return the outcome without printing it.

        Returns
        -------
        Additions
            One outcome per file. A refused file does not stop the others.

        Raises
        ------
        NothingToAddError
            If a path or pattern matches no file at all.
        ArchiveWriteError
            If the folder cannot be written.
        """
        # Loads ipywidgets in a notebook, which reading an archive does not need.
        from tqdm.auto import tqdm

        files = list(expand(paths))
        known = Known()
        for entry in self.entries():
            known.remember(entry)
        done = Additions()
        # None: drawn in a terminal or a notebook, left out of a log.
        hidden = None if len(files) >= _BAR_FROM else True
        bar = tqdm(files, desc="Adding reports", unit="file", disable=hidden)
        for path in bar:
            done.append(self._add_one(path, known, kind, period, namespace))
        if not quiet:
            print(done)  # noqa: T201 - saying what became of each file is the promise of `add`
        return done

    def _add_one(
        self,
        path: Path,
        known: Known,
        kind: str | None,
        period: str | None,
        namespace: str | None,
    ) -> Added:
        from insights_nb.reading import load, read_bytes

        try:
            # Read once: what is kept is then what was understood, whatever happens to the file.
            data = load(path)
            result = read_bytes(data, str(path), kind=kind, period=period, namespace=namespace)
            entry = self._describe(path, len(data), result)
        except InsightsError as error:
            # A renamed copy may have lost what its name said; its bytes are known all the same.
            if kind is period is None and (held := known.with_bytes_of(path)):
                return outcome(path, "held", held)
            return Added(path, "refused", error=error)
        if held := known.same(entry):
            return outcome(path, "held", held)
        revised = known.revised_by(entry)
        try:
            self._commit(data, result, entry)
        except OSError as error:
            raise ArchiveWriteError(self.folder, error) from error
        known.remember(entry)
        return outcome(path, "revised" if revised else "added", entry)

    def _owners(self, path: Path, result: ReadResult) -> tuple[str, ...]:
        """Return whose report it is, also where it has no rows to tell."""
        from insights_nb.reading.naming import publisher_in_name

        if result.namespaces:
            return result.namespaces
        known = {name for entry in self.entries() for name in entry.namespaces}
        if named := publisher_in_name(path.name):
            return (next((name for name in known if name.casefold() == named), named),)
        if len(known) > 1:
            raise NamespaceError(path.name, sorted(known))
        return tuple(known)

    def _describe(self, path: Path, size: int, result: ReadResult) -> Entry:
        folder = Path(result.kind) / (result.granularity or "any")
        # Without rows, the same bytes stand for different periods.
        start = result.periods[0].label if result.periods else "any"
        name = f"{result.sha256[:12]}-{plain_name(path.name)}"
        return Entry(
            added=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            source=str(path),
            sha256=result.sha256,
            size=size,
            original=(Path("originals") / folder / name).as_posix(),
            parquet=(Path("parquet") / folder / f"{start}-{result.sha256[:16]}.parquet").as_posix(),
            kind=result.kind,
            namespaces=self._owners(path, result),
            granularity=result.granularity,
            periods=tuple(period.label for period in result.periods),
            view=_view(result),
            rows=result.rows,
            notes=result.notes,
        )

    def _commit(self, data: bytes, result: ReadResult, entry: Entry) -> None:
        # The order is the promise: what the ledger names is on disk before the ledger names it.
        write_atomically(self.folder / entry.original, lambda file: file.write(data))
        write_atomically(
            self.folder / entry.parquet,
            lambda file: result.frame.write_parquet(file, compression_level=_COMPRESSION_LEVEL),
        )
        ledger.append(self._ledger, [entry])

    # --- reading ----------------------------------------------------------------------------

    def scan(
        self,
        kind: str,
        granularity: Granularity | None,
        *,
        view: str | None = None,
        periods: Sequence[Period] | None = None,
    ) -> pl.LazyFrame | None:
        """Return the rows of a kind that count, lazily, or None where nothing is held.

        Of several files for one report, the newest counts. The frame leads with ``granularity``
        and ``period``.
        """
        chosen = self._counting(kind, granularity, view, periods)
        frames = []
        for entry, labels in chosen:
            frame = pl.scan_parquet(self.folder / entry.parquet)
            if set(labels) != set(entry.periods):
                starts = [Period.parse(label).start for label in labels]
                frame = frame.filter(pl.col("period").is_in(starts))
            frames.append(frame)
        if not frames:
            return None
        rows = pl.concat(frames, how="diagonal_relaxed")
        if kind == "pulls":
            # API answers for other repositories add to a period; for the same ones they renew it.
            key = ["granularity", "period", "repository", "country"]
            rows = rows.unique(subset=key, keep="last", maintain_order=True)
        return rows

    def read(
        self,
        kind: str,
        *,
        granularity: Granularity | None = None,
        periods: Iterable[str | Period] | None = None,
    ) -> pd.DataFrame:
        """Read every row held of one report, over all its periods.

        Parameters
        ----------
        kind
            Report kind, as in ``insights_nb.REPORTS``.
        granularity
            ``"week"`` or ``"month"``; needed where both are held, since they restate each other.
        periods
            Only these, such as ``["2026-W40", "2026-W41"]``.

        Returns
        -------
        pandas.DataFrame
            ``granularity`` and ``period`` (first day), then the report's own columns as
            `read_report` gives them.

        Raises
        ------
        NotHeldError
            If nothing of that is held.
        MixedGranularityError
            If weeks and months are held and none was chosen.
        """
        from insights_nb.reading import to_pandas

        self.require()
        held = {entry.granularity for entry in self.entries() if entry.kind == kind}
        if granularity is None:
            if len(held) > 1:
                raise MixedGranularityError(f"The archive's {kind}")
            granularity = next(iter(held), None)
        wanted = None if periods is None else [_as_period(one, granularity) for one in periods]
        rows = self.scan(kind, granularity, periods=wanted) if granularity in held else None
        if rows is None:
            span = f" by {granularity}" if granularity else ""
            raise NotHeldError(
                f"{kind}{span}{' for these periods' if wanted else ''}", self.describe()
            )
        return to_pandas(rows.collect())

    def describe(self) -> str:
        """Return what is held in a few words: ``summary (month), summary (week)``."""
        pairs = sorted({(e.kind, e.granularity or "no period") for e in self.entries()})
        return ", ".join(f"{kind} ({granularity})" for kind, granularity in pairs)

    def held(
        self, kind: str, granularity: Granularity, view: str | None = None
    ) -> dict[str, set[Period]]:
        """Return, for each publisher, the periods whose report is held."""
        found: dict[str, set[Period]] = {}
        for entry in self.entries():
            matches = entry.kind == kind and entry.granularity == granularity
            if matches and (view is None or entry.view == view):
                for name in entry.namespaces or ("",):
                    found.setdefault(name, set()).update(entry.starts())
        return found

    def coverage(self) -> pd.DataFrame:
        """Say which periods are held and which are missing in between.

        Returns
        -------
        pandas.DataFrame
            One row per kind, namespace, granularity and period from the first to the last held:
            ``kind``, ``namespace``, ``granularity``, ``period`` (first day), ``label``
            (``2026-W44``), ``status`` (``"held"`` or ``"missing"``), ``files`` (how many
            originals, revisions included).
        """
        import pandas as pd

        files: dict[tuple[str, str, Granularity], dict[Period, int]] = {}
        for entry in self.entries():
            if entry.granularity is None:
                continue
            for name in entry.namespaces or ("",):
                counts = files.setdefault((entry.kind, name, entry.granularity), {})
                for period in entry.starts():
                    counts[period] = counts.get(period, 0) + 1
        rows = [
            (
                *key,
                period.start,
                period.label,
                "held" if period in counts else "missing",
                counts.get(period, 0),
            )
            for key, counts in sorted(files.items())
            for period in between(min(counts), max(counts))
        ]
        columns = ["kind", "namespace", "granularity", "period", "label", "status", "files"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype(
            {
                "kind": "str",
                "namespace": "str",
                "granularity": "str",
                "period": "datetime64[s]",
                "label": "str",
                "status": "str",
                "files": "Int64",
            }
        )

    def _counting(
        self,
        kind: str,
        granularity: Granularity | None,
        view: str | None,
        periods: Sequence[Period] | None,
    ) -> list[tuple[Entry, list[str]]]:
        """Choose, for each report, the newest file; with the periods it counts for."""
        wanted = None if periods is None else {period.label for period in periods}
        newest: dict[tuple[object, ...], Entry] = {}
        entries = [
            entry
            for entry in self.entries()
            if entry.kind == kind
            and entry.granularity == granularity
            and (view is None or entry.view == view)
        ]
        for entry in entries:
            for key in keys(entry):
                newest[key] = entry
        chosen: list[tuple[Entry, list[str]]] = []
        for entry in entries:
            labels = sorted({str(k[-1]) for k in keys(entry) if newest[k] is entry})
            labels = [label for label in labels if wanted is None or label in wanted]
            if labels:
                chosen.append((entry, labels))
        return chosen


def _view(result: ReadResult) -> str:
    if result.kind != "image_pulls_summary":
        return ""
    named = result.frame.get_column("reference").is_not_null().any()
    return "reference" if named else "repository"


def _as_period(value: str | Period, granularity: Granularity | None) -> Period:
    return value if isinstance(value, Period) else Period.parse(value, granularity)
