"""Run the stand-in Hub by hand: ``python -m tests.hub --port 8900``."""

# It is a command: it prints.
# ruff: noqa: T201

from __future__ import annotations

import argparse
import shlex
import signal
import threading

from tests.hub import KINDS, Fault, Hub, Seen


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.hub", description="A stand-in for Docker Hub, with the sample data."
    )
    parser.add_argument("--port", type=int, default=0, help="the API's (any free one)")
    parser.add_argument("--files-port", type=int, default=0, help="the files' (any free one)")
    parser.add_argument("--user", default="ada")
    parser.add_argument("--secret", default="dckr_pat_made_up_for_tests_4711")
    parser.add_argument("--second-factor", metavar="CODE", help="needed besides a password")
    parser.add_argument("--token-seconds", type=float, default=600)
    parser.add_argument(
        "--namespace", action="append", help="serve only its reports: moonbarrow, oldbarrow"
    )
    parser.add_argument("--newest", type=int, help="keep only so many periods of each report")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="KIND:MATCH:TIMES", type=_fault,
        help=f"what goes wrong, how often, where the path contains MATCH; {', '.join(KINDS)}",
    )  # fmt: skip
    told = parser.parse_args()
    # A plain kill ends it as cleanly as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    hub = Hub(
        told.user, told.secret, told.second_factor,
        lifetimes=(told.token_seconds, 300), ports=(told.port, told.files_port),
    )  # fmt: skip
    hub.fill(namespaces=told.namespace, newest=told.newest)
    for fault in told.fault:
        hub.fault(fault)
    hub.log = _log  # type: ignore[method-assign]
    with hub:
        try:
            _greet(hub)
            threading.Event().wait()
        except KeyboardInterrupt:
            print("\nStopped.")


def _greet(hub: Hub) -> None:
    print(f"API    {hub.url}\nFiles  {hub.files_url}\n")
    print("Credentials, made up for this server:")
    for name, value in hub.environment.items():
        print(f"  export {name}={shlex.quote(value)}")
    print("\nTry:")
    for namespace in sorted(hub.namespaces):
        print(f"  insights-nb fetch --namespace {namespace} --archive archive")
    print("\nCtrl-C ends it.\n", flush=True)


def _log(seen: Seen) -> None:
    # Without the query, which can hold a signature.
    print(f"{seen.status or 'dropped'}  {seen.method} {seen.host_port}{seen.path}", flush=True)


def _fault(text: str) -> Fault:
    kind, _, rest = text.partition(":")
    match, _, times = rest.partition(":")
    if kind not in KINDS:
        raise argparse.ArgumentTypeError(f"{kind!r} is none of {', '.join(KINDS)}")
    if times and not times.isdigit():
        raise argparse.ArgumentTypeError(f"{times!r} is no number of times")
    return Fault(kind, match, int(times or 1))


if __name__ == "__main__":
    main()
