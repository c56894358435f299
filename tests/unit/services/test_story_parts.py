"""What an entry says belongs to the list, the complaint or the hold that it names, among several."""

from __future__ import annotations

from typing import Any

from overt.ledger.entry import Entry, Fact
from overt.services import story_read, story_rests
from overt.services.story import Story


def entry(kind: str, **facts: Fact) -> Entry:
    return Entry(index=9, kind=kind, at_us=1_000_000, actor="system", deployment="d", facts=facts)


def test_of_two_lists_the_one_that_is_named_is_erased() -> None:
    story = Story(deployment="d", lists=[{"list": "a"}, {"list": "b"}])
    assert story_read._list_erasing(story, 9, entry("list.erasing", list="b", erasure="e", reason="retention"))
    assert story_read._list_erased(story, 9, entry("list.erased", list="b", erasure="e"))
    first, second = story.lists
    assert first == {"list": "a"}
    assert (second["erasing"], second["erased"]) == ("1970-01-01T00:00:01.000Z",) * 2


def test_of_two_complaints_the_one_that_is_named_is_answered() -> None:
    story = Story(deployment="d", complaints=[{"complaint": "a"}, {"complaint": "b"}])
    assert story_read._answered(story, 9, entry("complaint.answered", complaint="b", result="upheld"))
    assert story.complaints[0] == {"complaint": "a"}
    assert story.complaints[1]["result"] == "upheld"


def test_of_two_holds_the_one_that_is_named_is_lifted() -> None:
    alert: dict[str, Any] = {"holds": [{"hold": "a", "lifted": None}, {"hold": "b", "lifted": None}]}
    story_read._lifted(alert, 9, entry("hold.lifted", hold="b"))
    assert [one["lifted"] for one in alert["holds"]] == [None, "1970-01-01T00:00:01.000Z"]


def test_a_start_names_the_newest_of_a_name_each_is_told_once_and_what_nobody_filed_is_not_told() -> None:
    story = Story(deployment="d")
    for index, at_us in ((3, 1), (5, 2)):
        filed = entry("evaluation.filed", sha256="a", made_us=at_us)
        story_rests.note_filed(story.filed, index, filed)
    story_rests.note_filed(story.filed, 7, entry("trial.reported", sha256="t", walks=9))
    start = entry("watch.started", evaluations=("a", "b"), trial_report="t", conditions="nobodys")
    for _ in range(2):
        story_rests.note_named(story, start)
    measured, trial = story.rests_on
    assert (measured["entry"], measured["digest"], measured["made"]) == (5, "a", "1970-01-01T00:00:00.000Z")
    assert (trial["entry"], trial["digest"], trial["trial"], trial["walks"]) == (7, "t", "d", 9)
    assert (story.entries, story.kinds["evaluation.filed"], story.kinds["trial.reported"]) == ([5, 7], 1, 1)
