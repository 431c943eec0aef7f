"""What requests downloaded: one panel of the adoption page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.charts.downloads import downloads_drawing
from insights_nb.charts.pull_actions import pull_actions_drawing
from insights_nb.errors import ReportNeededError
from insights_nb.explorers import adoption_words
from insights_nb.metrics.downloads import downloads_and_checks
from insights_nb.metrics.pull_actions import LEGACY_KINDS, pull_actions

if TYPE_CHECKING:
    from insights_nb.explorers.page import Page
    from insights_nb.explorers.panel import Panel
    from insights_nb.selection import Selection


def draw_downloads(page: Page, panel: Panel, selection: Selection, *, share: bool) -> None:
    """Show data downloads against version checks; of legacy repositories, how they were pulled.

    Raises
    ------
    ReportNeededError
        If no report of that granularity tells of either.
    """
    held = any(page.archive.available(kind, selection.granularity) for kind in LEGACY_KINDS)
    try:
        frame = downloads_and_checks(page.archive, selection)
    except ReportNeededError:
        if not held:
            raise
        frame = None
    if frame is not None and _tells(frame):
        call, chart = "downloads_and_checks", "downloads_chart"
        drawing = downloads_drawing(frame, share=share)
        text = adoption_words.downloads(frame)
    else:
        # The legacy reports do not count downloads, and tell pulls apart in another way.
        frame = pull_actions(page.archive, selection) if held else None
        if frame is None or frame.empty:
            panel.clear(adoption_words.NO_DOWNLOADS)
            return
        call, chart = "pull_actions", "pull_actions_chart"
        drawing = pull_actions_drawing(frame, share=share)
        text = adoption_words.ACTIONS
    panel.draw(drawing)
    panel.tell(
        frame,
        page.cell(
            selection,
            f"frame = inb.{call}(archive, view)",
            f"inb.{chart}(frame{', share=True' if share else ''})",
        ),
        stem=page.stem(call.replace("_", "-"), frame, selection),
        caption=f"One row is a repository in one {selection.granularity}.",
        text=text,
    )


def _tells(frame: pd.DataFrame) -> bool:
    return bool(frame[["data_downloads", "version_checks"]].notna().all(axis=1).any())
