"""A call computes what its code computes, once, and prints it so that it can be run anywhere."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.explorers.call import Call, Chart, call, cell, spelled, unprinted

VIEW = inb.Selection("month", 6, ["moonbarrow/kiln", "moonbarrow/ferry"])


def run(code: str, last: str = "frame") -> Any:  # noqa: ANN401 - whatever the code makes
    names: dict[str, Any] = {}
    exec(compile(code, "cell", "exec"), names)  # noqa: S102 - our own
    return names[last]


@pytest.fixture
def source(samples: inb.Archive) -> Call:
    return call(inb.samples).known(samples).named("archive")


@pytest.fixture
def tags(source: Call) -> Call:
    view = call(inb.Selection, "month", 6, [*(VIEW.repositories or ())]).known(VIEW).named("view")
    return call(inb.tag_pulls, source, view).named("tags")


def test_a_chain_computes_what_it_prints(tags: Call) -> None:
    kept = tags[tags["repository"] == "moonbarrow/kiln"].reset_index(drop=True).named("tags")
    frame = call(inb.cohorts, kept, by="minor").named("frame")
    assert frame.code.splitlines() == [
        "import insights_nb as inb",
        "",
        "archive = inb.samples()",
        "view = inb.Selection('month', 6, ['moonbarrow/kiln', 'moonbarrow/ferry'])",
        "tags = inb.tag_pulls(archive, view)",
        "tags = tags[tags['repository'] == 'moonbarrow/kiln'].reset_index(drop=True)",
        "frame = inb.cohorts(tags, by='minor')",
    ]
    pd.testing.assert_frame_equal(run(frame.code), frame.frame)


def test_conditions_are_joined_as_pandas_joins_them(tags: Call) -> None:
    wanted = (tags["tag"] == "latest") | tags["tag"].isna()
    frame = tags[wanted].named("frame")
    assert "tags[(tags['tag'] == 'latest') | tags['tag'].isna()]" in frame.code
    pd.testing.assert_frame_equal(run(frame.code), frame.frame)


def test_it_is_computed_once_and_only_when_asked_for() -> None:
    asked = []

    def count() -> int:
        asked.append(1)
        return 7

    one = call(count)
    other = one.named("seven")
    assert asked == []
    assert (one.value, other.value, other.named("again").value) == (7, 7, 7)
    assert asked == [1]


def test_what_failed_is_computed_again() -> None:
    answers = iter([inb.InsightsError("Add a report."), 7])

    def count() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    one = call(count)
    with pytest.raises(inb.InsightsError, match=r"Add a report\."):
        _ = one.value
    assert one.value == 7


def test_what_fails_for_want_of_an_attribute_is_no_call() -> None:
    def broken() -> object:
        return object().frame  # type: ignore[attr-defined]

    with pytest.raises(AttributeError):
        _ = call(broken).frame


def test_one_name_for_two_values_is_refused(tags: Call) -> None:
    other = tags.head(1).named("tags")
    with pytest.raises(ValueError, match="Two values are called 'tags'"):
        _ = call(pd.concat, [tags, other]).code


def test_imports_are_those_that_the_lines_need(source: Call) -> None:
    status = source.status(dt.date(2026, 11, 2)).named("frame")
    both = call(pd.concat, [status, status]).named("frame")
    assert both.code.splitlines() == [
        "import datetime as dt",
        "",
        "import insights_nb as inb",
        "import pandas as pd",
        "",
        "archive = inb.samples()",
        "frame = archive.status(dt.date(2026, 11, 2))",
        "frame = pd.concat([frame, frame])",
    ]
    pd.testing.assert_frame_equal(run(both.code), both.frame)


def test_a_text_stays_a_text(source: Call) -> None:
    wicked = "x'] + __import__('os').name + ['"
    frame = call(inb.audience, source, None, "country", where={"client": [wicked]}).named("frame")
    assert run(frame.code).empty
    assert frame.frame.empty


def test_defaults_and_what_no_code_gives_are_left_out(tags: Call) -> None:
    events = pd.DataFrame({"date": [pd.Timestamp("2026-09-01")], "label": ["2.0"]})
    chart = Chart(tags, lambda frame, **_: frame, inb.tag_chart, share=False, events=None)
    assert cell(chart.call).splitlines()[-2:] == ["frame = tags", "inb.tag_chart(frame)"]
    marked = Chart(tags, lambda _, **given: given, inb.tag_chart, events=unprinted(events))
    assert cell(marked.call).splitlines()[-1] == "inb.tag_chart(frame)"
    assert marked.drawing["events"] is events  # type: ignore[index]


def test_values_are_spelled_out() -> None:
    clients = spelled({"acme-agent": "CI/CD"}).named("clients")
    assert clients.code.splitlines()[-1] == "clients = {'acme-agent': 'CI/CD'}"


def test_it_knows_for_which_selection_it_was_computed(source: Call, tags: Call) -> None:
    assert tags.head(3).selection == VIEW
    assert source.status(dt.date(2026, 11, 2)).selection is None
    view = call(inb.Selection, "month", 6).named("view")
    year = call(inb.tag_pulls, source, view.replace(months=12).named("year"))
    assert year.selection == inb.Selection("month", 12)
    assert "year = view.replace(months=12)\ninb.tag_pulls(archive, year)" in year.code
