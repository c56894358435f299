"""The papers as PDF, with their titles, where the machine has what that takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.domain.roles import Role
from overt.notices.account import account_html
from overt.notices.paper import can_make_pdf, to_pdf
from overt.notices.record import record_html
from overt.services.deployment_record import make_record
from overt.services.outcomes import alert_record
from tests.needs import needs_part
from tests.recorded import COMPLAINTS, policy_of_row, recorded


@pytest.mark.long
def test_the_record_and_the_account_of_an_alert_become_pdf(tmp_path: Path) -> None:
    needs_part(not can_make_pdf(), "needs WeasyPrint and Debian's libpango")
    made = recorded(tmp_path, texts="<img src='https://example.org/x.png'> " * 3)
    told = make_record(made.installation, made.by(Role.AUDITOR), made.row)
    record = to_pdf(record_html(told.told, told.digest))
    assert record.content.startswith(b"%PDF-")
    assert 5 < record.pages < 40
    kept = alert_record(made.installation, made.right, policy_of_row(made.site, made.row).rules)
    account = to_pdf(account_html(kept, complaints=COMPLAINTS, public_key=made.installation.public_key))
    assert account.pages <= 4
