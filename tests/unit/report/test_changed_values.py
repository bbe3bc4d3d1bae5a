"""How values differ from what they were."""

from __future__ import annotations

from ethgen.report.changed_values import changed_values


def test_every_value_stands_with_its_path():
    """Changed, added and removed values are told with the path that they stand at, what is the same is not."""
    old = {"a": {"b": 1, "c": "x", "same": [1]}, "gone": True}
    new = {"a": {"b": 2, "c": "x", "same": [1], "d.e": "new"}}
    assert changed_values(old, new) == [("a.b", "1", "2"), ("a.'d.e'", "", "new"), ("gone", "true", "")]


def test_of_lists_the_items_are_told_that_came_and_went():
    """Arguments that differ stand side by side, and one more or less stands alone."""
    old, new = {"args": ["--a=1", "--b", "--c"]}, {"args": ["--a=2", "--b", "--c", "--d"]}
    assert changed_values(old, new) == [("args", "--a=1", "--a=2"), ("args", "", "--d")]


def test_another_order_is_a_change():
    """A list with the same items in another order differs as a whole."""
    assert changed_values({"a": [1, 2]}, {"a": [2, 1]}) == [("a", "[1, 2]", "[2, 1]")]


def test_a_number_is_not_a_truth():
    """Values that Python takes for equal and YAML does not are a change."""
    assert changed_values({"a": 1}, {"a": True}) == [("a", "1", "true")]


def test_long_values_are_cut_off_and_stand_on_one_line():
    """Files of many lines do not fill the page."""
    ((_, old, new),) = changed_values({"a": "x\ny"}, {"a": "z" * 200})
    assert (old, new) == ("x y", "z" * 100 + "…")
