"""Entering a deployment: its file is held against its policy, and its list is judged and sealed.

Rules:
  - what the policy refuses is refused before anything is sealed, each time by the rule's name;
  - every entry of the list is complete and allowed, and approved by a second person where the policy wants it, at the
    moment at which it is sealed, whether it was imported before or lies in a folder;
  - the list is sealed once, with a passphrase of its own; the draft that it came from dies in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from overt.domain.composition import Composition, composition_of
from overt.domain.entries import facts_of
from overt.domain.errors import Refused
from overt.domain.progress import Progress
from overt.domain.roles import Action
from overt.domain.terms import broken
from overt.services.authorise import require_whole
from overt.services.case import Case
from overt.services.deployments import AskPassphrase, add_deployment, find_deployment
from overt.services.drafts import ListRefused, take
from overt.services.erase import clear_residue, erase_draft, finish_erasures
from overt.services.installation import Installation
from overt.services.list_import import ImportReport, import_list
from overt.services.list_sources import list_source
from overt.services.lists import PortraitReader, WatchList
from overt.services.people import Account, require_actor
from overt.services.sealed_lists import TAKEN, seal_list
from overt.services.terms import history_of, nominal, terms_of
from overt.store.ports import Work
from overt.store.records import DeploymentRow, DeploymentState
from overt.vault.passphrase import require_strong

NOMINALS_A_WRITE = 1000


def enter(
    installation: Installation,
    by: Account,
    case: Case,
    *,
    reader: Callable[[], PortraitReader],
    passphrase: AskPassphrase,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[DeploymentRow, WatchList]:
    """Enters a deployment and seals its list.

    Args:
        reader: makes what finds faces in pictures; not called where the list was imported before.
        passphrase: of the list; asked for as a new one where the list lies in a folder.
        tell: is told, in words, what was left out and who looks alike.

    Raises:
        NotAllowed, RolesOpposed: this account may not.
        PolicyNotInForce, RuleBroken, ListRefused: the policy does not allow it.
        WeakPassphrase, WrongKey: the passphrase cannot be taken.
        BadWatchList: the list cannot be used.
        Refused: it is entered already, or over.
    """
    digest, deployment, policy = case.digest(), case.deployment, case.policy
    installation.store.read(lambda work: require_actor(work, by, Action.DEPLOYMENT_NEW))
    policy.require_in_force(installation.clock.now_us())
    _require_new(installation, case, digest)
    _require_terms(installation, case, ())
    words = require_strong(passphrase(deployment.draft is None))
    watch_list = _taken(installation, by, case, reader, words, progress, tell)
    nominals = [nominal(installation, reference) for reference in watch_list.references]
    _require_terms(installation, case, nominals)
    row = add_deployment(
        installation,
        digest,
        deployment,
        by=by,
        policy=policy,
        policy_text=case.policy_text,
        rows=len(watch_list.templates),
        pack=case.pack,
        threshold=_threshold(case, len(watch_list.templates)),
    )
    for start in range(0, len(nominals), NOMINALS_A_WRITE):
        _keep_nominals(installation, row, nominals[start : start + NOMINALS_A_WRITE])
    seal_list(
        installation,
        row,
        watch_list,
        words,
        rules=policy.retention(),
        digest=case.digest,
        draft=deployment.draft,
        progress=progress,
        composition=_composition(installation, case, row, watch_list, nominals),
    )
    finish_erasures(installation)
    clear_residue(installation)
    return row, watch_list


def _threshold(case: Case, rows: int) -> float | None:
    """At which it will run; None where none follows from the pack's calibration, which its start refuses."""
    from overt.recognition.threshold import threshold_for  # noqa: PLC0415  (its statistics take a second to import)

    if case.pack.calibration is None:
        return None
    try:
        return threshold_for(case.pack.calibration, rows, case.deployment.wanted_far).value
    except Refused:
        return None


def _require_new(installation: Installation, case: Case, digest: str) -> None:
    row, sealed = find_deployment(installation, digest)
    if sealed is not None:
        raise Refused("This deployment is entered already.", "See how it stands with overt deployment show.")
    closes_us = case.deployment.authority.window.closes_us
    over = row is not None and row.state is not DeploymentState.NEW
    if over or installation.clock.now_us() >= closes_us:
        raise Refused(
            "This deployment is over: its window has closed, or it was cancelled or has ended.",
            "Write another one, with a window of its own.",
        )


def _taken(
    installation: Installation,
    by: Account,
    case: Case,
    reader: Callable[[], PortraitReader],
    words: str,
    progress: Progress | None,
    tell: Callable[[str], None],
) -> WatchList:
    """The list, from its draft; what lies in a folder becomes a draft first, which is gone afterwards."""
    rules = case.policy.rules
    if case.deployment.folder is None:
        assert case.deployment.draft is not None
        return take(installation, case.deployment.draft, words, rules=rules, made_by=case.pack.made_by)
    begun: list[str] = []
    try:
        with list_source(case.deployment.folder) as source:
            report = import_list(
                installation,
                source,
                reader(),
                rules=rules,
                passphrase=words,
                by=by,
                progress=progress,
                began=begun.append,
            )
        for sentence in _sentences(report):
            tell(sentence)
        if not report.draft:
            raise Refused(
                f"Nobody on the list {case.deployment.folder} can be taken; why stands above.", "Complete its entries."
            )
        try:
            return take(installation, report.draft, words, rules=rules, made_by=case.pack.made_by)
        except ListRefused as error:
            if report.waiting:  # nobody can approve what is gone with this command
                error.todo = "Import the folder with overt list import, have it approved, and name it: list = ID."
            raise
    finally:
        for draft in begun:
            erase_draft(installation, draft, TAKEN)


def _sentences(report: ImportReport) -> Iterable[str]:
    for one in report.left_out:
        yield f"{one.entry} is left out: {one.why} {one.todo} ({one.rule})"
    for picture in report.unused:
        yield f"{picture.picture} is left out: {'; '.join(picture.reasons)}."
    yield from map(str, report.look_alikes)


def _require_terms(installation: Installation, case: Case, nominals: Iterable[str]) -> None:
    terms, now_us = terms_of(case.deployment, nominals), installation.clock.now_us()
    history = installation.store.read(lambda work: history_of(work, now_us))
    require_whole(broken(terms, history, case.policy, now_us))


def _composition(
    installation: Installation, case: Case, row: DeploymentRow, watch_list: WatchList, nominals: list[str]
) -> Composition:
    """What the list is made of, and how much of it stood on the list of the deployment entered before."""
    entries = [
        facts_of({**fields, "reference": reference})
        for reference, fields in zip(watch_list.references, watch_list.fields, strict=True)
    ]
    last = installation.store.read(lambda work: _last_list(work, row))
    on_the_last = len(last.intersection(nominals)) if last else None
    return composition_of(entries, case.policy.rules, installation.clock.now_us(), on_the_last)


def _last_list(work: Work, row: DeploymentRow) -> set[str]:
    """Keyed digests of the list that was entered last before this one; none: there was none."""
    earlier = [one for one in work.deployments.all() if one.id != row.id]
    return next((found for one in reversed(earlier) if (found := work.nominals.of(one.id))), set())


def _keep_nominals(installation: Installation, row: DeploymentRow, digests: list[str]) -> None:
    installation.store.write(lambda work: work.nominals.add(row.id, digests))
