"""What requests amount to: version checks, pulls by tag and pulls by digest."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights_nb.errors import (
    FrameError,
    FrameTypeError,
    SelectionError,
)
from insights_nb.metrics.actions import classify_actions

INDEX = "sha256:" + "a" * 64
PLATFORM = "sha256:" + "b" * 64
OTHER = "sha256:" + "c" * 64
NOON = dt.datetime(2026, 11, 16, 12)  # noqa: DTZ001 - times without a zone are the usual case

Request = dict[str, Any]


def head(reference: str, second: float = 0, **other: object) -> Request:
    return request("HEAD", reference, second, **other)


def get(reference: str, second: float = 0, **other: object) -> Request:
    return request("GET", reference, second, **other)


def request(method: str, reference: str, second: float, **other: object) -> Request:
    """Ask for a tag, which leads to INDEX, or for a digest."""
    return {
        "client": "10.0.0.1",
        "time": NOON + dt.timedelta(seconds=second),
        "method": method,
        "reference": reference,
        "digest": reference if reference.startswith("sha256:") else INDEX,
        "repository": "acme/web",
        **other,
    }


def events(*requests: Request) -> pd.DataFrame:
    return pd.DataFrame(list(requests))


def kinds(*requests: Request, window: str | dt.timedelta = "5s") -> list[tuple[str, tuple[int]]]:
    actions = classify_actions(events(*requests), window=window)
    return list(zip(actions["kind"], actions["events"], strict=True))


# -- Every row of the table -------------------------------------------------------------------


def test_a_head_by_tag_is_a_version_check() -> None:
    assert kinds(head("1.2")) == [("version_check", (0,))]


def test_a_get_by_tag_is_a_pull_by_tag() -> None:
    assert kinds(get("1.2")) == [("pull_by_tag", (0,))]


def test_a_get_by_tag_then_a_get_by_another_digest_is_one_pull_by_tag() -> None:
    assert kinds(get("1.2"), get(PLATFORM, 1)) == [("pull_by_tag", (0, 1))]


def test_a_head_by_tag_then_a_get_by_its_digest_is_one_pull_by_tag() -> None:
    assert kinds(head("1.2"), get(INDEX, 1)) == [("pull_by_tag", (0, 1))]


def test_a_head_by_tag_then_gets_by_its_and_another_digest_are_one_pull_by_tag() -> None:
    seen = kinds(head("1.2"), get(INDEX, 1), get(PLATFORM, 2))
    assert seen == [("pull_by_tag", (0, 1, 2))]


def test_a_head_by_latest_then_gets_by_its_and_another_digest_are_one_pull_by_tag() -> None:
    # The table has the row before twice; this is the second.
    seen = kinds(head("latest"), get(INDEX, 1), get(PLATFORM, 2))
    assert seen == [("pull_by_tag", (0, 1, 2))]


def test_a_get_by_digest_is_a_pull_by_digest() -> None:
    assert kinds(get(INDEX)) == [("pull_by_digest", (0,))]


def test_a_head_by_digest_is_a_pull_by_digest() -> None:
    assert kinds(head(INDEX)) == [("pull_by_digest", (0,))]


def test_a_get_by_digest_then_one_by_another_is_one_pull_by_digest() -> None:
    assert kinds(get(INDEX), get(PLATFORM, 1)) == [("pull_by_digest", (0, 1))]


def test_a_head_by_digest_then_a_get_by_it_is_one_pull_by_digest() -> None:
    assert kinds(head(INDEX), get(INDEX, 1)) == [("pull_by_digest", (0, 1))]


def test_a_head_by_digest_then_gets_by_it_and_another_are_one_pull_by_digest() -> None:
    seen = kinds(head(INDEX), get(INDEX, 1), get(PLATFORM, 2))
    assert seen == [("pull_by_digest", (0, 1, 2))]


# -- What the table demands of the digests ----------------------------------------------------


def test_a_get_by_another_digest_than_the_tags_leaves_the_head_a_version_check() -> None:
    assert kinds(head("1.2"), get(OTHER, 1)) == [("version_check", (0,)), ("pull_by_digest", (1,))]


def test_a_second_get_by_the_same_digest_is_a_pull_of_its_own() -> None:
    seen = kinds(get("1.2"), get(INDEX, 1))
    assert seen == [("pull_by_tag", (0,)), ("pull_by_digest", (1,))]


def test_a_head_by_digest_does_not_wait_for_another_digest() -> None:
    seen = kinds(head(INDEX), get(OTHER, 1))
    assert seen == [("pull_by_digest", (0,)), ("pull_by_digest", (1,))]


# -- Where the table is silent ----------------------------------------------------------------


def test_a_third_get_starts_an_action() -> None:
    seen = kinds(head("1.2"), get(INDEX, 1), get(PLATFORM, 2), get(OTHER, 3))
    assert seen == [("pull_by_tag", (0, 1, 2)), ("pull_by_digest", (3,))]


def test_a_head_and_a_get_by_tag_are_two_actions() -> None:
    assert kinds(head("1.2"), get("1.2", 1)) == [("version_check", (0,)), ("pull_by_tag", (1,))]


def test_two_heads_by_tag_are_two_version_checks() -> None:
    assert kinds(head("1.2"), head("1.2", 1)) == [("version_check", (0,)), ("version_check", (1,))]


def test_pulls_that_overlap_are_told_apart_by_their_digests() -> None:
    seen = kinds(
        head("1.2", 0, digest=INDEX), head("1.3", 1, digest=OTHER), get(INDEX, 2), get(OTHER, 3)
    )
    assert seen == [("pull_by_tag", (0, 2)), ("pull_by_tag", (1, 3))]


def test_the_action_continued_last_takes_the_second_get() -> None:
    seen = kinds(
        head("1.2", 0, digest=INDEX), head("1.3", 0.5, digest=OTHER),
        get(OTHER, 1), get(INDEX, 2), get(PLATFORM, 3),
    )  # fmt: skip
    assert seen == [("pull_by_tag", (0, 3, 4)), ("pull_by_tag", (1, 2))]


def test_an_action_between_others_of_one_digest_takes_the_second_get() -> None:
    # GETs by tag of INDEX, PLATFORM, INDEX: a GET by INDEX can only go on with the middle one,
    # and the next one by PLATFORM with the last.
    seen = kinds(
        get("a"), get("b", 0.1, digest=PLATFORM), get("c", 0.2), get(INDEX, 1), get(PLATFORM, 2)
    )
    assert seen == [("pull_by_tag", (0,)), ("pull_by_tag", (1, 3)), ("pull_by_tag", (2, 4))]


def test_the_latest_action_goes_on_first_however_many_are_open() -> None:
    tags = [get(tag, n / 10) for n, tag in enumerate(["a", "b", "c", "d", "e", "f"])]
    tags[2]["digest"] = PLATFORM
    # The GET by INDEX takes the only action of another digest, from between all the others.
    seen = kinds(*tags, get(INDEX, 1), *(get(OTHER, 2 + n / 10) for n in range(5)))
    assert seen == [
        ("pull_by_tag", labels) for labels in [(0, 11), (1, 10), (2, 6), (3, 9), (4, 8), (5, 7)]
    ]


def test_of_two_heads_that_wait_for_a_digest_the_later_takes_its_get() -> None:
    seen = kinds(head("1.2"), head("latest", 1), get(INDEX, 2))
    assert seen == [("version_check", (0,)), ("pull_by_tag", (1, 2))]


@pytest.mark.parametrize("unknown", [None, ""])
def test_a_digest_that_is_not_known_matches_none(unknown: str | None) -> None:
    seen = kinds(head("1.2", 0, digest=unknown), get("1.3", 1, digest=unknown), get(INDEX, 2))
    assert [kind for kind, _ in seen] == ["version_check", "pull_by_tag", "pull_by_digest"]


def test_a_frame_without_any_digest_of_a_tag_can_be_classified() -> None:
    frame = events(head("1.2"), get("1.3")).assign(digest=np.nan)
    actions = classify_actions(frame)
    assert actions["kind"].tolist() == ["version_check", "pull_by_tag"]
    assert actions["digest"].isna().all()


def test_requests_of_the_same_second_make_one_pull() -> None:
    # In the order of their digests the platform's GET would come first.
    seen = kinds(get("sha256:" + "0" * 64), get(INDEX), head("1.2"))
    assert seen == [("pull_by_tag", (2, 1, 0))]


def test_a_digest_of_another_algorithm_is_a_digest() -> None:
    assert kinds(get("sha512:" + "d" * 128)) == [("pull_by_digest", (0,))]


def test_a_tag_that_looks_like_a_digest_without_its_colon_is_a_tag() -> None:
    assert kinds(head("sha256-" + "a" * 64)) == [("version_check", (0,))]


# -- The window -------------------------------------------------------------------------------


def test_a_request_at_the_windows_end_is_in_it() -> None:
    assert kinds(head("1.2"), get(INDEX, 5)) == [("pull_by_tag", (0, 1))]


def test_a_second_get_at_the_windows_end_is_in_it() -> None:
    assert kinds(head("1.2"), get(INDEX, 1), get(PLATFORM, 5)) == [("pull_by_tag", (0, 1, 2))]


def test_a_request_after_the_windows_end_starts_an_action() -> None:
    seen = kinds(head("1.2"), get(INDEX, 5.000001))
    assert seen == [("version_check", (0,)), ("pull_by_digest", (1,))]


def test_the_window_counts_from_the_first_request() -> None:
    seen = kinds(head("1.2"), get(INDEX, 3), get(PLATFORM, 6))
    assert seen == [("pull_by_tag", (0, 1)), ("pull_by_digest", (2,))]


@pytest.mark.parametrize("window", ["500ms", dt.timedelta(milliseconds=500)])
def test_the_window_can_be_chosen(window: str | dt.timedelta) -> None:
    assert len(kinds(head("1.2"), get(INDEX, 0.5), window=window)) == 1
    assert len(kinds(head("1.2"), get(INDEX, 0.6), window=window)) == 2


def test_a_head_that_waited_too_long_hides_no_later_one() -> None:
    seen = kinds(head("1.2"), get(OTHER, 3), head("1.2", 4), get(INDEX, 7))
    assert ("pull_by_tag", (2, 3)) in seen


@pytest.mark.parametrize("window", ["soon", "", "-1s", "NaT", 5, None])
def test_a_window_that_is_no_length_of_time_is_refused(window: Any) -> None:  # noqa: ANN401
    with pytest.raises(SelectionError, match="window="):
        classify_actions(events(head("1.2")), window=window)


# -- The frame --------------------------------------------------------------------------------


def test_an_action_says_who_what_and_when() -> None:
    actions = classify_actions(events(head("1.2"), get(INDEX, 1), get(PLATFORM, 2)))
    assert actions.to_dict("records") == [
        {
            "kind": "pull_by_tag",
            "client": "10.0.0.1",
            "repository": "acme/web",
            "start": pd.Timestamp(NOON),
            "end": pd.Timestamp(NOON) + pd.Timedelta("2s"),
            "tag": "1.2",
            "digest": INDEX,
            "event_count": 3,
            "events": (0, 1, 2),
        }
    ]


def test_a_pull_by_digest_has_no_tag() -> None:
    actions = classify_actions(events(get(INDEX)))
    assert actions["tag"].isna().all()
    assert actions["digest"].tolist() == [INDEX]


def test_a_digest_reference_needs_no_digest_beside_it() -> None:
    actions = classify_actions(events(head(INDEX, 0, digest=None), get(INDEX, 1, digest=OTHER)))
    assert actions["events"].tolist() == [(0, 1)]


def test_the_types_are_as_promised_with_and_without_rows() -> None:
    frame = events(get("1.2"))
    promised = {
        "kind": "str", "client": "str", "repository": "str", "start": "datetime64[us]",
        "end": "datetime64[us]", "tag": "str", "digest": "str", "event_count": "Int64",
        "events": "object",
    }  # fmt: skip
    for given_frame in (frame, frame[:0]):
        assert classify_actions(given_frame).dtypes.astype(str).to_dict() == promised


def test_an_empty_frame_without_types_has_no_actions() -> None:
    empty = pd.DataFrame(columns=["client", "time", "method", "reference", "digest", "repository"])
    assert classify_actions(empty).empty


def test_actions_are_in_order_of_their_start() -> None:
    frame = events(
        head("1.2", 9, client="a"), head("1.2", 0, client="b"), head("1.2", 4, client="a")
    )
    assert classify_actions(frame)["events"].tolist() == [(1,), (2,), (0,)]


def test_index_labels_name_the_requests() -> None:
    frame = events(head("1.2"), get(INDEX, 1)).set_axis(["x", "y"])
    assert classify_actions(frame)["events"].tolist() == [("x", "y")]


def test_times_keep_their_zone() -> None:
    frame = events(head("1.2"), get(INDEX, 1))
    frame["time"] = frame["time"].dt.tz_localize("Europe/Berlin")
    actions = classify_actions(frame)
    assert str(actions["end"].dtype) == "datetime64[us, Europe/Berlin]"
    assert actions["end"].tolist() == [frame["time"].iloc[1]]


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_the_window_is_the_same_whatever_the_times_unit(unit: str) -> None:
    frame = events(head("1.2"), get(INDEX, 5), head("1.2", 10), get(INDEX, 16))
    frame["time"] = frame["time"].astype(f"datetime64[{unit}]")
    assert classify_actions(frame)["events"].tolist() == [(0, 1), (2,), (3,)]


def test_categories_and_lower_case_methods_are_read() -> None:
    frame = events(head("1.2"), get(INDEX, 1)).assign(method=["head", "get"]).astype("category")
    frame["time"] = frame["time"].astype("datetime64[us]")
    assert classify_actions(frame)["events"].tolist() == [(0, 1)]


def test_clients_may_be_numbers() -> None:
    frame = events(head("1.2", 0, client=7), get(INDEX, 1, client=8))
    actions = classify_actions(frame)
    assert actions["client"].tolist() == [7, 8]


def test_the_given_frame_is_left_as_it_is() -> None:
    frame = events(get(INDEX, 1), head("1.2"))
    before = frame.copy()
    classify_actions(frame)
    pd.testing.assert_frame_equal(frame, before)


# -- Refusals ---------------------------------------------------------------------------------


def test_missing_columns_are_named() -> None:
    frame = events(head("1.2")).drop(columns=["client", "digest"])
    with pytest.raises(FrameError, match=r"lack client, digest\."):
        classify_actions(frame)


def test_a_column_that_is_there_twice_is_named() -> None:
    frame = events(head("1.2"))
    with pytest.raises(FrameError, match="have time twice"):
        classify_actions(pd.concat([frame, frame[["time"]]], axis="columns"))


def test_a_method_that_asks_for_nothing_is_refused() -> None:
    with pytest.raises(FrameError, match=r"Event 1 has the method 'PUT'.*HEAD and GET"):
        classify_actions(events(head("1.2"), request("PUT", "1.2", 1)))


@pytest.mark.parametrize("column", ["client", "time", "method", "reference", "repository"])
def test_a_missing_value_is_refused(column: str) -> None:
    frame = events(head("1.2"), head("1.2", 1), head("1.2", 2))
    frame.loc[[1, 2], column] = None
    with pytest.raises(FrameError, match=f"2 events, first 1, have no {column}"):
        classify_actions(frame)


@pytest.mark.parametrize("column", ["client", "method", "reference", "repository"])
def test_an_empty_text_is_a_missing_value(column: str) -> None:
    with pytest.raises(FrameError, match=f"Event 0 has no {column}"):
        classify_actions(events(head("1.2")).assign(**{column: ""}))


def test_times_as_text_are_refused_with_the_way_to_read_them() -> None:
    frame = events(head("1.2")).assign(time="2026-11-16 12:00")
    with pytest.raises(FrameTypeError, match=r"time is of type str.*pandas\.to_datetime"):
        classify_actions(frame)


def test_a_tag_read_as_a_number_is_refused() -> None:
    # 1.20 would have become 1.2, another tag.
    with pytest.raises(FrameTypeError, match="reference is of type float64 and should hold text"):
        classify_actions(events(head("1.2")).assign(reference=1.2))


# -- Properties -------------------------------------------------------------------------------

REFERENCES = ("1.2", "latest", INDEX, PLATFORM, OTHER)
REQUESTS = st.lists(
    st.builds(
        lambda method, reference, tenths, client, repository, digest: request(
            method,
            reference,
            tenths / 10,
            client=client,
            repository=repository,
            **({} if reference.startswith("sha256:") else {"digest": digest}),
        ),
        st.sampled_from(["HEAD", "GET"]),
        st.sampled_from(REFERENCES),
        st.integers(0, 12).map(lambda steps: steps * 10) | st.integers(0, 120),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["acme/web", "acme/worker"]),
        st.sampled_from([INDEX, PLATFORM, None]),
    ),
    min_size=1,
    max_size=24,
)
PROPERTY = settings(max_examples=50)


@PROPERTY
@given(REQUESTS)
def test_every_request_belongs_to_exactly_one_action(requests: list[Request]) -> None:
    actions = classify_actions(events(*requests))
    taken = [label for labels in actions["events"] for label in labels]
    assert sorted(taken) == list(range(len(requests)))
    assert actions["event_count"].tolist() == [len(labels) for labels in actions["events"]]


@PROPERTY
@given(REQUESTS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(requests: list[Request], random: Any) -> None:  # noqa: ANN401
    frame = events(*requests)
    labels = list(frame.index)
    random.shuffle(labels)
    pd.testing.assert_frame_equal(classify_actions(frame), classify_actions(frame.loc[labels]))


@PROPERTY
@given(REQUESTS, st.randoms(use_true_random=False))
def test_what_the_actions_are_does_not_depend_on_labels(
    requests: list[Request],
    random: Any,  # noqa: ANN401
) -> None:
    frame = events(*requests)
    shuffled = list(requests)
    random.shuffle(shuffled)
    assert sorted(meant(frame)) == sorted(meant(events(*shuffled)))


def meant(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    actions = classify_actions(frame).drop(columns="events").fillna({"tag": "", "digest": ""})
    return [tuple(map(str, row)) for row in actions.itertuples(index=False)]


@PROPERTY
@given(REQUESTS)
def test_a_lone_head_by_tag_is_a_version_check_and_nothing_else_is(requests: list[Request]) -> None:
    for kind, labels in kinds(*requests):
        first = requests[labels[0]]
        by_tag = not first["reference"].startswith("sha256:")
        lone_head_by_tag = len(labels) == 1 and first["method"] == "HEAD" and by_tag
        assert (kind == "version_check") == lone_head_by_tag


@PROPERTY
@given(REQUESTS)
def test_every_action_is_a_row_of_the_table(requests: list[Request]) -> None:
    for kind, labels in kinds(*requests):
        first, *rest = (requests[label] for label in labels)
        assert all(follower["method"] == "GET" for follower in rest)
        digests = [follower["reference"] for follower in rest]
        if first["method"] == "HEAD" and rest:
            assert digests.pop(0) == first["digest"]
        assert len(digests) <= 1
        assert first["digest"] not in digests
        by_digest = first["reference"].startswith("sha256:")
        assert (kind == "pull_by_digest") == by_digest


@PROPERTY
@given(REQUESTS)
def test_no_action_mixes_clients_or_repositories(requests: list[Request]) -> None:
    actions = classify_actions(events(*requests))
    for client, repository, labels in actions[["client", "repository", "events"]].itertuples(
        index=False
    ):
        assert {requests[label]["client"] for label in labels} == {client}
        assert {requests[label]["repository"] for label in labels} == {repository}


@PROPERTY
@given(REQUESTS)
def test_one_clients_actions_do_not_depend_on_anothers(requests: list[Request]) -> None:
    frame = events(*requests)
    together = classify_actions(frame)
    for client in set(frame["client"]):
        mine = together[together["client"] == client].reset_index(drop=True)
        alone = classify_actions(frame[frame["client"] == client])
        pd.testing.assert_frame_equal(mine, alone)


@PROPERTY
@given(REQUESTS, st.integers(0, 80))
def test_no_action_lasts_longer_than_the_window(requests: list[Request], tenths: int) -> None:
    window = dt.timedelta(seconds=tenths / 10)
    actions = classify_actions(events(*requests), window=window)
    assert (actions["end"] - actions["start"] <= window).all()


@PROPERTY
@given(REQUESTS)
def test_the_matching_is_that_of_a_plain_search(requests: list[Request]) -> None:
    frame = events(*requests)
    assert sorted(classify_actions(frame)["events"]) == sorted(plainly(requests))


def plainly(requests: list[Request]) -> list[tuple[int, ...]]:
    """Group requests by going through all earlier actions for each one."""
    actions: list[list[int]] = []
    left = sorted(range(len(requests)), key=lambda label: turn(label, requests[label]))
    while left:
        label, taken_by = next_of(left, actions, requests)
        left.remove(label)
        # The latest is at the end: an action moves there whenever it goes on.
        if taken_by in actions:
            actions.remove(taken_by)
        actions.append([*taken_by, label])
    return [tuple(action) for action in actions]


def next_of(
    left: list[int], actions: list[list[int]], requests: list[Request]
) -> tuple[int, list[int]]:
    """Return the request whose turn it is, and the action that takes it."""
    time = requests[left[0]]["time"]
    now = [label for label in left if requests[label]["time"] == time]
    if not is_get_by_digest(requests[left[0]]):
        return left[0], []
    for label in now:
        for action in reversed(actions):
            if is_open(action, requests[label], requests, wanted="same"):
                return label, action
    for action in reversed(actions):
        if is_open(action, requests[left[0]], requests, wanted="other"):
            return left[0], action
    return left[0], []


def turn(label: int, asked: Request) -> tuple[Any, ...]:
    rank = 0 if asked["method"] == "HEAD" else 1 + is_get_by_digest(asked)
    return (asked["time"], rank, asked["digest"] or "", asked["reference"], label)


def is_get_by_digest(asked: Request) -> bool:
    return asked["method"] == "GET" and asked["reference"].startswith("sha256:")


def is_open(action: list[int], asked: Request, requests: list[Request], *, wanted: str) -> bool:
    first = requests[action[0]]
    if any(first[name] != asked[name] for name in ("client", "repository")):
        return False
    if asked["time"] - first["time"] > dt.timedelta(seconds=5):
        return False
    with_get = len(action) + (first["method"] == "GET")
    if wanted == "same":
        return with_get == 1 and first["digest"] == asked["digest"]
    return with_get == 2 and first["digest"] not in (None, asked["digest"])


# -- Size -------------------------------------------------------------------------------------


@pytest.mark.parametrize("digests", [1, 2, 1000])
def test_a_busy_client_costs_no_square_of_its_requests(digests: int) -> None:
    count = 100_000
    random = np.random.default_rng(7)
    names = np.array([f"sha256:{number:064x}" for number in range(digests)], object)
    digest = names[random.integers(0, digests, count)]
    frame = pd.DataFrame(
        {
            "client": "10.0.0.1",
            # All within one window: every action so far may still go on.
            "time": pd.Timestamp(NOON) + pd.to_timedelta(random.integers(0, 5000, count), "ms"),
            "method": np.where(random.random(count) < 0.3, "HEAD", "GET"),
            "reference": np.where(random.random(count) < 0.3, "latest", digest),
            "digest": digest,
            "repository": "acme/web",
        }
    )
    began = time.process_time()
    actions = classify_actions(frame)
    assert actions["event_count"].sum() == count
    # It takes about 0.3 s; the square took minutes.
    assert time.process_time() - began < 5
