"""Decoys among the alerts of a run: when one comes, what it is like, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from overt.domain.deciding import NoContact, NotDecided
from overt.domain.decision import Followed, Means, Recipient, Result, Verdict
from overt.domain.decoying import Ended
from overt.domain.errors import Stopped
from overt.domain.figures import Counts, Health
from overt.domain.retention import RetentionRules
from overt.ledger.entry import Fact
from overt.services.adjudicate import NoSuchAlert, decide, evidence, facts_of, hold
from overt.services.at_alerts import alerts, known
from overt.services.decoy_alerts import SHOWN, DecoyOver, commitment, end, require_open, take_back_all
from overt.services.decoy_sets import erase_set
from overt.services.disclosing import Case, hand_over
from overt.services.erase import erase_alert, erase_decoys
from overt.services.figures import figures_of
from overt.services.now import now
from overt.services.outcomes import conclude, disclose
from overt.services.people import new_paper
from overt.services.recount import BadExport, check, recount_entries
from overt.services.retain import retain
from overt.services.undecided import count_undecided, open_alerts
from overt.store.errors import StoreUnavailable
from overt.store.records import State
from tests.decoying import Stage
from tests.installations import kinds
from tests.unit.services.handed_over import PUBLIC
from tests.unit.services.keeping import BEN

WORTH, NOT = Verdict.WORTH_A_LOOK, Verdict.NOT_THE_PERSON


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_decoy_has_what_every_alert_has(stage: Stage) -> None:
    alert = stage.decoy()
    real = stage.alert(stage.real())
    row = stage.alert(alert)
    (told,) = stage.street.told
    assert (told.id, told.camera, told.passage, told.blind) == (alert, "south", 7, True)
    assert (row.about, row.state, row.shots, row.is_decoy) == (real.about, State.KEPT, 3, True)
    assert 0 <= row.score - row.threshold <= 0.16
    assert row.latency_us is not None
    assert 250_000 <= row.latency_us <= 1_000_000
    mine, theirs = (one.facts for one in stage.entries("alert.raised"))
    assert set(mine) == set(theirs)
    assert mine["about"] == theirs["about"]


def test_its_pictures_are_those_of_a_passage_and_sealed_like_them(stage: Stage) -> None:
    alert = stage.decoy()
    found = evidence(stage.installation, alert)
    assert found.reference.startswith("AB")
    assert found.response == "arrest"
    assert found.listed is not None
    assert len(found.pictures) == 3
    taken = [one.captured_us for one in found.pictures]
    assert taken == sorted(taken, reverse=True)
    assert [one.quality for one in found.pictures] == sorted((one.quality for one in found.pictures), reverse=True)


def test_a_response_that_the_policy_does_not_know_is_one_that_it_knows(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    policy = stage.policy
    stage.tests._rules = replace(policy.rules, responses=("speak", "welfare"))
    assert evidence(stage.installation, stage.decoy()).response == "speak"


def test_none_comes_in_the_first_and_the_last_minutes(stage: Stage) -> None:
    assert stage.tests.show_if_due() == ""
    stage.wait(9.9)
    assert stage.tests.show_if_due() == ""
    stage.wait(8 * 60 - 19)
    assert stage.tests.show_if_due() == ""
    assert stage.street.told == []


def test_none_comes_out_of_an_empty_street_or_while_scanning_pauses(stage: Stage) -> None:
    stage.wait(11)
    busy = stage.street.healths[1]
    for health in (replace(busy, in_view=0), replace(busy, state="lost")):
        stage.street.healths[1] = health
        assert stage.tests.show_if_due() == ""
    stage.street.healths.clear()
    assert stage.tests.show_if_due() == ""
    stage.street.healths[1] = busy
    paused = stage.decoying(scans=lambda: False)
    stage.wait(11)
    assert paused.show_if_due() == ""
    assert stage.tests.show_if_due()


def test_there_are_never_more_in_an_hour_than_the_policy_says(tmp_path: Path) -> None:
    stage = Stage(tmp_path, per_hour=2)
    for _ in range(2):
        stage.says(stage.decoy(), WORTH)
    stage.wait(11)
    assert stage.tests.show_if_due() == ""
    stage.wait(60)
    assert stage.tests.show_if_due()


def test_none_comes_where_the_policy_has_none_in_a_trial_or_when_none_is_due(tmp_path: Path) -> None:
    for number, stage in enumerate(
        (Stage(tmp_path / "none", per_hour=0), Stage(tmp_path / "trial", kind="trial"), Stage(tmp_path / "late"))
    ):
        if number == 2:
            stage.history.installation = replace(stage.installation, random_bytes=lambda count: b"\xff" * count)
            stage.tests = stage.decoying()
        stage.wait(11)
        assert stage.tests.show_if_due() == ""


def test_none_comes_while_an_alert_waits_in_any_deployment(stage: Stage) -> None:
    alert = stage.real()
    stage.wait(4)
    stage.tests._began_us -= 11 * 60 * 1_000_000
    assert stage.tests.show_if_due() == ""
    stage.says(alert, NOT)
    assert stage.tests.show_if_due()
    stage.wait(1)
    assert stage.tests.show_if_due() == "", "a decoy waits"


def test_one_that_comes_between_the_choice_and_the_keeping_wins(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.wait(11)
    choose = stage.tests._choose

    def meanwhile(work: object) -> object:
        found = choose(work)  # type: ignore[arg-type]
        monkeypatch.undo()
        return found

    monkeypatch.setattr(stage.tests, "_choose", meanwhile)
    chosen = stage.installation.store.read(choose)
    monkeypatch.setattr(stage.tests, "_choose", lambda _: chosen)
    alert = stage.real()
    keys = stage.installation.keyring.names()
    assert stage.tests.show_if_due() == ""
    assert stage.installation.keyring.names() == keys
    stage.says(alert, NOT)
    erase_set(stage.installation, stage.people["lisa"], stage.decoy_set)
    stage.wait(1)
    assert stage.tests.show_if_due() == "", "its set is being erased"


def test_each_pair_is_shown_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path, pairs=2)
    for _ in range(2):
        stage.says(stage.decoy(), WORTH)
    stage.wait(11)
    assert stage.tests.show_if_due() == ""
    assert stage.installation.store.read(lambda work: work.decoys.used(stage.decoy_set)) == {0, 1}


def test_a_pair_that_was_shown_before_a_restore_is_not_shown_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path, pairs=2)
    content: dict[str, object] = {"pair": 1}
    paper = new_paper(stage.installation, SHOWN, about=stage.decoy_set, content=content)
    stage.installation.store.write(lambda work: work.papers.add(paper))
    assert stage.behind(stage.decoy()).position == 0


def test_a_pair_whose_key_is_gone_is_passed_over(stage: Stage) -> None:
    stage.installation.keyring.destroy(f"decoys-{stage.decoy_set}")
    stage.wait(11)
    assert stage.tests.show_if_due() == ""


@pytest.mark.parametrize("how", ["reference", "face", "another pack"])
def test_nobody_who_is_listed_is_a_decoy(tmp_path: Path, how: str) -> None:
    stage = Stage(tmp_path, pairs=1)
    listed = stage.run.watch_list
    if how == "reference":
        listed = replace(listed, references=("ann", "ab0000"))
    elif how == "face":
        templates = listed.templates.copy()
        templates[1] = np.eye(templates.shape[1], dtype=np.float32)[10]
        listed = replace(listed, templates=templates)
    else:
        listed = replace(listed, templates=listed.templates[:, :64])
    stage.run = replace(stage.run, watch_list=listed)
    stage.tests = stage.decoying()
    stage.wait(11)
    assert stage.tests.show_if_due() == ""


def test_whoever_decides_is_told_once_a_verdict_stands_and_not_before(stage: Stage) -> None:
    alert = stage.decoy()
    olga, rules = stage.people["olga"].id, stage.policy.rules
    stage.says(alert, WORTH, "olga")
    assert facts_of(stage.installation, alert, account=olga, rules=rules).decoy is None
    assert "decoy.told" not in kinds(stage.installation)
    stage.says(alert, WORTH, "oscar")
    told = facts_of(stage.installation, alert, account=olga, rules=rules).decoy
    assert told is not None
    assert (told.ended, told.over_us is not None) == ("decided", True)
    (entry,) = stage.entries("decoy.told")
    same = stage.behind(alert).same
    assert (entry.facts["same"], entry.facts["right"], entry.facts["verdicts"]) == (same, 2 if same else 0, 2)


def test_what_it_was_is_what_its_first_entry_committed_to(stage: Stage) -> None:
    alert = stage.decoy()
    behind = stage.behind(alert)
    (raised,) = stage.entries("alert.raised")
    opened = commitment(behind.nonce, alert, behind.decoy_set, behind.position)
    assert raised.facts["committed"] == opened
    assert behind.nonce not in str(raised.facts)


def test_a_real_alert_takes_an_open_decoy_back_at_once(stage: Stage) -> None:
    alert = stage.decoy()
    stage.says(alert, WORTH, "olga")
    stage.real()
    row = stage.alert(alert)
    assert row.undecided_us is not None
    assert row.erase_after_us <= stage.installation.clock.now_us()
    assert [one.facts["ended"] for one in stage.entries("decoy.told")] == ["real-alert"]
    assert stage.entries("decoy.told")[0].facts["verdicts"] == 0
    order = [one.kind for one in stage.entries() if one.kind in ("decoy.told", "alert.raised")]
    assert order == ["alert.raised", "decoy.told", "alert.raised"]
    with pytest.raises(DecoyOver):
        stage.says(alert, WORTH, "oscar")
    assert stage.installation.store.write(lambda work: take_back_all(work, 1)) == 0


def test_one_that_nobody_decides_in_time_is_taken_back(stage: Stage) -> None:
    alert = stage.decoy()
    minutes = stage.policy.rules.undecided_after_min
    assert count_undecided(stage.installation, stage.history.deployment, stage.policy.rules) == 0
    assert stage.behind(alert).ended == ""
    stage.wait(minutes)
    assert count_undecided(stage.installation, stage.history.deployment, stage.policy.rules) == 0
    assert stage.behind(alert).ended == "unanswered"
    assert not stage.entries("alert.undecided")
    assert not stage.installation.store.write(lambda work: end(work, stage.alert(alert), 1, Ended.UNANSWERED)), (
        "it is over already"
    )


def test_it_is_taken_back_when_the_run_ends(stage: Stage) -> None:
    with stage.tests:
        decided = stage.decoy()
        stage.says(decided, WORTH)
        stage.real()
        open_one = stage.history.deployment
        assert open_one
    assert stage.behind(decided).ended == "decided"
    with stage.decoying() as tests:
        stage.tests = tests
        for alert in (one.id for one in stage.installation.store.read(lambda w: w.alerts.open(stage.row.id))):
            stage.says(alert, NOT)
        alert = stage.decoy()
    assert stage.behind(alert).ended == "run-ended"


def test_its_pictures_are_erased_as_soon_as_it_is_over_and_a_hold_ends(stage: Stage) -> None:
    alert = stage.decoy()
    now_us = stage.installation.clock.now_us()
    hold(
        stage.installation,
        alert,
        case="CR 1",
        until_us=now_us + 10**9,
        placed_by=stage.people["olga"].id,
        seconded_by=stage.people["audrey"].id,
        rules=stage.policy.rules,
    )
    stage.says(alert, WORTH)
    retain(stage.installation)
    assert stage.alert(alert).state is State.ERASED
    assert len(stage.entries("hold.lifted")) == 1
    with pytest.raises(DecoyOver):
        hold(
            stage.installation,
            alert,
            case="CR 1",
            until_us=now_us + 10**9,
            placed_by=stage.people["olga"].id,
            seconded_by=stage.people["audrey"].id,
            rules=stage.policy.rules,
        )


def test_nobody_in_the_street_has_one(stage: Stage) -> None:
    alert = stage.decoy()
    olga, ed = stage.people["olga"], stage.people["ed"]
    assert [one.row.id for one in alerts(stage.installation, olga)] == [alert]
    assert alerts(stage.installation, ed) == []
    assert known(stage.installation, olga, alert).row.id == alert
    with pytest.raises(NoSuchAlert):
        known(stage.installation, ed, alert)
    stage.says(alert, WORTH)
    assert alerts(stage.installation, ed, erased=True) == []


def test_nothing_comes_of_a_decoy(stage: Stage) -> None:
    alert = stage.decoy()
    stage.says(alert, WORTH)
    with pytest.raises(NoContact):
        conclude(
            stage.installation,
            alert,
            means=Means.DOCUMENT,
            result=Result.RIGHT,
            held_min=3,
            followed=Followed.NOTHING,
            served_aim=True,
            account=stage.people["ed"].id,
            rules=stage.policy.rules,
        )
    with pytest.raises(NoContact):
        disclose(
            stage.installation,
            alert,
            to=Recipient.COURT,
            why="Order 17",
            account=stage.people["olga"].id,
            rules=stage.policy.rules,
        )


def test_of_one_that_is_open_nobody_who_discloses_or_concludes_is_told_that_it_is_one(stage: Stage) -> None:
    rules, account = stage.policy.rules, stage.people["olga"].id
    case = Case(to=Recipient.COURT, why="Order 17", case="CR/2026/17", key=PUBLIC)
    said = []
    for raise_one in (stage.decoy, stage.real):
        alert = raise_one()
        with pytest.raises(NotDecided) as disclosing:
            disclose(stage.installation, alert, to=Recipient.COURT, why="Order 17", account=account, rules=rules)
        with pytest.raises(NotDecided) as handing:
            hand_over(stage.installation, alert, case, account=account, seconded_by=BEN, rules=rules)
        said.append((disclosing.value.sentence, handing.value.sentence))
    assert len(set(said)) == 1


def test_it_waits_in_no_count_but_that_of_what_waits(stage: Stage) -> None:
    alert = stage.decoy()
    assert open_alerts(stage.installation, stage.history.deployment, stage.policy.rules) == 0
    assert now(stage.installation).alerts_waiting == 1, "or what is not counted would tell of it"
    stage.says(alert, NOT)
    assert now(stage.installation).alerts_waiting == 0


def test_no_figure_has_it_from_the_store_or_from_the_ledger(stage: Stage) -> None:
    real = stage.real()
    stage.says(real, NOT)
    before = [one.record() for one in figures_of(stage.installation)]
    alert = stage.decoy()
    for _ in range(2):
        assert [one.record() for one in figures_of(stage.installation)] == before
        assert check(stage.installation)[1] == []
        stage.says(alert, WORTH) if stage.behind(alert).over_us is None else None
    entries = [row.entry for row in stage.installation.store.read(lambda work: list(work.ledger.rows()))]
    assert [one.tally.listed.alerts for one in recount_entries(entries)][-1] == 1


def test_an_open_alert_is_in_no_figure_where_people_are_tested(stage: Stage) -> None:
    alert = stage.real()
    assert figures_of(stage.installation, [stage.history.deployment])[0].tally.listed.alerts == 0
    assert check(stage.installation)[1] == []
    stage.says(alert, NOT)
    assert figures_of(stage.installation, [stage.history.deployment])[0].tally.listed.alerts == 1


def test_a_real_alert_cannot_be_called_a_decoy_afterwards(stage: Stage) -> None:
    alert = stage.real()
    facts: dict[str, Fact] = {
        "alert": alert,
        "ended": "decided",
        "same": True,
        "right": 0,
        "verdicts": 0,
        "set": stage.decoy_set,
        "pair": 0,
        "nonce": "0" * 64,
    }
    stage.installation.store.write(
        lambda work: work.record("decoy.told", deployment=stage.history.deployment, facts=facts)
    )
    entries = [row.entry for row in stage.installation.store.read(lambda work: list(work.ledger.rows()))]
    with pytest.raises(BadExport, match="did not commit"):
        recount_entries(entries)


def test_a_look_that_cannot_be_kept_is_no_test(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    stage.wait(11)
    monkeypatch.setattr(stage.tests, "show_if_due", lambda: (_ for _ in ()).throw(Stopped("It is over.")))
    stage.tests.after(lambda: done.append("first"))()
    assert done == ["first"]


def test_where_the_store_is_away_at_the_end_time_takes_it_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = stage.decoy()
    with monkeypatch.context() as patch, stage.tests:
        patch.setattr(
            type(stage.installation.store), "write", lambda *_: (_ for _ in ()).throw(StoreUnavailable("Away."))
        )
    assert stage.behind(alert).ended == ""


def test_a_set_is_erased_at_its_date_and_decoys_that_are_open_stay(stage: Stage) -> None:
    alert = stage.decoy()
    assert erase_decoys(stage.installation, stage.decoy_set, "by-hand")
    assert stage.alert(alert).state is State.KEPT
    other = Stage(stage.folder / "other")
    other.wait(31 * 24 * 60)
    assert retain(other.installation).decoys == 1
    assert retain(other.installation).decoys == 0
    assert erase_alert(stage.installation, alert, "by-hand")


def test_a_word_about_one_that_is_open_is_taken(stage: Stage) -> None:
    alert = stage.decoy()
    stage.installation.store.read(lambda work: require_open(work, stage.alert(alert)))
    with pytest.raises(NoSuchAlert):
        decide(
            stage.installation,
            "0193527e-8a00-7000-8000-00000000dead",
            NOT,
            words="The ears differ.",
            account=stage.people["olga"].id,
            rules=stage.policy.rules,
            retention=RetentionRules(),
        )
    health = Health(camera=0, state="live", counts=Counts(), in_view=2)
    stage.street.healths[0] = health
    assert stage.tests._camera() in (0, 1)
