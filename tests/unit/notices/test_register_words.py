"""How published cells read."""

from __future__ import annotations

from typing import Any

import pytest

from overt.notices.register_words import (
    bare,
    code_words,
    figure_name,
    in_short,
    kind_words,
    missing,
    says,
    sentence,
    told,
)
from tests.registers import count, deployment, hidden, quiet, share, waits


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (count("alerts", 1012), "1,012"),
        (count("hours", 1, unit="hours"), "1 hour"),
        (count("hours", 31.5, unit="hours"), "31.5 hours"),
        (count("threshold", 0.4382), "0.4382"),
        (count("plan", 4.5, low=3.9, high=5.3), "4.5 (3.9 to 5.3)"),
        (share("verified", 2, 9, 0.03, 0.6), "2 of 9: 22 % (3 to 60 %)"),
        (share("verified", 0, 0, 0.0, 1.0), "0 of 0: no figure yet (0 to 100 %)"),
        (hidden("missing"), "hidden"),
        (waits("alerts", "undecided"), "told when every alert is decided"),
        (waits("alerts", "some-new-reason"), "some new reason"),
        (count("overlap", None, not_recorded=True), "not recorded by the version that ran then"),
        (count("trr", None, why_not="Nobody knows."), "Nobody knows."),
        (count("alerts", None), "not known"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_cell_reads_so(cell: Any, words: str) -> None:
    assert says(cell) == words


def test_a_share_reads_with_what_it_counts() -> None:
    assert sentence(share("verified", 2, 9, 0.03, 0.6), "alerts verified right") == (
        "2 of 9 alerts verified right: 22 % (3 to 60 %)"
    )
    assert sentence(hidden("verified"), "alerts") == "Hidden, because it is small or would give a small number away"
    assert sentence(waits("verified", "running"), "alerts") == "Told when the deployment is over"
    assert says(count("plan", 0.989, low=0.98, high=0.995), share=True) == "98.9 % (98.0 to 99.5 %)"
    assert bare(count("coverage", 27.9, unit="camera-hours x hectares")) == "27.9"


def test_only_a_number_is_told() -> None:
    assert told(count("alerts", 0))
    assert missing(count("alerts", 0)) == ""
    assert not told(hidden())


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (deployment(1, "planned"), "It has not begun."),
        (quiet(1, "running", "running"), "Its figures are told when the deployment is over."),
        (deployment(1, "ended"), "11 alerts in 8,412 passages compared with the list."),
    ],
    ids=["planned", "running", "ended"],
)
def test_a_deployment_in_one_sentence(one: Any, words: str) -> None:
    assert in_short(one) == words


def test_what_has_no_words_reads_as_itself() -> None:
    assert code_words("some-later_code") == "some later code"
    assert figure_name("some_later_figure") == "Some later figure"
    assert kind_words("exercise") == ("a deployment of the kind exercise", "Deployments of the kind exercise")
