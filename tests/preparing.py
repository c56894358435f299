"""What a policy wants before a deployment is signed and started, filed for the tests."""

from __future__ import annotations

import json
from collections.abc import Callable

from overt.domain.before_start import Sign
from overt.domain.policy import Rules
from overt.domain.roles import Role
from overt.domain.time import to_text
from overt.faces.pack import Pack, default_pack
from overt.ledger.entry import Fact
from overt.services.before_start import file_notice, notice_of
from overt.services.conditions import CONDITIONS, CONDITIONS_PAPER, Answer, answer_conditions
from overt.services.evaluations import EVALUATION, TRIAL_REPORT, file_evaluation
from overt.services.installation import Installation
from overt.services.people import Account, new_paper
from overt.services.sign_checks import check_signs
from overt.store.ports import Work
from overt.store.records import DeploymentRow

CONSULTED = ({"who": "those who live there", "when": "in October", "replies": 12, "changed": "the hours"},)
SIGNS = (Sign(where="by the station", stands=True, readable=True, before_zone_m=20),)
FIVE = {name: Answer(met=True, words=f"we looked at it: {name} is so") for name in CONDITIONS}
TRIAL_SHA256 = "7" * 64
#: What the report of a trial says was found: 7 of 9 walks, with the limits of a bootstrap.
TRR = {"value": 7 / 9, "num": 7, "den": 9, "low": 0.39998, "high": 0.97187}
TWO_DAYS_US = 48 * 3_600_000_000

By = Callable[[Role], Account]


def measured(kind: str, at_us: int, *, pack: Pack | None = None, threshold: float = 0.1) -> bytes:
    """What overt evaluate would have written of a pack, as far as it is read."""
    of = pack or default_pack()
    rests_on = {"pack": of.name, "digests": of.digests, "at": to_text(at_us)}
    at: dict[str, object] = {"at": [{"threshold": threshold}, {"threshold": threshold + 0.1}], "rank1": {}}
    of_kind: dict[str, dict[str, object]] = {"identify": at, "groups": {"sets": []}, "envelope": {"curves": []}}
    return json.dumps({"threshold": threshold, **of_kind[kind], "provenance": rests_on}).encode()


def ready_to_sign(installation: Installation, rules: Rules, by: By) -> None:
    """What a policy wants measured and said is filed, unless it is."""
    papers = installation.store.read(
        lambda work: [one for kind in (EVALUATION, TRIAL_REPORT, CONDITIONS_PAPER) for one in work.papers.all(kind)]
    )
    have = {str(one.content.get("kind", one.kind)) for one in papers}
    for kind in set(rules.evaluations) - have:
        file_evaluation(installation, by(Role.EVALUATOR), measured(kind, installation.clock.now_us()))
    if CONDITIONS_PAPER not in have:
        answer_conditions(installation, by(Role.OVERSIGHT), FIVE)
    if TRIAL_REPORT not in have:
        trial_reported(installation, default_pack().made_by)


def trial_reported(installation: Installation, pack: str) -> None:
    """The report of a trial with this pack is filed."""
    content: dict[str, object] = {"sha256": TRIAL_SHA256, "walks": 9, "made_by": pack}
    paper = new_paper(installation, TRIAL_REPORT, about="a trial before", content=content)
    facts: dict[str, Fact] = {"paper": paper.id, "sha256": TRIAL_SHA256, "walks": 9, "pack": pack}

    def change(work: Work) -> None:
        work.papers.add(paper)
        work.record("trial.reported", facts=facts)

    installation.store.write(change)


def ready_to_start(installation: Installation, row: DeploymentRow, by: By) -> None:
    """The notice was published two days ago, and somebody has looked at the signs just now."""
    at_us = installation.clock.now_us() - TWO_DAYS_US
    if installation.store.read(lambda work: notice_of(work, row.id)) is None:
        file_notice(installation, by(Role.AUTHORISING_OFFICER), row, "on the town's site", at_us)
    check_signs(installation, by(Role.OPERATOR), row, SIGNS)
