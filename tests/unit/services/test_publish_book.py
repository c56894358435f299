"""What became of a deployment, with the entry of each thing: holds, pauses, erasures, papers; what anybody may read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from overt.domain.decision import Followed, Result, Verdict
from overt.domain.retention import HOUR_US
from overt.domain.roles import Role
from overt.ledger.entry import Entry, Fact
from overt.services.acting import file_paper
from overt.services.adjudicate import hold
from overt.services.erase import clear_residue, erase_alert, erase_list
from overt.services.halts import lift_halt, place_halt
from overt.services.publish import draw_register, publish
from overt.services.publish_check import recounted
from overt.services.publish_ledger import write_public_ledger
from overt.services.recount import BadExport
from overt.services.reviews import answer_finding, file_finding
from overt.services.terms import REVIEW
from overt.services.undecided import count_undecided
from tests.authority import staff
from tests.decoying import Stage
from tests.histories import History
from tests.property.test_register_agrees import holds, meets_many
from tests.stores import uuid

WORDS = "It was looked at with care."
#: A list of which no count is small, with volunteers.
LARGE: dict[str, Fact] = {"categories": ("wanted", 60, "volunteer", 40), "serious": ("yes", 60, "no", 40)}


@pytest.fixture
def history() -> History:
    return History()


def document(history: History) -> dict[str, Any]:
    found: dict[str, Any] = draw_register(history.installation).register["deployments"][0]
    return found


def test_what_became_of_it_is_told_with_its_entries(history: History) -> None:
    installation, people = history.installation, staff(history.installation)
    history.seal(100, LARGE)
    history.notes("watch.started", threshold_e4=5000)
    history.notes("scanning.resumed", reason="open-alerts")  # of an earlier pause that nobody recorded
    for kind in ("paused", "resumed", "paused"):
        history.notes(f"scanning.{kind}", reason="open-alerts")
    alerts: list[str] = []
    meets_many(3, [(Result.RIGHT, Followed.NOTHING)])(history, alerts)
    holds(0)(history, alerts)
    lift_halt(
        installation, people[Role.OVERSIGHT], place_halt(installation, people[Role.OVERSIGHT], None, WORDS).id, WORDS
    )
    place_halt(installation, people[Role.OVERSIGHT], history.row(), WORDS)
    finding = file_finding(installation, people[Role.AUDITOR], "Night", WORDS)
    answer_finding(installation, people[Role.AUTHORISING_OFFICER], finding.id, WORDS)
    erase_list(installation, history.watch_list, "retention")
    erase_alert(installation, alerts[1], "retention")
    clear_residue(installation)
    history.wait(3600 * 60)
    installation.store.write(
        lambda work: file_paper(
            installation,
            work,
            REVIEW,
            by=people[Role.AUTHORISING_OFFICER].id,
            row=history.row(),
            content={"text": WORDS},
            recorded=True,
        )
    )
    register = publish(installation, people[Role.AUDITOR]).register
    (found,) = register["deployments"]
    assert [one["until"] is None for one in found["pauses"]] == [False, True]
    assert [one["lifted_ledger"] is None for one in found["halts"]] == [True]
    assert [one["lifted_ledger"] is None for one in register["halts"]] == [False]
    assert register["findings"][0]["answer_ledger"] is not None
    assert found["review"]["filed_at"] is not None
    (receipt,) = found["receipts"]
    assert None not in receipt.values()
    assert found["holds"]["placed"]["value"] == 1
    assert found["alerts_erased"]["value"] == 1
    assert found["list"]["looked_for"]["value"] == 60
    assert found["threshold"]["value"]["value"] == 0.5
    assert found["state"] == "ended"
    assert recounted(register, history.exported()) == []
    kinds = told_kinds(history, register)
    assert {"list.sealed", "list.erasing", "list.erased", "scanning.paused", "halt.placed", "paper.filed"} <= kinds
    assert "residue.cleared" not in kinds  # an alert was among what was cleared
    assert not [kind for kind in kinds if kind.startswith("alert")]


def test_what_was_done_so_that_people_know_is_told(history: History) -> None:
    before = document(history)["street"]
    assert before["notice"] == {"said_at": None, "said_ledger": None}
    assert (before["papers"], before["signs_looked_at"]["value"], before["leaflets"]["value"]) == ([], 0, None)
    digests = {"leaflet.en.html": "sha256:" + "1" * 64, "poster-a3.en.html": "sha256:" + "2" * 64}
    history.notes("notices.made", language="en", files=tuple(digests), digests=tuple(digests.values()))
    history.notes("paper.filed", kind="notice-published", about=history.deployment, paper="p")
    for stand, readable in ((3, 3), (2, 2), (3, 1)):
        history.notes("signs.checked", signs=3, stand=stand, readable=readable)
    for leaflets in (80, 120):
        history.notes("leaflets.counted", leaflets=leaflets)
    history.notes("officers.counted", officers=9, minutes=240)
    register = publish(history.installation, staff(history.installation)[Role.AUDITOR]).register
    street = register["deployments"][0]["street"]
    (papers,) = street["papers"]
    assert (papers["language"], papers["files"]) == ("en", digests)
    assert street["notice"]["said_ledger"] > papers["ledger"]
    counts = ("signs_looked_at", "signs_not_well", "leaflets", "officers")
    assert [street[name]["value"] for name in counts] == [3, 2, 120, 9]
    assert recounted(register, history.exported()) == []


def test_a_trial_is_told_with_what_its_report_found(history: History) -> None:
    history.enter(kind="trial")
    history.notes("trial.reported", sha256="a" * 64, walks=9)
    history.notes("deployment.ended")
    assert document(history)["figures"]["trr"]["why_not"], "an earlier version did not record it"
    history.notes("trial.reported", sha256="b" * 64, walks=9, found=7, of=9, limits_e4=(3999, 9719))
    register = publish(history.installation, staff(history.installation)[Role.AUDITOR]).register
    trial, other = register["deployments"]
    share = {"how": "trr", "value": 7 / 9, "num": 7, "den": 9, "low": 0.3999, "high": 0.9719}
    assert trial["figures"]["trr"] == share
    assert (trial["trial_report"]["digest"], trial["trial_report"]["walks"]["value"]) == ("sha256:" + "b" * 64, 9)
    assert other["trial_report"] is None
    assert "trial.reported" in told_kinds(history, register)
    assert recounted(register, history.exported()) == []


def test_what_the_last_start_rests_on_is_told(history: History) -> None:
    assert document(history)["rests_on"] is None
    history.notes("watch.started", threshold_e4=5000)
    assert document(history)["rests_on"] == {
        "evaluations": [],
        "trial_report": None,
        "conditions": {"answered_at": None, "answered_ledger": None},
    }
    history.installation.store.write(lambda work: work.record("conditions.answered", facts={"paper": "p"}))
    history.notes("watch.started", threshold_e4=5000, evaluations=("c" * 64,), trial_report="d" * 64, conditions="p")
    register = publish(history.installation, staff(history.installation)[Role.AUDITOR]).register
    rests_on = register["deployments"][0]["rests_on"]
    assert (rests_on["evaluations"], rests_on["trial_report"]) == (["sha256:" + "c" * 64], "sha256:" + "d" * 64)
    assert rests_on["conditions"]["answered_ledger"] is not None
    assert recounted(register, history.exported()) == []


@pytest.mark.parametrize(
    "facts", [{"files": ("a", "b"), "digests": ("1",)}, {"files": "a", "digests": "1"}, {"files": ("a",), "digests": 1}]
)
def test_files_without_their_digests_are_refused(history: History, facts: dict[str, Fact]) -> None:
    history.notes("notices.made", language="en", **facts)
    with pytest.raises(BadExport, match="do not belong together"):
        draw_register(history.installation)


def told_kinds(history: History, register: dict[str, Any]) -> set[str]:
    lines: list[bytes] = []
    write_public_ledger(history.installation.store, register, lines.append)
    whole = [line.partition(b"\t")[0] for line in lines[:-1] if not line.startswith(b"withheld")]
    return {Entry.from_bytes(entry).kind for entry in whole}


def test_that_only_a_list_was_cleared_may_be_read_by_anybody(history: History) -> None:
    history.seal(100, {**LARGE, "serious": ("yes", 98, "no", 2)})
    erase_list(history.installation, history.watch_list, "retention")
    clear_residue(history.installation)
    register = draw_register(history.installation).register
    kinds = told_kinds(history, register)
    assert {"residue.cleared", "list.erased"} <= kinds
    assert "list.sealed" not in kinds
    assert register["deployments"][0]["list"]["tables"]["serious"]["hides"]


def test_where_volunteers_are_few_nobody_learns_how_many_are_looked_for(history: History) -> None:
    history.seal(100, {"categories": ("wanted", 97, "volunteer", 3)})
    assert document(history)["list"]["looked_for"]["hidden"]


def test_a_decoy_is_in_nothing_and_looks_like_any_alert_as_long_as_it_is_open(tmp_path: Path) -> None:
    told = []
    for folder, open_one in (("a", Stage.decoy), ("b", Stage.real)):
        stage = Stage(tmp_path / folder, pairs=6)
        told_of = stage.decoy()
        stage.says(told_of, Verdict.WORTH_A_LOOK, "olga")
        stage.says(told_of, Verdict.WORTH_A_LOOK, "oscar")
        real = stage.real()
        stage.says(real, Verdict.NOT_THE_PERSON, "olga")
        stage.says(real, Verdict.NOT_THE_PERSON, "oscar")
        alert = open_one(stage)
        placed = stage.installation.clock.now_us() + 1000
        hold(
            stage.installation,
            alert,
            case="C-1",
            until_us=placed + HOUR_US,
            placed_by=uuid(0xB1),
            seconded_by=uuid(0xB2),
            rules=stage.policy.rules,
        )
        stage.wait(60 * 9)
        waiting = draw_register(stage.installation)
        told.append(waiting.register["deployments"][0]["figures"])
        count_undecided(stage.installation, stage.history.deployment, stage.policy.rules)
        over = draw_register(stage.installation)
        assert over.differences == waiting.differences == ()
        found = over.register["deployments"][0]
        reals = 1 if open_one is Stage.decoy else 2
        assert found["figures"]["alerts"]["value"] == reals
        assert found["holds"]["placed"]["value"] == reals - 1
        assert recounted(over.register, stage.history.exported()) == []
    assert told[0] == told[1]
    assert {cell["waits"] for cell in told[0].values()} == {"undecided"}


def test_a_halt_or_an_erasure_of_nothing_is_left_out(history: History) -> None:
    installation = history.installation
    installation.store.write(
        lambda work: work.record("list.erasing", facts={"erasure": "e", "list": "l", "reason": "key-missing"})
    )
    installation.store.write(
        lambda work: work.record("list.erased", facts={"erasure": "e", "list": "l", "reason": "key-missing"})
    )
    installation.store.write(lambda work: work.record("residue.cleared", facts={"erasures": ("e",)}))
    installation.store.write(lambda work: work.record("watch.started", facts={"threshold_e4": 5000}))
    assert document(history)["receipts"] == []
    assert document(history)["rests_on"] is None


def test_versions_go_on_being_counted_where_their_text_was_lost(history: History) -> None:
    history.notes("register.version", version=1, document="sha256:" + "0" * 64)
    found = publish(history.installation, staff(history.installation)[Role.AUDITOR])
    assert [one["version"] for one in found.register["deployments"][0]["versions"]] == [1, 2]
    assert [one["version"] for one in found.versions[history.deployment]] == [2]


def test_what_was_published_later_is_no_version_of_an_earlier_register(history: History) -> None:
    by = staff(history.installation)[Role.AUDITOR]
    earlier = publish(history.installation, by)
    history.notes("deployment.ended")
    later = publish(history.installation, by)
    told = [[one["version"] for one in found.versions[history.deployment]] for found in (earlier, later)]
    assert told == [[1], [1, 2]]
    assert dict(later.versions).keys() == {history.deployment}
    assert len(later.versions) == 1


def test_a_lift_of_a_halt_that_was_never_placed_is_refused(history: History) -> None:
    history.notes("halt.lifted", halt="none", all=False, why="x")
    with pytest.raises(BadExport, match="halt"):
        document(history)


def test_what_was_over_stays_so_when_it_is_cancelled_only_to_be_erased_at_once(history: History) -> None:
    history.notes("deployment.ended")
    history.notes("authority.cancelled", reason="x")
    found = document(history)
    assert (found["state"], found["authority"]["cancelled"]) == ("ended", None)
