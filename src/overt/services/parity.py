"""The parity table: what guards fingerprints and DNA, beside what guards a face that Overt looks at.

Rules:
  - of Overt stands what the policy and this version do, and nothing else;
  - of fingerprints and DNA nothing is told from memory: each cell is to be checked by somebody who knows.
"""

from __future__ import annotations

from typing import Final

from overt.domain.policy import Rules
from overt.domain.words import many, spaced
from overt.notices.assessment import Grid

TO_BE_CHECKED: Final = "to be checked"


def parity(rules: Rules) -> Grid:
    """Safeguard by safeguard."""
    return Grid(
        header=("Safeguard", "Fingerprints", "DNA", "Overt under this policy"),
        rows=tuple((what, TO_BE_CHECKED, TO_BE_CHECKED, of_overt) for what, of_overt in _rows(rules)),
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
