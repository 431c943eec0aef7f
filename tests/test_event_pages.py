"""Events on the pages: which are listed, the switch, the link, and the code."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd
import pytest
import traitlets

import insights_nb as inb
from insights_nb.errors import ReadError
from insights_nb.explorers.shell import Explorer
from insights_nb.opening import EVENTS_VARIABLE
from insights_nb.widgets import EventList
from tests.commands import command as run
from tests.controls_page import ControlsPage
from tests.hostile import TEXTS
from tests.pages import assert_code_draws_charts, assert_code_gives_frames, chart, said, widgets_of
from tests.reports import summary_row, trends_row, write_summary, write_trends

WEEKS = ["2026-09-07", "2026-09-14", "2026-09-21"]


@pytest.fixture(autouse=True)
def _no_events_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EVENTS_VARIABLE, raising=False)


@pytest.fixture
def archive(tmp_path: Path) -> inb.Archive:
    made = inb.Archive(tmp_path / "archive")
    names = ("acme/web", "acme/api")
    for number, week in enumerate(WEEKS):
        made.add(
            [
                write_summary(tmp_path, week, [summary_row(week, name) for name in names]),
                write_trends(
                    tmp_path,
                    week,
                    [trends_row(week, "acme/web", tag="1.0", downloads=90)]
                    + [trends_row(week, "acme/web", tag="2.0", downloads=30)] * (number > 0),
                ),
            ],
            quiet=True,
        )
    return made


def write(folder: Path, *lines: str, name: str = "events.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(["date,label,repository,url", *lines, ""]), encoding="utf-8")
    return path


def listed(explorer: Explorer) -> list[tuple[int, str, str]]:
    (found,) = widgets_of(explorer, EventList)
    return [(one["number"], one["dates"], one["text"]) for one in found.items]


def switch(explorer: Explorer, *, on: bool) -> None:
    (found,) = widgets_of(explorer, EventList)
    found.set_state({"shown": on})


def marks(explorer: Explorer, panel: str) -> list[str]:
    texts: list[str] = chart(explorer.page.panels[panel]).datasets["events"]["text"]
    return texts


# --- where events come from ----------------------------------------------------------------------


def test_an_archives_events_are_those_in_its_folder(archive: inb.Archive) -> None:
    assert inb.events_of(archive) is None
    write(archive.folder, "2026-09-08,2.0 is out,acme/web,https://acme.example/2")
    found = inb.events_of(archive)
    assert found is not None
    assert found["label"].tolist() == ["2.0 is out"]


def test_a_file_that_is_named_comes_before_the_environments_and_that_before_the_archives(
    archive: inb.Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(archive.folder, "2026-09-08,the archive's,,")
    told = write(tmp_path, "2026-09-08,the environment's,,", name="told.csv")
    named = write(tmp_path, "2026-09-08,named,,", name="named.csv")
    monkeypatch.setenv(EVENTS_VARIABLE, str(told))
    for path, label in ((None, "the environment's"), (named, "named")):
        found = inb.events_of(archive, path)
        assert found is not None
        assert found["label"].tolist() == [label]


def test_a_file_that_is_not_there_is_said(archive: inb.Archive, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"gone\.csv"):
        inb.events_of(archive, tmp_path / "gone.csv")


def test_an_archive_takes_its_events_for_no_report_and_for_no_stray_file(
    archive: inb.Archive,
) -> None:
    before = archive.entries()
    write(archive.folder, "2026-09-08,x,,")
    assert archive.entries() == before
    assert archive.verify().clean
    assert archive.repair().clean


def test_the_samples_have_events_that_the_dashboard_shows(samples: inb.Archive) -> None:
    assert [text for _, _, text in listed(inb.PullExplorer(samples))] == [
        "Tag 2 moves to a new build (moonbarrow/ferry)",
        "A pipeline runs wild until 28 June (moonbarrow/kiln)",
        "1.0 is out (moonbarrow/beacon)",
    ]


# --- the explorers -------------------------------------------------------------------------------


def test_pulls_list_and_mark_the_archives_events(archive: inb.Archive) -> None:
    write(
        archive.folder,
        "2026-09-08,2.0 is out,acme/web,https://acme.example/2",
        "2026-09-10,Outage,,",
        "2026-09-22,1.1 is out,acme/api,",
        "2027-01-01,Later,,",
        "2026-09-08,Elsewhere,acme/cli,",
    )
    explorer = inb.PullExplorer(archive)
    assert listed(explorer) == [
        (1, "8 Sep 2026", "2.0 is out (acme/web)"),
        (1, "10 Sep 2026", "Outage"),
        (2, "22 Sep 2026", "1.1 is out (acme/api)"),
    ]
    assert len(marks(explorer, "pulls")) == 2
    explorer.selection = explorer.selection.replace(repositories=["acme/web"])
    assert [text for _, _, text in listed(explorer)] == ["2.0 is out (acme/web)", "Outage"]
    assert len(marks(explorer, "pulls")) == 1
    assert "Event 1, 8 Sep 2026: 2.0 is out" in chart(explorer.page.panels["pulls"]).description


def test_adoption_marks_own_events_and_when_a_tag_first_counted(archive: inb.Archive) -> None:
    write(archive.folder, "2026-09-08,Announced,acme/web,")
    explorer = inb.AdoptionExplorer(archive)
    assert listed(explorer) == [
        (1, "8 Sep 2026", "Announced (acme/web)"),
        (2, "14 – 20 Sep 2026", "2.0 reaches 5 % of acme/web"),
    ]
    assert len(marks(explorer, "over time")) == 2


@pytest.mark.parametrize(
    ("kind", "panel"), [(inb.PullExplorer, "pulls"), (inb.AdoptionExplorer, "over time")]
)
def test_the_switch_takes_the_marks_away_and_keeps_the_list(
    archive: inb.Archive,
    kind: type[Explorer],
    panel: str,
) -> None:
    write(archive.folder, "2026-09-08,2.0 is out,acme/web,")
    explorer = kind(archive)
    before = listed(explorer)
    switch(explorer, on=False)
    assert marks(explorer, panel) == []
    assert listed(explorer) == before
    assert "events=" not in explorer.code[panel]
    switch(explorer, on=True)
    assert marks(explorer, panel)


@pytest.mark.parametrize(
    ("kind", "name"), [(inb.PullExplorer, "events"), (inb.AdoptionExplorer, "marks")]
)
def test_a_link_says_that_events_are_hidden_and_restores_it(
    archive: inb.Archive,
    kind: type[Explorer],
    name: str,
) -> None:
    write(archive.folder, "2026-09-08,2.0 is out,acme/web,")
    explorer = kind(archive)
    assert name not in explorer._link.parameters
    switch(explorer, on=False)
    assert explorer._link.parameters[name] == "hidden"
    other = kind(archive)
    other._link.set_state({"query": f"{name}=hidden"})
    (found,) = widgets_of(other, EventList)
    assert not found.shown
    other._link.set_state({"query": "months=3"})
    assert found.shown
    other._link.set_state({"query": f"{name}=maybe"})
    assert f"{name}='maybe' is not offered. Use 'shown' or 'hidden'." in said(other)


@pytest.mark.parametrize("kind", [inb.PullExplorer, inb.AdoptionExplorer])
def test_the_code_that_is_shown_draws_the_same_chart(
    archive: inb.Archive, kind: type[Explorer]
) -> None:
    write(archive.folder, "2026-09-08,2.0 is out,acme/web,")
    explorer = kind(archive)
    assert "events=events" in "".join(explorer.code.values())
    assert_code_gives_frames(explorer)
    assert_code_draws_charts(explorer)


def test_the_code_names_the_file_that_was_given(archive: inb.Archive, tmp_path: Path) -> None:
    path = write(tmp_path, "2026-09-08,2.0 is out,acme/web,", name="it's.csv")
    explorer = inb.PullExplorer(archive, events=path)
    assert f"events = inb.events_of(archive, {str(path)!r})" in explorer.code["pulls"]
    assert_code_draws_charts(explorer)


def test_rows_can_be_given_instead_of_a_file(archive: inb.Archive) -> None:
    write(archive.folder, "2026-09-08,the file's,,")
    rows = pd.DataFrame({"date": pd.to_datetime(["2026-09-15"]), "label": ["given"]})
    explorer = inb.PullExplorer(archive, events=rows)
    assert listed(explorer) == [(1, "15 Sep 2026", "given")]
    assert_code_draws_charts(explorer)


def test_without_events_there_is_no_switch(archive: inb.Archive) -> None:
    explorer = inb.PullExplorer(archive)
    (found,) = widgets_of(explorer, EventList)
    assert found.items == []
    assert "events=" not in explorer.code["pulls"]


def test_a_file_that_is_wrong_is_said_and_the_chart_is_drawn(archive: inb.Archive) -> None:
    path = write(archive.folder, "yesterday,2.0 is out,,")
    explorer = inb.PullExplorer(archive)
    assert "events.csv, line 2" in said(explorer)
    assert "'yesterday' is no date" in said(explorer)
    assert chart(explorer.page.panels["pulls"]).datasets["rows"]["period"]
    path.unlink()
    explorer._refresh()
    assert "yesterday" not in said(explorer)


def test_a_page_takes_in_what_was_written_since_it_was_prepared(archive: inb.Archive) -> None:
    explorer = inb.Dashboard(archive)
    assert listed(explorer) == []
    write(archive.folder, "2026-09-08,2.0 is out,acme/web,")
    explorer._refresh()
    assert listed(explorer) == [(1, "8 Sep 2026", "2.0 is out (acme/web)")]


def test_what_cannot_be_shown_leaves_no_list_behind(archive: inb.Archive) -> None:
    write(archive.folder, "2026-09-08,2.0 is out,acme/web,")
    explorer = inb.PullExplorer(archive)
    explorer.selection = explorer.selection.replace(repositories=[])
    assert listed(explorer) == []
    adoption = inb.AdoptionExplorer(archive)
    adoption.selection = adoption.selection.replace(repositories=["acme/api"])
    assert listed(adoption) == []


def test_an_explorers_chart_has_the_events(archive: inb.Archive) -> None:
    write(archive.folder, "2026-09-08,2.0 is out,acme/web,")
    (mark,) = inb.PullExplorer(archive).chart.to_dict()["datasets"]["events"]
    assert mark["tip"] == {"8 Sep 2026": "2.0 is out (acme/web)"}


# --- the commands --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "of"),
    [
        *itertools.product(["dashboard", "lab", "snapshot"], ["option", "environment"]),
        # JupyterLab opens any archive, each with its own events.
        *itertools.product(["dashboard", "snapshot"], ["archive"]),
    ],
)
def test_a_command_says_what_is_wrong_with_the_events_and_ends(
    archive: inb.Archive, tmp_path: Path, command: str, of: str
) -> None:
    path = write(archive.folder if of == "archive" else tmp_path, "8/9/2026,x,,")
    options = ["--archive", archive.folder, *(["--events", path] if of == "option" else [])]
    environment = {EVENTS_VARIABLE: str(path)} if of == "environment" else {}
    done = run(command, *options, cwd=tmp_path, environment=environment)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "events.csv, line 2" in line
    assert done.stdout == ""


# --- the list in a browser -----------------------------------------------------------------------


@pytest.fixture
def page(shown: ControlsPage) -> ControlsPage:
    shown.open()
    return shown


def item(text: str = "2.0 is out", number: int = 1, **more: str) -> dict[str, object]:
    return {"number": number, "dates": "8 Sep 2026", "text": text, **more}


def test_a_list_with_a_misspelt_key_raises() -> None:
    with pytest.raises(traitlets.TraitError, match="link"):
        EventList(items=[item(link="https://acme.example")])  # type: ignore[list-item]


def test_a_browser_may_turn_the_switch_and_nothing_else() -> None:
    control = EventList(items=[item()])  # type: ignore[list-item]
    control.set_state({"shown": False, "items": []})
    assert not control.shown
    assert len(control.items) == 1
    control.set_state({"shown": "yes"})
    assert control.shown is False


@pytest.mark.browser
def test_an_event_with_an_address_is_a_link_that_tells_the_other_page_nothing(
    page: ControlsPage,
) -> None:
    page.mount(EventList(items=[item(url="https://acme.example/2")]))  # type: ignore[list-item]
    link = page.page.get_by_role("link", name="2.0 is out")
    assert link.get_attribute("href") == "https://acme.example/2"
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("rel") == "noopener noreferrer"


@pytest.mark.browser
@pytest.mark.parametrize("url", ["javascript:window.ran=true", "data:text/html,x", " //evil", ""])
def test_what_is_no_web_address_is_no_link(page: ControlsPage, url: str) -> None:
    page.mount(EventList(items=[item(url=url)]))  # type: ignore[list-item]
    page.page.get_by_text("2.0 is out").wait_for()
    assert page.page.get_by_role("link").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("text", TEXTS)
def test_a_label_is_shown_as_text(page: ControlsPage, text: str) -> None:
    page.mount(EventList(items=[item(text)]))  # type: ignore[list-item]
    assert page.page.locator(".inb-what").text_content() == text
    assert page.page.evaluate("() => window.ran") is None


@pytest.mark.browser
def test_the_switch_works_from_the_keyboard_and_folds_the_list(page: ControlsPage) -> None:
    page.mount(EventList(items=[item(), item("1.0 is out", 2)]))  # type: ignore[list-item]
    rows = page.page.get_by_role("listitem")
    assert rows.all_text_contents() == ["18 Sep 20262.0 is out", "28 Sep 20261.0 is out"]
    page.page.get_by_role("checkbox", name="Events").focus()
    page.page.keyboard.press("Space")
    assert page.saved() == [{"shown": False}]
    page.receive({"shown": False})
    assert not page.page.get_by_role("list", name="Events").is_visible()
    assert page.page.get_by_role("checkbox", name="Events").is_visible()


@pytest.mark.browser
def test_without_events_neither_switch_nor_list_is_shown(page: ControlsPage) -> None:
    page.mount(EventList())
    assert not page.page.get_by_role("checkbox").is_visible()
    page.receive({"items": [item()]})
    page.page.get_by_role("checkbox", name="Events").wait_for()


@pytest.mark.browser
def test_a_long_list_scrolls_by_keyboard(page: ControlsPage) -> None:
    page.mount(EventList(items=[item(f"{n}.0", n) for n in range(60)]))  # type: ignore[list-item]
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("End")
    page.page.wait_for_function("() => document.querySelector('.inb-events ul').scrollTop > 0")
