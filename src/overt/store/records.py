"""The rows of the store, as values. What a row seals is opaque here; what is plain names nobody.

Times are microseconds since 1970, UTC. Ids are UUIDv7 text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from overt.domain.decision import Verdict
from overt.domain.figures import Counts

KINDS = ("operation", "trial")
ABOUT = ("listed", "volunteer", "decoy")
#: In the place of an entry's position: no entry stands behind an alert that tests the people who decide.
NO_ENTRY = -1


class State(StrEnum):
    """Of what is sealed. It only ever goes forward."""

    KEPT = "kept"
    ERASING = "erasing"  # its key is being destroyed; whoever finds it so finishes
    ERASED = "erased"  # its key and its sealed content are gone; the numbers stay


class Subject(StrEnum):
    """What an erasure is about."""

    LIST = "list"
    ENTRY = "entry"
    ALERT = "alert"
    DRAFT = "draft"
    DECOYS = "decoys"  # a set of pairs
    LISTED = "listed"  # the key by which it can be answered who was on a list


class DeploymentState(StrEnum):
    NEW = "new"
    AUTHORISED = "authorised"
    CANCELLED = "cancelled"
    ENDED = "ended"


class AccountState(StrEnum):
    PROPOSED = "proposed"  # waits for a second administrator
    ACTIVE = "active"
    CLOSED = "closed"


def plain(content: Mapping[str, object]) -> dict[str, object]:
    """Content as it comes back from the store: what JSON text holds of it, so a tuple is a list.

    Raises:
        TypeError, ValueError: it has something that JSON has not.
    """
    kept: dict[str, object] = json.loads(json.dumps(dict(content), allow_nan=False))
    return kept


def _require_code(code: str, codes: tuple[str, ...]) -> None:
    if code not in codes:
        raise ValueError(f"{code!r} is none of {', '.join(codes)}")


@dataclass(frozen=True, kw_only=True)
class DeploymentRow:
    id: str
    digest: str  # SHA-256 of what was authorised, 64 hexadecimal digits; one row a digest
    name: str  # as the deployment file has it
    opens_us: int
    closes_us: int
    policy: str = ""  # its name
    policy_digest: str = ""
    kind: str = "operation"  # of KINDS
    state: DeploymentState = DeploymentState.NEW
    made_by: str = "system"  # or an account's id
    terms: Mapping[str, object] = field(default_factory=dict, hash=False)  # what it asks for; nothing about a person
    ended_us: int | None = None

    def __post_init__(self) -> None:
        _require_code(self.kind, KINDS)
        object.__setattr__(self, "terms", plain(self.terms))


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """A sealed watch list."""

    id: str
    deployment: str
    salt: bytes  # of the half of its key that comes from a passphrase
    entries: int  # when it was sealed
    made_us: int
    erase_after_us: int
    state: State = State.KEPT


@dataclass(frozen=True, kw_only=True)
class SealedEntry:
    """One entry of a sealed list: reference, pictures and templates, sealed with the list's key."""

    position: int  # on the list, from 0
    sealed: bytes
    expires_us: int | None = None  # its own expiry, where that comes before the list's


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """A possible match: its numbers, which stay, and its pictures, which do not."""

    id: str
    deployment: str
    camera: str  # its name in the deployment
    passage: int
    at_us: int
    list_position: int  # of the entry; means nothing once the list is erased
    score: float
    threshold: float
    false_alerts_per_1000: float
    shots: int
    cautions: tuple[str, ...]
    latency_us: int | None  # from capture of the first usable face; None where footage is played fast
    erase_after_us: int
    sealed: bytes | None  # pictures and the entry's reference, with the alert's own key; None once erased
    state: State = State.KEPT
    about: str = "listed"  # of ABOUT: whom the entry stands for
    undecided_us: int | None = None  # when it was counted as not verified, because nobody had decided

    def __post_init__(self) -> None:
        _require_code(self.about, ABOUT)

    @property
    def is_decoy(self) -> bool:
        """Whether it tests the people who decide; nobody passed and nobody was compared."""
        return self.list_position == NO_ENTRY


@dataclass(frozen=True, kw_only=True)
class LookRow:
    """When an account was first shown the pictures of an alert."""

    alert: str
    account: str
    shown_us: int


@dataclass(frozen=True, kw_only=True)
class DecisionRow:
    id: str
    alert: str
    at_us: int
    account: str
    verdict: Verdict
    words: bytes | None = None  # sealed with the alert's key; None once that is erased


@dataclass(frozen=True, kw_only=True)
class OutcomeRow:
    """What came of an alert."""

    id: str
    alert: str
    at_us: int
    account: str
    means: str  # a code: how the person was identified
    result: str  # a code
    held_min: int | None  # minutes for which the person was held up; None: nobody was
    followed: str  # a code: what was done then
    served_aim: bool | None  # whether it served the aim that was authorised; None: not said


@dataclass(frozen=True, kw_only=True)
class HoldRow:
    """An evidential hold: this one alert is not erased before the hold expires or is lifted."""

    id: str
    alert: str
    case: str  # case reference, free text; the ledger has its keyed digest only
    placed_by: str
    seconded_by: str
    placed_us: int
    expires_us: int
    lifted_us: int | None = None


@dataclass(frozen=True, kw_only=True)
class ErasureRow:
    """A receipt, in two parts: the key destroyed, and nothing left of the sealed content in the database's files."""

    id: str
    subject: Subject
    subject_id: str  # of the list or the alert; of an entry `LIST/POSITION`
    reason: str  # a code, such as retention or not-the-person
    begun_us: int
    key_destroyed_us: int | None = None
    residue_cleared_us: int | None = None


@dataclass(frozen=True, kw_only=True)
class FigureRow:
    """The counts of one camera in one minute; parts of a minute add up."""

    deployment: str
    camera: str
    minute_us: int
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """A sign-in session. `id` is the digest of its token; the token itself is not kept."""

    id: str
    account: str
    made_us: int
    expires_us: int


@dataclass(frozen=True, kw_only=True)
class AccountRow:
    """Somebody who works with Overt."""

    id: str
    name: str  # casefolded; one account a name
    roles: tuple[str, ...]
    rank: str  # a code; "": none
    password: str = field(repr=False)  # what argon2id made of it
    key: str  # public, Ed25519, 64 hexadecimal digits, with which authorities are signed; "": none
    trained_until_us: int | None
    state: AccountState
    made_us: int
    made_by: str  # "system", or an account's id
    approved_by: str | None  # the second administrator


@dataclass(frozen=True, kw_only=True)
class SecondFactorRow:
    """What an account shows besides its password, at most one an account."""

    account: str
    made_us: int
    counts_us: int | None = None  # since when it is asked for; None: not confirmed yet
    last_step: int = 0  # of time, of the newest code that was used (RFC 6238)
    sealed: bytes = field(repr=False)  # the secret


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """What somebody wrote: a document, a reason, a review, an answer, an approval. Nothing is changed in it later."""

    id: str
    kind: str  # a code
    deployment: str | None  # None: it belongs to none
    about: str  # "", an id or a code
    account: str
    at_us: int
    content: Mapping[str, object] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", plain(self.content))


@dataclass(frozen=True, kw_only=True)
class AuthorityRow:
    """An authorising officer's signature over a deployment; nothing but its cancellation is ever added."""

    id: str
    deployment: str
    account: str
    statement: bytes  # what was signed, byte for byte
    signature: bytes  # Ed25519
    key: str  # public, 64 hexadecimal digits
    signed_us: int
    cancelled_us: int | None = None


@dataclass(frozen=True, kw_only=True)
class LeaseRow:
    """Who scans for a deployment now: one at a time."""

    deployment: str
    holder: str  # the id of a run
    machine: str
    taken_us: int
    renewed_us: int
    ends_us: int  # when it lapses, unless it is renewed


@dataclass(frozen=True, kw_only=True)
class NominalRow:
    """That somebody was on a deployment's list, which can be answered when the list is gone."""

    deployment: str
    digest: str  # keyed, of the reference


@dataclass(frozen=True, kw_only=True)
class ListedRow:
    """What is kept of a list, beyond its end, so that one person can be told whether they were on it."""

    id: str  # of the list
    deployment: str
    key: str  # public, of the verifiable random function, 64 hexadecimal digits
    root: str  # of the tree over the outputs, 64 hexadecimal digits; the ledger has it, too
    answer_until_us: int  # the secret key is destroyed then
    state: State = State.KEPT  # of the secret key
    outputs: bytes = field(repr=False)  # sorted, 32 bytes each; they name nobody; empty once the key is erased


@dataclass(frozen=True, kw_only=True)
class DraftRow:
    """A list in the making, before a deployment has it."""

    id: str
    made_by: str
    made_us: int
    erase_after_us: int
    salt: bytes  # of the half of its key that comes from a passphrase
    state: State = State.KEPT
    sealed_us: int | None = None  # when its import was finished
    entries: int = 0  # imported so far, withdrawn ones too
    withdrawn: int = 0


@dataclass(frozen=True, kw_only=True)
class DraftEntry:
    """One entry of a draft: what a list entry seals, sealed with the draft's key, and what the rules ask about it."""

    draft: str
    position: int  # in the draft, from 0
    sealed: bytes
    facts: Mapping[str, object] = field(hash=False)  # plain codes, numbers and times; nothing that names anybody
    approved_by: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", plain(self.facts))


@dataclass(frozen=True, kw_only=True)
class DecoySetRow:
    """Pairs of pictures of consenting people, by which those who decide are tested."""

    id: str
    made_by: str
    made_us: int
    erase_after_us: int
    pairs: int  # when it was made
    state: State = State.KEPT


@dataclass(frozen=True, kw_only=True)
class DecoyPair:
    """A pair of a set, sealed with the set's key."""

    position: int  # in the set, from 0
    same: bool  # whether both pictures show the same person
    sealed: bytes


@dataclass(frozen=True, kw_only=True)
class DecoyRow:
    """What stands behind an alert that is a decoy. Each pair is shown once."""

    alert: str
    decoy_set: str
    position: int
    same: bool
    nonce: str  # opens what the alert's entry in the ledger committed to; 64 hexadecimal digits
    over_us: int | None = None  # when it was told or taken back
    ended: str = ""  # a code of `overt.domain.decoying.Ended`; "": it is open


@dataclass(frozen=True, kw_only=True)
class ClockMark:
    """When the clock was last looked at, by the host's clock and by the one that nobody can set."""

    boot: str  # which start of the machine
    host_us: int
    boot_us: int
    jumped_us: int = 0  # how far the clock has jumped, unconfirmed; 0: it has not


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One entry of the ledger as it is stored; see `overt.ledger.log`."""

    index: int
    entry: bytes
    leaf: bytes
    head: bytes
    frontier: bytes
