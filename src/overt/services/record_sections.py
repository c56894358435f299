"""What the store adds to the ledger's story of a deployment: signatures with their statements, the policy rule by rule,
what people wrote, and of each alert what stands in no entry.

Rules:
  - nothing here has a picture, a template, a listed person's reference or ground, the words of a verdict, the reason of
    a disclosure or the case of a hold;
  - what people wrote for others to check is here in their words: reasons, cancellations, holds of the oversight,
    reviews, findings, answers;
  - of an alert about which people are still to decide, its score and what was said are left out, whoever reads; a run
    says from which score on it alerts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from overt.domain.deciding import may_see
from overt.domain.entries import ENTRY_RULES
from overt.domain.policy import RULES, Policy, Rules
from overt.domain.terms import RULES_OF_TERMS
from overt.domain.time import to_text
from overt.services.authorise import REASONS
from overt.services.deployments import DOCUMENT
from overt.services.ending import CANCELLED
from overt.services.halts import HALT, HALT_LIFTED
from overt.services.statement import signed_by
from overt.services.story import Story, Told
from overt.services.terms import ANSWER, FINDING, OUTSIDE, REVIEW
from overt.store.ports import Work
from overt.store.records import AlertRow, AuthorityRow, DecisionRow, DeploymentRow, PaperRow

_AT_ENTERING: Final = "for each entry and for the whole list, when it was sealed; an entry that breaks it is left out"
_AT_TERMS: Final = "when it was entered, at each signature and at each start; what breaks it is refused by its name"
#: How each of the other rules is kept.
_KEPT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("trusted_sources", "second_approval_under_age", "list_max", "min_serious_share"), _AT_ENTERING),
    "roles_apart": "each time somebody acts in the deployment",
    **dict.fromkeys(("two_administrators", "training_max_days", "session_max_h"), "at accounts and sign-ins"),
    **dict.fromkeys(("blind_first", "two_verdicts", "look_at_least_s"), "at each verdict"),
    "undecided_after_min": "while it runs and after it: an alert is counted so by the clock",
    **dict.fromkeys(("open_alerts_max", "stop_rule"), "while it runs, several times a minute"),
    "decoys_per_h_max": "before each decoy",
    "list_after_end_h": "by the clock: the list dies then",
    "not_the_person_s": "by the clock, from the verdict on",
    "possible_match_h": "by the clock, from the alert on",
    "hold_max_days": "at each hold",
    "publish_at_least": "whenever the register is drawn up",
    **dict.fromkeys(("listed_answer_delay_h", "listed_exemptions"), "whenever somebody asks whether they were listed"),
    "listed_answer_days": "by the clock: what answers dies then",
}
#: Recorded numbers of an alert that are told once everybody who has to decide has.
_BLIND: Final = ("score_e4", "threshold_e4")


def signatures_in(work: Work, row: DeploymentRow) -> list[Told]:
    """Every signature over the deployment, byte for byte, and whether it verifies with the key beside it."""
    return [_signature(work, one, number) for number, one in enumerate(work.authorities.of(row.id))]


def _signature(work: Work, one: AuthorityRow, number: int) -> Told:
    account = work.accounts.get(one.account)
    return {
        "authority": one.id,
        "as": "second officer" if number else "authorising officer",
        "rank": "" if account is None else account.rank,
        "account": one.account,
        "signed": to_text(one.signed_us),
        "taken_back": None if one.cancelled_us is None else to_text(one.cancelled_us),
        "statement": one.statement.decode(),
        "sha256": hashlib.sha256(one.statement).hexdigest(),
        "signature": one.signature.hex(),
        "key": one.key,
        "verifies": signed_by(one.key, one.statement, one.signature),
    }


def policy_record(policy: Policy) -> Told:
    """Every rule with its value, where it comes from, and when it was looked at."""
    return {
        "name": policy.name,
        "title": policy.title,
        "version": policy.version,
        "digest": policy.digest,
        "review_by": policy.review_by.isoformat(),
        "rules": [
            {
                "rule": rule,
                "value": _value(getattr(policy.rules, rule)),
                "source": policy.cited[rule].source,
                "lawyer": policy.cited[rule].lawyer,
                "looked_at": looked_at(rule),
            }
            for rule in RULES
        ],
    }


def _value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def looked_at(rule: str) -> str:
    """When a rule is looked at, in words."""
    if rule in RULES_OF_TERMS:
        return _AT_TERMS
    return _AT_ENTERING if rule in ENTRY_RULES else _KEPT.get(rule, "where it applies")


def written_in(work: Work, row: DeploymentRow) -> Told:
    """What people wrote about the deployment, and the findings with their answers, oldest first."""
    papers = work.papers.of(row.id)
    answers = {paper.about: paper for paper in work.papers.all(ANSWER)}
    return {
        "documents": [_document(paper) for paper in papers if paper.kind == DOCUMENT],
        "second_officers_reasons": _texts(papers, REASONS),
        "outside_authorisations": _texts(papers, OUTSIDE),
        "cancellations": _texts(papers, CANCELLED),
        "reviews": _texts(papers, REVIEW),
        "findings": [
            {
                **_text(one),
                "finding": one.id,
                "name": one.content.get("name"),
                "answer": _text(answers[one.id]) if one.id in answers else None,
            }
            for one in work.papers.all(FINDING)
        ],
    }


def why_halted(work: Work, halts: Iterable[Told]) -> list[Told]:
    """Holds of the oversight with their reasons."""
    placed = {paper.id: paper for paper in work.papers.all(HALT)}
    lifted = {paper.about: paper for paper in work.papers.all(HALT_LIFTED)}
    return [
        {**one, "why": _words(placed.get(str(one["halt"]))), "lifted_why": _words(lifted.get(str(one["halt"])))}
        for one in halts
    ]


def _document(paper: PaperRow) -> Told:
    at_us = paper.content.get("at_us")
    return {
        "kind": paper.about,
        "paper": paper.id,
        "reference": paper.content.get("reference"),
        "version": paper.content.get("version"),
        "dated": to_text(at_us) if isinstance(at_us, int) else None,
        "sha256": paper.content.get("sha256"),
    }


def _texts(papers: Iterable[PaperRow], kind: str) -> list[Told]:
    return [_text(paper) for paper in papers if paper.kind == kind]


def _text(paper: PaperRow) -> Told:
    return {"at": to_text(paper.at_us), "account": paper.account, "text": _words(paper)}


def _words(paper: PaperRow | None) -> object:
    return None if paper is None else paper.content.get("text")


def alerts_in(work: Work, row: DeploymentRow, story: Story, rules: Rules | None, counted: Iterable[str]) -> list[Told]:
    """The alerts that are in the figures, oldest first: the ledger's story of each, with its camera and cautions.

    Args:
        counted: their ids.
    """
    wanted = set(counted)
    decisions: dict[str, list[DecisionRow]] = defaultdict(list)
    for one in work.alerts.decisions_of(row.id):
        decisions[one.alert].append(one)
    found = [one for one in work.alerts.of(row.id) if one.id in wanted]
    return [_alert(one, story.alerts.get(one.id, {}), decisions[one.id], rules) for one in found]


def _alert(row: AlertRow, told: Told, decisions: list[DecisionRow], rules: Rules | None) -> Told:
    whole: Told = {
        **told,
        "alert": row.id,
        "seen": to_text(row.at_us),
        "camera": row.camera,
        "camera_number": told.get("camera"),
        "cautions": list(row.cautions),
        "pictures": str(row.state),
        "pictures_until": to_text(row.erase_after_us),
    }
    sees = None if rules is None else may_see(decisions, rules)
    if sees is not None and not sees.score:
        whole |= dict.fromkeys(_BLIND)
    if sees is not None and not sees.others:
        whole["verdicts"] = [{**one, "verdict": None, "standing": None} for one in told.get("verdicts", ())]
    return whole


def cameras_of(said: Mapping[str, Any] | None, story: Story) -> list[Told]:
    """Each camera's counts, under the name that the deployment's file has for it, as far as that is kept."""
    named = [] if said is None else said["cameras"]
    return [
        {"camera": number, "name": named[number]["name"] if number < len(named) else None, **counts}
        for number, counts in sorted(story.minutes.items())
    ]
