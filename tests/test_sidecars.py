"""What explains an exported file: every column's meaning, what was asked for, and the files."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.exports import sidecar, to_csv
from insights_nb.frames import FRAMES, MADE_BY, column_of, frame_of
from tests.reports import trends_row, write_trends
from tests.test_bounds import CALLS

TODAY = dt.date(2026, 11, 2)
VIEW = inb.Selection("month", 3, ["moonbarrow/ferry"])
EXPLORERS = (
    inb.PullExplorer, inb.AudienceExplorer, inb.AdoptionExplorer, inb.CompaniesExplorer,
    inb.EcosystemExplorer, inb.ExtensionsExplorer, inb.HealthExplorer,
)  # fmt: skip
ALIKE = {"fold_other": "pulls", "newest_pairs": "paired_images"}
"""Functions whose frames are rows of another one's."""


def undescribed(frame: pd.DataFrame) -> list[str]:
    known = frame_of(frame)
    return [str(name) for name in frame.columns if column_of(str(name), known) is None]


def said(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.with_name(path.name + "-metadata.json").read_text())
    return found


# --- columns ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_every_column_of_a_public_metric_is_described(samples: inb.Archive, name: str) -> None:
    frame = CALLS[name](samples)
    if isinstance(frame, pd.DataFrame):
        known = frame_of(frame)
        assert known is not None
        assert known.call == ALIKE.get(name, name)
        assert undescribed(frame) == []


@pytest.mark.parametrize("by", ["cloud", "country", "client", "tag", "use_case", "repository"])
def test_every_value_that_pulls_are_told_apart_by_is_described(
    samples: inb.Archive, by: str
) -> None:
    for frame in (inb.audience(samples, None, by), inb.contributions(samples, "2026-10", by=by)):
        assert undescribed(frame) == []


@pytest.mark.parametrize("kind", EXPLORERS, ids=lambda kind: kind.__name__)
def test_every_column_of_a_panel_is_described(
    samples: inb.Archive, kind: type[inb.PullExplorer]
) -> None:
    frames = kind(samples, today=TODAY).frames
    assert frames
    assert {name: undescribed(frame) for name, frame in frames.items()} == {
        name: [] for name in frames
    }


def test_every_column_of_a_report_is_described(samples: inb.Archive) -> None:
    for kind in {entry.kind for entry in samples.entries()} & set(inb.REPORTS):
        granularity = next(e.granularity for e in samples.entries() if e.kind == kind)
        assert undescribed(samples.read(kind, granularity=granularity)) == []


def test_no_description_is_without_a_column(samples: inb.Archive) -> None:
    frames = [call(samples) for call in CALLS.values()]
    made: dict[str, set[str]] = {}
    for one in frames:
        if isinstance(one, pd.DataFrame):
            made.setdefault(str(one.attrs[MADE_BY]), set()).update(map(str, one.columns))
    for frame in (samples.coverage(TODAY), samples.status(TODAY), samples.revisions()):
        made[str(frame.attrs[MADE_BY])] = set(map(str, frame.columns))
    assert set(made) == set(FRAMES)
    for name, frame in FRAMES.items():
        assert frame.always <= made[name]
        assert all(key == column.name for key, column in frame.columns.items())


def test_a_frame_that_nobody_signed_is_none_of_ours_and_its_columns_mean_what_all_agree_on(
    samples: inb.Archive,
) -> None:
    pulls = inb.pulls(samples, VIEW)
    assert frame_of(pulls[pulls["pulls"] > 1].sort_values("pulls").head(2)) is FRAMES["pulls"]
    again = pd.DataFrame(pulls.to_dict("list")).assign(change=1)
    assert frame_of(again) is None
    assert undescribed(again) == ["change"]
    # What lost a column that the frame always has is another frame.
    assert frame_of(pulls.drop(columns="source")) is None


def test_one_name_means_what_its_frame_means(samples: inb.Archive) -> None:
    pulls = inb.pulls(samples, VIEW)
    changes = inb.changes(samples, "2026-10")
    said_of = {
        name: next(
            one
            for one in json.loads(sidecar(frame, "a.csv"))["tableSchema"]["columns"]
            if one["name"] == "change"
        )
        for name, frame in {"growth": inb.growth(pulls), "changes": changes}.items()
    }
    assert said_of["growth"]["schema:unitText"] == "ratio"
    assert said_of["growth"]["datatype"] == "number"
    assert said_of["changes"]["datatype"] == "integer"
    assert "After less before" in said_of["changes"]["dc:description"]


# --- the sidecar ------------------------------------------------------------------------------


def test_a_file_comes_with_what_explains_it(samples: inb.Archive, tmp_path: Path) -> None:
    frame = inb.pulls(samples, VIEW)
    path = inb.to_csv(frame, tmp_path / "pulls.csv", archive=samples, selection=VIEW)
    made = said(path)
    assert made["url"] == "pulls.csv"
    assert made["schema:sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert made["schema:query"] == VIEW.to_query()
    assert made["dc:description"] == "One row is a repository in one period."
    assert made["prov:wasGeneratedBy"]["schema:version"] == inb.__version__
    assert [one["titles"] for one in made["tableSchema"]["columns"]] == [*frame.columns]
    assert [one["datatype"] for one in made["tableSchema"]["columns"][:3]] == [
        "date", "string", "integer",
    ]  # fmt: skip
    properties = {
        one["schema:name"]: one["schema:value"] for one in made["schema:additionalProperty"]
    }
    assert properties == {"granularity": "month"}


def test_its_terms_are_those_that_the_standard_allows(samples: inb.Archive) -> None:
    made = json.loads(sidecar(inb.audience(samples, VIEW, "country"), "a.csv", archive=samples))
    # Everything else has a prefix that every reader of the standard knows.
    own = {"@context", "url", "dialect", "tableSchema"}
    assert {key for key in made if ":" not in key} == own
    columns = made["tableSchema"]["columns"]
    assert {key for one in columns for key in one if ":" not in key} == {
        "name",
        "titles",
        "datatype",
    }
    prefixes = {key.partition(":")[0] for key in made if ":" in key}
    assert prefixes <= {"dc", "prov", "schema"}


def test_only_the_files_of_the_frames_reports_and_periods_are_named(samples: inb.Archive) -> None:
    made = json.loads(sidecar(inb.pulls(samples, VIEW), "a.csv", archive=samples))
    files = made["prov:wasDerivedFrom"]
    assert {one["dc:type"] for one in files} == {"summary"}
    assert {label for one in files for label in one["dc:temporal"]} == {
        "2026-08", "2026-09", "2026-10",
    }  # fmt: skip
    held = {entry.sha256 for entry in samples.entries()}
    assert {one["schema:sha256"] for one in files} <= held


@pytest.mark.parametrize("name", CALLS)
def test_no_report_that_was_read_is_left_out(
    samples: inb.Archive, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: set[str] = set()
    scan = inb.Archive.scan

    def noted(self: inb.Archive, kind: str, *rest: object, **more: object) -> object:
        read.add(kind)
        return scan(self, kind, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(inb.Archive, "scan", noted)
    frame = CALLS[name](inb.Archive(samples.folder))
    known = frame_of(frame) if isinstance(frame, pd.DataFrame) else None
    if known is not None:
        assert read <= set(known.reports)


def test_a_frame_without_periods_has_the_files_of_the_interval_asked_for(
    samples: inb.Archive,
) -> None:
    frame = inb.heavy_users(inb.companies(samples, VIEW))
    made = json.loads(sidecar(frame, "a.csv", archive=samples, selection=VIEW))
    labels = [one["dc:temporal"] for one in made["prov:wasDerivedFrom"]]
    assert labels == [["2026-08"], ["2026-09"], ["2026-10"]]
    every = json.loads(sidecar(frame, "a.csv", archive=samples))
    assert len(every["prov:wasDerivedFrom"]) > len(labels)


def test_a_comparison_has_the_files_of_its_two_periods(samples: inb.Archive) -> None:
    frame = inb.changes(samples, "2026-10", before="2025-12")
    made = json.loads(sidecar(frame, "a.csv", archive=samples, selection=VIEW))
    files = made["prov:wasDerivedFrom"]
    # An answer of the API spans many periods.
    labels = [set(one["dc:temporal"]) for one in files if one["dc:type"] == "summary"]
    assert labels == [{"2025-12"}, {"2026-10"}]
    assert all({"2025-12", "2026-10"} & set(one["dc:temporal"]) for one in files)


def test_a_report_as_it_was_read_is_its_own_source(samples: inb.Archive) -> None:
    frame = samples.read("trends", granularity="month", periods=["2026-10"])
    made = json.loads(sidecar(frame, "a.csv", archive=samples))
    assert [(one["dc:type"], one["dc:temporal"]) for one in made["prov:wasDerivedFrom"]] == [
        ("trends", ["2026-10"])
    ]


def test_of_a_strange_frame_somebody_has_to_say_the_reports(samples: inb.Archive) -> None:
    frame = pd.DataFrame({"mine": [1]})
    with pytest.raises(inb.InsightsError, match="reports=") as raised:
        sidecar(frame, "a.csv", archive=samples)
    assert "mine" in str(raised.value)
    made = json.loads(sidecar(frame, "a.csv", archive=samples, selection=VIEW, reports=["trends"]))
    assert {one["dc:type"] for one in made["prov:wasDerivedFrom"]} == {"trends"}
    assert "prov:wasDerivedFrom" not in json.loads(sidecar(frame, "a.csv"))


def archive_of(folder: Path, files: Iterable[Path]) -> inb.Archive:
    archive = inb.Archive(folder)
    for path in files:
        archive.add(path, quiet=True)
    return archive


def test_the_same_files_give_the_same_bytes_wherever_they_lie(tmp_path: Path) -> None:
    weeks = ["2026-10-12", "2026-10-19"]
    files = [write_trends(tmp_path / "in", week, [trends_row(week)]) for week in weeks]
    texts = set()
    for place, order in (("one", files), ("other", files[::-1])):
        archive = archive_of(tmp_path / place, order)
        path = inb.to_csv(inb.pulls(archive), tmp_path / f"{place}-out.csv", archive=archive)
        sheet = inb.to_excel(inb.pulls(archive), tmp_path / f"{place}.xlsx", archive=archive)
        told = path.with_name(f"{path.name}-metadata.json").read_text()
        texts.add((path.read_bytes(), told.replace(path.name, ""), sheet.read_bytes()))
        assert str(tmp_path) not in told
    assert len(texts) == 1


def test_names_from_data_show_every_character(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1]], columns=["\u202e=evil"])
    frame.attrs["note"] = "\u202e</script>"
    text = sidecar(frame, "a.csv")
    assert text.isascii()
    assert json.loads(text)["tableSchema"]["columns"][0]["titles"] == "'\u202e=evil"
    path = inb.to_csv(frame, tmp_path / "a.csv")
    assert path.read_text("utf-8-sig") == "'\u202e=evil\n1\n"


def test_a_sidecar_is_there_before_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(inb.InsightsError):
        inb.to_csv(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv-metadata.json").is_file()


# --- the panels -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EXPLORERS, ids=lambda kind: kind.__name__)
def test_every_panel_hands_on_where_its_rows_come_from(
    samples: inb.Archive, kind: type[inb.PullExplorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    explorer = kind(samples, today=TODAY)
    for panel in explorer.page.panels.values():
        if panel.frame is None:
            continue
        sent: list[dict[str, str]] = []
        actions = panel._actions
        monkeypatch.setattr(actions, "send", lambda content, into=sent: into.append(content))
        for asked in ("csv", "sources"):
            actions._handle_custom_msg({"type": asked}, [])
        rows, told = sent
        assert told["filename"] == rows["filename"] + "-metadata.json"
        made = json.loads(told["text"])
        assert made["url"] == rows["filename"]
        saved = b"\xef\xbb\xbf" + rows["text"].encode()
        assert made["schema:sha256"] == hashlib.sha256(saved).hexdigest()
        assert rows["text"] == to_csv(panel.frame)
        assert made["prov:wasDerivedFrom"] or panel.frame.empty
        assert "granularity=week" in made["schema:query"]
