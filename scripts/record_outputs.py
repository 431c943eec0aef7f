"""Write down what the package says, shows and hands out, so that a refactoring can be compared.

    python scripts/record_outputs.py FOLDER      once before, once after
    diff -ru BEFORE AFTER

Everything is of the sample data and of a small archive with gaps: every metric's frame with its
types and attributes, every export with its sidecar, every page's widgets with all that they send,
every chart that a page's code draws, the review, the index, the snapshot, and what the commands
print, also of files that are refused. Only what differs from run to run is left out.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import ipywidgets
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import insights_nb as inb  # noqa: E402
from insights_nb.cli import COMMANDS  # noqa: E402
from insights_nb.explorers.shell import Explorer  # noqa: E402
from insights_nb.reading import ReadResult, read_bytes  # noqa: E402
from insights_nb.widgets import DataTable  # noqa: E402
from tests.commands import command  # noqa: E402
from tests.fuzz import attacks  # noqa: E402
from tests.pages import widgets_of  # noqa: E402
from tests.reports import summary_row, trends_row, write_summary, write_trends  # noqa: E402
from tests.test_bounds import CALLS  # noqa: E402

TODAY = dt.date(2026, 11, 2)
DIMENSIONS = ("cloud", "country", "client", "tag", "use_case", "repository")
EXPLORERS = (
    inb.PullExplorer, inb.AudienceExplorer, inb.AdoptionExplorer, inb.CompaniesExplorer,
    inb.EcosystemExplorer, inb.ExtensionsExplorer, inb.HealthExplorer, inb.Dashboard,
)  # fmt: skip
SELECTIONS = {
    "first": None,
    "weeks": inb.Selection("week", 3),
    "one": inb.Selection("month", 6, ["moonbarrow/ferry"]),
    "year": inb.Selection("month", 12, measure="version_checks"),
}
# Of a page's widgets: what is the same for every page, or is made anew for each.
_LEFT_OUT = re.compile(r"^_(?!dom_classes)|^(layout|tabbable|tooltip|chart|children)$")
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_TRIES = 400


def main(folder: Path) -> None:
    """Write everything below a folder."""
    samples = inb.samples()
    with tempfile.TemporaryDirectory() as name:
        gaps = gapped(Path(name))
        for act in (frames, exports, pages, publications):
            act(folder, samples, "samples")
        for act in (pages, publications):
            act(folder, gaps, "gaps")
        commands(folder / "commands", samples, gaps, Path(name))
    refusals(folder / "refusals")


def gapped(folder: Path) -> inb.Archive:
    """Make an archive of which two months are missing, one is empty, and counts differ."""
    archive = inb.Archive(folder / "gaps")
    for month, pulls in {"2026-03": 40, "2026-04": 41, "2026-07": 90, "2026-09": 7}.items():
        day = f"{month}-01"
        names = ("acme/web", "acme/api")
        summary = [
            summary_row(day, name, downloads=pulls + n, granularity="month")
            for n, name in enumerate(names)
        ]
        trends = [
            trends_row(day, name, downloads=pulls, granularity="month", tag="1.0") for name in names
        ]
        files = [
            write_summary(folder / month, day, summary),
            write_trends(folder / month, day, [] if pulls == 7 else trends),
        ]
        archive.add(files, quiet=True)
    return archive


def frames(folder: Path, archive: inb.Archive, name: str) -> None:
    """Write every public metric's frame."""
    for call, act in calls().items():
        _write(folder / "frames" / name / f"{call}.txt", _frame(act(archive)))


def calls() -> dict[str, Callable[[inb.Archive], object]]:
    """Every public metric, and those by dimension for each of them."""

    def by(dimension: str) -> Iterator[tuple[str, Callable[[inb.Archive], object]]]:
        yield f"audience-{dimension}", lambda a: inb.audience(a, None, dimension)
        yield (
            f"contributions-{dimension}",
            lambda a: inb.contributions(a, "2026-10", by=dimension),
        )

    return {**CALLS, **{name: act for one in DIMENSIONS for name, act in by(one)}}


def exports(folder: Path, archive: inb.Archive, name: str) -> None:
    """Write every frame as a CSV file with its sidecar."""
    place = folder / "exports" / name
    place.mkdir(parents=True, exist_ok=True)
    for call, act in calls().items():
        frame = act(archive)
        if isinstance(frame, pd.DataFrame):
            inb.to_csv(frame, place / f"{call}.csv", archive=archive)
    for path in place.glob("*.json"):
        path.write_text(_plain(path.read_text(encoding="utf-8"), archive), encoding="utf-8")


def pages(folder: Path, archive: inb.Archive, name: str) -> None:
    """Write what every explorer's widgets send for several selections, and what its code draws."""
    for kind in EXPLORERS:
        for label, selection in SELECTIONS.items():
            if name != "samples" and selection is not None and selection.repositories:
                continue
            shown = kind(archive, selection=selection, today=TODAY)
            for table in widgets_of(shown, DataTable):
                table.opened = True
            place = folder / "pages" / name / f"{kind.__name__}-{label}"
            _write(place.with_suffix(".json"), _plain(_json(list(_widgets(shown))), archive))
            if label != "first" or kind is inb.Dashboard:
                continue
            for panel, text in _drawings(shown, archive).items():
                _write(place / f"{panel}.json", text)


def _widgets(widget: ipywidgets.Widget) -> Iterator[dict[str, Any]]:
    traits = {
        key: getattr(widget, key)
        for key in sorted(widget.traits(sync=True))
        if not _LEFT_OUT.search(key)
    }
    yield {"": type(widget).__name__} | traits
    for child in getattr(widget, "children", ()):
        yield from _widgets(child)


def _drawings(shown: Explorer, archive: inb.Archive) -> dict[str, str]:
    found = {}
    for panel, code in shown.code.items():
        *lines, last = code.splitlines()
        if "chart" not in last and "map" not in last:
            continue
        given: dict[str, Any] = {}
        exec(compile("\n".join([*lines, f"drawn = {last}"]), panel, "exec"), given)  # noqa: S102
        found[panel] = _plain(_json(given["drawn"].to_dict()), archive)
    return found


def publications(folder: Path, archive: inb.Archive, name: str) -> None:
    """Write the review's sections, whole pages and the snapshot."""
    place = folder / "publications" / name
    review = inb.MonthlyReview(archive)
    for section in ("summary", *SECTIONS):
        text = getattr(review, section)()._repr_html_()
        _write(place / f"{section}.html", _plain(text.replace("><", ">\n<"), archive))
    with tempfile.TemporaryDirectory() as made:
        paths = {
            "review": inb.review(archive, Path(made) / "r.html").path,
            "snapshot": inb.snapshot(archive, Path(made) / "s.html"),
        }
        for label, path in paths.items():
            text = path.read_text(encoding="utf-8")
            _write(place / f"{label}.html", _plain(text.replace("><", ">\n<"), archive))


SECTIONS = (
    "headline", "twelve_months", "movers", "adoption", "companies", "pairs", "inputs",
    "definitions", "provenance",
)  # fmt: skip


def commands(place: Path, samples: inb.Archive, gaps: inb.Archive, folder: Path) -> None:
    """Write what the commands print."""
    asked = {"help": ["--help"]}
    asked |= {f"help-{one.__name__}": [one.__name__, "--help"] for one in COMMANDS}
    for label, archive in {"samples": samples, "gaps": gaps}.items():
        asked |= {
            f"{name}-{label}": [name, "--archive", str(archive.folder)]
            for name in ("status", "verify")
        }
    asked["nowhere"] = ["status", "--archive", str(folder / "nowhere")]
    for label, words in asked.items():
        done = command(*words, cwd=folder)
        text = f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        text = text.replace(str(folder), "FOLDER").replace(str(samples.folder), "SAMPLES")
        _write(place / f"{label}.txt", text)


def refusals(place: Path) -> None:
    """Write what is said of damaged files of every kind, the same ones each time."""
    for name, attack in attacks().items():
        if not name.startswith("files"):
            continue
        said: list[str] = []
        reading = mock.patch("tests.fuzz.files.read_bytes", partial(_read, said))
        with attack.prepare() as prepared, reading:
            for number in range(_TRIES):
                attack.attempt(attack.chance(0, number), prepared)
        _write(place / f"{name}.txt", "\n".join(said))


def _read(said: list[str], *given: Any, **named: Any) -> ReadResult:  # noqa: ANN401
    try:
        found = read_bytes(*given, **named)
    except inb.InsightsError as error:
        said.append(str(error))
        raise
    said.append(f"{given[1]}: {found.kind}, {len(found.frame)} rows, {found.notes}")
    return found


def _frame(value: object) -> str:
    if not isinstance(value, pd.DataFrame | pd.Series):
        return repr(value)
    types = value.dtypes if isinstance(value, pd.DataFrame) else value.dtype
    out = io.StringIO()
    value.to_csv(out)
    return f"{types}\n{_json(value.attrs)}\n{out.getvalue()}"


def _json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, default=repr)


def _plain(text: str, archive: inb.Archive) -> str:
    """Leave out what differs from run to run."""
    return _ID.sub("ID", text.replace(str(archive.folder), "ARCHIVE"))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
