"""The parity table: what guards fingerprints and DNA, beside what guards a face that Overt looks at.

Rules:
  - of Overt stands what the policy and this version do, and nothing else;
  - of fingerprints and DNA stands what a source says that is named with it, for England and Wales, and that the law of
    the day is to be looked up; where no source was read, the cell is to be checked by somebody who knows.

Sources: Police and Criminal Evidence Act 1984 (PACE), part V, as the Protection of Freedoms Act 2012 changed it;
Home Office, "Protection of Freedoms Act 2012: DNA and fingerprint provisions", January 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from overt.domain.policy import Rules
from overt.domain.words import many, spaced
from overt.notices.assessment import Grid

TO_BE_CHECKED: Final = "to be checked"
SOURCE: Final = (
    "Of fingerprints and DNA this tells, for England and Wales, what PACE 1984 (part V, as changed in 2012) and the "
    "Home Office's summary of January 2019 say. Look up the law of the day before you rely on it."
)
_KEPT: Final = (
    "convicted: indefinitely, for a child's first minor offence 5 years; charged with a serious (qualifying) offence "
    "and not convicted: 3 years, 2 more by a court (s. 63F); arrested and not charged: not kept, or 3 years where the "
    "commissioner consents (s. 63G)"
)
#: Of fingerprints and of DNA, by safeguard.
_OTHERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Legal basis": ("PACE 1984, s. 61", "PACE 1984, s. 62 and 63"),
        "Who may authorise it": (
            "the law itself, after an arrest for a recordable offence (s. 61(3)); an inspector or a court where "
            "somebody answers to bail (s. 61(4A))",
            TO_BE_CHECKED,
        ),
        "Whose data is taken": ("people who were arrested or charged, or who consent", "the same"),
        "On suspicion of what": ("a recordable offence", "a recordable offence"),
        "How long it is kept": (_KEPT, f"the sample: 6 months (s. 63R); the profile: as fingerprints: {_KEPT}"),
        "Whether it is searched against other cases": (
            "yes: against the national collection, IDENT1 (s. 63A)",
            "yes: against the National DNA Database (s. 63A)",
        ),
        "Who checks": (
            "a Commissioner for the Retention and Use of Biometric Material, and a strategy board (s. 63AB)",
            "the same",
        ),
    }
)


def parity(rules: Rules) -> Grid:
    """Safeguard by safeguard."""
    unread = (TO_BE_CHECKED, TO_BE_CHECKED)
    return Grid(
        header=("Safeguard", "Fingerprints", "DNA", "Overt under this policy"),
        rows=tuple((what, *_OTHERS.get(what, unread), of_overt) for what, of_overt in _rows(rules)),
    )


def _rows(rules: Rules) -> tuple[tuple[str, str], ...]:
    ranks = ", ".join(map(spaced, rules.ranks)) or "any rank"
    deciders = f"{'two people' if rules.two_verdicts else 'a person'}; it says possible match"
    outside = (
        f"; a panel outside countersigns every {rules.countersigned_within_days} days"
        if rules.countersigned_within_days
        else ""
    )
    return (
        ("Legal basis", "what the written authority says, for each deployment; whether that is enough, a lawyer says"),
        ("Who may authorise it", f"an authorising officer ({ranks}), by a signature over one deployment and its list"),
        (
            "Whose data is taken",
            f"everybody's who passes, for a second; kept only of those on a list of at most {rules.list_max:,}",
        ),
        ("On suspicion of what", f"{', '.join(rules.categories).replace('-', ' ')}; others cannot be listed"),
        (
            "How long it is kept",
            f"no match: 1 second; possible match: {rules.possible_match_h:g} hours; the list: "
            f"{rules.list_after_end_h:g} hours after the end; as evidence: at most {many(rules.hold_max_days, 'day')}",
        ),
        (
            "Whether it is searched against other cases",
            "no: one list for one deployment, recorded footage cannot be searched, nothing is linked to other systems",
        ),
        ("Who checks", f"auditors read the record, the oversight can hold everything{outside}"),
        (
            "Who decides what a match means",
            deciders,
        ),
        (
            "How error is measured",
            "by this installation for this model pack at its threshold, both ways and by groups; with volunteers; "
            "published with counts and intervals",
        ),
        (
            "How a person learns of it",
            f"signs, looked at every {rules.signs_checked_every_min} minutes"
            if rules.signs_checked_every_min
            else "signs and leaflets",
        ),
        ("How it is shown to be erased", "a key of its own is destroyed; the receipt stands in the ledger"),
    )
