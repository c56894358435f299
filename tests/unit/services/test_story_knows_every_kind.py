"""Whoever adds a kind of entry says whether the record of a deployment tells of it."""

from __future__ import annotations

from overt.console.api.kinds import KINDS
from overt.services import story_read

#: Of no deployment, or of people's sign-ins and of lists before they are anybody's.
OF_NONE = {
    *("account.proposed", "account.approved", "account.made", "account.changed", "account.closed"),
    *("session.opened", "session.ended", "session.refused", "sessions.expired", "installation.made"),
    *("installation.policy", "backup.made", "rehearsal.run", "register.published", "evaluation.filed"),
    *("conditions.answered", "panel.countersigned", "panel.key-pinned", "panel.key-proposed"),
    *("decoys.imported", "decoys.erasing", "decoys.erased", "draft.opened", "draft.withdrawn"),
    *("draft.erasing", "draft.erased", "list.shown"),
}


def test_every_kind_is_told_or_is_of_no_deployment() -> None:
    told = {*story_read._READS, *story_read._ALL}
    assert sorted(told | OF_NONE) == sorted(KINDS)
    assert not told & OF_NONE
