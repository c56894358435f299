"""Whom each policy lets act: one function for each rule, with the expected value written out."""

from __future__ import annotations

import pytest

from overt.domain.policy import Policy
from overt.domain.retention import DAY_US, HOUR_US
from overt.domain.roles import (
    OPPOSED,
    RolesOpposed,
    TooFewAdministrators,
    TrainingTooLong,
    require_administrators,
    require_apart,
    require_training_end,
    session_ends_us,
)

NOW_US = 20_000 * DAY_US + 9 * HOUR_US
APART = {"uk-police": True, "eu-ai-act": True, "consent": True}
ADMINISTRATORS = {"uk-police": 2, "eu-ai-act": 2, "consent": 1}
TRAINING_DAYS = {"uk-police": 365, "eu-ai-act": 365, "consent": 365}
SESSION_H = {"uk-police": 8, "eu-ai-act": 8, "consent": 12}


def roles_apart(policy: Policy) -> None:
    for one in OPPOSED:
        for other in OPPOSED:
            if one is other or not APART[policy.name]:
                require_apart({"ann": {one}}, "ann", other, roles_apart=policy.rules.roles_apart)
            else:
                with pytest.raises(RolesOpposed, match=r"\(roles_apart\)"):
                    require_apart({"ann": {one}}, "ann", other, roles_apart=policy.rules.roles_apart)


def two_administrators(policy: Policy) -> None:
    needed = ADMINISTRATORS[policy.name]
    require_administrators(needed, two_administrators=policy.rules.two_administrators)
    with pytest.raises(TooFewAdministrators, match=r"\(two_administrators\)"):
        require_administrators(needed - 1, two_administrators=policy.rules.two_administrators)


def training_max_days(policy: Policy) -> None:
    last_us = (20_000 + TRAINING_DAYS[policy.name] + 1) * DAY_US  # the end of the last day
    require_training_end(last_us, NOW_US, policy.rules.training_max_days)
    with pytest.raises(TrainingTooLong, match=r"\(training_max_days\)"):
        require_training_end(last_us + 1, NOW_US, policy.rules.training_max_days)


def session_max_h(policy: Policy) -> None:
    assert session_ends_us(NOW_US, policy.rules.session_max_h) == NOW_US + SESSION_H[policy.name] * HOUR_US
