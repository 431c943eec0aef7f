"""The traps of Docker's data that are not a single reader's or number's: each must stay shut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import insights_nb as inb
from insights_nb.counts.sources import DEFINITION_OF, PULLS
from insights_nb.errors import InsightsError
from insights_nb.schema import REPORTS, Sum
from tests.reports import trends_row, write_csv, write_trends

UNIQUES = {
    "trends": ["unique_authenticated_users", "unique_unauthenticated_users"],
    "technographic": ["users", "total_pullers", "domains", "total_domains"],
    "tracked_companies": ["unique_authenticated_users"],
    "image_pulls_summary": ["unique_ip_address"],
    "extension_premium": ["unique_installs", "unique_uninstalls", "unique_users"],
    "pulls": ["ip_count"],
}


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in UNIQUES.items() for n in names])
def test_unique_people_are_never_declared_to_add_up(kind: str, name: str) -> None:
    assert REPORTS[kind].column(name).additive is False


@pytest.mark.parametrize("source", PULLS, ids=lambda source: f"{source.kind}-{source.view}")
def test_pulls_add_up_only_what_may_be_added(source: object) -> None:
    for measure in source.roles.measures.values():  # type: ignore[attr-defined]
        if isinstance(measure, Sum):
            report = REPORTS[source.kind]  # type: ignore[attr-defined]
            assert all(report.column(name).additive for name in measure.columns)


def test_downloads_and_checks_make_up_pulls_in_every_held_period(samples: inb.Archive) -> None:
    frame = inb.pulls(samples, inb.Selection("week", 12)).dropna(subset=["data_downloads"])
    assert len(frame) > 500
    assert (frame["pulls"] == frame["data_downloads"] + frame["version_checks"]).all()


def test_trends_give_the_same_series_as_the_summary(samples: inb.Archive) -> None:
    view = inb.Selection("month", 12, ["moonbarrow/lantern", "moonbarrow/oddments"])
    columns = ["period", "repository", "pulls", "data_downloads", "version_checks"]
    summary = inb.pulls(samples, view, source="summary")[columns]
    trends = inb.pulls(samples, view, source="trends")[columns]
    assert summary.equals(trends)


def test_the_public_pull_counter_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / "web.json"
    path.write_text(json.dumps({"name": "web", "namespace": "acme", "pull_count": 123456789}))
    with pytest.raises(InsightsError):
        inb.read_report(path)


def test_each_source_has_one_definition_and_each_definition_is_explained() -> None:
    assert {DEFINITION_OF[source.kind] for source in PULLS} == set(inb.DEFINITIONS)


def test_a_field_that_did_not_exist_yet_is_missing_and_not_zero(tmp_path: Path) -> None:
    header = [
        "Action", "Action day", "Country", "Digest", "HTTP method", "Host", "Namespace",
        "Reference", "Repository", "Tag", "Timestamp", "Type", "User agent tool",
        "User agent version",
    ]  # fmt: skip
    row = [
        "pull_by_tag", "2022-02-07", "US", "sha256:00", "GET", "aws", "acme", "latest", "web",
        "latest", "2022-02-07 00:00:00", "business", "docker", "20.10",
    ]  # fmt: skip
    frame = inb.read_report(write_csv(tmp_path / "raw_2022-W06.csv", header, [row]))
    assert frame["domain"].isna().all()
    assert any("2022-10-11" in note for note in inb.notes(frame))


def test_what_docker_no_longer_offers_stays_readable(tmp_path: Path) -> None:
    download = write_trends(tmp_path, "2026-09-07", [trends_row("2026-09-07")])
    archive = inb.Archive(tmp_path / "archive")
    archive.add(download, quiet=True)
    download.unlink()
    assert len(archive.read("trends")) == 1
