"""Where pulls ran, as far as client and cloud tell."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights_nb.counts.clients import CLIENTS, USE_CASES
from insights_nb.counts.use_cases import infer_use_case
from insights_nb.errors import FrameError, SelectionError

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
HOSTILE = {"<script>alert(1)</script>", "NA", 'curl/8.5, "odd"\nagent'}


def use_case(
    client: object, cloud: object = "no csp", clients: dict[str, str] | None = None
) -> str:
    frame = pd.DataFrame({"user_agent": [client], "cloud_service_provider": [cloud]})
    return str(infer_use_case(frame, clients=clients).iloc[0])


# -- The rule ---------------------------------------------------------------------------------


def test_a_local_tool_outside_of_a_cloud_is_local_development() -> None:
    assert use_case("docker") == "Local Dev"


def test_a_local_tool_in_a_cloud_is_ci() -> None:
    assert use_case("docker", "aws") == "CI/CD"


def test_a_ci_tool_outside_of_a_cloud_is_ci() -> None:
    assert use_case("containerd") == "CI/CD"


def test_a_ci_tool_in_a_cloud_is_production() -> None:
    assert use_case("containerd", "aws") == "Prod"


@pytest.mark.parametrize("cloud", ["no csp", "gcp"])
def test_an_orchestrator_is_production_anywhere(cloud: str) -> None:
    assert use_case("kubelet", cloud) == "Prod"


@pytest.mark.parametrize("cloud", ["no csp", "gcp"])
@pytest.mark.parametrize("client", ["nobody-knows", "", None, np.nan, "<script>alert(1)</script>"])
def test_a_client_that_is_missing_or_not_listed_is_unknown(client: object, cloud: str) -> None:
    assert use_case(client, cloud) == "Unknown"


@pytest.mark.parametrize("cloud", ["no csp", "No CSP", " no csp ", "", None, np.nan, "\\N"])
def test_a_missing_cloud_is_no_cloud(cloud: object) -> None:
    assert use_case("docker", cloud) == "Local Dev"


@pytest.mark.parametrize("cloud", ["aws", "AWS", "azure", "a provider of next year"])
def test_any_named_cloud_is_a_cloud(cloud: str) -> None:
    assert use_case("docker", cloud) == "CI/CD"


@pytest.mark.parametrize("client", ["Docker", "DOCKER", " docker ", "docker/27.1.1", "Docker /27"])
def test_letter_case_and_version_do_not_matter(client: str) -> None:
    assert use_case(client) == "Local Dev"


def test_a_name_that_only_begins_like_a_known_one_is_unknown() -> None:
    assert use_case("dockerish") == "Unknown"
    assert use_case("docker-mirror") == "Unknown"


@given(st.sampled_from(sorted(CLIENTS)))
def test_a_cloud_never_makes_a_pull_less_of_a_production_one(client: str) -> None:
    order = {"Unknown": -1, "Local Dev": 0, "CI/CD": 1, "Prod": 2}
    alone, in_cloud = order[use_case(client)], order[use_case(client, "aws")]
    assert in_cloud == (min(alone + 1, 2) if alone >= 0 else -1)


# -- One's own clients ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("CI/CD", "CI/CD"), ("ci_cd", "CI/CD"), ("Local Dev", "Local Dev"),
        ("local_development", "Local Dev"), ("Prod", "Prod"), ("production", "Prod"),
        ("unknown", "Unknown"),
    ],
)  # fmt: skip
def test_a_client_can_be_added(said: str, meant: str) -> None:
    assert use_case("My-Bot/3", clients={"my-bot": said}) == meant


def test_an_added_client_moves_in_a_cloud_as_any_other() -> None:
    assert use_case("my-bot", "aws", {"My-Bot": "ci_cd"}) == "Prod"


def test_a_known_client_can_be_said_to_be_for_something_else() -> None:
    assert use_case("docker", clients={"docker": "Prod"}) == "Prod"
    assert use_case("docker") == "Local Dev"


def test_a_use_case_that_there_is_not_is_refused() -> None:
    with pytest.raises(
        SelectionError, match=r"'my-bot': 'staging'.*Local Dev, CI/CD, Prod, Unknown"
    ):
        use_case("docker", clients={"my-bot": "staging"})


# -- Frames -----------------------------------------------------------------------------------


def test_the_result_is_in_line_with_the_frame() -> None:
    frame = pd.DataFrame(
        {"user_agent": ["docker", None, "kaniko"], "cloud_service_provider": ["aws", "aws", None]},
        index=[7, 7, 3],
    )
    expected = pd.Series(["CI/CD", "Unknown", "CI/CD"], [7, 7, 3], dtype="str", name="use_case")
    pd.testing.assert_series_equal(infer_use_case(frame), expected)


def test_an_empty_frame_has_an_empty_result() -> None:
    frame = pd.DataFrame({"user_agent": [], "cloud_service_provider": []})
    result = infer_use_case(frame)
    assert result.empty
    assert result.dtype == "str"


def test_the_columns_can_be_named() -> None:
    frame = pd.DataFrame({"user_agent_tool": ["podman"], "host": ["azure"]}).astype("category")
    assert infer_use_case(frame, client="user_agent_tool", cloud="host").tolist() == ["CI/CD"]


def test_a_missing_column_is_named_with_its_option() -> None:
    frame = pd.DataFrame({"user_agent": ["docker"]})
    with pytest.raises(FrameError, match=r"no column cloud_service_provider.*cloud="):
        infer_use_case(frame)


def test_the_given_frame_is_left_as_it_is() -> None:
    frame = pd.DataFrame({"user_agent": ["docker"], "cloud_service_provider": [None]})
    before = frame.copy()
    infer_use_case(frame)
    pd.testing.assert_frame_equal(frame, before)


# -- The list and the samples -----------------------------------------------------------------


def test_the_list_is_in_lower_case_and_names_use_cases() -> None:
    assert [name for name in CLIENTS if name != name.casefold().strip()] == []
    assert set(CLIENTS.values()) == set(USE_CASES)


def rows(kind: str, *columns: str) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for path in (SAMPLES / kind).glob("*.csv*"):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            found |= {tuple(row[column] for column in columns) for row in csv.DictReader(file)}
    assert found, kind
    return found


@pytest.mark.parametrize("kind", ["trends", "tracked_companies"])
def test_every_client_of_the_samples_is_listed(kind: str) -> None:
    named = {client for (client,) in rows(kind, "USER_AGENT")} - HOSTILE
    assert named - set(CLIENTS) == set()


def test_the_inference_agrees_with_the_tracked_companies_report() -> None:
    seen = rows("tracked_companies", "USER_AGENT", "CLOUD_SERVICE_PROVIDER", "INFERRED_USE_CASE")
    frame = pd.DataFrame(sorted(seen), columns=["user_agent", "cloud_service_provider", "theirs"])
    # The odd client's name begins with curl/, which is listed as telling nothing.
    assert infer_use_case(frame).tolist() == frame["theirs"].tolist()
    assert set(frame["theirs"]) == set(USE_CASES)
