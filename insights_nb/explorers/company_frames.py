"""What the reports tell of companies for one selection, each frame counted once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from insights_nb.metrics.companies import companies, company_changes, heavy_users
from insights_nb.metrics.company_table import PAIRED, TRACKED
from insights_nb.metrics.deployments import deployment_pattern
from insights_nb.metrics.profiles import WHAT, company_profiles
from insights_nb.metrics.stacks import popular_pairs, stacks
from insights_nb.periods import Period

if TYPE_CHECKING:
    from insights_nb.archive import Archive
    from insights_nb.selection import Selection

Sides = tuple[str, str] | None
"""The two periods to compare; None for the halves of the interval."""


class CompanyFrames:
    """The frames of one selection; each is counted when it is first asked for.

    Parameters
    ----------
    archive, selection
        Of what.

    Attributes
    ----------
    tracked, paired : bool
        Whether Tracked companies and Technographic companies are held.

    Raises
    ------
    ReportNeededError
        If neither is held by that granularity.
    """

    def __init__(self, archive: Archive, selection: Selection) -> None:
        self._archive = archive
        self._selection = selection
        granularity = selection.granularity
        self.tracked, self.paired = (
            bool(archive.available(k, granularity)) for k in (TRACKED, PAIRED)
        )
        if not self.tracked and not self.paired:
            raise archive.needed(WHAT, granularity, [TRACKED, PAIRED])
        self._changes: dict[Sides, pd.DataFrame] = {}
        self._patterns: dict[str | None, pd.DataFrame] = {}
        self._running: dict[str, pd.Series[str]] = {}

    @cached_property
    def counted(self) -> pd.DataFrame:
        """`insights_nb.companies`."""
        return companies(self._archive, self._selection)

    @cached_property
    def heavy(self) -> pd.DataFrame:
        """`insights_nb.heavy_users`."""
        return heavy_users(self.counted)

    def changes(self, sides: Sides) -> pd.DataFrame:
        """Return `insights_nb.company_changes` between two periods or the halves."""
        if sides not in self._changes:
            self._changes[sides] = company_changes(self.counted, *(sides or (None, None)))
        return self._changes[sides]

    def pattern(self, company: str | None) -> pd.DataFrame:
        """Return `insights_nb.deployment_pattern` of one company or all."""
        if company not in self._patterns:
            found = deployment_pattern(self._archive, self._selection, company)
            self._patterns[company] = found
        return self._patterns[company]

    @cached_property
    def stacks(self) -> pd.DataFrame:
        """`insights_nb.stacks` of all companies."""
        return stacks(self._archive, self._selection)

    def running(self, image: str) -> pd.Series[str]:
        """Return the companies that run an image beside the publisher's."""
        if image not in self._running:
            its = self.stacks[self.stacks["paired_image"] == image]
            self._running[image] = its["domain"].drop_duplicates()
        return self._running[image]

    @cached_property
    def images(self) -> list[str]:
        """The images that companies run beside the publisher's, most companies first."""
        return popular_pairs(self.stacks)["paired_image"].dropna().tolist() if self.paired else []

    @cached_property
    def profiles(self) -> pd.DataFrame:
        """`insights_nb.company_profiles`."""
        return company_profiles(self._archive, self._selection)

    @cached_property
    def everyone(self) -> pd.DataFrame:
        """Every company that a report names: ``domain``, ``pulls`` and ``share``, most first.

        Untracked ones come last, their pulls missing.
        """
        parts = [self.heavy[["domain", "pulls", "share"]]] if self.tracked else []
        if self.paired:
            named = self.stacks["domain"].drop_duplicates()
            parts.append(pd.DataFrame({"domain": named}))
        frame = pd.concat(parts, ignore_index=True).dropna(subset=["domain"])
        columns = ["domain", "pulls", "share"]
        return frame.drop_duplicates("domain", ignore_index=True).reindex(columns=columns)

    @cached_property
    def periods(self) -> list[Period]:
        """The periods that can be compared, oldest first: those of which something is held."""
        if not self.tracked:
            return []
        known = self.counted.dropna(subset=["pulls"])["period"].drop_duplicates()
        return [Period(self._selection.granularity, day.date()) for day in known]
