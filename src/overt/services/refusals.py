"""What a refused sign-in costs: a wait under that name, twice as long each time.

Rules:
  - refusals are counted under the name that was typed, whether anybody has it or not, and whatever was wrong;
  - after the n-th refusal nothing is looked at under that name for 2^(n-1) seconds, and never for more than 15 minutes;
  - they count for a day, or until somebody got in under that name.
"""

from __future__ import annotations

from typing import Final

from overt.domain.errors import Refused
from overt.domain.retention import DAY_US
from overt.domain.time import SECOND_US, to_text
from overt.domain.words import many
from overt.services.installation import Installation
from overt.services.people import BadAccount, checked_name, new_paper
from overt.store.ports import Work

COUNTED_US: Final = DAY_US
LONGEST_WAIT_US: Final = 15 * 60 * SECOND_US
_MOST_DOUBLINGS: Final = 10
_REFUSED: Final = "sign-in-refused"
_LET_IN: Final = "sign-in-let-in"


class SignInRefused(Refused):
    code = "sign-in-refused"


class SignInLocked(SignInRefused):
    code = "sign-in-locked"


def wait_us(refusals: int) -> int:
    """How long nothing is looked at after so many refusals; 0 after none."""
    if refusals == 0:
        return 0
    return min(LONGEST_WAIT_US, SECOND_US << min(refusals - 1, _MOST_DOUBLINGS))


def require_unlocked(installation: Installation, work: Work, name: str) -> None:
    """Raises SignInLocked where somebody has to wait under this name."""
    refused = _refused(installation, work, name)
    if not refused:
        return
    until_us = refused[-1] + wait_us(len(refused))
    if installation.clock.now_us() < until_us:
        times = "once" if len(refused) == 1 else many(len(refused), "time")
        raise SignInLocked(
            f"Signing in was refused {times} under this name, so it is locked for a while.",
            f"Try again after {to_text(until_us)}.",
        )


def count_refusal(installation: Installation, work: Work, name: str) -> None:
    """One more."""
    work.papers.add(new_paper(installation, _REFUSED, about=_typed(installation, name)))


def forgive(installation: Installation, work: Work, name: str) -> None:
    """Somebody got in under this name: what was refused before counts no more."""
    if _refused(installation, work, name):
        work.papers.add(new_paper(installation, _LET_IN, about=_typed(installation, name)))


def folded(name: str) -> str:
    """As names are kept; none where nobody can have that name, so that it gets no other answer."""
    try:
        return checked_name(name)
    except BadAccount:
        return ""


def _refused(installation: Installation, work: Work, name: str) -> list[int]:
    """When it was refused, as far as that still counts, oldest first."""
    typed = _typed(installation, name)
    let_in = work.papers.about(_LET_IN, typed)
    since_us = max(installation.clock.now_us() - COUNTED_US, let_in[-1].at_us if let_in else 0)
    return [paper.at_us for paper in work.papers.about(_REFUSED, typed) if paper.at_us >= since_us]


def _typed(installation: Installation, name: str) -> str:
    """What refusals under a name are counted by: its keyed digest, whether there is such an account or not."""
    return installation.digest(f"sign-in:{folded(name)}")
