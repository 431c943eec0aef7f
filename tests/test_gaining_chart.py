"""The charts of what gains and loses, and of the most pulled digests."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.charts.digests import digest_chart, digest_drawing
from insights_nb.charts.gaining import MOST, gaining_chart, gaining_drawing
from insights_nb.errors import FrameError
from insights_nb.metrics.adoption import cohorts, gaining
from tests.drawing import HOSTILE, svg, texts
from tests.test_adoption import frame_of

TAGS: dict[str | None, list[int | None]] = {"1.0": [40, 10], "2.0": [0, 30], None: [60, 60]}


def several(**frames: pd.DataFrame) -> pd.DataFrame:
    made = pd.concat(
        [frame.assign(repository=name) for name, frame in frames.items()], ignore_index=True
    ).astype({"repository": "str", "source": "str"})
    made.attrs["granularity"] = "week"
    return made


def bars(frame: pd.DataFrame) -> dict[str, list[float]]:
    """Return each bar's ends and slot, by its label."""
    datasets = gaining_drawing(frame).datasets
    drawn = datasets["bars"]
    places = zip(drawn["row"], drawn["start"], drawn["stop"], drawn["slot"], strict=True)
    labels = datasets["rows"]["label"]
    return {labels[row]: [start, stop, slot] for row, start, stop, slot in places}


def test_gains_lie_on_one_side_of_zero_and_losses_on_the_other() -> None:
    found = bars(gaining(frame_of(TAGS)))
    assert [*found] == ["2.0", "1.0"]
    assert found["2.0"] == pytest.approx([0, 0.3, 0])
    assert found["1.0"] == pytest.approx([-0.3, 0, 1])


def test_a_bar_says_points_and_both_shares() -> None:
    drawing = gaining_drawing(gaining(frame_of(TAGS)))
    datasets = drawing.datasets
    assert datasets["rows"]["number"] == ["+30.0 · 0.0 % → 30.0 %", "−30.0 · 40.0 % → 10.0 %"]
    assert datasets["rows"]["tip"][0] == {
        "Tag": "2.0",
        "Share": "0.0 % → 30.0 %",
        "Change": "+30.0 points",
    }
    assert "2.0: +30.0 points, 0.0 % → 30.0 %." in drawing.description


def test_what_did_not_change_is_counted_and_not_drawn() -> None:
    signals = gaining_drawing(gaining(frame_of(TAGS))).signals
    assert signals["notes"][0] == "acme/web"
    assert "1 tag changed by less than 0.05 points." in signals["notes"]
    assert signals["names"][:2] == ["gaining", "losing"]


def test_the_largest_changes_are_drawn_of_many() -> None:
    counts: dict[str | None, list[int | None]] = {
        f"1.{n}": [1_000, 1_000 + 10 * n * (-1) ** n] for n in range(1, 31)
    }
    drawing = gaining_drawing(gaining(frame_of(counts)))
    datasets, signals = drawing.datasets, drawing.signals
    labels = datasets["rows"]["label"]
    assert len(labels) == MOST
    assert (labels[0], labels[-1]) == ("1.30", "1.29")
    assert "16 tags changed less." in signals["notes"]
    assert "2 tags changed by less than 0.05 points." in signals["notes"]


def test_nothing_to_compare_with_is_said() -> None:
    signals = gaining_drawing(gaining(frame_of({"1.0": [3]}))).signals
    assert "Left out: 1 tag without a period to compare with." in signals["notes"]
    assert "Nothing to show." in signals["notes"]


@pytest.mark.parametrize(
    ("names", "tag", "version"),
    [(("acme/web", "acme/x"), "web:2.0", "web 2"), (("acme/a", "b/a"), "acme/a:2.0", "acme/a 2")],
)
def test_several_repositories_are_told_apart(
    names: tuple[str, str], tag: str, version: str
) -> None:
    frame = several(**{names[0]: frame_of(TAGS), names[1]: frame_of({None: [1, 2], "1": [1, 0]})})
    assert tag in bars(gaining(frame))
    assert version in bars(gaining(cohorts(frame)))


def test_by_digest_is_not_written_as_a_tag() -> None:
    other = frame_of({None: [1, 3], "1": [1, 0]})
    frame = several(**{"acme/web": frame_of(TAGS), "acme/x": other})
    assert "x by digest" in bars(gaining(frame))
    assert "x by digest" in bars(gaining(cohorts(frame)))


def test_variants_are_told_apart() -> None:
    frame = cohorts(frame_of({"1.9": [1, 3], "1.9-alpine": [3, 1]}), variants=True)
    assert [*bars(gaining(frame))] == ["1", "1-alpine"]


def test_the_charts_draw_hostile_names_as_text() -> None:
    frame = gaining(frame_of({HOSTILE: [1, 3], "1": [3, 1]}))
    assert any("‹/script>" in text for text in texts(svg(gaining_chart(frame, width=700))))


def digests(*names: tuple[str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(names, columns=["repository", "digest", "pulls"])
    frame = frame.astype({"repository": "str", "digest": "str", "pulls": "Int64"})
    whole = frame.groupby("repository")["pulls"].transform("sum")
    return frame.assign(share=(frame["pulls"] / whole).astype("Float64"))


def test_a_digest_is_written_by_its_first_digits() -> None:
    frame = digests(("acme/*", "sha256:" + "0123456789abcdef" * 4, 3), ("acme/*", "sha256:ff", 1))
    drawing = digest_drawing(frame)
    made, signals = drawing.datasets, drawing.signals
    assert made["rows"]["label"] == ["0123456789ab", "ff"]
    assert made["rows"]["number"] == ["3 · 75.0 %", "1 · 25.0 %"]
    assert signals["notes"] == ["acme/*"]


def test_digests_of_several_repositories_name_them() -> None:
    made = digest_drawing(digests(("acme/a", "sha256:01", 3), ("b/*", "sha256:01", 1))).datasets
    assert made["rows"]["label"] == ["acme/a 01", "b/* 01"]


def test_the_public_charts_draw_the_samples(samples: inb.Archive) -> None:
    moves = inb.gaining(inb.tag_pulls(samples))
    assert "Gaining and losing tags" in texts(svg(inb.gaining_chart(moves, width=700)))
    top = inb.top_digests(samples, count=5)
    drawn: list[Any] = texts(svg(digest_chart(top, width=700)))
    assert "Most pulled digests" in drawn


def test_a_frame_without_the_columns_is_refused_with_who_makes_it() -> None:
    with pytest.raises(FrameError, match=r"insights_nb\.gaining"):
        gaining_drawing(frame_of(TAGS))
    with pytest.raises(FrameError, match=r"insights_nb\.top_digests"):
        digest_drawing(frame_of(TAGS))
