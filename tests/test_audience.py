"""Where pulls come from, and how many signed in, against the text of the reports."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb import Archive, Selection, assets
from insights_nb.errors import (
    ReportNeededError,
    SelectionError,
    UnknownNameError,
)
from insights_nb.metrics.audience import audience, signed_in
from tests.reports import TRENDS, summary_row, trends_row, write_csv, write_summary, write_trends
from tests.test_pulls import WEEK1, WEEK2, WEEK3, archive_of

Row = dict[str, str]
SPAN = {"week": ("2025-11-03", "2026-10-26"), "month": ("2025-11-01", "2026-10-01")}
NOT_HELD = "2026-05-11"
HEADER = {
    "country": "IP_COUNTRY",
    "cloud": "CLOUD_SERVICE_PROVIDER",
    "client": "USER_AGENT",
    "tag": "TAG",
    "repository": "IMAGE_REPOSITORY",
}
RAW_HEADER = {
    "country": "Country",
    "cloud": "Host",
    "client": "User agent tool",
    "tag": "Tag",
    "repository": "Repository",
    "industry": "Type",
    "domain": "Domain",
}
COUNTS = ("PULLS", "DATA_DOWNLOADS", "VERSION_CHECKS")
MEASURES = ["pulls", "data_downloads", "version_checks"]


def csv_rows(kind: str, word: str) -> Iterator[Row]:
    """Read the samples' text with nothing but the csv module."""
    for path in sorted((assets.samples() / kind).glob(f"*{word}*.csv*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield row | {"file": path.name}


def trends(granularity: str) -> Iterator[Row]:
    first, last = SPAN[granularity]
    for row in csv_rows("trends", f"_{granularity}ly_"):
        if first <= row["DATE_REFERENCE"] <= last:
            yield row


def starts(granularity: str) -> list[str]:
    first, last = (dt.date.fromisoformat(day) for day in SPAN[granularity])
    if granularity == "month":
        return [f"{2025 + n // 12}-{n % 12 + 1:02d}-01" for n in range(10, 22)]
    return [str(first + dt.timedelta(weeks=n)) for n in range((last - first).days // 7 + 1)]


def value(row: Row, by: str) -> str | None:
    text = row[HEADER[by]]
    return None if by == "tag" and text == "\\\\N" else text


def table(frame: pd.DataFrame, by: str, columns: list[str]) -> dict[tuple[str, Any], Any]:
    """Return (period, value) → the counts, None for a missing one."""
    texts = [None if pd.isna(v) else v for v in frame[by]]
    rows = frame[columns].astype(object).where(frame[columns].notna(), None)
    found = {
        (f"{period:%Y-%m-%d}", text): tuple(counts)
        for period, text, counts in zip(
            frame["period"], texts, rows.itertuples(index=False), strict=True
        )
    }
    assert len(found) == len(frame)
    return found


def expected(rows: Iterator[Row], by: str, granularity: str) -> dict[tuple[str, Any], Any]:
    """Count every value in every period: 0 where nobody pulled, None in the missing week."""
    sums: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        cell = sums[row["DATE_REFERENCE"], value(row, by)]
        for place, header in enumerate(COUNTS):
            cell[place] += int(row[header])
    values = {text for _, text in sums}
    return {
        (day, text): (None,) * 3
        if day == NOT_HELD and granularity == "week"
        else tuple(sums.get((day, text), (0, 0, 0)))
        for day in starts(granularity)
        for text in values
    }


def row(start: str = WEEK1, **fields: object) -> list[Any]:
    """Return one row of a trends report with some fields set by their header."""
    plain: dict[str, Any] = {key: fields.pop(key) for key in list(fields) if key not in TRENDS}
    found = trends_row(start, **plain)
    for header, given_value in fields.items():
        found[TRENDS.index(header)] = given_value
    return found


def of(frame: pd.DataFrame, column: str, **where: object) -> list[object]:
    for name, wanted in where.items():
        frame = frame[frame[name].isna() if wanted is None else frame[name] == wanted]
    return [None if pd.isna(one) else one for one in frame[column]]


def raw_report(folder: Path, week: str, rows: list[list[str]]) -> Path:
    header = ["Action", "Action day", "Country", "Host", "Namespace", "Repository", "Tag", "Type"]
    return write_csv(folder / f"acme_image_pulls_raw_{week}.csv", header, rows)


def raw_row(action: str = "pull_by_tag", repository: str = "web", **fields: str) -> list[str]:
    base = {"day": WEEK1, "country": "US", "host": "aws", "namespace": "acme"} | fields
    return [
        action, base["day"], base["country"], base["host"], base["namespace"], repository, "1",
        base.get("type", "business"),
    ]  # fmt: skip


# --- the samples, against their text --------------------------------------------------------


@pytest.mark.parametrize("by", list(HEADER))
@pytest.mark.parametrize("granularity", ["week", "month"])
def test_every_value_counts_what_the_text_says(samples: Archive, granularity: str, by: str) -> None:
    frame = audience(samples, Selection(granularity, 12), by)
    assert table(frame, by, MEASURES) == expected(trends(granularity), by, granularity)


@pytest.mark.parametrize("by", list(HEADER))
def test_a_share_is_of_the_periods_pulls(samples: Archive, by: str) -> None:
    frame = audience(samples, Selection("month", 12), by)
    counts = expected(trends("month"), by, "month")
    whole: dict[str, int] = defaultdict(int)
    for (day, _), (pulls, *_) in counts.items():
        whole[day] += pulls
    shares = table(frame, by, ["share"])
    for (day, text), (pulls, *_) in counts.items():
        assert shares[day, text] == pytest.approx((pulls / whole[day],))


def test_dimensions_filter_each_other(samples: Archive) -> None:
    where = {"cloud": ["aws", "gcp"], "country": ["DE", "NA"]}
    view = Selection("week", 12, ["moonbarrow/lantern", "moonbarrow/ferry"])
    frame = audience(samples, view, "client", where=where)
    rows = (
        r
        for r in trends("week")
        if value(r, "cloud") in where["cloud"]
        and value(r, "country") in where["country"]
        and value(r, "repository") in (view.repositories or ())
    )
    assert table(frame, "client", MEASURES) == expected(rows, "client", "week")


def test_a_filter_takes_pulls_by_digest_as_none(samples: Archive) -> None:
    frame = audience(samples, Selection("month", 12), "country", where={"tag": [None, "latest"]})
    rows = (r for r in trends("month") if value(r, "tag") in {None, "latest"})
    assert table(frame, "country", MEASURES) == expected(rows, "country", "month")


def test_repositories_filter_as_a_dimension_too(samples: Archive) -> None:
    only = audience(
        samples, Selection("month", 12), "tag", where={"repository": "moonbarrow/ferry"}
    )
    chosen = audience(samples, Selection("month", 12, ["moonbarrow/ferry"]), "tag")
    pd.testing.assert_frame_equal(only, chosen)
    assert len(only)


def test_the_share_under_a_filter_is_of_what_it_lets_count(samples: Archive) -> None:
    frame = audience(samples, Selection("month", 3), "country", where={"cloud": "aws"})
    assert frame.groupby("period")["share"].sum().tolist() == pytest.approx([1.0] * 3)


def test_namibia_is_a_country(samples: Archive) -> None:
    frame = audience(samples, Selection("month", 12), "country")
    truth = sum(int(r["PULLS"]) for r in trends("month") if r["IP_COUNTRY"] == "NA")
    assert frame.loc[frame["country"] == "NA", "pulls"].sum() == truth > 0
    assert frame["country"].notna().all()


def test_the_week_that_is_not_held_is_missing_and_named(samples: Archive) -> None:
    frame = audience(samples, Selection("week", 12), "cloud")
    gap = frame[frame["period"] == NOT_HELD]
    assert len(gap) == frame["cloud"].nunique()
    assert gap[[*MEASURES, "share"]].isna().all(axis=None)
    assert frame.attrs["missing"] == ["2026-W20"]


def test_a_week_without_pulls_of_a_repository_is_zero_without_a_share(samples: Archive) -> None:
    frame = audience(samples, Selection("week", 12, ["moonbarrow/spindle"]), "country")
    zero = frame[frame["period"] == "2026-02-16"]
    assert set(zero["pulls"]) == {0}
    assert zero["share"].isna().all()


def test_use_cases_add_up_the_clients_and_clouds_of_each(samples: Archive) -> None:
    # What Docker's own column says of a client and cloud, and the seed's rule for the others.
    case = {
        (r["USER_AGENT"], r["CLOUD_SERVICE_PROVIDER"]): r["INFERRED_USE_CASE"]
        for r in csv_rows("tracked_companies", "tracked")
    } | {
        ("cri-o", "aws"): "Prod",
        ("docker-scout", "no csp"): "Local Dev",
        ("node-fetch", "azure"): "Prod",
        ("podman", "no csp"): "Local Dev",
        ("regclient", "gcp"): "Prod",
        ("skopeo", "no csp"): "CI/CD",
    }
    sums: dict[tuple[str, str], int] = defaultdict(int)
    in_germany: dict[str, int] = defaultdict(int)
    for r in trends("month"):
        its = case[r["USER_AGENT"], r["CLOUD_SERVICE_PROVIDER"]]
        sums[r["DATE_REFERENCE"], its] += int(r["PULLS"])
        if its == "CI/CD" and r["IP_COUNTRY"] == "DE":
            in_germany[r["DATE_REFERENCE"]] += int(r["PULLS"])
    frame = audience(samples, Selection("month", 12), "use_case")
    assert table(frame, "use_case", ["pulls"]) == {key: (n,) for key, n in sums.items()}
    filtered = audience(samples, Selection("month", 12), "country", where={"use_case": "CI/CD"})
    assert of(filtered, "pulls", country="DE") == list(in_germany.values())


@pytest.mark.parametrize("by", list(RAW_HEADER))
def test_legacy_raw_data_tells_as_far_as_it_reaches(samples: Archive, by: str) -> None:
    names = ["oldbarrow/anvil", "oldbarrow/bellows", "oldbarrow/tongs"]
    frame = audience(samples, Selection("month", 3, names), by)
    sums: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    for r in csv_rows("image_pulls_raw", "_raw_2026-[01]"):
        sums[_raw_key(r, by)][r["Action"] == "version_check"] += 1
    found = table(frame, by, ["pulls", "version_checks"])
    assert {key: counts for key, counts in found.items() if any(counts)} == {
        key: tuple(counts) for key, counts in sums.items()
    }
    assert frame["data_downloads"].isna().all()
    assert frame.attrs["source"] == "image_pulls_raw"


def _raw_key(row: Row, by: str) -> tuple[str, str | None]:
    text = row[RAW_HEADER[by]] or None
    return (
        f"{row['Action day'][:7]}-01",
        f"oldbarrow/{text}" if by == "repository" else text,
    )


# --- signed in or not -----------------------------------------------------------------------


@pytest.mark.parametrize("granularity", ["week", "month"])
def test_users_are_at_least_the_largest_row_and_at_most_the_sum(
    samples: Archive, granularity: str
) -> None:
    frame = signed_in(samples, Selection(granularity, 12), where={"country": ["DE", "NA"]})
    people: dict[str, list[tuple[int, int]]] = {day: [] for day in starts(granularity)}
    for r in trends(granularity):
        if r["IP_COUNTRY"] in {"DE", "NA"}:
            people[r["DATE_REFERENCE"]].append(
                (int(r["UNIQUE_AUTHENTICATED_USERS"]), int(r["UNIQUE_UNAUTHENTICATED_USERS"]))
            )
    known, anonymous = "unique_authenticated_users", "unique_unauthenticated_users"
    columns = [f"{name}_at_{end}" for name in (known, anonymous) for end in ("least", "most")]
    found = table(frame.assign(all=""), "all", [*columns, "share_at_least", "share_at_most"])
    for day, rows in people.items():
        if not rows:
            assert (day, granularity) == (NOT_HELD, "week")
            assert found[day, ""] == (None,) * 6
            continue
        signed, not_signed = zip(*rows, strict=True)
        truth = (max(signed), sum(signed), max(not_signed), sum(not_signed))
        assert found[day, ""][:4] == truth
        assert found[day, ""][4:] == pytest.approx(
            (truth[0] / (truth[0] + truth[3]), truth[1] / (truth[1] + truth[2]))
        )


def test_the_bounds_meet_where_one_row_counts(tmp_path: Path) -> None:
    rows = [row(UNIQUE_AUTHENTICATED_USERS=3, UNIQUE_UNAUTHENTICATED_USERS=9)]
    frame = signed_in(archive_of(tmp_path, write_trends(tmp_path, WEEK1, rows)))
    assert frame.iloc[0].to_list()[1:] == [3, 3, 9, 9, 0.25, 0.25]


def test_a_row_that_does_not_tell_its_users_has_no_upper_bound(tmp_path: Path) -> None:
    rows = [
        row(UNIQUE_AUTHENTICATED_USERS=3, UNIQUE_UNAUTHENTICATED_USERS=9),
        row(country="DE", UNIQUE_AUTHENTICATED_USERS="", UNIQUE_UNAUTHENTICATED_USERS=2),
    ]
    frame = signed_in(archive_of(tmp_path, write_trends(tmp_path, WEEK1, rows)))
    assert of(frame, "unique_authenticated_users_at_least") == [3]
    assert of(frame, "unique_authenticated_users_at_most") == [None]
    assert of(frame, "share_at_least") == [3 / 14]
    assert of(frame, "share_at_most") == [None]


def test_nobody_is_zero_and_has_no_share(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [row(UNIQUE_AUTHENTICATED_USERS=1)]),
        write_trends(tmp_path, WEEK2, [row(WEEK2, repository="acme/worker")]),
    )
    frame = signed_in(archive, Selection("week", 3, ["acme/web"]))
    assert of(frame, "unique_authenticated_users_at_most") == [1, 0]
    assert of(frame, "unique_unauthenticated_users_at_least") == [1, 0]
    assert of(frame, "share_at_most") == [0.5, None]


def test_who_signed_in_is_not_told_by_legacy_raw_data(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, raw_report(tmp_path, "2026-W37", [raw_row()]))
    with pytest.raises(ReportNeededError, match=r"Download Trends \(on Docker Hub"):
        signed_in(archive)
    with pytest.raises(SelectionError, match="where='industry' is not offered"):
        signed_in(archive, where={"industry": "business"})


PULL = st.tuples(
    st.integers(0, 6), st.booleans(), st.sampled_from(["US", "NA"]), st.sampled_from(["1", "2"])
)


@settings(max_examples=20)
@given(st.lists(PULL, min_size=1, max_size=30))
def test_the_bounds_hold_for_any_people_and_any_split_into_rows(
    pulled: list[tuple[int, bool, str, str]],
) -> None:
    groups: dict[tuple[str, str], tuple[set[int], set[int]]] = {}
    for person, signed, country, tag in pulled:
        groups.setdefault((country, tag), (set(), set()))[signed].add(person)
    rows = [
        row(
            country=country,
            tag=tag,
            UNIQUE_AUTHENTICATED_USERS=len(signed),
            UNIQUE_UNAUTHENTICATED_USERS=len(anonymous),
        )
        for (country, tag), (anonymous, signed) in groups.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        archive = archive_of(Path(folder), write_trends(Path(folder), WEEK1, rows))
        found = signed_in(archive).iloc[0]
    known = len({person for person, signed, *_ in pulled if signed})
    others = len({person for person, signed, *_ in pulled if not signed})
    users = "unique_authenticated_users", "unique_unauthenticated_users"
    for name, truth in zip(users, (known, others), strict=True):
        assert found[f"{name}_at_least"] <= truth <= found[f"{name}_at_most"]
    share = known / (known + others)
    assert found["share_at_least"] <= share + 1e-12
    assert share <= found["share_at_most"] + 1e-12


# --- traps ----------------------------------------------------------------------------------


def test_a_missing_value_is_a_row_of_its_own(tmp_path: Path) -> None:
    rows = [row(downloads=5), row(country="", downloads=3), row(country="\\\\N", downloads=1)]
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, rows))
    frame = audience(archive, None, "country")
    assert of(frame, "pulls", country="US") == [5]
    assert of(frame, "pulls", country=None) == [4]
    assert frame["share"].sum() == pytest.approx(1.0)
    only = audience(archive, None, "cloud", where={"country": [None]})
    assert of(only, "pulls") == [4]


def test_held_but_absent_is_zero_and_not_held_is_missing(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [row(downloads=5), row(country="DE", downloads=2)]),
        write_trends(tmp_path, WEEK3, [row(WEEK3, downloads=7)]),
    )
    frame = audience(archive, Selection("week", 3), "country")
    assert of(frame, "pulls", country="DE") == [2, None, 0]
    assert of(frame, "share", country="DE") == [2 / 7, None, 0.0]
    assert of(frame, "pulls", country="US") == [5, None, 7]


def test_an_empty_report_is_held(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, [row(downloads=5)]))
    archive.add(write_trends(tmp_path, WEEK2, []), quiet=True, namespace="acme")
    frame = audience(archive, Selection("week", 3), "country")
    assert of(frame, "pulls") == [5, 0]


def test_weeks_and_months_that_start_on_one_day_are_not_mixed(tmp_path: Path) -> None:
    start = "2026-06-01"
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, start, [row(start, downloads=3)]),
        write_trends(tmp_path, start, [row(start, downloads=40, granularity="month")]),
    )
    assert of(audience(archive, Selection("week"), "country"), "pulls") == [3]
    assert of(audience(archive, Selection("month"), "country"), "pulls") == [40]


def test_a_period_that_one_of_two_publishers_lacks_is_unknown_for_both_together(
    tmp_path: Path,
) -> None:
    other = {"publisher": "beta", "repository": "beta/api"}
    files = [
        write_trends(tmp_path, WEEK1, [row(downloads=5)]),
        write_trends(tmp_path, WEEK2, [row(WEEK2, downloads=6)]),
        write_trends(tmp_path / "b", WEEK1, [row(downloads=2, **other)], name="beta_trends.csv"),
    ]
    archive = archive_of(tmp_path, *files)
    frame = audience(archive, Selection("week", 3), "country")
    assert of(frame, "pulls") == [7, None]
    alone = audience(archive, Selection("week", 3, ["acme/web"]), "country")
    assert of(alone, "pulls") == [5, 6]
    each = audience(archive, Selection("week", 3), "repository")
    assert of(each, "pulls", repository="acme/web") == [5, 6]
    assert of(each, "pulls", repository="beta/api") == [2, None]
    assert of(each, "share", repository="acme/web") == [5 / 7, None]


def test_a_publisher_whose_reports_ended_before_the_interval_makes_no_gap(tmp_path: Path) -> None:
    other = {"publisher": "beta", "repository": "beta/api"}
    old = write_trends(tmp_path / "b", "2025-09-01", [row("2025-09-01", **other)])
    archive = archive_of(tmp_path, old, write_trends(tmp_path, WEEK1, [row(downloads=5)]))
    frame = audience(archive, Selection("week", 3), "country")
    assert of(frame, "pulls")[-1] == 5


def test_raw_data_counts_where_trends_ended_before_the_interval(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, "2025-09-01", [row("2025-09-01")]),
        raw_report(tmp_path, "2026-W37", [raw_row()]),
    )
    recent = audience(archive, Selection("week", 3), "country")
    assert recent.attrs["source"] == "image_pulls_raw"
    assert recent.attrs["left_out"] == []


def test_repositories_of_one_name_are_told_apart_by_their_publisher(tmp_path: Path) -> None:
    rows = [raw_row(), raw_row(), raw_row(namespace="beta", country="DE")]
    archive = archive_of(tmp_path, raw_report(tmp_path, "2026-W37", rows))
    frame = audience(archive, Selection("week", 3, ["acme/web"]), "country")
    assert table(frame, "country", ["pulls"]) == {(WEEK1, "US"): (2,)}
    each = audience(archive, Selection("week", 3), "repository")
    assert of(each, "repository") == ["acme/web", "beta/web"]
    assert of(each, "pulls") == [2, 1]


def test_two_spellings_of_a_repository_are_one(tmp_path: Path) -> None:
    rows = [row(downloads=5), row(repository="web", downloads=2)]
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, rows))
    frame = audience(archive, Selection("week", 3, ["acme/web"]), "repository")
    assert of(frame, "pulls", repository="acme/web") == [7]


def test_trends_and_raw_data_never_add_up(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [row(downloads=5)]),
        raw_report(tmp_path, "2026-W37", [raw_row(), raw_row(repository="old")]),
    )
    frame = audience(archive, None, "country")
    assert of(frame, "pulls") == [5]
    assert frame.attrs["source"] == "trends"
    assert frame.attrs["left_out"] == ["acme/old"]
    old = audience(archive, Selection(repositories=["acme/old"]), "country")
    assert (of(old, "pulls"), old.attrs["source"]) == ([1], "image_pulls_raw")
    forced = audience(archive, None, "country", source="image_pulls_raw")
    assert of(forced, "pulls") == [2]


def test_a_dimension_that_only_raw_data_has_leaves_the_others_out(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [row(repository="acme/new")]),
        raw_report(tmp_path, "2026-W37", [raw_row(), raw_row(type="hosting")]),
    )
    frame = audience(archive, None, "industry")
    assert table(frame, "industry", ["pulls"]) == {
        (WEEK1, "business"): (1,),
        (WEEK1, "hosting"): (1,),
    }
    assert frame.attrs["left_out"] == ["acme/new"]


def test_a_raw_column_that_is_not_in_the_file_is_one_missing_value(tmp_path: Path) -> None:
    header = ["Action", "Action day", "Namespace", "Repository"]
    rows = [["pull_by_digest", WEEK1, "acme", "web"], ["version_check", WEEK1, "acme", "web"]]
    path = write_csv(tmp_path / "image_pulls_raw_2026-W37.csv", header, rows)
    frame = audience(archive_of(tmp_path, path), None, "cloud")
    assert of(frame, "pulls", cloud=None) == [1]
    assert of(frame, "version_checks", cloud=None) == [1]


def test_values_with_the_most_pulls_come_first(tmp_path: Path) -> None:
    archive = archive_of(
        tmp_path,
        write_trends(tmp_path, WEEK1, [row(downloads=5), row(country="DE", downloads=6)]),
        write_trends(tmp_path, WEEK2, [row(WEEK2, downloads=9), row(WEEK2, country="", checks=9)]),
    )
    frame = audience(archive, Selection("week", 3), "country")
    assert of(frame, "country") == ["US", None, "DE"] * 2


def test_own_clients_can_be_given_a_use_case(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, [row(client="my-bot")]))
    assert of(audience(archive, None, "use_case"), "use_case") == ["Unknown"]
    frame = audience(archive, None, "use_case", clients={"my-bot": "CI/CD"})
    assert of(frame, "use_case") == ["CI/CD"]
    bots = {"my-bot": "Prod"}
    assert len(signed_in(archive, where={"use_case": "Prod"}, clients=bots)) == 1
    with pytest.raises(SelectionError, match="'play'} names no use case"):
        audience(archive, None, "use_case", clients={"my-bot": "play"})


def test_a_text_alone_is_one_value(tmp_path: Path) -> None:
    rows = [row(CLOUD_SERVICE_PROVIDER="aws"), row(CLOUD_SERVICE_PROVIDER="a", country="DE")]
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, rows))
    assert of(audience(archive, None, "country", where={"cloud": "aws"}), "country") == ["US"]


def test_a_filter_that_nothing_passes_gives_no_rows(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, [row()]))
    frame = audience(archive, None, "country", where={"cloud": ["moon"]})
    assert frame.empty
    assert list(frame.columns) == ["period", "country", *MEASURES, "share"]


# --- refusals -------------------------------------------------------------------------------


def test_an_archive_without_trends_says_which_report_it_needs(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_summary(tmp_path, WEEK1, [summary_row(WEEK1)]))
    with pytest.raises(ReportNeededError, match=r"where pulls come from.*Analytics > Trends") as e:
        audience(archive, None, "country")
    assert e.value.kinds == ("trends", "image_pulls_raw")


def test_an_unknown_repository_is_named(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, write_trends(tmp_path, WEEK1, [row()]))
    with pytest.raises(UnknownNameError, match="Did you mean acme/web"):
        audience(archive, Selection(repositories=["acme/wob"]), "country")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"by": "planet"}, r"by='planet' is not offered\. Use one of 'country', "),
        ({"by": "country", "where": {"planet": "Mars"}}, r"where='planet' is not offered"),
        ({"by": "country", "where": {"country": "DE"}}, r"Use other dimensions: 'cloud'"),
        ({"by": "country", "source": "summary"}, r"Use 'trends' or 'image_pulls_raw'"),
        ({"by": "industry", "source": "trends"}, r"by='industry' is not offered"),
    ],
)
def test_what_is_not_offered_is_refused(
    samples: Archive, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(SelectionError, match=message):
        audience(samples, None, **arguments)
