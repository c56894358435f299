"""P1 to P39, the requirements from law and policy: each has a test under its number here, or a line that says why not.

A test counts by its name, `test_p07_...`, in any file of this folder. A requirement that a later part brings has a line
`P14: ...` in docs/decisions/0010-requirements-of-later-parts.md. None has both: the line goes when a first test comes,
and what that test leaves open is said below the lines there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.needs import REPOSITORY

HERE = Path(__file__).parent
LATER = REPOSITORY / "docs/decisions/0010-requirements-of-later-parts.md"
REQUIREMENTS = tuple(f"P{number}" for number in range(1, 40))
LEFT_OUT = ("skip", "skipif", "xfail")


def numbers_of_tests(source: str) -> Iterator[str]:
    """The requirements that a test file is about: of functions that pytest runs, so of none that is commented out."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and (found := re.match(r"test_p(\d\d)_", node.name)):
            marks = {
                part.attr for one in node.decorator_list for part in ast.walk(one) if isinstance(part, ast.Attribute)
            }
            if not marks.intersection(LEFT_OUT):
                yield f"P{int(found[1])}"


def numbers_of_lines(text: str) -> list[str]:
    """The requirements that have a line with at least one sentence."""
    return [f"P{int(number)}" for number in re.findall(r"^- P(\d{1,2}): \S.*\.$", text, re.MULTILINE)]


def faults(tested: Iterable[str], later: Iterable[str]) -> list[str]:
    """What is wrong, in words."""
    have, lines = set(tested), list(later)
    return [
        *(f"{each} has neither a test nor a line" for each in REQUIREMENTS if each not in have and each not in lines),
        *(f"{each} has both a test and a line" for each in REQUIREMENTS if each in have and each in lines),
        *(f"{each} has two lines" for each in REQUIREMENTS if lines.count(each) > 1),
        *(f"there is no requirement {each}" for each in sorted({*have, *lines}.difference(REQUIREMENTS))),
    ]


def named_here() -> set[str]:
    return {each for path in sorted(HERE.rglob("test_*.py")) for each in numbers_of_tests(path.read_text("utf-8"))}


def test_every_requirement_has_a_test_or_a_line_that_says_what_brings_it() -> None:
    assert faults(named_here(), numbers_of_lines(LATER.read_text("utf-8"))) == []


@pytest.mark.parametrize("lost", ["P1", "P19", "P39"])
def test_planted_a_requirement_that_lost_its_test_is_found_out(lost: str) -> None:
    assert faults({*REQUIREMENTS} - {lost}, []) == [f"{lost} has neither a test nor a line"]


def test_planted_a_line_beside_a_test_and_a_number_that_there_is_not_are_found_out() -> None:
    assert faults(REQUIREMENTS, ["P14"]) == ["P14 has both a test and a line"]
    assert faults({*REQUIREMENTS} - {"P14"}, ["P14", "P14"]) == ["P14 has two lines"]
    assert faults([*REQUIREMENTS, "P40"], []) == ["there is no requirement P40"]


def test_planted_a_test_that_never_runs_counts_for_nothing() -> None:
    source = (
        "# def test_p01_commented_out(): ...\n"
        "@pytest.mark.skip(reason='no')\ndef test_p02_left_out(): ...\n"
        "def helper_test_p03_(): ...\n"
        "class Planted:\n    def test_p04_in_a_class(self): ...\n"
        "@pytest.mark.parametrize('a', [1])\ndef test_p05_runs(a): ...\n"
    )
    assert list(numbers_of_tests(source)) == ["P5"]
    assert numbers_of_lines("- P6: \n- P7: A later part.\nP8: A later part.\n") == ["P7"]
