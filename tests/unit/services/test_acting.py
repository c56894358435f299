"""Who acts as what in a deployment, what is kept of it, and under which policy it stands."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import resources

import pytest

from overt.domain.roles import Action, NotAllowed, Role, RolesOpposed
from overt.ledger.entry import Entry
from overt.services.acting import ACTED, POLICY, NoPolicy, act, file_paper, keep_policy, policy_of
from overt.services.at_alerts import alerts
from overt.services.checks import how_all_stand
from overt.services.figures import figures_of
from overt.services.installation import Installation
from overt.services.now import now
from overt.services.people import Account, require_actor
from overt.services.policies import read_policy
from overt.services.reading import Wanted, part, readable_size
from overt.services.undecided import count_every_undecided
from overt.store.ports import Work
from overt.store.records import AccountState, DeploymentRow, PaperRow
from tests.installations import in_memory
from tests.people import person
from tests.stores import alert, deployment, put
from tests.unit.services.keeping import ANN

TEXT = resources.files("overt").joinpath("policies", "consent.toml").read_text("utf-8")
POLICY_NOW = read_policy(TEXT.encode(), "consent")


@pytest.fixture
def installation() -> Installation:
    found = in_memory()
    put(found.store, deployment(1), deployment(2))
    return found


def row(installation: Installation, at: int = 0) -> DeploymentRow:
    return installation.store.read(lambda work: work.deployments.all())[at]


def acts(installation: Installation, by: Account, action: Action, *, roles_apart: bool = True) -> Role:
    return installation.store.write(
        lambda work: act(installation, work, by, action, row(installation), roles_apart=roles_apart)
    )


def acted(installation: Installation) -> list[PaperRow]:
    return installation.store.read(lambda work: work.papers.all(ACTED))


def test_a_role_is_noted_at_the_first_act_and_not_again(installation: Installation) -> None:
    ann = person(installation, "ann", Role.OPERATOR)
    assert [acts(installation, ann, Action.WATCH_START) for _ in range(2)] == [Role.OPERATOR] * 2
    acts(installation, ann, Action.DEPLOYMENT_END)
    assert [(one.account, one.about, one.deployment) for one in acted(installation)] == [
        (ann.id, "operator", row(installation).id)
    ]


def test_who_has_two_roles_goes_on_in_the_one_they_have_acted_in(installation: Installation) -> None:
    ann = person(installation, "ann", Role.AUTHORISING_OFFICER, Role.OPERATOR)
    assert acts(installation, ann, Action.WATCH_START) is Role.OPERATOR
    assert acts(installation, ann, Action.DEPLOYMENT_END) is Role.OPERATOR
    with pytest.raises(RolesOpposed):
        acts(installation, ann, Action.AUTHORITY_CANCEL)
    assert acts(installation, ann, Action.AUTHORITY_CANCEL, roles_apart=False) is Role.AUTHORISING_OFFICER


def test_who_may_not_do_it_leaves_no_trace_of_a_role(installation: Installation) -> None:
    ann = person(installation, "ann", Role.AUDITOR)
    with pytest.raises(NotAllowed):
        acts(installation, ann, Action.WATCH_START)
    assert acted(installation) == []


def test_a_role_that_was_taken_since_the_sign_in_counts_no_more(installation: Installation) -> None:
    ann = person(installation, "ann", Role.AUTHORISING_OFFICER, Role.OPERATOR)
    kept = installation.store.read(lambda work: work.accounts.get(ann.id))
    assert kept is not None
    installation.store.write(lambda work: work.accounts.change(replace(kept, roles=("operator",), rank="", key="")))
    assert acts(installation, ann, Action.DEPLOYMENT_END) is Role.OPERATOR
    now = installation.store.read(lambda work: require_actor(work, ann, Action.WATCH_START))
    assert (now.roles, now.rank) == ((Role.OPERATOR,), "")
    installation.store.write(lambda work: work.accounts.change(replace(kept, state=AccountState.CLOSED)))
    with pytest.raises(NotAllowed, match="not active"):
        acts(installation, ann, Action.DEPLOYMENT_END)


@pytest.mark.parametrize("recorded", [True, False])
def test_a_paper_is_kept_and_the_ledger_has_a_digest_of_it_where_it_is_recorded(
    installation: Installation, recorded: bool
) -> None:
    filed = installation.store.write(
        lambda work: file_paper(
            installation,
            work,
            "reasons",
            by=ANN,
            row=row(installation),
            about="x",
            content={"text": "secret words"},
            recorded=recorded,
        )
    )
    assert installation.store.read(lambda work: work.papers.of(row(installation).id)) == [filed]
    rows = installation.store.read(lambda work: list(work.ledger.rows()))
    assert len(rows) == recorded
    for one in rows:
        entry = Entry.from_bytes(one.entry)
        assert (entry.kind, entry.actor, entry.deployment) == ("paper.filed", ANN, row(installation).id)
        assert entry.facts["paper"] == filed.id
        assert b"secret" not in one.entry


def test_a_policy_is_kept_once_and_found_as_it_was(installation: Installation) -> None:
    for _ in range(2):
        installation.store.write(lambda work: keep_policy(installation, work, POLICY_NOW, TEXT, "ann"))
    assert len(installation.store.read(lambda work: work.papers.all(POLICY))) == 1
    of = replace(row(installation), policy="consent", policy_digest=POLICY_NOW.digest)
    assert installation.store.read(lambda work: policy_of(work, of)) == POLICY_NOW


def test_a_deployment_without_its_policy_says_so(installation: Installation) -> None:
    older = row(installation)
    with pytest.raises(NoPolicy):
        installation.store.read(lambda work: policy_of(work, older))
    unknown = replace(older, policy_digest="ab" * 32)
    with pytest.raises(NoPolicy):
        installation.store.read(lambda work: policy_of(work, unknown))


def test_a_policy_that_was_edited_where_it_is_kept_is_not_used(installation: Installation) -> None:
    text = TEXT.replace("max_hours]\nis = 12.0", "max_hours]\nis = 23.0")
    assert text != TEXT
    installation.store.write(
        lambda work: file_paper(
            installation, work, POLICY, by="ann", row=None, about=POLICY_NOW.digest, content={"toml": text}
        )
    )
    of = replace(row(installation), policy_digest=POLICY_NOW.digest)
    with pytest.raises(NoPolicy):
        installation.store.read(lambda work: policy_of(work, of))


def test_a_policy_of_an_older_version_without_a_rule_of_this_one_stops_nobody_else(installation: Installation) -> None:
    lines = iter(TEXT.split("\n[rule."))
    text = "\n[rule.".join(one for one in lines if not one.startswith("decoys_per_h_max]"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    old = replace(deployment(3), policy="consent", policy_digest=digest)

    def enter(work: Work) -> None:
        file_paper(installation, work, POLICY, by=ANN, row=None, about=digest, content={"toml": text}, recorded=True)
        work.deployments.add(old)
        work.alerts.add(replace(alert(1), deployment=old.id))

    installation.store.write(enter)
    with pytest.raises(NoPolicy, match="decoys_per_h_max"):
        installation.store.read(lambda work: policy_of(work, old))
    olga = person(installation, "olga", Role.OPERATOR, Role.AUDITOR)
    assert len(figures_of(installation)) == 3
    assert [one.standing for one in alerts(installation, olga)] == [None]
    assert part(installation.store, olga, Wanted()).lines
    assert readable_size(installation.store, olga) == 1
    assert len(how_all_stand(installation, olga)) == 3
    assert now(installation).alerts_waiting == count_every_undecided(installation) == 0
