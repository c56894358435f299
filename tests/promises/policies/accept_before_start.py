"""What each policy wants before the start and while it runs: one function for each rule, the value written out."""

from __future__ import annotations

from typing import Any

from overt.domain.before_start import Before, Evaluation, Sign, SignCheck, Stage, Trial, sign_lapse
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.terms import Document, Terms
from tests.promises.policies.accept_terms import breaks, expected, only_this
from tests.terms import NOW_US, OPENS_US, asking

MINUTE_US = HOUR_US // 60
PACK = "a" * 64


def before(stage: Stage = Stage.STARTING, **done: Any) -> Terms:
    return asking(before=Before(stage=stage, **done))


def looked(at_us: int = NOW_US, metres: int = 200, **sign: bool) -> SignCheck:
    found = Sign(where="by the station", before_zone_m=metres, **{"stands": True, "readable": True, **sign})
    return SignCheck(at_us=at_us, signs=(found,))


def documents_with_digest(policy: Policy) -> None:
    kinds = expected(policy, uk={"dpia", "equality-impact"}, eu={"fria", "dpia"}, consent={"dpia"})
    for kind in {*kinds, *policy.rules.documents_with_digest, "bias-test"}:
        bare, whole = (asking(documents=(Document(kind=kind, at_us=NOW_US, digest=has),)) for has in (False, True))
        assert breaks(policy, "documents_with_digest", bare) == (kind in kinds), kind
        assert not breaks(policy, "documents_with_digest", whole)


def notice_published_h(policy: Policy) -> None:
    latest_us = OPENS_US - expected(policy, uk=24, eu=24, consent=24) * HOUR_US
    name = "notice_published_h"
    only_this(policy, name, before(notice_us=latest_us), before(notice_us=latest_us + 1))
    only_this(policy, name, before(notice_us=latest_us), before())
    assert not breaks(policy, name, before(Stage.SIGNING))


def signs_before_zone_m(policy: Policy) -> None:
    metres = expected(policy, uk=10, eu=10, consent=3)
    name = "signs_before_zone_m"
    whole = before(signs=looked(metres=metres))
    only_this(policy, name, whole, before(signs=looked(metres=metres - 1)))
    only_this(policy, name, whole, before(signs=looked(metres=metres, stands=False)))
    only_this(policy, name, whole, before(signs=looked(metres=metres, readable=False)))
    only_this(policy, name, whole, before())


def signs_checked_every_min(policy: Policy) -> None:
    least_us = NOW_US - expected(policy, uk=60, eu=60, consent=60) * MINUTE_US
    fits, late = looked(at_us=least_us), looked(at_us=least_us - 1)
    only_this(policy, "signs_checked_every_min", before(signs=fits), before(signs=late))
    assert sign_lapse(fits, policy.rules, NOW_US) is None
    assert sign_lapse(late, policy.rules, NOW_US) is not None


def consultation_terms(policy: Policy) -> None:
    terms = expected(
        policy, uk={"who", "when", "replies", "changed"}, eu={"who", "when", "replies", "changed"}, consent=set()
    )
    name = "consultation_terms"
    whole = before(consulted=(frozenset(terms),))
    assert not breaks(policy, name, whole)
    assert breaks(policy, name, before()) is bool(terms)
    for key in terms:
        only_this(policy, name, whole, before(consulted=(frozenset(terms), frozenset(terms - {key}))))


def measured(policy: Policy, kinds: set[str], at_us: int = NOW_US, threshold: float = 0.5, pack: str = PACK) -> Terms:
    found = tuple(Evaluation(kind=kind, pack=pack, threshold=threshold, at_us=at_us) for kind in sorted(kinds))
    return before(pack=PACK, threshold=0.5, evaluations=found)


def evaluations(policy: Policy) -> None:
    kinds: set[str] = expected(policy, uk={"identify", "groups"}, eu={"identify", "groups"}, consent={"identify"})
    name = "evaluations"
    whole = measured(policy, kinds)
    assert not breaks(policy, name, whole)
    for kind in kinds:
        assert breaks(policy, name, measured(policy, kinds - {kind}))
    assert breaks(policy, name, measured(policy, kinds, threshold=0.5001))
    assert breaks(policy, name, measured(policy, kinds, pack="b" * 64))


def evaluation_age_max_days(policy: Policy) -> None:
    oldest_us = OPENS_US - expected(policy, uk=365, eu=365, consent=365) * DAY_US
    fits, late = (measured(policy, {"identify"}, at_us=at_us) for at_us in (oldest_us, oldest_us - 1))
    only_this(policy, "evaluation_age_max_days", fits, late)


def trial_before_operation(policy: Policy) -> None:
    name = "trial_before_operation"
    assert breaks(policy, name, before(Stage.SIGNING)) is expected(policy, uk=True, eu=True, consent=True)
    same, other = (Trial(pack=pack, pack_name="", sha256="0" * 64) for pack in (PACK, "b" * 64))
    assert not breaks(policy, name, before(pack=PACK, trials=(same, other)))
    assert breaks(policy, name, before(pack=PACK, trials=(other,))) is policy.rules.trial_before_operation
    assert not breaks(policy, name, before(trial=True))


def conditions_age_max_days(policy: Policy) -> None:
    days = expected(policy, uk=365, eu=0, consent=0)
    name = "conditions_age_max_days"
    assert not breaks(policy, name, before(conditions_us=NOW_US - days * DAY_US))
    for late in (before(conditions_us=NOW_US - days * DAY_US - 1), before()):
        assert breaks(policy, name, late) is bool(days)
