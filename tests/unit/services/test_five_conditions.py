"""The five conditions: answered by the oversight, in words, and counted only where all are met."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from overt.domain.roles import NotAllowed, Role
from overt.ledger.entry import Entry
from overt.services.conditions import (
    CONDITIONS,
    Answer,
    BadConditions,
    answer_conditions,
    conditions_at,
    conditions_now,
    form,
    read_form,
)
from tests.deployed import Site
from tests.preparing import FIVE


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def at(site: Site) -> int | None:
    now_us = site.clock.now_us()
    return site.installation.store.read(lambda work: conditions_at(work, now_us))


def test_the_newest_answers_count_where_all_five_are_met(site: Site) -> None:
    by = site.by(Role.OVERSIGHT)
    assert at(site) is None
    answered = answer_conditions(site.installation, by, FIVE)
    assert answered.met
    assert (answered.by, list(answered.answers)) == ("the oversight", list(CONDITIONS))
    assert at(site) == answered.at_us
    site.clock.advance(1)
    not_met = {**FIVE, "bias": replace(FIVE["bias"], met=False)}
    assert not answer_conditions(site.installation, by, not_met).met
    assert at(site) is None
    assert [one.met for one in conditions_now(site.installation)] == [False, True]
    entry = Entry.from_bytes(site.installation.store.read(lambda work: list(work.ledger.rows()))[-1].entry)
    assert (entry.kind, entry.facts["met"], entry.facts["asked"]) == ("conditions.answered", 4, 5)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OVERSIGHT])
def test_nobody_else_answers_them(site: Site, role: Role) -> None:
    with pytest.raises(NotAllowed):
        answer_conditions(site.installation, site.by(role), FIVE)


@pytest.mark.parametrize("words", [None, "it is so", "x " * 3000], ids=["none", "few", "too many"])
def test_an_answer_is_one_in_words(site: Site, words: str | None) -> None:
    answers = {name: one for name, one in FIVE.items() if name != "people"}
    if words is not None:
        answers["people"] = Answer(met=True, words=words)
    with pytest.raises(BadConditions, match="needs an answer"):
        answer_conditions(site.installation, site.by(Role.OVERSIGHT), answers)


def test_a_form_is_printed_and_read() -> None:
    empty = form()
    assert all(asked in empty for asked in CONDITIONS.values())
    filled = empty.replace("# met = true", "met = true").replace('words = ""', 'words = "we looked and it is so"')
    assert read_form(filled.encode()) == {name: Answer(met=True, words="we looked and it is so") for name in CONDITIONS}


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"[bias", b'[else]\nmet = true\nwords = "a"', b'[bias]\nwords = "a"', b"bias = 1"],
    ids=["no text", "no TOML", "none of the five", "not met nor unmet", "no table"],
)
def test_what_is_no_form_is_refused(content: bytes) -> None:
    with pytest.raises(BadConditions):
        read_form(content)


def test_answers_of_a_clock_that_ran_ahead_do_not_hide_later_ones(site: Site) -> None:
    by, now_us = site.by(Role.OVERSIGHT), site.clock.now_us()
    site.clock.set_now(now_us + 90 * 24 * 3600 * 1_000_000)
    not_met = {**FIVE, "bias": replace(FIVE["bias"], met=False)}
    answer_conditions(site.installation, by, not_met)
    site.clock.set_now(now_us)
    assert at(site) is None
    answer_conditions(site.installation, by, FIVE)
    assert at(site) == now_us
