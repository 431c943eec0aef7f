"""What the page on adoption is drawn from, each frame counted once, and when it is needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

from insights_nb.metrics.adoption import cohorts, gaining, tag_pulls
from insights_nb.metrics.events import first_seen_events
from insights_nb.metrics.release_curves import adoption_curves
from insights_nb.metrics.releases import release_adoption

if TYPE_CHECKING:
    import pandas as pd

    from insights_nb.archive import Archive
    from insights_nb.metrics.versions import Part
    from insights_nb.selection import Selection

Level = Literal["tag", "major", "minor"]


class Frames:
    """The frames of one selection and level, of an archive that does not change.

    Parameters
    ----------
    archive, selection
        As for `insights_nb.tag_pulls`.
    level
        Whether tags are shown, or versions told apart by major or minor.
    """

    def __init__(self, archive: Archive, selection: Selection, level: Level) -> None:
        self._archive = archive
        self._selection = selection
        self.level = level

    @property
    def by(self) -> Part:
        """How far releases are told apart."""
        return "major" if self.level == "major" else "minor"

    @cached_property
    def tags(self) -> pd.DataFrame:
        """The pulls of each tag, as `insights_nb.tag_pulls` gives them."""
        return tag_pulls(self._archive, self._selection)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The tags, or the cohorts that they add up to."""
        return self.tags if self.level == "tag" else cohorts(self.tags, by=self.level)

    @cached_property
    def events(self) -> pd.DataFrame:
        """When each of the rows' tags or cohorts first counted."""
        return first_seen_events(self.rows)

    @cached_property
    def moves(self) -> pd.DataFrame:
        """What of the rows gains and loses."""
        return gaining(self.rows)

    @cached_property
    def year(self) -> pd.DataFrame:
        """The pulls of each tag in 12 months."""
        longer = self._selection.replace(months=12)
        return self.tags if longer == self._selection else tag_pulls(self._archive, longer)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """The shares of the year's releases since they were first seen."""
        return adoption_curves(self.year, by=self.by)

    @cached_property
    def adopted(self) -> pd.DataFrame:
        """How fast the year's releases were adopted."""
        return release_adoption(self.year, by=self.by)
