"""Codes in place of names."""

from __future__ import annotations

import os

from overt.evaluation.handover_codes import SINGLE, Codes, coded_run, coded_truth
from tests.unit.evaluation.blue_list import prompt, run, said, tally, walk


def test_one_name_has_one_code_and_other_packages_have_others() -> None:
    codes, others = Codes(random_bytes=os.urandom), Codes(random_bytes=os.urandom)
    assert codes.person("bob") == codes.person("bob") != codes.person("ann")
    assert codes.person("bob") != others.person("bob")
    assert codes.account("bob") != codes.person("bob")
    assert (codes.person(""), codes.camera("")) == ("", "")
    assert [codes.camera(name) for name in ("north", "south", "north")] == ["camera 1", "camera 2", "camera 1"]


def test_a_code_that_was_drawn_twice_is_drawn_again() -> None:
    drawn = iter([b"\1" * 6, b"\1" * 6, b"\2" * 6])
    codes = Codes(random_bytes=lambda _: next(drawn))
    assert codes.person("bob") == "person 010101010101"
    assert codes.person("ann") == "person 020202020202"


def test_notes_are_digests_where_there_is_a_key_and_nothing_else() -> None:
    keyed = Codes(random_bytes=os.urandom, digest=lambda text: f"hmac-{len(text)}")
    assert (keyed.note("wore a hat"), keyed.note("")) == ("hmac-10", "")
    assert Codes(random_bytes=os.urandom).note("wore a hat") == ""


def test_prompts_and_walks_of_one_person_have_the_same_code() -> None:
    codes = Codes(random_bytes=os.urandom)
    truth = coded_truth(tally(walk("Bob again", "bob", camera="south", notes="a hat")), codes)
    told = coded_run(run(prompt(1, "bob", 5, camera="south", said=said())), codes, "run")
    (one,) = truth.walks
    assert (one.walk, one.person, one.camera, one.notes) == ("walk 1", told.prompts[0].entry, "camera 1", "")
    assert told.prompts[0].camera == "camera 1"
    assert told.prompts[0].said.verdicts[0][0].startswith("account ")
    assert (told.deployment, told.digest) == ("run", "")


def test_words_that_the_machine_does_not_know_are_left_out() -> None:
    codes = Codes(random_bytes=os.urandom)
    told = run(prompt(1, "bob", 5, cautions=("dark", "looks like Bob")))
    told = coded_run(type(told)(**{**vars(told), "counts": {**told.counts, "Bob": 1}}), codes, "run")
    assert told.prompts[0].cautions == ("dark",)
    assert "Bob" not in told.counts
    assert told.counts["faces_seen"] == 100


def test_a_label_that_one_person_alone_has_is_put_with_the_others() -> None:
    walks = (
        walk("1", "bob", groups={"age": "18-30", "sex": "m"}, picture="custody"),
        walk("2", "bob", 20, 30, groups={"age": "18-30", "sex": "m"}, picture="custody"),
        walk("3", "ann", 40, 50, groups={"age": "90", "sex": "f"}),
        walk("4", "cho", 60, 70, groups={"sex": "f"}, picture="passport"),
        walk("5", "", 80, 90),
    )
    coded = coded_truth(tally(*walks), Codes(random_bytes=os.urandom)).walks
    assert [dict(one.groups) for one in coded] == [
        {"age": SINGLE, "sex": SINGLE},
        {"age": SINGLE, "sex": SINGLE},
        {"age": SINGLE, "sex": "f"},
        {"sex": "f"},
        {},
    ]
    assert [one.picture for one in coded] == [SINGLE, SINGLE, "", SINGLE, ""]
