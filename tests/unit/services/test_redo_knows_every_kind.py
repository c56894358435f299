"""Whoever adds a kind of entry says what a restore does with it."""

from __future__ import annotations

from overt.console.api.kinds import KINDS
from overt.domain.retention import RetentionRules
from overt.services.redo import LOST, TOLD, WHOLE, acts_of


def test_every_kind_is_done_again_or_is_known_to_be_left() -> None:
    done = frozenset(acts_of(RetentionRules()))
    assert sorted(done | TOLD | LOST | WHOLE) == sorted(KINDS)
    assert len(done) + len(TOLD) + len(LOST) + len(WHOLE) == len(KINDS)
