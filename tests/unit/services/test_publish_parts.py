"""Tables of a list that a policy ties together are told together, or not at all."""

from __future__ import annotations

import pytest

from overt.services.publish_parts import list_hidden
from overt.services.publish_told import Noted, Sealed


def sealed(**tables: dict[str, int]) -> Sealed:
    return Sealed(noted=Noted(index=3, at_us=1), list="l", entries=51, templates=51, tables=tables)


#: Whoever is missing has the response welfare; by 31 and 20 the two hidden responses, 21 together, would be 20 and 1.
TIED = {"missing-at-risk": 20, "wanted-by-court": 31}


@pytest.mark.parametrize(
    ("categories", "responses", "hidden"),
    [
        (TIED, {"speak": 30, "arrest": 1, "welfare": 20}, {"speak", "arrest", "welfare"}),
        (
            {"missing-at-risk": 20, "wanted-by-court": 28, "victim": 3},
            {"speak": 28, "welfare": 23},
            {"speak", "welfare"},
        ),
        (TIED, {"speak": 31, "welfare": 20}, set()),
    ],
    ids=["its own cell is small", "a category is small", "nothing is small"],
)
def test_what_follows_from_the_categories_is_not_told_beside_them(
    categories: dict[str, int], responses: dict[str, int], hidden: set[str]
) -> None:
    assert list_hidden("responses", sealed(categories=categories, responses=responses), 5) == hidden


def test_a_table_that_stands_alone_hides_its_own_cells_only() -> None:
    ages = {"adult": 40, "child": 1, "not-said": 10}
    assert list_hidden("ages", sealed(categories={"victim": 1, "witness": 50}, ages=ages), 5) == {"child", "not-said"}
    assert list_hidden("serious", sealed(serious={"yes": 40, "no": 11}), 5) == set()
