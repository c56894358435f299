"""What a page says of one alert, and to whom: whether its pictures may be opened, who has to decide, what stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from overt.domain.deciding import stands, verdicts_needed
from overt.domain.decision import Purpose, Standing, Verdict
from overt.domain.decoying import was_right
from overt.domain.entries import WELFARE
from overt.domain.policy import Policy
from overt.domain.retention import DAY_US
from overt.domain.roles import Action, roles_for
from overt.domain.time import SECOND_US
from overt.services.accounts import accounts
from overt.services.adjudicate import Facts, facts_of, planned_response
from overt.services.at_alerts import Known, known
from overt.services.installation import Installation
from overt.services.outcomes import is_for_welfare
from overt.services.people import Account
from overt.store.records import State

STANDS: Final[Mapping[Standing, str]] = {
    Standing.OPEN: "Nobody has decided.",
    Standing.ONE_OF_TWO: "One of two people has decided; the other decides without seeing it.",
    Standing.WORTH_A_LOOK: "It stands at: worth a look.",
    Standing.NOT_THE_PERSON: "It stands at: not the person.",
    Standing.CANNOT_TELL: "It stands at: cannot tell.",
    Standing.DISAGREE: "People disagree, which counts as: cannot tell.",
}
#: What happens next, once there is a verdict.
NEXT: Final[Mapping[Standing, str]] = {
    Standing.WORTH_A_LOOK: "An engagement officer may now speak to the person, and afterwards says what came of it.",
    Standing.NOT_THE_PERSON: "Nobody is spoken to because of it. Its pictures are gone within 60 seconds.",
    Standing.CANNOT_TELL: "Nobody is spoken to because of it.",
    Standing.DISAGREE: "Nobody is spoken to because of it.",
}
VERDICTS: Final[tuple[tuple[Verdict, str, str], ...]] = (
    (Verdict.WORTH_A_LOOK, "Worth a look", "Y"),
    (Verdict.NOT_THE_PERSON, "Not the person", "N"),
    (Verdict.CANNOT_TELL, "Cannot tell", "U"),
)
RESPONSES: Final[Mapping[str, str]] = {
    "arrest": "Arrest, once they are identified by ordinary means",
    "speak": "Speak to them",
    WELFARE: "Welfare: help, and no arrest",
}


@dataclass(frozen=True, kw_only=True)
class View:
    """One alert, for the eyes of one account.

    Attributes:
        about: the alert, its deployment and its policy.
        facts: what the account may know of it now.
        planned: what was planned for whoever is listed, in words; "" where that is not known any more.
        may: what the account may do to alerts.
        names: of accounts, by their ids, as far as this account may know them.
    """

    account: Account
    about: Known
    facts: Facts
    planned: str
    welfare: bool
    may: frozenset[Action]
    names: Mapping[str, str]
    now_us: int

    @property
    def policy(self) -> Policy:
        return self.about.policy

    @property
    def was_decoy(self) -> bool:
        """Whether it was a decoy and is over; before that nobody is told."""
        return self.facts.decoy is not None

    @property
    def verdict(self) -> str:
        """The account's own, where it has given one."""
        return next((one.verdict for one in self.facts.decisions if one.account == self.account.id), "")

    @property
    def right(self) -> bool:
        """Whether that was right about a decoy."""
        decoy = self.facts.decoy
        return decoy is not None and bool(self.verdict) and was_right(Verdict(self.verdict), same=decoy.same)

    @property
    def kept(self) -> bool:
        return self.facts.row.state is State.KEPT

    @property
    def sees(self) -> bool:
        """Whether the account may see pictures."""
        return Action.ALERT_SEE in self.may

    @property
    def own(self) -> bool:
        return any(one.account == self.account.id for one in self.facts.decisions)

    @property
    def may_decide(self) -> bool:
        return (
            Action.ALERT_DECIDE in self.may
            and self.kept
            and not self.was_decoy
            and not self.own
            and not self.facts.outcomes
        )

    @property
    def stands(self) -> bool:
        return stands(self.facts.standing)

    @property
    def to_decide(self) -> bool:
        """Whether the account is asked: no verdict stands yet, and its own is missing."""
        return self.may_decide and not self.stands

    @property
    def purpose(self) -> Purpose:
        """What the account opens the pictures for."""
        if self.to_decide:
            return Purpose.DECIDE
        meets = Action.ALERT_CONCLUDE in self.may and self.facts.standing is Standing.WORTH_A_LOOK
        return Purpose.MEET if meets and not self.facts.outcomes else Purpose.CHECK

    @property
    def may_look(self) -> bool:
        """Whether the pictures can be opened again, once there is a verdict."""
        return (
            self.sees
            and self.kept
            and not self.was_decoy
            and self.stands
            and self.facts.standing is not Standing.NOT_THE_PERSON
        )

    @property
    def waits(self) -> bool:
        return not self.stands and self.facts.row.undecided_us is None

    @property
    def deadline_us(self) -> int:
        """When it counts as not verified."""
        return self.facts.row.at_us + self.policy.rules.undecided_after_min * 60 * SECOND_US

    @property
    def look_left_us(self) -> int:
        """How long the account still has to look; of the whole time, where it has not begun."""
        least_us = round(self.policy.rules.look_at_least_s * SECOND_US)
        first = [one.shown_us for one in self.facts.looks if one.account == self.account.id]
        return max(0, least_us - (self.now_us - first[0])) if first else least_us

    @property
    def needed(self) -> int:
        return verdicts_needed(self.policy.rules)

    @property
    def may_conclude(self) -> bool:
        return Action.ALERT_CONCLUDE in self.may and self.facts.standing is Standing.WORTH_A_LOOK

    @property
    def may_hold(self) -> bool:
        return Action.HOLD_PLACE in self.may and self.kept and not self.was_decoy

    @property
    def may_lift(self) -> bool:
        return Action.HOLD_LIFT in self.may

    @property
    def may_disclose(self) -> bool:
        return Action.ALERT_DISCLOSE in self.may and not self.was_decoy

    @property
    def may_complain(self) -> bool:
        return Action.COMPLAINT_FILE in self.may

    @property
    def hold_max_days(self) -> int:
        return self.policy.rules.hold_max_days

    @property
    def held_until_us(self) -> int | None:
        """Until when a hold keeps it; None: nothing does."""
        ends = [one.expires_us for one in self.facts.holds if one.lifted_us is None and one.expires_us > self.now_us]
        return max(ends, default=None)

    @property
    def words(self) -> Mapping[str, str]:
        """Why people said what they said; for those alone who may see what it is about."""
        return self.facts.words if self.sees else {}

    def who(self, account: str) -> str:
        """An account, as this one may know it."""
        if account == self.account.id:
            return "you"
        return self.names.get(account, f"account {account[-8:]}")


def view_of(installation: Installation, by: Account, alert: str) -> View:
    """Raises as `known`."""
    about = known(installation, by, alert)
    facts = facts_of(installation, alert, account=by.id, rules=about.policy.rules)
    response = planned_response(installation, alert)
    welfare = is_for_welfare(about.deployment) or response == WELFARE
    named = accounts(installation, by) if roles_for(by.roles, Action.ACCOUNT_SEE) else []
    return View(
        account=by,
        about=about,
        facts=facts,
        planned=RESPONSES.get(response, response.replace("-", " ").capitalize()),
        welfare=welfare,
        may=frozenset(action for action in Action if roles_for(by.roles, action)),
        names={one.id: one.name for one in named},
        now_us=installation.clock.now_us(),
    )


def expectation(view: View) -> str:
    """Score, threshold and expectation in a sentence or two, once they may be shown."""
    row = view.facts.row
    share = f"{row.false_alerts_per_1000:.2g}"
    said = (
        f"Its score is {row.score:.3f}; alerts begin at {row.threshold:.3f}. At this score or above, about {share} in "
        "1,000 passages of people who are not listed are expected to raise a false alert."
    )
    if "threshold extrapolated" in row.cautions:
        return said + (
            " That lies beyond what was measured, on fewer than 30 errors, so it may be several times as many."
        )
    return said + (
        " That is computed from recorded pictures of strangers, not counted here; the deployment's own figures have "
        "the interval."
    )


def hold_ends_us(now_us: int, days: int) -> int:
    return now_us + days * DAY_US
