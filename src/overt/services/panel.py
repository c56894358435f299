"""The oversight panel: an installation that nobody outside it has looked at for long stops by itself.

Rules:
  - the panel has an Ed25519 key of its own, made and kept elsewhere; its public half is pinned by two administrators,
    where the policy wants two, and is nobody's key here; whoever approves one names it;
  - it countersigns a statement that says this installation, how its ledger stood, and when that was drawn up; what the
    statement says has to be so;
  - the days count from when the statement was drawn up; so that none is signed in advance, that moment has to be one
    at which the ledger stood as it says: not before its newest entry then, and not after the one that came next; where
    there is no countersignature the days count from when the installation was made;
  - a countersignature counts as long as the key is pinned with which it was made, and is verified whenever it is used;
  - how many days may pass is the policy's (`countersigned_within_days`); a deployment is then refused by that name
    when it is entered, signed or started (`overt.domain.terms`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.domain.errors import Refused
from overt.domain.history import Countersigned
from overt.domain.retention import DAY_US
from overt.domain.roles import Action
from overt.domain.time import to_text
from overt.ledger.entry import Entry, Fact
from overt.ledger.head import KEY_PREFIX
from overt.services.acting import file_paper
from overt.services.installation import Installation
from overt.services.kept_rules import rules_in_use
from overt.services.people import Account, SecondPersonNeeded, require_actor, rules_in
from overt.services.record import NotInLedger, consistency, newest
from overt.services.statement import BadStatement, read, signed_by, written
from overt.store.ports import Work
from overt.store.records import AccountState, PaperRow

PROPOSED: Final = "panel-key-proposed"
PINNED: Final = "panel-key"
COUNTERSIGNED: Final = "panel-countersigned"
VERSION: Final = "overt-countersignature-1"
#: So long before the day people are told.
WARN_US: Final = 14 * DAY_US
_KEY: Final = re.compile(r"(?:ed25519:)?([0-9a-f]{64})")


class BadPanelKey(Refused):
    code = "bad-panel-key"


@dataclass(frozen=True, kw_only=True)
class Countersignature:
    """What the panel signs.

    Attributes:
        installation: public key of its ledger.
        size, root: of the ledger's newest head; 64 hexadecimal digits.
        drawn_up_us: when, microseconds since 1970, UTC.
    """

    installation: str
    size: int
    root: str
    drawn_up_us: int

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return written(self, VERSION)

    @classmethod
    def from_bytes(cls, content: bytes) -> Countersignature:
        """Raises BadStatement."""
        return read(cls, content, VERSION, "countersignature")


@dataclass(frozen=True, kw_only=True)
class Panel:
    """How it stands with the panel.

    Attributes:
        key: the pinned one, `ed25519:` and 64 hexadecimal digits; empty: none.
        proposed, proposed_by: a key that waits for another administrator, and the account that proposed it.
        newest: countersignature.
        within_days: the fewest that a policy in use allows; 0: no panel is asked for.
        due_us: after that nothing starts; None: never.
    """

    key: str
    proposed: str
    proposed_by: str
    newest: Countersigned
    within_days: int
    due_us: int | None

    def over(self, now_us: int) -> bool:
        """Nothing starts any more under the strictest policy in use."""
        return self.due_us is not None and now_us > self.due_us

    def soon(self, now_us: int) -> bool:
        """The day is near, or over."""
        return self.due_us is not None and now_us > self.due_us - WARN_US


def propose_panel_key(installation: Installation, by: Account, key: str) -> bool:
    """Proposes the panel's key; says whether it is pinned now, since the policy wants one administrator only.

    Args:
        key: Ed25519, as `overt account keygen` prints it: 64 hexadecimal digits, `ed25519:` before them or not.

    Raises:
        NotAllowed: this account may not.
        BadPanelKey: it is no key, it is pinned already, or it is the key of an account.
    """
    digits = _digits(key)

    def change(work: Work) -> bool:
        require_actor(work, by, Action.PANEL_PROPOSE)
        if digits == _pinned(work):
            raise BadPanelKey("This key is pinned already.", "There is nothing to do.")
        if any(each.key == digits and each.state is not AccountState.CLOSED for each in work.accounts.all()):
            raise BadPanelKey("An account here has this key; the panel is nobody of here.", "Give the panel's own key.")
        file_paper(installation, work, PROPOSED, by=by.id, row=None, content={"key": digits})
        work.record("panel.key-proposed", actor=by.id, facts={"key": KEY_PREFIX + digits})
        if not rules_in(work).two_administrators:
            _pin(installation, work, by, digits)
            return True
        return False

    return installation.store.write(change)


def approve_panel_key(installation: Installation, by: Account, key: str) -> str:
    """Pins the key that another administrator proposed; returns it.

    Args:
        key: the one that is approved, as for `propose_panel_key`: what was seen is what is pinned.

    Raises:
        NotAllowed: this account may not.
        SecondPersonNeeded: it proposed the key itself.
        BadPanelKey: it is no key, none waits, or another one does by now.
    """
    digits = _digits(key)

    def change(work: Work) -> str:
        require_actor(work, by, Action.PANEL_APPROVE)
        waiting = _waiting(work)
        if waiting is None:
            raise BadPanelKey("No key of the panel waits for approval.", "Propose one: overt oversight key KEY.")
        if waiting.account == by.id:
            raise SecondPersonNeeded("You proposed this yourself.", "Another administrator approves it.")
        if waiting.content["key"] != digits:
            raise BadPanelKey("Another key waits than the one you approve.", "Look at the one that waits now.")
        _pin(installation, work, by, digits)
        return KEY_PREFIX + digits

    return installation.store.write(change)


def draw_up_countersignature(installation: Installation, by: Account) -> Countersignature:
    """What the panel would sign now.

    Raises:
        NotAllowed: this account may not.
        NotInLedger: the ledger has no entry yet.
    """
    installation.store.read(lambda work: require_actor(work, by, Action.PANEL_COUNTERSIGN))
    head = newest(installation.store).head
    return Countersignature(
        installation=installation.public_key,
        size=head.size,
        root=head.root.hex(),
        drawn_up_us=installation.clock.now_us(),
    )


def sign_countersignature(key: Ed25519PrivateKey, statement: bytes) -> bytes:
    """The signature, 64 bytes; raises BadStatement where it is no such statement."""
    Countersignature.from_bytes(statement)
    return key.sign(statement)


def countersign(installation: Installation, by: Account, statement: bytes, signature: bytes) -> Countersignature:
    """Takes the panel's signature.

    Raises:
        NotAllowed: this account may not hand it in.
        BadStatement: it says what is not so, or is not signed with the key that is pinned.
        LedgerDiffers: the ledger was edited.
    """
    said = Countersignature.from_bytes(statement)
    _require_so(installation, said)

    def change(work: Work) -> None:
        require_actor(work, by, Action.PANEL_COUNTERSIGN)
        key = _pinned(work)
        if not key or not signed_by(key, statement, signature):
            raise BadStatement(
                "The signature is not by the panel's key that is pinned here.",
                "Sign it with that key: overt oversight sign FILE --key KEYFILE.",
            )
        before = countersigned_in(work)
        if before is not None and before.ever and said.drawn_up_us <= before.at_us:
            raise BadStatement("The panel has countersigned this one, or a later one.", "Draw up a new one.")
        content: dict[str, object] = {"statement": statement.decode(), "signature": signature.hex()}
        file_paper(installation, work, COUNTERSIGNED, by=by.id, row=None, content=content)
        facts: dict[str, Fact] = {
            "statement": f"sha256:{hashlib.sha256(statement).hexdigest()}",
            "key": KEY_PREFIX + key,
            "size": said.size,
            "root": said.root,
            "drawn_up_us": said.drawn_up_us,
        }
        work.record("panel.countersigned", actor=by.id, facts=facts)

    installation.store.write(change)
    return said


def countersigned_in(work: Work) -> Countersigned | None:
    """The newest countersignature that counts now, or when the installation was made; None: its ledger is empty."""
    key = _pinned(work)
    for paper in reversed(work.papers.all(COUNTERSIGNED) if key else []):
        statement = str(paper.content["statement"]).encode()
        if signed_by(key, statement, bytes.fromhex(str(paper.content["signature"]))):
            return Countersigned(at_us=Countersignature.from_bytes(statement).drawn_up_us, ever=True)
    first = next(iter(work.ledger.rows(0, 1)), None)
    return None if first is None else Countersigned(at_us=Entry.from_bytes(first.entry).at_us, ever=False)


def panel_now(installation: Installation) -> Panel | None:
    """How it stands with the panel; None before anything is recorded."""
    now_us = installation.clock.now_us()

    def look(work: Work) -> Panel | None:
        found, key, waiting = countersigned_in(work), _pinned(work), _waiting(work)
        if found is None:
            return None
        asked = [rules.countersigned_within_days for rules in rules_in_use(work, now_us)]
        days = [one for one in asked if one]
        return Panel(
            key=KEY_PREFIX + key if key else "",
            proposed="" if waiting is None else KEY_PREFIX + str(waiting.content["key"]),
            proposed_by="" if waiting is None else waiting.account,
            newest=found,
            within_days=min(days, default=0),
            due_us=found.at_us + min(days) * DAY_US if days else None,
        )

    return installation.store.read(look)


def _require_so(installation: Installation, said: Countersignature) -> None:
    """Raises BadStatement where a statement says what is not so."""
    if said.installation != installation.public_key:
        raise BadStatement("It was drawn up for another installation.", "Draw it up here.")
    if said.drawn_up_us > installation.clock.now_us():
        raise BadStatement(f"It says that it was drawn up at {to_text(said.drawn_up_us)}, which is to come.")
    try:
        root: str | None = consistency(installation.store, said.size).old.head.root.hex()
    except NotInLedger:
        root = None
    if root != said.root:
        raise BadStatement(
            "The ledger here was never as it says.", "Draw it up here; ask the panel how they came by this one."
        )
    rows = installation.store.read(lambda work: list(work.ledger.rows(said.size - 1, said.size + 1)))
    newest_us, *next_us = (Entry.from_bytes(row.entry).at_us for row in rows)
    if said.drawn_up_us < newest_us or any(at_us < said.drawn_up_us for at_us in next_us):
        raise BadStatement(
            f"The ledger was not as it says at {to_text(said.drawn_up_us)}, when it says that it was drawn up.",
            "Draw up a new one.",
        )


def _digits(key: str) -> str:
    """64 hexadecimal digits; raises BadPanelKey."""
    found = _KEY.fullmatch(key.strip().lower())
    if found is None:
        raise BadPanelKey(
            "This is no public key, which is ed25519: and 64 hexadecimal digits.",
            "Give what the panel's overt account keygen printed.",
        )
    return found[1]


def _pin(installation: Installation, work: Work, by: Account, digits: str) -> None:
    file_paper(installation, work, PINNED, by=by.id, row=None, content={"key": digits})
    work.record("panel.key-pinned", actor=by.id, facts={"key": KEY_PREFIX + digits})


def _pinned(work: Work) -> str:
    """64 hexadecimal digits; empty: none is."""
    papers = work.papers.all(PINNED)
    return str(papers[-1].content["key"]) if papers else ""


def _waiting(work: Work) -> PaperRow | None:
    """The newest proposal, where its key is not pinned."""
    papers = work.papers.all(PROPOSED)
    return papers[-1] if papers and papers[-1].content["key"] != _pinned(work) else None
