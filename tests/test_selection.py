from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights_nb.errors import SelectionError
from insights_nb.selection import MEASURES, MONTHS, Selection

# Names are other people's text: commas, percent signs, ampersands, anything.
names = st.text(min_size=1, max_size=20).filter(lambda s: s.isprintable())
selections = st.builds(
    Selection,
    granularity=st.sampled_from(["week", "month"]),
    months=st.sampled_from(MONTHS),
    measure=st.sampled_from(MEASURES),
    repositories=st.none() | st.lists(names, max_size=6),
)


@given(selections)
def test_a_link_restores_its_selection(selection: Selection) -> None:
    assert Selection.from_query(selection.to_query()) == selection
    assert Selection.from_query("?" + selection.to_query()) == selection


@given(st.text(max_size=80))
def test_no_query_breaks_reading_it(query: str) -> None:
    selection, _ = Selection.read_query(query)
    assert selection.months in MONTHS
    assert selection.measure in MEASURES


def test_ordinary_links_are_readable() -> None:
    selection = Selection("month", 12, ["acme/web", "acme/worker"])
    assert (
        selection.to_query()
        == "granularity=month&months=12&repositories=acme/web,acme/worker&measure=pulls"
    )


def test_a_comma_in_a_name_is_not_a_separator() -> None:
    selection = Selection(repositories=["a/b,c", "a/b%2Cc"])
    (raw,) = parse_qs(selection.to_query())["repositories"]
    assert raw.count(",") == 1
    assert Selection.from_query(selection.to_query()).repositories == ("a/b,c", "a/b%2Cc")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("granularity", "day"),
        ("months", 4),
        ("months", 3.0),
        ("months", True),
        ("measure", "PULLS"),
        ("repositories", "acme/web"),
        ("repositories", [""]),
        ("repositories", [7]),
    ],
)
def test_values_that_are_not_offered_are_refused_with_the_remedy(field: str, value: object) -> None:
    with pytest.raises(SelectionError, match=rf"{field}=.* is not offered\. Use "):
        Selection(**{field: value})


@pytest.mark.parametrize("months", ["4", " 3", "3_0", "٣", "3.0", ""])
def test_unknown_months_in_a_link_fall_back_and_are_reported(months: str) -> None:
    selection, refused = Selection.read_query(f"months={months}&granularity=month")
    assert (selection.granularity, selection.months) == ("month", 6)
    assert len(refused) == 1
    with pytest.raises(SelectionError):
        Selection.from_query(f"months={months}")


def test_a_selection_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        Selection().months = 12  # type: ignore[misc]


def test_choosing_none_differs_from_leaving_the_choice_open() -> None:
    assert Selection.from_query("repositories=").repositories == ()
    assert Selection.from_query("").repositories is None


def test_repeated_names_count_once_and_keep_their_order() -> None:
    assert Selection(repositories=["b/x", "a/y", "b/x"]).repositories == ("b/x", "a/y")
