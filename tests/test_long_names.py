"""Names that are too long for their place, or that would turn the words around them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.charts.bands import BandLook, band_drawing
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.marks.bars import BarLook, bar_drawing
from insights_nb.charts.marks.lines import LineLook, line_drawing
from insights_nb.charts.texts import harmless
from insights_nb.widgets import Facet, Figure, Figures, Item, RepositoryPicker
from tests.controls_page import ControlsPage
from tests.drawing import WIDTHS, shipped, texts
from tests.hostile import TURNED, hostile_archive
from tests.pages import chart, figures, said, widgets_of

LONG = "acme/" + 2 * "very-long-component-name-for-internal-platform-services-"
AT_THE_END = [f"{LONG}{number:03}" for number in range(4)]
INSIDE = [f"moonbarrow/platform-{part}-web-service-image" for part in ("frontend", "backend")]
ALONE = [f"{LONG}000"]
SHORT = ["acme/web", "acme/api"]


def over_time(names: list[str]) -> pd.DataFrame:
    days = pd.to_datetime(["2026-09-07", "2026-09-14"]).as_unit("s")
    rows = [(day, name, 10 + place) for day in days for place, name in enumerate(names)]
    frame = pd.DataFrame(rows, columns=["period", "image", "pulls"])
    frame["pulls"] = frame["pulls"].astype("Int64")
    frame.attrs["granularity"] = "week"
    return frame


def made_of(kind: str, names: list[str]) -> Drawing:
    if kind == "lines":
        return line_drawing(over_time(names), "image", "pulls", LineLook())
    if kind == "bands":
        return band_drawing(over_time(names), "image", BandLook())
    return bar_drawing(over_time(names)[: len(names)], "image", "pulls", BarLook())


def labels(kind: str, names: list[str], width: int) -> list[str]:
    """Return what is written of names that all begin alike, shortened or not."""
    drawn = texts(shipped(made_of(kind, names), width))
    return [each for each in drawn if "…" in each or each in names]


CHARTS = ["lines", "bands", "bars"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("names", [AT_THE_END, INSIDE, ALONE], ids=["end", "inside", "alone"])
@pytest.mark.parametrize("kind", CHARTS)
def test_long_names_are_told_apart(kind: str, names: list[str], width: int) -> None:
    written = labels(kind, names, width)
    assert len({*written}) == len(written) == len(names)
    for label in written:
        # Its end is not what is left out, and Vega has cut nothing more.
        assert any(name.endswith(label.rpartition("…")[2]) for name in names)
        assert not label.endswith("…")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", CHARTS)
def test_names_that_have_room_stay_whole(kind: str, width: int) -> None:
    assert {*SHORT} <= {*labels(kind, [*SHORT, *AT_THE_END], width)}
    assert sorted(labels(kind, SHORT, width)) == sorted(SHORT)


def test_what_is_folded_is_no_reason_to_cut_the_others_otherwise() -> None:
    many = [f"{LONG}{number:03}" for number in range(20)]
    written = labels("lines", many, 700)
    assert len({*written}) == len(written) == 11


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_figures_text_has_two_lines_and_is_told_whole(shown: ControlsPage, width: int) -> None:
    whole = f"{AT_THE_END[0]}:1.3"
    items: list[Figure] = [
        {"label": "Gained most", "value": whole, "note": f"{whole} with {whole}"},
        {"label": "Lost most", "value": "beacon:1.0"},
        {"label": "Total", "value": 1_234_567},
    ]
    shown.page.set_viewport_size({"width": width, "height": 800})
    shown.open()
    shown.mount(Figures(items=items))
    values = shown.page.locator(".inb-value")
    long, short = values.nth(0), values.nth(1)
    lines = """e => Math.round(
        e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight))"""
    assert long.locator(".inb-fitted").evaluate(lines) == 2
    assert shown.page.locator(".inb-note .inb-fitted").evaluate(lines) <= 4
    seen = long.locator(".inb-fitted").text_content() or ""
    assert "…" in seen
    assert seen.endswith("000:1.3")
    assert long.get_attribute("title") == whole
    assert long.locator(".inb-unseen").text_content() == whole
    assert short.text_content() == "beacon:1.0"
    assert short.get_attribute("title") is None


@pytest.mark.browser
def test_a_list_shows_both_ends_of_what_has_no_room(shown: ControlsPage) -> None:
    items: list[Item] = [{"value": name, "label": name, "count": 1} for name in AT_THE_END]
    shown.page.set_viewport_size({"width": 390, "height": 800})
    shown.open()
    shown.mount(Facet(label="Version", items=[*items, {"value": "a", "label": "acme/web"}]))
    names = shown.page.locator(".inb-name")
    assert names.all_text_contents() == [*AT_THE_END, "acme/web"]
    inside = """e => {
        const [row, end] = [e.parentElement, e].map((one) => one.getBoundingClientRect());
        return end.right <= row.right + 1 && end.width > 0;
    }"""
    for place, name in enumerate(AT_THE_END):
        end = names.nth(place).locator("span").last
        assert name.endswith(end.text_content() or "?")
        assert end.evaluate(inside)


def test_a_mark_that_turns_words_round_is_written_out_everywhere(tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    view = inb.Selection(repositories=inb.repositories(archive, "week"))
    written = harmless(TURNED)
    assert "\\u202e" in written
    for explorer in (
        inb.PullExplorer(archive, selection=view),
        inb.AdoptionExplorer(archive, selection=view),
        inb.AudienceExplorer(archive, selection=view),
        inb.CompaniesExplorer(archive, selection=view),
        inb.EcosystemExplorer(archive, selection=view),
        inb.ExtensionsExplorer(archive, selection=view),
    ):
        facets = [item["label"] for one in widgets_of(explorer, Facet) for item in one.items]
        assert "\u202e" not in " ".join([*facets, str(figures(explorer)), said(explorer)])
        for picker in widgets_of(explorer, RepositoryPicker):
            turned = [name for name in picker.options if "\u202e" in name]
            assert turned
            assert [picker.labels[name] for name in turned] == [f"acme/{written}"]


def test_the_picture_of_pulls_names_them_as_the_list_does(tmp_path: Path) -> None:
    archive = hostile_archive(tmp_path)
    view = inb.Selection(repositories=inb.repositories(archive, "week"))
    explorer = inb.PullExplorer(archive, selection=view)
    (picker,) = widgets_of(explorer, RepositoryPicker)
    drawn = chart(explorer.page.panels["pulls"]).signals["names"]
    assert f"acme/{harmless(TURNED)}" in drawn
    assert {*picker.swatches} == {*picker.value}
    assert {*filter(None, drawn)} == {*map(harmless, picker.value)}
