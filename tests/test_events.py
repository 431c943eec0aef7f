"""Events written down in a file, and those that the tags tell."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import insights_nb as inb
from insights_nb import Archive, Selection, errors
from insights_nb.reading.events import EventSecretError
from tests.hostile import TEXTS
from tests.reports import trends_row, write_trends
from tests.sample_csv import GAP, plain, records, sample_rows
from tests.test_pulls import WEEK1, WEEK2, WEEK3, WEEK4, archive_of


def events_file(folder: Path, text: str | bytes, name: str = "events.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# --- read_events -----------------------------------------------------------------------------


def test_events_are_read_as_they_are_written_oldest_first(tmp_path: Path) -> None:
    text = (
        "Label, DATE ,url,Repository\r\n"
        "2.0 is out,2026-09-08,https://acme.example/2.0?a=1#b,acme/web\r\n"
        "\r\n"
        ' "1.9, ""final""" ,2026-03-01,,\r\n'
        ",,,\r\n"
        "Outage,2026-03-01,,"
    )
    with pytest.raises(errors.ReadError, match="the line has 5 fields"):
        inb.read_events(events_file(tmp_path, text))
    frame = inb.read_events(
        events_file(tmp_path, text.replace(' "1.9', '"1.9').replace('" ,', '",'))
    )
    assert [tuple(row.values()) for row in records(frame)] == [
        ("2026-03-01", '1.9, "final"', None, None),
        ("2026-03-01", "Outage", None, None),
        ("2026-09-08", "2.0 is out", "acme/web", "https://acme.example/2.0?a=1#b"),
    ]
    assert [str(one) for one in frame.dtypes] == ["datetime64[s]", "str", "str", "str"]


@pytest.mark.parametrize("text", ["date,label\n", "\ufeffdate,label", "\n\nLABEL,Date\n\n"])
def test_a_file_without_events_is_a_frame_without_rows(tmp_path: Path, text: str) -> None:
    frame = inb.read_events(events_file(tmp_path, text))
    assert list(frame) == ["date", "label", "repository", "url"]
    assert [str(one) for one in frame.dtypes] == ["datetime64[s]", "str", "str", "str"]
    assert frame.empty


def test_a_gzip_file_is_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(b"date,label\n2026-09-08,2.0\n")
    frame = inb.read_events(events_file(tmp_path, packed, "events.csv.gz"))
    assert frame["label"].tolist() == ["2.0"]


@pytest.mark.parametrize("label", [*TEXTS, "NA", "null", "\\N", "1e5", "Größe\u202e"])
def test_a_label_is_text_whatever_it_looks_like(tmp_path: Path, label: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["date", "label"], ["2026-09-08", label]])
    frame = inb.read_events(events_file(tmp_path, text.getvalue()))
    assert frame["label"].tolist() == [label]


WRONG_VALUES = [
    ("9 Aug 2026 or 8 Sep 2026", "09/08/2026,x,,", "date", "'09/08/2026'", "2026-11-16"),
    ("is no date", "2026-02-30,x,,", "date", "'2026-02-30'", "2026-11-16"),
    ("is no date", "202609,x,,", "date", "'202609'", "2026-11-16"),
    ("is no date", "2026-09,x,,", "date", "'2026-09'", "2026-11-16"),
    ("is no date", "٢٠٢٦-٠٩-٠٨,x,,", "date", "'٢٠٢٦", "2026-11-16"),
    ("is no date", ",x,,", "date", "''", "2026-11-16"),
    ("has no label", "2026-09-08, ,,", "label", "no label", "Write in a few words"),
    ("names no repository", "2026-09-08,x,web,", "repository", "'web'", "acme/web"),
    ("names no repository", "2026-09-08,x,a/b/c,", "repository", "'a/b/c'", "acme/web"),
    ("is no web address", "2026-09-08,x,,javascript:alert(1)", "url", "'javascript:", "https://"),
    ("is no web address", "2026-09-08,x,,acme.example", "url", "'acme.example'", "https://"),
    ("is no web address", '2026-09-08,x,,"https://a b"', "url", "'https://a b'", "https://"),
    ("is no web address", "2026-09-08,x,,https:///etc", "url", "'https:///etc'", "https://"),
]


@pytest.mark.parametrize(("words", "row", "column", "seen", "remedy"), WRONG_VALUES)
def test_a_wrong_value_is_named_with_its_line_and_column(
    tmp_path: Path, words: str, row: str, column: str, seen: str, remedy: str
) -> None:
    text = f'Date,label,Repository,url\n2026-01-01,"two\nlines",,\n{row}\n'
    path = events_file(tmp_path, text)
    with pytest.raises(errors.ReadError, match=words) as caught:
        inb.read_events(path)
    assert caught.value.line == 4
    assert (caught.value.column or "").casefold() == column
    for part in (str(path), "line 4", seen, remedy):
        assert part in str(caught.value)


SECRET_ADDRESSES = [
    "https://user:hunter2@acme.example/x",
    "https://hunter2@acme.example",
    "HTTP:\\\\x\\//hunter2@acme.example/",
    "ftp://user:hunter2@acme.example/",
    "https://acme.example/?token=hunter2",
    "https://acme.example/?a=1&access_token=hunter2",
    "https://acme.example/?a=1;API-Key=hunter2",
    "https://acme.example/#id_token=hunter2",
    "https://acme.example/?%74oken=hunter2",
    "https://s3.example/x?X-Amz-Credential=a&X-Amz-Signature=hunter2",
    "https://blob.example/x?sv=1&sig=hunter2",
    "https://acme.example/?client_secret=hunter2",
]


@pytest.mark.parametrize("url", SECRET_ADDRESSES)
def test_an_address_with_a_credential_is_refused_without_repeating_it(
    tmp_path: Path, url: str
) -> None:
    path = events_file(tmp_path, f"date,label,url\n2026-09-08,x,{url}\n")
    with pytest.raises(EventSecretError) as caught:
        inb.read_events(path)
    for part in (str(path), "line 2", "url", "Write the address without"):
        assert part in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/?page=2&key=release&code=7&design=a&sort=a@b",
        "https://acme.example/@acme/post#tokens",
        "https://acme.example/a?q=what+is+a+token",
    ],
)
def test_an_ordinary_query_stays_as_it_is(tmp_path: Path, url: str) -> None:
    frame = inb.read_events(events_file(tmp_path, f"date,label,url\n2026-09-08,x,{url}\n"))
    assert frame["url"].tolist() == [url]


@pytest.mark.parametrize("command", ["snapshot", "review", "dashboard"])
def test_a_credential_in_an_address_reaches_no_page(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from insights_nb.cli import main

    path = events_file(tmp_path, "date,label,url\n2026-09-08,x,https://u:hunter2@acme.example\n")
    out = [] if command == "dashboard" else ["--out", str(tmp_path / "out.html")]
    with pytest.raises(SystemExit) as ended:
        main([command, "--events", str(path), *out])
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert "a user name or password" in said.err
    assert "hunter2" not in said.err + said.out
    assert not (tmp_path / "out.html").exists()


def test_a_running_page_tells_of_the_credential_and_does_not_show_it(
    tmp_path: Path, samples: inb.Archive
) -> None:
    from insights_nb.explorers.marks import Events, Marks

    path = events_file(tmp_path, "date,label,url\n2026-09-08,x,https://u:hunter2@acme.example\n")
    marks = Marks(Events(samples, path), lambda _: None)
    marks.tell(marks.find(pd.DataFrame()))
    notice = marks.children[0]
    assert "a user name or password" in notice.text
    assert "hunter2" not in str(notice.get_state())


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", "the file is empty"),
        ("\ufeff \n", "the file is empty"),
        ('[{"date": "2026-09-08"}]', "the file is JSON"),
        ("when,label\n", "no column date"),
        ("2026-09-08,2.0\n", "no column date and no column label"),
        (
            "date,label,repos\n",
            "the column 'repos' is none that events have, perhaps meant as repository",
        ),
        ("date,label,event\n", "the column label is there twice"),
        ("date,label,notes\n", "the column 'notes' is none that events have"),
        ("date,label,LABEL\n", "the column label is there twice"),
    ],
)
def test_a_wrong_header_is_told_with_the_right_one(tmp_path: Path, text: str, seen: str) -> None:
    with pytest.raises(errors.ReadError, match="Begin a file of events") as caught:
        inb.read_events(events_file(tmp_path, text))
    assert seen in str(caught.value)
    assert "date,label,repository,url" in str(caught.value)
    assert caught.value.line == 1


@pytest.mark.parametrize(
    ("row", "line", "seen"),
    [
        ("2026-09-08,1.0, final", 3, "the line has 3 fields, the header 2"),
        ("2026-09-08", 3, "the line has 1 fields, the header 2"),
        ('2026-09-08,"1.0', 3, "quotes of the event that starts here"),
        ('2026-09-08,"1.0" x', 3, "quotes of the event that starts here"),
    ],
)
def test_a_line_that_does_not_split_is_told(tmp_path: Path, row: str, line: int, seen: str) -> None:
    with pytest.raises(errors.ReadError, match="double the quotes") as caught:
        inb.read_events(events_file(tmp_path, f"date,label\n2026-01-01,x\n{row}\n"))
    assert caught.value.line == line
    assert seen in str(caught.value)
    assert "in quotes" in str(caught.value)


def test_a_file_that_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    events_file(tmp_path, "date,label\n")
    with pytest.raises(errors.MissingFileError, match=r"Did you mean events\.csv"):
        inb.read_events(tmp_path / "event.csv")
    with pytest.raises(errors.IsFolderError):
        inb.read_events(tmp_path)
    with pytest.raises(errors.ReadError, match="this is no text"):
        inb.read_events(events_file(tmp_path, b"date,label\n2026-01-01,a\0b\n"))


DAYS = st.dates(pd.Timestamp("2000-01-01").date(), pd.Timestamp("2099-12-31").date())
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@settings(max_examples=60)
@given(st.lists(st.tuples(DAYS, WORDS.map(str.strip).filter(bool)), max_size=6))
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:  # type: ignore[type-arg]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["date", "label"])
    writer.writerows(rows)
    folder = tmp_path_factory.mktemp("events")
    frame = inb.read_events(events_file(folder, text.getvalue()))
    expected = sorted(rows, key=lambda row: row[0])
    assert list(zip(frame["date"].dt.date, frame["label"], strict=True)) == expected


# --- first_seen_events -----------------------------------------------------------------------


def tags_of(folder: Path, weeks: dict[str, dict[str, int]]) -> pd.DataFrame:
    """Return the tag pulls of one repository: week → tag → pulls."""
    files = [
        write_trends(
            folder,
            week,
            [trends_row(week, tag=tag, downloads=count) for tag, count in tags.items()],
        )
        for week, tags in weeks.items()
    ]
    return inb.tag_pulls(archive_of(folder, *files), Selection("week", 3))


def test_a_tags_event_is_the_first_period_with_the_share(tmp_path: Path) -> None:
    frame = tags_of(
        tmp_path,
        {
            WEEK1: {"1.0": 100},
            WEEK2: {"1.0": 97, "2.0": 3},
            WEEK3: {"1.0": 95, "2.0": 5},
            WEEK4: {"1.0": 10, "2.0": 90},
        },
    )
    events = inb.first_seen_events(frame)
    assert records(events) == [
        {
            "date": WEEK3, "label": "2.0 reaches 5 % of acme/web", "repository": "acme/web",
            "url": None, "tag": "2.0", "share": 0.05, "after_gap": False,
        }
    ]  # fmt: skip
    later = inb.first_seen_events(frame, share=0.5)
    assert later["date"].dt.strftime("%Y-%m-%d").tolist() == [WEEK4]
    assert later["label"].tolist() == ["2.0 reaches 50 % of acme/web"]
    shuffled = frame.sample(frac=1, random_state=1)
    shuffled.attrs = frame.attrs
    pd.testing.assert_frame_equal(inb.first_seen_events(shuffled), events)


def test_what_the_first_held_period_shows_is_no_event(tmp_path: Path) -> None:
    frame = tags_of(tmp_path, {WEEK1: {"1.0": 60, "\\\\N": 40}, WEEK2: {"1.0": 1, "\\\\N": 99}})
    assert inb.first_seen_events(frame).empty
    assert list(inb.first_seen_events(frame)) == [
        "date", "label", "repository", "url", "tag", "share", "after_gap",
    ]  # fmt: skip


def test_pulls_by_digest_and_tags_that_are_no_version_are_no_release(tmp_path: Path) -> None:
    weeks = {
        WEEK1: {"1.0": 100},
        WEEK2: {"1.0": 40, "2.0": 20, "\\\\N": 20, "nightly-build": 20},
    }
    frame = tags_of(tmp_path, weeks)
    assert set(inb.first_seen_events(frame)["tag"]) == {"2.0", "nightly-build"}
    assert inb.first_seen_events(inb.cohorts(frame))["cohort"].tolist() == ["2"]


def test_after_a_gap_it_may_have_been_earlier(tmp_path: Path) -> None:
    frame = tags_of(tmp_path, {WEEK1: {"1.0": 9}, WEEK3: {"1.0": 1, "2.0": 8}})
    events = inb.first_seen_events(frame)
    assert [plain(day) for day in events["date"]] == [WEEK3]
    assert events["after_gap"].tolist() == [True]


def test_variants_are_named(tmp_path: Path) -> None:
    frame = tags_of(tmp_path, {WEEK1: {"1.0": 9}, WEEK2: {"1.0": 1, "2.0": 8, "2.0-alpine": 9}})
    events = inb.first_seen_events(inb.cohorts(frame, variants=True))
    assert sorted(events["label"]) == [
        "2 reaches 5 % of acme/web",
        "2-alpine reaches 5 % of acme/web",
    ]


def test_events_of_the_samples_are_those_of_the_text(samples: Archive) -> None:
    frame = inb.tag_pulls(samples, Selection("week", 12))
    events = inb.first_seen_events(frame, share=0.1)
    cells: dict[str, dict[str, dict[str | None, int]]] = {}
    for row in sample_rows("trends", "week"):
        if row["START"] >= "2025-11-03":
            tag = None if row["TAG"] == "\\\\N" else row["TAG"]
            its = cells.setdefault(row["IMAGE_REPOSITORY"], {}).setdefault(row["START"], {})
            its[tag] = its.get(tag, 0) + int(row["PULLS"])
    truth = set()
    for name, weeks in cells.items():
        seen: set[str] = set()
        for week in sorted(weeks):
            whole = sum(weeks[week].values())
            for tag, count in weeks[week].items():
                if tag is not None and tag not in seen and whole and count / whole >= 0.1:
                    seen.add(tag)
                    # The interval's first week is held: it says zero of whom it does not name.
                    if week > "2025-11-03":
                        truth.add((week, name, tag))
    found = {
        (row["date"], row["repository"], row["tag"])
        for row in records(events)
        if str(row["repository"]).startswith("moonbarrow/")
    }
    assert found == truth
    assert len(truth) > 3
    assert GAP not in {day for day, *_ in truth}


@pytest.mark.parametrize("share", [0, -0.1, 1.5])
def test_a_share_that_is_none_is_refused(samples: Archive, share: float) -> None:
    frame = inb.tag_pulls(samples, Selection("month", 3))
    with pytest.raises(errors.SelectionError, match="share="):
        inb.first_seen_events(frame, share=share)
