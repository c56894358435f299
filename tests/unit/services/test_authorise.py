"""Who signs what, and when a signature counts: looked at anew each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.domain.errors import OutsideAuthority
from overt.domain.policy import PolicyNotInForce, Suspension
from overt.domain.retention import DAY_US
from overt.domain.roles import NotAllowed, Role, RolesOpposed
from overt.domain.terms import Broken
from overt.ledger.entry import Entry
from overt.services.authorise import (
    REASONS,
    NotAuthorised,
    RuleBroken,
    Signing,
    authorise,
    draw_up,
    require_authority,
    require_standing,
    require_whole,
    valid_authorities,
)
from overt.services.case import Case
from overt.services.ending import cancel, end
from overt.services.entering import enter
from overt.services.erase import erase_list
from overt.services.evaluations import EVALUATION
from overt.services.people import Account, new_paper
from overt.services.statement import BadStatement, Statement, sign
from overt.store.records import AccountState, AuthorityRow, DeploymentRow, DeploymentState
from overt.testing.toy_reader import ToyReader
from tests.authority import KEY, OFFICER, SECOND, SECOND_KEY, public
from tests.deployed import Site, at_once, breaks
from tests.installations import kinds
from tests.people import person
from tests.unit.services.keeping import installation_of

COURT = [{"kind": "court", "what": "the county court"}]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def case(site: Site) -> Case:
    return site.case()


@pytest.fixture
def row(site: Site, case: Case) -> DeploymentRow:
    return site.enter(case)


def anna(site: Site) -> Account:
    return site.by(Role.AUTHORISING_OFFICER)


def handed_in(
    site: Site,
    case: Case,
    row: DeploymentRow,
    *,
    by: Account | None = None,
    key: Ed25519PrivateKey = KEY,
    **changes: Any,
) -> DeploymentRow:
    """What comes of a statement in which something is changed, signed well."""
    by = by or anna(site)
    statement = replace(draw_up(site.installation, row, by), **changes).to_bytes()
    signing = Signing(
        by=by,
        deployment=case.deployment,
        row=row,
        policy=case.policy,
        statement=statement,
        signature=sign(key, statement),
    )
    return authorise(site.installation, signing)


def changed(site: Site, account: Account, **changes: Any) -> None:
    """An account as somebody else has made it."""
    kept = site.installation.store.read(lambda work: work.accounts.get(account.id))
    assert kept is not None
    site.installation.store.write(lambda work: work.accounts.change(replace(kept, **changes)))


def standing(site: Site, case: Case, row: DeploymentRow) -> list[AuthorityRow]:
    now_us = site.clock.now_us()
    return site.installation.store.read(
        lambda work: require_standing(site.installation, work, row, case.policy, now_us)
    )


def valid(site: Site, row: DeploymentRow) -> list[str]:
    found = site.installation.store.read(lambda work: valid_authorities(site.installation, work, row))
    return [one.account for one in found]


def test_the_named_officers_signature_authorises(site: Site, case: Case, row: DeploymentRow) -> None:
    assert row.state is DeploymentState.NEW
    with pytest.raises(NotAuthorised, match="is not authorised"):
        standing(site, case, row)
    done = site.sign(case, row)
    assert done.state is DeploymentState.AUTHORISED
    (kept,) = standing(site, case, row)
    assert (kept.account, kept.key) == (anna(site).id, public(KEY))
    said = Statement.from_bytes(kept.statement)
    assert (said.deployment, said.digest, said.machine) == (row.id, row.digest, site.installation.machine)
    entries = site.installation.store.read(lambda work: list(work.ledger.rows()))
    last = Entry.from_bytes(entries[-1].entry)
    assert (last.kind, last.actor, last.deployment) == ("authority.signed", anna(site).id, row.id)
    assert last.facts["authority"] == said.authority
    assert (last.facts["opens_us"], last.facts["closes_us"]) == (row.opens_us, row.closes_us)
    assert case.digest() == row.digest


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"installation": "ed25519:" + "00" * 32}, "another installation"),
        ({"machine": "another"}, "another machine or another home"),
        ({"deployment": "0193527e-8a00-7000-8000-000000000001"}, "another deployment"),
        ({"digest": "00" * 32}, "was changed since"),
        ({"policy": "00" * 32}, "another policy"),
        ({"opens_us": 1}, "another window"),
        ({"closes_us": 1 << 51}, "another window"),
        ({"officer": "0193527e-8a00-7000-8000-000000000001"}, "another officer"),
    ],
)
def test_a_statement_of_anything_else_is_refused(
    site: Site, case: Case, row: DeploymentRow, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadStatement, match=says):
        handed_in(site, case, row, **changes)
    assert site.row(row).state is DeploymentState.NEW


def test_another_key_than_the_pinned_one_signs_nothing(site: Site, case: Case, row: DeploymentRow) -> None:
    with pytest.raises(BadStatement, match="not by the key"):
        handed_in(site, case, row, key=SECOND_KEY)


def test_without_a_pinned_key_nobody_signs(site: Site, case: Case, row: DeploymentRow) -> None:
    changed(site, anna(site), key="")
    with pytest.raises(BadStatement, match="not by the key"):
        handed_in(site, case, row)


def test_a_key_that_was_pinned_since_the_sign_in_is_the_one_that_counts(
    site: Site, case: Case, row: DeploymentRow
) -> None:
    before = anna(site)
    changed(site, before, key=public(SECOND_KEY))
    with pytest.raises(BadStatement, match="not by the key"):
        handed_in(site, case, row, by=before)
    assert handed_in(site, case, row, by=before, key=SECOND_KEY).state is DeploymentState.AUTHORISED
    assert valid(site, row) == [before.id]


def test_only_an_officer_whom_the_file_names_signs(site: Site, case: Case, row: DeploymentRow) -> None:
    with pytest.raises(NotAllowed):
        handed_in(site, case, row, by=site.by(Role.OPERATOR))
    with pytest.raises(NotAuthorised, match=f"does not name you: its authorised_by is {OFFICER}"):
        handed_in(site, case, row, by=site.second, key=SECOND_KEY)


def test_nobody_signs_on_their_own_word(site: Site, case: Case, row: DeploymentRow) -> None:
    by = site.by(Role.AUTHORISING_OFFICER)
    paper = new_paper(site.installation, EVALUATION, about="0" * 64, content={"kind": "groups"}, by=by.id)
    site.installation.store.write(lambda work: work.papers.add(paper))
    with pytest.raises(NotAuthorised, match="on their own word"):
        site.sign(case, row)


def test_where_roles_are_not_kept_apart_an_officer_may_have_measured(site: Site) -> None:
    case = site.case("one hand", rules={"roles_apart": False, "two_verdicts": True})
    row, by = site.enter(case), site.by(Role.AUTHORISING_OFFICER)
    kept: dict[str, object] = {"kind": "groups", "pack": "p", "made_by": "m", "threshold": 0.4, "at_us": 1}
    paper = new_paper(site.installation, EVALUATION, about="0" * 64, content=kept, by=by.id)
    site.installation.store.write(lambda work: work.papers.add(paper))
    assert site.sign(case, row).state is DeploymentState.AUTHORISED


def test_who_compiled_the_list_does_not_sign_for_it(site: Site, case: Case) -> None:
    both = person(
        site.installation, "both", Role.AUTHORISING_OFFICER, Role.LIST_MANAGER, key=public(KEY), rank="superintendent"
    )
    case = site.case("elsewhere", authority={"authorised_by": "Both"})
    row, _ = enter(site.installation, both, case, reader=ToyReader, passphrase=lambda _: "correct horse battery")
    with pytest.raises(RolesOpposed):
        handed_in(site, case, row, by=both)


def test_a_closed_officer_signs_nothing(site: Site, case: Case, row: DeploymentRow) -> None:
    officer = anna(site)
    changed(site, officer, state=AccountState.CLOSED)
    with pytest.raises(NotAllowed, match="not active"):
        handed_in(site, case, row, by=officer)


def test_a_rank_that_was_lost_since_the_sign_in_counts_no_more(tmp_path: Path) -> None:
    site = Site(tmp_path, "uk-police")
    case = site.case()
    row, officer = site.enter(case), anna(site)
    site.ready_to_sign(case)
    changed(site, officer, rank="sergeant")
    with breaks("ranks"):
        handed_in(site, case, row, by=officer)
    changed(site, officer, rank="superintendent")
    handed_in(site, case, row, by=officer)
    site.begin(case, row)
    changed(site, officer, rank="")
    with breaks("ranks"):
        site.begin(case, row)


def test_what_is_signed_is_signed_once(site: Site, case: Case, row: DeploymentRow) -> None:
    site.sign(case, row)
    with pytest.raises(NotAuthorised, match="it is authorised"):
        site.sign(case, row)


def test_what_is_not_entered_is_not_signed(site: Site, case: Case, row: DeploymentRow) -> None:
    with pytest.raises(NotAuthorised, match="it is not entered"):
        handed_in(site, case, replace(row, id=site.installation.new_id()))


def test_without_a_sealed_list_nothing_is_signed(site: Site, case: Case, row: DeploymentRow) -> None:
    kept = site.installation.store.read(lambda work: work.lists.kept_for(row.id))
    assert kept is not None
    site.installation.store.write(lambda work: work.lists.begin_erasing(kept.id))
    with pytest.raises(NotAuthorised, match="not sealed"):
        site.sign(case, row)


def test_after_its_window_nothing_is_signed(site: Site, case: Case, row: DeploymentRow) -> None:
    site.clock.set_now(row.closes_us)
    with pytest.raises(NotAuthorised, match="window was over"):
        site.sign(case, row)


def test_under_another_policy_than_that_of_its_entry_nothing_is_signed_or_runs(
    site: Site, case: Case, row: DeploymentRow
) -> None:
    looser = replace(case, policy=replace(case.policy, digest="00" * 32))
    with pytest.raises(NotAuthorised, match="another policy"):
        site.sign(looser, row)
    done = site.sign(case, row)
    with pytest.raises(NotAuthorised, match="another policy"):
        site.begin(looser, done)
    with pytest.raises(NotAuthorised, match="another policy"):
        standing(site, looser, done)


def test_under_a_suspended_policy_nothing_is_signed_or_runs(site: Site, case: Case, row: DeploymentRow) -> None:
    now_us = site.clock.now_us()
    suspension = Suspension(from_us=now_us + 1, until_us=now_us + DAY_US, reason="a court looks at it")
    later = replace(case, policy=replace(case.policy, suspension=suspension))
    done = site.sign(later, row)
    site.begin(later, done)
    site.clock.advance(1)
    with pytest.raises(PolicyNotInForce):
        site.begin(later, done)
    with pytest.raises(PolicyNotInForce):
        site.sign(later, row)


def test_a_rule_that_is_broken_is_named(site: Site) -> None:
    case = site.case()
    row = site.enter(case)
    other = replace(case, deployment=replace(case.deployment, purpose="revenge"))
    with breaks("purposes"):
        site.sign(other, row)
    done = site.sign(case, row)
    with breaks("purposes"):
        site.begin(other, done)


def test_several_broken_rules_are_told_at_once_and_none_is_no_refusal() -> None:
    require_whole([])
    one, other = (Broken(rule=rule, sentence=f"About {rule}.", todo="Mend it.") for rule in ("ranks", "purposes"))
    with pytest.raises(RuleBroken) as caught:
        require_whole([one])
    assert (caught.value.sentence, caught.value.todo) == ("About ranks. (ranks)", "Mend it.")
    with pytest.raises(RuleBroken, match="for 2 reasons") as caught:
        require_whole([one, other])
    assert "\n  - About ranks. (ranks) Mend it.\n  - About purposes. (purposes) Mend it.\n" in caught.value.sentence


@pytest.mark.parametrize("how", ["cancelled", "ended"])
def test_what_is_over_is_over_for_good(site: Site, case: Case, row: DeploymentRow, how: str) -> None:
    done = site.sign(case, row)
    (signed,) = standing(site, case, done)
    if how == "cancelled":
        cancel(site.installation, anna(site), row, "no longer needed", case.policy.retention())
        assert valid(site, row) == []
    else:
        end(site.installation, site.by(Role.OPERATOR), row, case.policy.retention())
    says = "was cancelled" if how == "cancelled" else "has ended"
    with pytest.raises(NotAuthorised, match=says):
        standing(site, case, row)
    again = Signing(
        by=anna(site),
        deployment=case.deployment,
        row=row,
        policy=case.policy,
        statement=signed.statement,
        signature=signed.signature,
    )
    with pytest.raises(NotAuthorised, match=f"it is {how}"):
        authorise(site.installation, again)


def test_outside_its_window_nothing_runs(site: Site) -> None:
    case = site.case(opens_h=1, hours=2)
    row = site.authorised(case)
    with pytest.raises(OutsideAuthority, match="not yet open"):
        standing(site, case, row)
    site.clock.advance(3600)
    assert standing(site, case, row)
    site.clock.advance(2 * 3600)
    with pytest.raises(OutsideAuthority, match="over"):
        standing(site, case, row)


@pytest.mark.parametrize(
    "changes",
    [{"state": AccountState.CLOSED}, {"roles": ("operator",)}, {"key": public(SECOND_KEY)}, {"key": ""}],
    ids=["closed", "no officer", "re-pinned", "no key"],
)
def test_a_signature_counts_while_its_officer_is_one_with_that_key(
    site: Site, case: Case, row: DeploymentRow, changes: dict[str, Any]
) -> None:
    done = site.sign(case, row)
    changed(site, anna(site), **changes)
    with pytest.raises(NotAuthorised, match="not valid here"):
        standing(site, case, done)


def tampered(site: Site, row: DeploymentRow, **changes: Any) -> None:
    """The one authority of a deployment, edited in the store."""
    (one,) = site.installation.store.read(lambda work: work.authorities.of(row.id))
    rows: dict[str, AuthorityRow] = site.installation.store._tables.authorities  # type: ignore[attr-defined]
    rows[one.id] = replace(one, **changes)


@pytest.mark.parametrize("what", ["signature", "statement", "account", "key"])
def test_an_authority_that_was_edited_in_the_store_counts_no_more(
    site: Site, case: Case, row: DeploymentRow, what: str
) -> None:
    done = site.sign(case, row)
    (one,) = standing(site, case, done)
    tampered(
        site,
        row,
        **{
            what: {
                "signature": one.signature[:-1] + bytes([one.signature[-1] ^ 1]),
                "statement": one.statement.replace(b'"closes_us":1', b'"closes_us":2'),
                "account": site.second.id,
                "key": public(SECOND_KEY),
            }[what]
        },
    )
    with pytest.raises(NotAuthorised, match="not valid here"):
        standing(site, case, done)


def test_a_signature_by_an_account_that_there_is_not_counts_for_nothing(
    site: Site, case: Case, row: DeploymentRow
) -> None:
    done = site.sign(case, row)
    tampered(site, row, account=site.installation.new_id())
    assert valid(site, done) == []


def test_another_machine_or_home_finds_no_valid_signature(site: Site, case: Case, row: DeploymentRow) -> None:
    done = site.sign(case, row)
    elsewhere = replace(site.installation, machine="another machine")
    now_us = site.clock.now_us()
    with pytest.raises(NotAuthorised, match="another machine"):
        elsewhere.store.read(lambda work: require_standing(elsewhere, work, done, case.policy, now_us))
    with pytest.raises(NotAuthorised, match="another machine"):
        elsewhere.store.read(
            lambda work: require_authority(elsewhere, work, case.deployment, done, case.policy, now_us)
        )


def test_what_is_gone_from_the_store_runs_nowhere(site: Site, case: Case, row: DeploymentRow) -> None:
    with pytest.raises(NotAuthorised, match="is not authorised"):
        standing(site, case, replace(row, id=site.installation.new_id()))


def near_court(site: Site, **authority: str) -> Case:
    rules = {"refused_places": ["assembly", "worship"], "second_officer_places": ["clinic", "court", "school"]}
    return site.case("court square", nearby=COURT, authority=authority, rules=rules)


def test_a_second_officer_signs_with_reasons_where_the_policy_asks_for_one(site: Site) -> None:
    case = near_court(site, second_officer=SECOND)
    row = site.enter(case)
    waiting = site.sign(case, row)
    assert waiting.state is DeploymentState.NEW
    with pytest.raises(NotAuthorised, match="is not authorised"):
        site.begin(case, waiting)
    with pytest.raises(NotAuthorised, match="signed this deployment already"):
        site.sign(case, row)
    with breaks("second_officer_places"):
        site.sign(case, row, by=site.second, key=SECOND_KEY)
    done = site.sign(case, row, by=site.second, key=SECOND_KEY, reasons=" The court agreed. ")
    assert done.state is DeploymentState.AUTHORISED
    site.begin(case, done)
    (reasons,) = [one for one in site.installation.store.read(lambda w: w.papers.of(row.id)) if one.kind == REASONS]
    assert (reasons.account, reasons.content) == (site.second.id, {"text": "The court agreed."})
    recorded = [kind for kind in kinds(site.installation) if kind.startswith("authority.")]
    assert recorded == ["authority.signed", "authority.seconded"]


def test_without_a_second_officer_in_the_file_nobody_authorises_there(site: Site) -> None:
    case = near_court(site)
    row = site.enter(case)
    with breaks("second_officer_places"):
        site.sign(case, row, reasons="I have some")


def test_a_second_officer_whom_only_the_file_asks_for_needs_no_reasons(site: Site) -> None:
    case = site.case(authority={"second_officer": SECOND})
    row = site.enter(case)
    assert site.sign(case, row).state is DeploymentState.NEW
    other = person(site.installation, "eve", Role.AUTHORISING_OFFICER, key=public(SECOND_KEY), rank="superintendent")
    with pytest.raises(NotAuthorised, match=f"its second_officer is {SECOND}"):
        handed_in(site, case, row, by=other, key=SECOND_KEY)
    assert site.sign(case, row, by=site.second, key=SECOND_KEY).state is DeploymentState.AUTHORISED


@pytest.mark.parametrize("gone", [OFFICER, SECOND])
def test_of_two_signatures_both_have_to_go_on_counting(site: Site, gone: str) -> None:
    case = site.case(authority={"second_officer": SECOND})
    row = site.enter(case)
    site.sign(case, row)
    done = site.sign(case, row, by=site.second, key=SECOND_KEY)
    assert len(standing(site, case, done)) == 2
    changed(site, anna(site) if gone == OFFICER else site.second, state=AccountState.CLOSED)
    with pytest.raises(NotAuthorised, match="not valid here"):
        standing(site, case, done)


def test_who_got_a_new_key_signs_again_before_the_second_officer_does(site: Site) -> None:
    case = site.case(authority={"second_officer": SECOND})
    row = site.enter(case)
    site.sign(case, row)
    new = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
    changed(site, anna(site), key=public(new))
    with pytest.raises(NotAuthorised, match="its authorised_by"):
        site.sign(case, row, by=site.second, key=SECOND_KEY)
    assert site.sign(case, row, key=new).state is DeploymentState.NEW
    done = site.sign(case, row, by=site.second, key=SECOND_KEY)
    assert len(standing(site, case, done)) == 2


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Any:
    site = Site(tmp_path)
    with installation_of("in a folder", tmp_path) as kept:
        site.clock = kept.clock
        site.installation = replace(kept.installation, machine="this machine and home")
        yield site


def test_two_officers_who_sign_at_once_are_taken_one_after_the_other(on_sqlite: Site) -> None:
    site = on_sqlite
    case = site.case(authority={"second_officer": SECOND})
    row = site.enter(case)
    first, second = anna(site), site.second
    found = at_once(
        lambda: site.sign(case, row, by=first),
        lambda: site.sign(case, row, by=second, key=SECOND_KEY),
    )
    if isinstance(found[1], NotAuthorised):  # came first, and so before whom it was to second
        assert site.sign(case, row, by=second, key=SECOND_KEY).state is DeploymentState.AUTHORISED
    assert site.row(row).state is DeploymentState.AUTHORISED
    assert sorted(valid(site, row)) == sorted([first.id, second.id])


def test_one_officer_who_signs_twice_at_once_has_signed_once(on_sqlite: Site) -> None:
    site = on_sqlite
    case = site.case()
    row, first = site.enter(case), anna(site)
    found = at_once(*[lambda: site.sign(case, row, by=first)] * 3)
    assert sorted(type(one).__name__ for one in found) == ["DeploymentRow", "NotAuthorised", "NotAuthorised"]
    assert len(site.installation.store.read(lambda work: work.authorities.of(row.id))) == 1


def test_two_deployments_of_one_place_signed_at_once_cannot_both_be(on_sqlite: Site) -> None:
    site = on_sqlite
    rules = {"min_gap_h": 16.0}
    cases = [site.case(name, rules=rules) for name in ("High Street", "Market")]
    rows, first = [site.enter(case) for case in cases], anna(site)
    found = at_once(
        *[lambda case=case, row=row: site.sign(case, row, by=first) for case, row in zip(cases, rows, strict=True)]
    )
    assert sorted(type(one).__name__ for one in found) == ["DeploymentRow", "RuleBroken"]


def test_without_its_list_nothing_runs(site: Site) -> None:
    case = site.case()
    row = site.authorised(case)
    kept = site.installation.store.read(lambda work: work.lists.kept_for(row.id))
    assert kept is not None
    erase_list(site.installation, kept.id, "by-hand")
    with pytest.raises(NotAuthorised, match="list of this deployment was erased"):
        standing(site, case, row)
