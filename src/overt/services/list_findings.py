"""What an import found against a list: who was left out and why, and which rules the list as a whole broke.

It names people, so it is sealed with the draft's key, as a paper about the draft. Once that
is destroyed nobody reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from overt.domain.ids import RandomBytes
from overt.domain.terms import Broken
from overt.services.drafts import DraftAltered, OpenDraft
from overt.services.installation import Installation
from overt.services.list_reading import LeftOut
from overt.vault.errors import WrongKey
from overt.vault.seal import seal, unseal

FINDINGS: Final = "list-findings"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What stood against a list when it was imported."""

    left_out: tuple[LeftOut, ...] = ()
    broken: tuple[Broken, ...] = ()

    def sealed(self, opened: OpenDraft, random_bytes: RandomBytes) -> dict[str, object]:
        """The content of the paper."""
        plain = {"left_out": [asdict(one) for one in self.left_out], "broken": [asdict(one) for one in self.broken]}
        return {"sealed": seal(opened.key, _what(opened), json.dumps(plain).encode(), random_bytes).hex()}

    @classmethod
    def _of(cls, plain: Mapping[str, Any]) -> Findings:
        return cls(
            left_out=tuple(LeftOut(**one) for one in plain["left_out"]),
            broken=tuple(Broken(**one) for one in plain["broken"]),
        )


def findings_of(installation: Installation, opened: OpenDraft) -> Findings:
    """What stood against a draft when it was imported; nothing where a version that kept none imported it.

    Raises:
        DraftAltered: it does not open.
    """
    papers = installation.store.read(lambda work: work.papers.about(FINDINGS, opened.row.id))
    if not papers:
        return Findings()
    try:
        content = unseal(opened.key, _what(opened), bytes.fromhex(str(papers[0].content["sealed"])))
    except WrongKey as error:
        raise DraftAltered(
            "What the import of this list found does not open with its key.",
            "Do not use it: verify the ledger, and call whoever audits this installation.",
        ) from error
    return Findings._of(json.loads(content))


def _what(opened: OpenDraft) -> str:
    return f"draft:{opened.row.id}/findings"
