"""An error's class may be merged, but who catches the earlier name still catches it."""

from __future__ import annotations

import inspect

import pytest

import insights_nb as inb
from insights_nb import errors

FORMER = sorted((former, new) for new, names in errors._FORMER.items() for former in names.split())


@pytest.mark.parametrize(("former", "new"), FORMER)
def test_an_earlier_name_warns_and_catches_what_is_raised_now(
    former: str, new: type[inb.InsightsError]
) -> None:
    with pytest.warns(DeprecationWarning, match=rf"errors\.{former} is now {new.__name__}\."):
        caught = getattr(errors, former)
    assert issubclass(new, caught)
    assert former not in vars(errors)


def test_a_name_that_never_was_is_missing() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'NoSuchError'"):
        getattr(errors, "NoSuchError")  # noqa: B009 - a type checker would refuse the other form


def test_the_tree_shows_every_class_below_the_one_that_it_is() -> None:
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        before, _, name = line.partition("── ")
        if name:
            word, _, base = name.partition(" ")
            depth = len(before) // 4 - 1
            above[depth:] = [word]
            kind = getattr(errors, word)
            assert not above[:-1] or issubclass(kind, getattr(errors, above[-2]))
            parents = {one.__name__ for one in kind.__mro__}
            assert not base or base.strip("()") in parents
    shown = {word for word in (errors.__doc__ or "").split() if word.endswith("Error")}
    classes = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    assert shown == {name for name in classes if name.endswith("Error")}
