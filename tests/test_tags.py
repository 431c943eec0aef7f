"""How tags are read: the grammar, a publisher's own rules, and what numbers come of both."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect

import insights_nb as inb
from insights_nb import errors
from insights_nb.explorers.dropping import suggested, versions
from insights_nb.exports import sidecar
from insights_nb.metrics.versions import LATEST, OTHER, VERSION, Version, read_tag, tag_reader
from insights_nb.opening import TAGS_VARIABLE
from insights_nb.reading.tags import TagRule
from tests.commands import command as run
from tests.hostile import SCRIPT
from tests.pages import assert_code_gives_frames, control, said
from tests.reports import trends_row, write_trends
from tests.servers import dashboard
from tests.test_adoption import archive_of, frame_of, of, one

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KNOWN = Path(__file__).parent / "data" / "known_tags.csv"
"""Tags of images with different habits, each with what it says; a plain one says nothing."""

WEEKS = 12


@pytest.fixture(autouse=True)
def _no_rules_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TAGS_VARIABLE, raising=False)


def known() -> list[dict[str, str]]:
    with KNOWN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- the grammar ----------------------------------------------------------------------------


@pytest.mark.parametrize("row", known(), ids=lambda row: f"{row['image']}:{row['tag']}")
def test_a_known_images_tag_says_what_its_publisher_means(row: dict[str, str]) -> None:
    read = read_tag(row["tag"])
    if row["version"]:
        # Further parts than a patch are in no cohort.
        parts = tuple(row["version"].split("."))
        expected = Version(VERSION, parts, row["variant"], row["rebuild"], row["prerelease"])
    elif row["moving"]:
        family = LATEST if row["moving"] == "latest" else OTHER
        expected = Version(family, variant=row["variant"], name=row["moving"])
    else:
        expected = Version(OTHER, name=row["tag"])
    assert read == expected


def test_the_known_tags_are_of_thirty_images_and_more() -> None:
    assert len({row["image"] for row in known()}) >= 30


@given(st.from_regex(r"[\w.+-]{0,140}", fullmatch=True) | st.text(max_size=20))
def test_any_text_is_read_and_found_by_its_name(tag: str) -> None:
    read = read_tag(tag)
    assert read.within(read)
    assert {read.cohort(by) for by in ("major", "minor", "patch")}
    assert (read.family == VERSION) == bool(read.parts)


@given(
    st.lists(st.integers(0, 999), min_size=3, max_size=3),
    st.sampled_from(["", "v", "amd64-", "arm64v8-", "release-", "jdk-", "R"]),
    st.sampled_from(["", "-rc1", "-beta.2", "-SNAPSHOT"]),
    st.sampled_from(["", "-alpine", "-debian-12", "-alpine3.19", "-slim-bookworm"]),
    st.sampled_from(["", "-r31", "-ls34", "-20240115"]),
)
def test_what_a_tag_is_put_together_from_is_read_from_it(
    numbers: list[int], prefix: str, early: str, variant: str, rebuild: str
) -> None:
    parts = tuple(map(str, numbers))
    named = ["" if prefix == "v" else prefix.strip("-"), variant.strip("-")]
    assert read_tag(f"{prefix}{'.'.join(parts)}{early}{variant}{rebuild}") == Version(
        VERSION, parts, "-".join(filter(None, named)), rebuild.strip("-"), early.strip("-")
    )


@pytest.mark.parametrize(
    "text", ["a-", "1.", "1-", "latest-", "alpine-1", "deadbeef1", "rc-1", "x_1", "1.2-rc."]
)
def test_a_text_of_any_length_is_read_at_once(text: str) -> None:
    # Longer than Docker allows: it is no version, whatever it begins with.
    assert read_tag(text * 50_000) == Version(OTHER, name=text * 50_000)


# --- numbers of publishers with different habits --------------------------------------------


def candidates() -> pd.DataFrame:
    """Return 1.28.0-rc1 for eight weeks, then 1.28.0, which takes over within eleven."""
    grown = [150, 300, 450, 600, 750, 900, *[1000] * 6]
    left = [900, 800, 700, 600, 500, 400, 300, 200, *[100] * 4]
    return frame_of(
        {
            "1.27.3": [1000] * 12 + left,
            "1.28.0-rc1": [0] * 4 + [12] * 20,
            "1.28.0": [0] * 12 + grown,
            None: [500] * 24,
        },
        start="2026-05-04",
    )


def test_a_candidate_starts_no_releases_clock() -> None:
    row = one(inb.release_adoption(candidates()), release="1.28")
    assert f"{row['first_seen']:%Y-%m-%d}" == "2026-07-27"
    assert (row["days_to_10"], row["days_to_50"]) == (0, 21)
    # Without the candidate's 12 in either.
    assert row["share"] == pytest.approx(1000 / 1100)
    assert inb.release_adoption(candidates())["release"].tolist() == ["1.28", "1.27"]


def test_a_candidate_is_shown_apart() -> None:
    frame = inb.cohorts(candidates(), by="minor")
    assert frame["cohort"].drop_duplicates().tolist() == [
        "1.28", "1.28 (pre-release)", "1.27", "by digest",
    ]  # fmt: skip
    assert frame.groupby("cohort")["pulls"].sum()["1.28 (pre-release)"] == 240
    events = inb.first_seen_events(frame)
    assert events[["cohort", "date"]].astype(str).to_numpy().tolist() == [["1.28", "2026-07-27"]]
    assert of(inb.still_used(candidates(), "1.28.0-rc1")) == [240]
    assert of(inb.still_used(candidates(), "1.28 (pre-release)")) == [240]
    # Whoever drops 1.28 drops its candidates, too.
    assert of(inb.still_used(candidates(), "1.28")) == [9150 + 240]


def rebuilt() -> pd.DataFrame:
    """Return a rebuild a week of 3.4.6 on two systems, one of which fades out."""
    tags: dict[str | None, list[int | None]] = {"3.4.6": [50] * WEEKS, None: [80] * WEEKS}
    for week in range(WEEKS):
        for system, build, pulls in (("12", 20 + week, 300), ("11", 50 + week, 100 - 8 * week)):
            counts: list[int | None] = [0] * WEEKS
            counts[week] = pulls
            tags[f"3.4.6-debian-{system}-r{build}"] = counts
    return frame_of(tags)


def test_rebuilds_belong_to_their_version_and_variant() -> None:
    frame = inb.cohorts(rebuilt(), by="patch", variants=True)
    sums = frame.groupby(["cohort", "variant"])["pulls"].sum().to_dict()
    fading = sum(100 - 8 * week for week in range(WEEKS))
    assert sums == {
        ("3.4.6", ""): 600,
        ("3.4.6", "debian-11"): fading,
        ("3.4.6", "debian-12"): 3600,
        ("by digest", ""): 960,
    }
    row = one(inb.still_used(rebuilt(), "3.4.6-debian-11"))
    assert (row["pulls"], row["pulls_last"], row["quiet_periods"]) == (fading, 12, 0)
    assert of(inb.still_used(rebuilt(), "3.4-debian-12")) == [3600]
    assert of(inb.still_used(rebuilt(), "debian-12")) == [3600]
    assert of(inb.still_used(rebuilt(), "3.4.6-debian-12-r31")) == [300]
    assert of(inb.still_used(rebuilt(), "3.4.6")) == [600 + 3600 + fading]


def prefixed() -> pd.DataFrame:
    pulls = {
        "amd64-2.1.0": 200, "arm64v8-2.1.0": 100, "amd64-1.9.4": 90, "release-2.1.0": 40,
        "version-2.1.0": 20, "latest": 30, None: 80,
    }  # fmt: skip
    return frame_of({tag: [count] * WEEKS for tag, count in pulls.items()})


def test_the_number_behind_a_prefix_is_the_version() -> None:
    sums = inb.cohorts(prefixed(), by="minor").groupby("cohort")["pulls"].sum()
    assert sums.to_dict() == {"2.1": 4320, "1.9": 1080, "latest": 360, "by digest": 960}
    assert of(inb.still_used(prefixed(), "amd64-2.1.0")) == [2400]
    assert of(inb.still_used(prefixed(), "amd64")) == [2400 + 1080]
    assert inb.release_adoption(prefixed())["release"].tolist() == ["2.1", "1.9"]


def moving() -> pd.DataFrame:
    pulls = {"2.x": 300, "2.1": 100, "1.x": 50, None: 80}
    return frame_of({tag: [count] * WEEKS for tag, count in pulls.items()})


def test_a_moving_tag_belongs_to_what_it_says() -> None:
    row = one(inb.still_used(moving(), "2.x"))
    assert row["pulls"] == 4800
    assert round(100 * row["share"], 1) == 75.5
    sums = inb.cohorts(moving(), by="minor").groupby("cohort")["pulls"].sum()
    assert sums.to_dict() == {
        "2 (floating tag)": 3600, "2.1": 1200, "1 (floating tag)": 600, "by digest": 960,
    }  # fmt: skip
    assert of(inb.cohort_pulls(moving(), "2 (floating tag)"))[:2] == [300, 300]
    assert of(inb.still_used(moving(), "1")) == [600]
    # 2.x moves by itself: only 2.1 is a release.
    assert inb.release_adoption(moving())["release"].tolist() == ["2.1"]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [(candidates(), "1.27"), (rebuilt(), None), (prefixed(), "1.x"), (moving(), "1.x")],
)
def test_the_oldest_version_is_asked_about_first(frame: pd.DataFrame, expected: str | None) -> None:
    assert suggested(versions(frame)) == (expected and f"acme/web:{expected}")


PLAIN = {
    "2026-05-04": 1, "20240115": 2, "sha-1a2b3c": 4, "edge": 8, "stable": 16, "stable-alpine": 32,
    "1.0-alpine": 64, "latest": 128, "latest-alpine": 256, "alpine": 512,
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "pulls"),
    [
        *((tag, count) for tag, count in PLAIN.items() if tag not in {"stable", "latest"}),
        ("stable", 48), ("latest", 384), ("other", 575), ("1", 64),
    ],
)  # fmt: skip
def test_any_tag_can_be_asked_for_by_its_name(asked: str, pulls: int) -> None:
    frame = frame_of({tag: [count] for tag, count in PLAIN.items()})
    assert of(inb.still_used(frame, asked)) == [pulls]
    assert of(inb.cohort_pulls(frame, asked)) == [pulls]


def test_a_variant_is_that_of_any_version_unless_a_tag_is_called_so() -> None:
    frame = frame_of({"1.0-alpine": [1], "2.0-alpine": [2], "2.0": [4]})
    assert of(inb.still_used(frame, "alpine")) == [3]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [("20240116", "Did you mean 20240115?"), ("1.0-alpin", "Did you mean 1.0-alpine"), ("zz", "")],
)
def test_what_there_is_not_is_refused_with_what_is_near(asked: str, hint: str) -> None:
    frame = frame_of({tag: [count] for tag, count in {**PLAIN, "1.1-rc1": 0}.items()})
    with pytest.raises(errors.UnknownNameError) as caught:
        inb.still_used(frame, asked)
    assert f"cohort {asked!r}; it has 1, latest, other." in str(caught.value)
    assert hint in str(caught.value)
    assert ("Did you mean" in str(caught.value)) == bool(hint)


# --- a publisher's own rules ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "rule", "tag", "expected"),
    [
        ("stable", {"alias": "2.x"}, "stable", Version(VERSION, ("2",))),
        ("tip-*", {"alias": "edge"}, "tip-slim", Version(OTHER, name="edge")),
        ("jessie*", {"version": "8.11"}, "jessie-slim", Version(VERSION, ("8", "11"))),
        ("jessie", {"version": "8", "variant": "old"}, "jessie", Version(VERSION, ("8",), "old")),
        ("*-r1", {"variant": "own"}, "1.2-r1", Version(VERSION, ("1", "2"), "own", "r1")),
        ("9.9.*", {"ignore": True}, "9.9.1", Version(OTHER, name="9.9.1")),
        ("rel{version}", {}, "rel20", Version(VERSION, ("20",))),
        ("{variant}@{version}", {}, "", None),
        ("{version}of{variant}", {}, "3.1ofweb", Version(VERSION, ("3", "1"), "web")),
        ("a-{version}", {}, "a-1.2-rc1-slim", Version(VERSION, ("1", "2"), "slim", "", "rc1")),
        ("x?-{version}", {"variant": ""}, "xy-7", Version(VERSION, ("7",))),
        # What stands for a version is none: it is read as always.
        ("main-{version}", {}, "main-20240115", Version(OTHER, name="main-20240115")),
        ("1.0", {"alias": "2.0"}, "1.00", Version(VERSION, ("1", "00"))),
        # A dot is a dot.
        ("1.0", {"ignore": True}, "1x0", Version(OTHER, name="1x0")),
    ],
)  # fmt: skip
def test_a_rule_says_how_its_tags_are_read(
    pattern: str, rule: TagRule, tag: str, expected: Version | None
) -> None:
    if expected is None:
        with pytest.raises(errors.SelectionError, match="no pattern of tags"):
            tag_reader({pattern: rule})
    else:
        assert tag_reader({pattern: rule})(tag) == expected


def test_the_first_rule_that_fits_counts() -> None:
    read = tag_reader({"1.9*": {"ignore": True}, "1.*": {"alias": "2.0"}})
    assert read("1.9.1").family == OTHER
    assert read("1.8").parts == ("2", "0")
    assert read(None).family == "by digest"


def write(folder: Path, *lines: str, name: str = "tags.csv") -> Path:
    path = folder / name
    header = "pattern,version,variant,ignore,alias"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_rules_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv.gz"
    text = (
        "Alias,PATTERN,ignore\r\n2.x, stable ,\r\n\r\n,,\r\n,build-*,YES\r\n,web_{version},no\r\n"
    )
    path.write_bytes(gzip.compress(text.encode("utf-8-sig")))
    rules = inb.read_tag_rules(path)
    assert rules == {"stable": {"alias": "2.x"}, "build-*": {"ignore": True}, "web_{version}": {}}
    assert list(rules) == ["stable", "build-*", "web_{version}"]


WRONG = [
    (",3.4,,,", "pattern", "the rule has no pattern", "Write a tag"),
    ("a b,3.4,,,", "pattern", "'a b' is no pattern of tags", "web_{version}"),
    ("a{name},3.4,,,", "pattern", "'a{name}' is no pattern", "{variant}"),
    ("{version}-{version},,,,", "pattern", "has {version} twice", "write *"),
    ("edge,,,,", "pattern", "does not say how", "Fill in version"),
    ("edge,2.x,,,", "version", "'2.x' is no version", "column alias"),
    ("edge,,,maybe,", "ignore", "'maybe' is neither yes nor no", "Write yes"),
    ("edge,,alpine,yes,", "ignore", "are ignored, and have", "Keep one"),
    ("edge,,,,2 x", "alias", "'2 x' is no tag", "latest"),
    ("edge,2,,,2.x", "version", "more than one place", "Keep one"),
    ("e-{version},2,,,", "version", "more than one place", "Keep one"),
    ("stable,,,,3.x", None, "another rule in line 2", "Keep one"),
    ("stable,,,,3.x,", None, "6 fields", "as many commas"),
]


@pytest.mark.parametrize(("row", "column", "seen", "remedy"), WRONG)
def test_a_wrong_line_is_named_with_its_value_and_a_remedy(
    tmp_path: Path, row: str, column: str | None, seen: str, remedy: str
) -> None:
    path = write(tmp_path, "stable,,,,2.x", row)
    with pytest.raises(errors.ReadError) as caught:
        inb.read_tag_rules(path)
    assert (caught.value.line, caught.value.column) == (3, column)
    for part in (str(path), "line 3", seen, remedy):
        assert part in str(caught.value)


def test_a_wrong_header_is_told_with_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv"
    path.write_text("pattern,varient\n")
    with pytest.raises(errors.ReadError, match="perhaps meant as variant") as caught:
        inb.read_tag_rules(path)
    assert "pattern,version,variant,ignore,alias" in str(caught.value)


@pytest.mark.parametrize(
    "rules", [{"edge": {}}, {"edge": {"version": "two"}}, {"e": {"vers": "2"}}, {"edge": "2.x"}]
)
def test_wrong_rules_are_refused_in_python_too(samples: inb.Archive, rules: object) -> None:
    with pytest.raises(errors.SelectionError, match="tags\\['e"):
        inb.tag_pulls(samples, tags=rules)  # type: ignore[arg-type]


def test_a_version_given_as_a_number_is_refused(samples: inb.Archive) -> None:
    # 3.10 is 3.1 as a number.
    with pytest.raises(errors.SelectionError, match="Write it as text"):
        inb.tag_pulls(samples, tags={"edge": {"version": 3.10}})  # type: ignore[typeddict-item]


def own_archive(folder: Path) -> inb.Archive:
    """Return an archive whose publisher's tags no grammar could read."""
    starts = [f"2026-09-{day:02}" for day in (7, 14, 21)]
    counts = [{"stable": 5, "old-7": 3, "web_9": 2}, {"stable": 5, "old-7": 2, "web_9": 4}]
    counts.append({"stable": 5, "old-7": 1, "web_9": 6})
    rows = [
        write_trends(
            folder, start, [trends_row(start, tag=t, downloads=n) for t, n in each.items()]
        )
        for start, each in zip(starts, counts, strict=True)
    ]
    return archive_of(folder, *rows)


OWN = ("stable,,,,9.x", "old-7,,,yes,", "{variant}_{version},,,,")


def test_rules_change_the_versions_of_all_that_is_made_of_a_frame(tmp_path: Path) -> None:
    archive = own_archive(tmp_path)
    rules = inb.read_tag_rules(write(tmp_path, *OWN))
    plain, tags = inb.tag_pulls(archive), inb.tag_pulls(archive, tags=rules)
    pd.testing.assert_frame_equal(plain, tags, check_flags=False)
    sums = inb.cohorts(tags).groupby("cohort")["pulls"].sum()
    assert sums.to_dict() == {"9": 27, "other": 6}
    apart = inb.cohorts(tags, variants=True)
    assert apart.groupby("variant")["pulls"].sum().to_dict() == {"": 21, "web": 12}
    assert of(inb.still_used(tags, "9")) == [27]
    assert of(inb.still_used(tags, "stable")) == [15]
    assert of(inb.still_used(tags, "old-7")) == [6]
    assert inb.cohorts(plain)["cohort"].drop_duplicates().tolist() == ["9", "7", "other"]
    told = {
        item["schema:name"]: item["schema:value"]
        for item in json.loads(sidecar(tags, "x.csv"))["schema:additionalProperty"]
    }
    assert told["tags"] == rules


def test_a_file_that_is_named_comes_before_the_environments_and_that_before_the_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = own_archive(tmp_path)
    assert inb.tag_rules_of(archive) is None
    write(archive.folder, "a,1,,,")
    assert inb.tag_rules_of(archive) == {"a": {"version": "1"}}
    monkeypatch.setenv(TAGS_VARIABLE, str(write(tmp_path, "b,1,,,", name="b.csv")))
    assert inb.tag_rules_of(archive) == {"b": {"version": "1"}}
    named = write(tmp_path, "c,1,,,", name="c.csv")
    assert inb.tag_rules_of(archive, named) == {"c": {"version": "1"}}
    # Neither a report, nor a stray file.
    assert archive.verify().clean
    assert archive.repair().clean


@pytest.mark.parametrize("kind", ["archive", "path", "mapping"])
def test_the_page_reads_tags_by_own_rules(tmp_path: Path, kind: str) -> None:
    archive = own_archive(tmp_path)
    path = write(archive.folder if kind == "archive" else tmp_path, *OWN)
    given = {"archive": None, "path": path, "mapping": inb.read_tag_rules(path)}[kind]
    explorer = inb.AdoptionExplorer(archive, tags=given)
    control(explorer, "Show").value = "major"
    assert set(explorer.frames["over time"]["cohort"]) == {"9", "other"}
    assert explorer.frames["releases"]["release"].tolist() == ["9"]
    assert "tags=rules" in explorer.code["over time"]
    assert_code_gives_frames(explorer)


def test_a_page_takes_in_rules_that_were_written_since(tmp_path: Path) -> None:
    archive = own_archive(tmp_path)
    explorer = inb.AdoptionExplorer(archive)
    control(explorer, "Show").value = "major"
    assert "7" in set(explorer.frames["over time"]["cohort"])
    assert "tags=rules" not in "".join(explorer.code.values())
    write(archive.folder, *OWN)
    explorer._refresh()
    assert set(explorer.frames["over time"]["cohort"]) == {"9", "other"}


@pytest.mark.parametrize("text", ["edge,2.x,,,", f'"{SCRIPT}",1,,,'])
def test_a_file_that_is_wrong_is_said_and_the_page_is_drawn_without_it(
    tmp_path: Path, text: str
) -> None:
    archive = own_archive(tmp_path)
    path = write(archive.folder, text)
    explorer = inb.AdoptionExplorer(archive)
    assert "tags.csv, line 2, column" in said(explorer)
    assert "read without this file" in said(explorer)
    assert "over time" in explorer.frames
    assert_code_gives_frames(explorer)
    path.unlink()
    explorer._refresh()
    assert "without this file" not in said(explorer)


@pytest.mark.parametrize(
    ("command", "by"),
    [*itertools.product(["dashboard", "lab"], ["option", "environment"]), ("dashboard", "archive")],
)
def test_a_command_says_what_is_wrong_with_the_rules_and_ends(
    tmp_path: Path, command: str, by: str
) -> None:
    archive = own_archive(tmp_path)
    path = write(archive.folder if by == "archive" else tmp_path, "edge,2.x,,,")
    options = ["--tags", str(path)] if by == "option" else []
    environment = {TAGS_VARIABLE: str(path)} if by == "environment" else {}
    done = run(
        command, "--archive", str(archive.folder), *options, cwd=tmp_path, environment=environment
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "tags.csv, line 2, column version" in line
    assert done.stdout == ""


@pytest.mark.browser
def test_the_dashboard_tells_versions_apart_by_own_rules(browser: Browser, tmp_path: Path) -> None:
    archive = own_archive(tmp_path)
    path = write(tmp_path, *OWN, name="rules.csv")
    with (
        dashboard("--archive", str(archive.folder), "--tags", str(path)) as running,
        browser.new_context(viewport={"width": 1280, "height": 1000}) as context,
    ):
        page = context.new_page()
        page.goto(f"{running.url}?tab=adoption&level=major", wait_until="commit")
        panel = page.get_by_role("tabpanel", name="Adoption")
        # Only the newest version was pulled, so that none is asked about until one is chosen.
        expect(panel.get_by_text("Only the newest version")).to_be_visible(timeout=60_000)
        panel.get_by_role("radio", name="9.x, 27 pulls").check()
        expect(panel.get_by_role("heading", name="Can we drop acme/web 9.x?")).to_be_visible()


def test_the_review_tells_versions_apart_by_own_rules(tmp_path: Path) -> None:
    files = [
        write_trends(
            tmp_path,
            start,
            [
                trends_row(start, tag=tag, downloads=count, granularity="month")
                for tag, count in counts.items()
            ],
        )
        for start, counts in (
            ("2026-08-01", {"stable": 3, "web_8": 6}),
            ("2026-09-01", {"stable": 5, "web_8": 1, "web_9": 4, "old-7": 2}),
        )
    ]
    archive = archive_of(tmp_path, *files)
    write(archive.folder, *OWN)
    frames = inb.MonthlyReview(archive, "2026-09").adoption().frames
    now = frames["cohorts"][frames["cohorts"]["period"] == "2026-09-01"]
    assert dict(zip(now["cohort"], now["pulls"], strict=True)) == {
        "9 (floating tag)": 9, "8 (floating tag)": 1, "other": 2,
    }  # fmt: skip
