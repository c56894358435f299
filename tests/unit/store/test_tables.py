from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import Table

from overt.domain.figures import Counts
from overt.store import listed_tables, records, tables

ROWS: dict[str, type[Any]] = {
    "deployments": records.DeploymentRow,
    "watch_lists": records.ListRow,
    "list_entries": records.SealedEntry,
    "alerts": records.AlertRow,
    "looks": records.LookRow,
    "decisions": records.DecisionRow,
    "outcomes": records.OutcomeRow,
    "holds": records.HoldRow,
    "erasures": records.ErasureRow,
    "sessions": records.SessionRow,
    "accounts": records.AccountRow,
    "second_factors": records.SecondFactorRow,
    "papers": records.PaperRow,
    "authorities": records.AuthorityRow,
    "leases": records.LeaseRow,
    "nominals": records.NominalRow,
    "drafts": records.DraftRow,
    "draft_entries": records.DraftEntry,
    "decoy_sets": records.DecoySetRow,
    "decoy_pairs": records.DecoyPair,
    "decoys": records.DecoyRow,
    "listed": records.ListedRow,
    "clock_mark": records.ClockMark,
    "ledger_entries": records.LedgerRow,
}
BESIDE = {"list_entries": {"watch_list"}, "clock_mark": {"one"}, "decoy_pairs": {"decoy_set"}}
TABLES = list(listed_tables.Base.metadata.sorted_tables)


@pytest.mark.parametrize("name", ROWS)
def test_a_table_has_the_fields_of_its_record_and_no_other_column(name: str) -> None:
    columns = set(tables.Base.metadata.tables[name].columns.keys())
    assert columns == {field.name for field in fields(ROWS[name])} | BESIDE.get(name, set())


def test_the_figures_have_every_count() -> None:
    assert set(tables.FIGURES.columns.keys()) == {"deployment", "camera", "minute_us"} | {
        field.name for field in fields(Counts)
    }


def test_every_record_has_its_table() -> None:
    assert set(tables.Base.metadata.tables) == set(ROWS) | {"figures"}


def test_an_entry_of_a_list_can_be_found_by_its_place_only() -> None:
    assert {column.name for column in tables.LIST_ENTRIES.columns} == {"watch_list", "position", "expires_us", "sealed"}
    assert not tables.LIST_ENTRIES.indexes
    assert {column.name for column in tables.LIST_ENTRIES.primary_key} == {"watch_list", "position"}


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_what_is_sealed_stands_last_so_that_listing_does_not_read_over_it(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert "sealed" not in names or names[-1] == "sealed"


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_constraint_and_index_has_a_name_by_which_a_migration_can_drop_it(table: Table) -> None:
    assert all(each.name for each in table.constraints)
    assert all(index.name for index in table.indexes)
