"""What authorities are told: of each use, and of a year of them, as far as Overt knows what is asked (P22): that each
use is notified to the market-surveillance and to the data-protection authority, and that each year has a report.

Rules:
  - what an authority's own form asks besides is for people; Overt fills in what it has measured and recorded, and says
    of everything else that it does not know;
  - nobody is named, no account, nobody who was seen or listed; no alert stands by itself, and neither reasons nor the
    place of a camera: what is told is what was authorised, for how long, under which references, and the figures;
  - nothing is sent: it is a document, and that it was made is an entry of the ledger.
"""

from __future__ import annotations

from typing import Final

from overt import __version__
from overt.domain.errors import Refused
from overt.domain.roles import Action
from overt.domain.time import to_datetime, to_text
from overt.services.acting import rules_of
from overt.services.deployment_record import (
    Document,
    Whom,
    about_deployment,
    figures_told,
    kept,
    ledger_record,
    told_stories,
)
from overt.services.deployments import DOCUMENT
from overt.services.entered_text import said_in
from overt.services.figures import Figures, figures_in, sums
from overt.services.installation import Installation
from overt.services.people import Account, require_actor
from overt.services.reading import require_all
from overt.services.story import Story, Told
from overt.services.terms import OUTSIDE
from overt.store.ports import Work
from overt.store.records import DeploymentRow

USE: Final = "overt-notification-of-use-1"
YEAR: Final = "overt-notification-of-year-1"
#: What is asked for and what Overt cannot know, in words.
NOT_KNOWN: Final = (
    "Whether the authority has a form of its own, and what that asks besides.",
    "What courts and independent authorities decided, beyond the references that were filed here.",
    "What followed for people after they had left the place: charges, convictions, proceedings.",
)
REFERENCES: Final = ("fria", "registration", "dpia", "appropriate-policy", "equality-impact", "bias-test")
_TEXTS: Final = ("legal_basis", "statute", "outside_authorisation")


class NoAuthority(Refused):
    code = "no-authority"


def make_notification(installation: Installation, by: Account, row: DeploymentRow, whom: Whom) -> Document:
    """Makes the notification of one deployment's use.

    Raises:
        NotAllowed: this account may not.
        NoAuthority: `whom` is none.
        WithheldUntilDecided: this account may decide about alerts, and some wait.
        NothingRecorded: the ledger does not know the deployment.
    """
    _require(whom)
    record = installation.new_id()

    def look(work: Work) -> Told:
        require_actor(work, by, Action.NOTIFICATION_MAKE)
        require_all(work, by)
        (story,) = told_stories(work, [row])
        (figures,) = figures_in(work, [row.id])
        return {**_use(work, row, story, figures), "ledger": ledger_record(work, story)}

    told = installation.store.read(look)
    about = _about(installation, record, whom)
    return kept(installation, by, {"_version": USE, **about, **told}, f"notification-{whom}-{row.id}", row)


def make_year(installation: Installation, by: Account, year: int, whom: Whom) -> Document:
    """Makes the report of a year: of every deployment whose window opened in it (UTC), and of all of them together.

    Raises:
        NotAllowed, NoAuthority, WithheldUntilDecided: as `make_notification`.
    """
    _require(whom)
    record = installation.new_id()

    def look(work: Work) -> Told:
        require_actor(work, by, Action.NOTIFICATION_MAKE)
        require_all(work, by)
        rows = [one for one in work.deployments.all() if to_datetime(one.opens_us).year == year]
        figures = figures_in(work, [one.id for one in rows]) if rows else []
        stories = told_stories(work, rows)
        uses = [_use(work, *each) for each in zip(rows, stories, figures, strict=True)]
        return {
            "year": year,
            "counts": _counts(uses),
            "together": [_together(one) for one in (sums(figures) or figures)],
            "uses": uses,
            "ledger": ledger_record(work, None),
        }

    told = installation.store.read(look)
    about = _about(installation, record, whom)
    return kept(installation, by, {"_version": YEAR, **about, **told}, f"year-{year}-{whom}", None)


def _require(whom: Whom) -> None:
    if whom is Whom.OVERSIGHT:
        raise NoAuthority("The oversight is no authority that is notified.", "Make the record of the deployment.")


def _about(installation: Installation, record: str, whom: Whom) -> Told:
    return {
        "record": record,
        "for": whom,
        "made": to_text(installation.clock.now_us()),
        "installation": {"public_key": installation.public_key, "version": __version__},
        "not_known": list(NOT_KNOWN),
    }


def _use(work: Work, row: DeploymentRow, story: Story, figures: Figures) -> Told:
    """One deployment, as it is told."""
    about, said = about_deployment(row, story), said_in(work, row.id)
    papers, rules = work.papers.of(row.id), rules_of(work, row)
    texts = said["texts"] if said else {}
    assert isinstance(texts, dict)
    hidden = ("entered_by", "endings")
    return {
        "deployment": {name: value for name, value in about.items() if name not in hidden},
        "policy": {"name": row.policy, "digest": row.policy_digest},
        "authority": {
            "signatures": len([one for one in work.authorities.of(row.id) if one.cancelled_us is None]),
            "taken_back": any(one["how"] == "authority.cancelled" for one in story.ended),
            "stopped_by_rule": any(one["how"] == "stop-rule.crossed" for one in story.ended),
            "urgent_since": None if said is None else said["urgent_since"],
            "urgent_hours": None if rules is None else rules.urgent_hours,
            "outside_authorisations_later": [str(one.content.get("text")) for one in papers if one.kind == OUTSIDE],
            **{name: texts.get(name) for name in _TEXTS},
        },
        "documents": [
            {"kind": one.about, "reference": one.content.get("reference"), "version": one.content.get("version")}
            for one in papers
            if one.kind == DOCUMENT and one.about in REFERENCES
        ],
        "area_ha": None if said is None else said["area_ha"],
        "cameras": story.made.get("cameras"),
        "model": None if said is None else _model(said),
        "uses": [{name: one[name] for name in ("began", "ended", "entries", "threshold_e4")} for one in story.uses],
        "figures": figures.record(),
        "figures_told": figures_told(figures),
        "complaints": figures.record()["complaints"],
    }


def _model(said: dict[str, object]) -> Told:
    model = said["model"]
    assert isinstance(model, dict)
    return {"name": model["name"], "files": [one["sha256"] for one in model["files"]], "made_by": model["made_by"]}


def _counts(uses: list[Told]) -> Told:
    """Of deployments, for the year."""
    authority = [one["authority"] for one in uses]
    return {
        "deployments": len(uses),
        "signed": sum(one["signatures"] > 0 for one in authority),
        "used": sum(bool(one["uses"]) for one in uses),
        "taken_back": sum(one["taken_back"] for one in authority),
        "stopped_by_rule": sum(one["stopped_by_rule"] for one in authority),
        "urgent": sum(one["urgent_since"] is not None for one in authority),
        "with_outside_authorisation": sum(
            bool(one["outside_authorisation"] or one["outside_authorisations_later"]) for one in authority
        ),
        "complaints": sum(one["complaints"]["filed"] for one in uses),
    }


def _together(one: Figures) -> Told:
    return {"figures": one.record(), "figures_told": figures_told(one)}
