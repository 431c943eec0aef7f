"""What each client is made for: the list from which use cases are inferred."""

from __future__ import annotations

from insights_nb.schema import USE_CASES, UseCase

__all__ = ["CLIENTS", "USE_CASES", "UseCase"]

_MADE_FOR: dict[UseCase, tuple[str, ...]] = {
    # A person at a terminal or a desktop.
    "Local Dev": (
        "colima",
        "docker",
        "docker-cli",
        "docker-client",
        "docker compose",
        "docker-compose",
        "docker desktop",
        "docker-desktop",
        "docker-scout",
        "finch",
        "lima",
        "minikube",
        "nerdctl",
        "orbstack",
        "podman",
        "podman desktop",
        "rancher desktop",
    ),
    # Pipelines, build tools, and what mirrors or copies from one registry to another.
    "CI/CD": (
        "artifactory",
        "buildah",
        "buildkit",
        "buildkit-client",
        "buildx",
        "circleci",
        "containerd",
        "crane",
        "dependabot",
        "distribution",
        "docker-registry",
        "drone",
        "earthly",
        "github-actions",
        "gitlab-runner",
        "go-containerregistry",
        "harbor",
        "harbor-registry-client",
        "jenkins",
        "jib",
        "kaniko",
        "ko",
        "nexus",
        "node-fetch",
        "oras",
        "quay",
        "regclient",
        "regctl",
        "regsync",
        "renovate",
        "skopeo",
        "tekton",
        "zot",
    ),
    # Orchestrators, and the runtimes that only they use.
    "Prod": (
        "amazon-ecs-agent",
        "cri-o",
        "ecs-agent",
        "k3s",
        "kubelet",
        "kubernetes",
        "mesos",
        "nomad",
        "openshift",
        "rke2",
    ),
    # Known, and used as much on a desktop as on a server, so that the name says nothing.
    "Unknown": ("curl", "go-http-client", "watchtower", "wget"),
}

CLIENTS: dict[str, UseCase] = {
    client: use_case for use_case, clients in _MADE_FOR.items() for client in clients
}
"""Client's name in lower case → what it is made for, wherever it runs."""
