"""What a policy says about a deployment whose false alerts contradict what was promised."""

from __future__ import annotations

from overt.domain.policy import Policy
from overt.domain.roles import Role
from overt.services.keeping_up import KeepingUp
from overt.services.standing import Under
from overt.store.records import DeploymentState
from tests.histories import History
from tests.people import person


def stop_rule(policy: Policy) -> None:
    """8 of 100 passages gave an alert that nobody confirmed; at most 1 in 1,000 was promised."""
    history = History()
    history.seal(3)
    history.minute(seen=100)
    for passage in range(8):
        history.raised(passage)
    assert history.overdue() == 8
    installation, deployment = history.installation, history.deployment
    open_states = [DeploymentState.NEW]
    installation.store.write(lambda work: work.deployments.move(deployment, open_states, DeploymentState.AUTHORISED))
    row = installation.store.read(lambda work: work.deployments.get(deployment))
    assert row is not None
    people = KeepingUp(installation, Under(row=row, policy=policy, by=person(installation, "ann", Role.OPERATOR)))
    stops = {"uk-police": True, "eu-ai-act": True, "consent": True}[policy.name]
    assert bool(people.stop()) is stops
    now = installation.store.read(lambda work: work.deployments.get(deployment))
    assert now is not None
    assert (now.state is DeploymentState.ENDED) is stops
