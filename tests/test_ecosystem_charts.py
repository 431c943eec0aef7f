"""The charts of paired images: points, lines that break, and changes with their doubt."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import insights_nb as inb
from insights_nb.charts import specs
from insights_nb.charts.drawing import Drawing
from insights_nb.charts.ecosystem import (
    MOST_PAIRS,
    pair_changes_drawing,
    pair_trend_drawing,
)
from insights_nb.charts.marks.bars import MOST
from insights_nb.charts.pairs import pair_chart, pair_drawing
from insights_nb.errors import FrameError
from insights_nb.metrics.ecosystem import UNLISTED
from tests.drawing import HOSTILE, WIDTHS, described, shipped, svg, texts

WHOLE = 100


def pairs(
    users: dict[tuple[str, str], list[int | None]], held: list[bool] | None = None
) -> pd.DataFrame:
    """Make what `insights_nb.paired_images` gives: None is a pair that a report does not list."""
    length = len(next(iter(users.values())))
    weeks = pd.date_range("2026-09-07", periods=length, freq="7D")
    rows = [
        (
            week,
            *pair,
            None if not (held or [True] * length)[place] else counts[place] is not None,
            counts[place],
        )
        for place, week in enumerate(weeks)
        for pair, counts in users.items()
    ]
    made = pd.DataFrame(rows, columns=["period", "repository", "paired_image", "listed", "users"])
    made["users"] = pd.array(made["users"], dtype="Int64")
    made["listed"] = pd.array(made["listed"], dtype="boolean")
    made["total_pullers"] = made["total_domains"] = (made["users"] * 0 + WHOLE).astype("Int64")
    made["domains"] = made["users"] // 2
    for part in ("users", "domains"):
        made[f"pct_{part}"] = (made[part] / WHOLE).astype("Float64")
    made.attrs["granularity"] = "week"
    return made.astype({"repository": "str", "paired_image": "str"})


def column(made: Drawing, name: str, dataset: str = "rows") -> list[Any]:
    found = made.datasets[dataset][name]
    if isinstance(found, dict):
        return [found["categories"][code] for code in found["codes"]]
    return list(found)


# -- Points -----------------------------------------------------------------------------------


def test_points_are_the_frames(samples: inb.Archive) -> None:
    frame = inb.newest_pairs(inb.paired_images(samples))
    made = pair_drawing(frame)
    ranked = frame.sort_values("users", ascending=False, kind="stable")
    assert column(made, "x") == [*ranked["pct_users"]]
    assert column(made, "y") == [*ranked["pct_domains"]]
    assert column(made, "users") == [*ranked["users"]]
    assert made.signals["heading"] == "Paired images, 26 Oct – 1 Nov 2026"


def test_a_point_says_what_its_shares_are_of() -> None:
    made = pair_drawing(pairs({("acme/web", "library/redis"): [40]}))
    assert column(made, "people") == ["40 of 100 (40.0 %)"]
    assert column(made, "companies") == ["20 of 100 (20.0 %)"]
    assert column(made, "text") == [
        "library/redis with web: users 40 of 100 (40.0 %), company domains 20 of 100 (20.0 %)"
    ]


def test_of_several_periods_the_newest_is_drawn() -> None:
    made = pair_drawing(pairs({("acme/web", "redis"): [40, 20], ("acme/web", "nginx"): [30, None]}))
    assert column(made, "x") == [0.2]


def test_a_pair_without_known_domains_is_left_out_and_counted() -> None:
    frame = pairs({("acme/web", "redis"): [40], ("acme/web", "nginx"): [30]})
    frame.loc[0, "pct_domains"] = pd.NA
    made = pair_drawing(frame)
    assert column(made, "pair") == ["nginx"]
    assert "1 pair left out: no company domains known." in made.signals["notes"]


def test_each_of_seven_repositories_has_its_colour_and_the_rest_one() -> None:
    made = pair_drawing(pairs({(f"acme/r{n}", "redis"): [90 - n] for n in range(10)}))
    assert made.signals["names"] == [*(f"r{n}" for n in range(7)), "Other (3 repositories)"]
    assert column(made, "slot") == [0, 1, 2, 3, 4, 5, 6, 7, 7, 7]
    marks = specs.load("pairs")["layer"][0]["encoding"]
    assert len({*marks["color"]["scale"]["range"]}) == len({*marks["shape"]["scale"]["range"]}) == 8


def test_no_label_lies_on_another() -> None:
    crowd = {("acme/web", f"image-{n}"): [50 + n % 3] for n in range(30)}
    drawing = pair_drawing(pairs(crowd))
    labels, signals = drawing.datasets, drawing.signals
    drawn = labels["labels"]
    for narrow, width in ((False, 440), (True, 250)):
        boxes = []
        for place, there in enumerate(drawn["narrow"]):
            if there != narrow:
                continue
            length = len(drawn["text"][place]) * 6
            left = drawn["x"][place] / signals["x_end"] * width + drawn["dx"][place]
            left -= {"left": 0, "right": length, "center": length / 2}[drawn["align"][place]]
            middle = (1 - drawn["y"][place] / signals["y_end"]) * 320 + drawn["dy"][place]
            boxes.append((left, middle - 6, left + length, middle + 6))
        assert boxes
        for place, (left, top, right, bottom) in enumerate(boxes):
            for other in boxes[place + 1 :]:
                assert (
                    right <= other[0] or left >= other[2] or bottom <= other[1] or top >= other[3]
                )


def test_a_phone_has_fewer_labels_than_a_desk(samples: inb.Archive) -> None:
    made = pair_drawing(inb.newest_pairs(inb.paired_images(samples)))
    known = {*column(made, "text", "labels")}
    desk, phone = (
        [each for each in texts(shipped(made, width)) if each in known] for width in (1000, 340)
    )
    assert 0 < len(phone) < len(desk)


def test_the_description_names_the_largest_pairs_and_counts_the_rest() -> None:
    made = pair_drawing(pairs({("acme/web", f"i{n:02}"): [90 - n] for n in range(15)}))
    said = made.description
    assert "i00 with web: users 90 of 100" in said
    assert said.endswith("And 5 more.")


def test_no_listed_pair_says_so() -> None:
    made = pair_drawing(pairs({("acme/web", "redis"): [None]}))
    assert "Nothing to show." in texts(shipped(made, 700))
    assert "Nothing to show." in made.description


# -- Over time --------------------------------------------------------------------------------


def test_a_line_breaks_where_its_pair_is_not_listed_and_is_not_zero() -> None:
    made = pair_trend_drawing(
        pairs({("acme/web", "redis"): [40, None, 42], ("acme/web", "nginx"): [20, 21, 22]})
    )
    assert column(made, "value") == [0.4, None, 0.42, 0.2, 0.21, 0.22]
    assert column(made, "text", "gaps") == []
    assert f"Where a line breaks: {UNLISTED}." in made.signals["notes"]


def test_only_a_report_that_is_not_held_is_called_so() -> None:
    missing = pairs({("acme/web", "redis"): [40, None, 42]}, held=[True, False, True])
    unlisted = pairs({("acme/web", "redis"): [40, None, 42]})
    assert column(pair_trend_drawing(missing), "text", "gaps") == ["No count for 14 – 20 Sep 2026."]
    assert column(pair_trend_drawing(unlisted), "text", "gaps") == [
        "Not counted in the reports of 14 – 20 Sep 2026."
    ]


def test_shares_are_never_added_up_the_rest_is_not_drawn() -> None:
    made = pair_trend_drawing(pairs({("acme/web", f"i{n}"): [20 + n] for n in range(20)}))
    assert [name for name in made.signals["names"] if name] == [f"i{n}" for n in range(19, 12, -1)]
    assert len(made.signals["shown"]) == MOST_PAIRS
    assert "13 pairs with fewer users not drawn." in made.signals["notes"]


def test_pairs_are_named_as_shortly_as_they_can_be_told_apart() -> None:
    def names(*owners: str) -> list[str]:
        frame = pairs({(owner, "library/redis"): [20 - n] for n, owner in enumerate(owners)})
        return [name for name in pair_trend_drawing(frame).signals["names"] if name]

    assert names("acme/web") == ["redis"]
    assert names("acme/web", "acme/api") == ["redis · web", "redis · api"]
    assert names("acme/web", "zeta/web") == ["redis · acme/web", "redis · zeta/web"]


# -- Changes ----------------------------------------------------------------------------------


def changes() -> pd.DataFrame:
    return inb.pair_changes(
        pairs(
            {
                ("acme/web", "more"): [20, 30],
                ("acme/web", "less"): [50, 25],
                ("acme/web", "calm"): [40, 40],
                ("acme/web", "came"): [None, 15],
                ("acme/web", "went"): [35, None],
            }
        )
    )


def test_changes_are_the_frames_in_points_with_their_status() -> None:
    made = pair_changes_drawing(changes())
    assert column(made, "label") == ["came", "more", "calm", "less", "went"]
    assert column(made, "number") == [
        "appeared, 15.0 %",
        "growing +10.0 points",
        "steady +0.0 points",
        "shrinking −25.0 points",
        "vanished, was 35.0 %",
    ]


def test_what_appeared_or_vanished_is_light_and_says_why() -> None:
    made = pair_changes_drawing(changes())
    faint = {
        column(made, "label")[row]
        for row, light in zip(
            column(made, "row", "bars"), column(made, "faint", "bars"), strict=True
        )
        if light
    }
    assert faint == {"came", "went"}
    assert column(made, "tip")[0]["Before"] == UNLISTED
    assert "Light: at most; under 10 users is not listed." in made.signals["notes"]
    said = described(shipped(made, 700))
    assert f"came: appeared, before {UNLISTED}, after 15.0 %" in said
    assert len(said) == 5


def test_of_many_changes_both_sides_are_drawn(samples: inb.Archive) -> None:
    made = pair_changes_drawing(inb.pair_changes(inb.paired_images(samples)))
    numbers = column(made, "number")
    assert len(numbers) == MOST
    assert any(number.startswith("growing") for number in numbers)
    assert any(number.startswith("shrinking") for number in numbers)
    assert "53 pairs with smaller changes not drawn." in made.signals["notes"]


# -- All of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_draws_the_samples(samples: inb.Archive, width: int) -> None:
    frame = inb.paired_images(samples)
    drawings = [
        pair_drawing(inb.newest_pairs(frame)),
        pair_trend_drawing(frame),
        pair_changes_drawing(inb.pair_changes(frame)),
    ]
    for made in drawings:
        assert made.signals["heading"].split(", ")[0] in " ".join(texts(shipped(made, width)))


def test_a_notebook_and_a_dashboard_draw_the_same(samples: inb.Archive) -> None:
    frame = inb.newest_pairs(inb.paired_images(samples))
    made = pair_drawing(frame)
    assert texts(svg(pair_chart(frame, width=700))) == texts(shipped(made, 700))


def test_names_from_data_stay_text_and_missing_columns_are_named() -> None:
    frame = pairs({(HOSTILE, HOSTILE): [20, 40], ("acme/web", "=cmd()"): [30, 40]})
    drawings = [
        (inb.pair_chart, frame, "pct_users"),
        (inb.pair_trend_chart, frame, "pct_users"),
        (inb.pair_changes_chart, inb.pair_changes(frame), "status"),
    ]
    for draw, given, needed in drawings:
        shown = svg(draw(given, width=700))
        assert "<script>alert" not in draw(given).to_html()
        assert "\u202e" not in shown
        assert "=cmd()" in shown
        with pytest.raises(FrameError, match=needed):
            draw(given.drop(columns=needed))


def test_the_signals_are_the_specifications_parameters() -> None:
    names = {param["name"] for param in specs.load("pairs")["params"]}
    for users in (40, None):
        made = pair_drawing(pairs({("acme/web", "redis"): [users]}))
        assert set(made.signals) == names - {"room"}
