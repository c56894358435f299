"""The account of one alert on paper: for the person whom it is about, in plain words, with nobody else in it.

Rules:
  - it is the record of the alert (`overt.services.outcomes`), told in words: one record, not two;
  - nobody is named and no account stands on it: who decided is told by their role;
  - whom the list's entry stands for is not on it, since that may be somebody else;
  - what Overt cannot tell is said, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from overt.domain.alert_words import FOLLOWED, MEANS, RECIPIENTS, RESULTS, cautions_of
from overt.domain.time import to_us
from overt.notices.sheet import part, sheet

_TEMPLATE = "account.html"
EXTRAPOLATED = "threshold extrapolated"


def account_html(record: Mapping[str, Any], *, complaints: str, public_key: str) -> str:
    """As a document.

    Args:
        record: as `overt.services.outcomes.alert_record` has it.
        complaints: where to complain, in words.
        public_key: of the installation's ledger.
    """
    return sheet(_TEMPLATE, _values(record, complaints, public_key), f"Account of an alert, {record['at'][:10]}")


def account_part(record: Mapping[str, Any], *, complaints: str, public_key: str) -> str:
    """As a part of a page."""
    return part(_TEMPLATE, _values(record, complaints, public_key))


def _values(record: Mapping[str, Any], complaints: str, public_key: str) -> dict[str, Any]:
    seen_us = _us(record["at"])
    last_us = max((_us(one["at"]) for one in record["decisions"]), default=None)
    return {
        "record": record,
        "complaints": complaints,
        "public_key": public_key,
        "cautions": cautions_of([one for one in record["cautions"] if one != EXTRAPOLATED]),
        "extrapolated": EXTRAPOLATED in record["cautions"],
        "took_s": None if last_us is None else (last_us - seen_us) / 1e6,
        "results": RESULTS,
        "means": MEANS,
        "followed": FOLLOWED,
        "recipients": RECIPIENTS,
    }


def _us(text: str) -> int:
    return to_us(datetime.fromisoformat(text))
