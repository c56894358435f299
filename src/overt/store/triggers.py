"""The triggers that keep the ledger's table as it was written.

They refuse UPDATE, DELETE (so REPLACE too), an index that is not the next one and, on PostgreSQL, TRUNCATE.
SQLite runs the DELETE trigger under REPLACE only with `recursive_triggers`, which `engine` turns on; the one for the
index refuses it without. On PostgreSQL they are ENABLE ALWAYS: a session that calls itself a replica does not pass.

Whoever may drop a trigger can drop these; what they left is then found by the signed heads.

A migration that makes the ledger's table anew has to run these statements again: Alembic's batch mode drops triggers
without a word.
"""

from __future__ import annotations

SQLITE = {
    "ledger_entries_no_update": """
CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'an entry of the ledger is never changed');
END""",
    "ledger_entries_no_delete": """
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
BEGIN
    SELECT RAISE(ABORT, 'an entry of the ledger is never deleted');
END""",
    "ledger_entries_next_index": """
CREATE TRIGGER ledger_entries_next_index BEFORE INSERT ON ledger_entries
WHEN NEW."index" IS NOT (SELECT coalesce(max("index") + 1, 0) FROM ledger_entries)
BEGIN
    SELECT RAISE(ABORT, 'an entry of the ledger takes the next index');
END""",
}

_REFUSE = """
CREATE FUNCTION ledger_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'restrict_violation', MESSAGE = 'an entry of the ledger is neither changed nor deleted';
END $$"""

_NEXT_INDEX = """
CREATE FUNCTION ledger_entries_next_index() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next bigint;
BEGIN
    EXECUTE format('SELECT coalesce(max("index") + 1, 0) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO next;
    IF NEW."index" IS DISTINCT FROM next THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = 'an entry of the ledger takes the next index';
    END IF;
    RETURN NEW;
END $$"""

POSTGRESQL = {
    "ledger_entries_no_change": """
CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries
FOR EACH ROW EXECUTE FUNCTION ledger_entries_refuse()""",
    "ledger_entries_no_truncate": """
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_refuse()""",
    "ledger_entries_next_index": """
CREATE TRIGGER ledger_entries_next_index BEFORE INSERT ON ledger_entries
FOR EACH ROW EXECUTE FUNCTION ledger_entries_next_index()""",
}

NAMES = {"sqlite": tuple(SQLITE), "postgresql": tuple(POSTGRESQL)}
#: Asks for the names of those that are there and fire.
THERE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entries'",
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'ledger_entries'::regclass AND tgenabled = 'A'"
        " AND NOT tgisinternal"
    ),
}

#: What is left of a schema when its tables are dropped.
REMAINS = {
    "sqlite": ("DROP TABLE alembic_version",),
    "postgresql": (
        "DROP TABLE alembic_version",
        "DROP FUNCTION ledger_entries_refuse()",
        "DROP FUNCTION ledger_entries_next_index()",
    ),
}


def statements(dialect: str) -> list[str]:
    """What makes the triggers, in order, on `sqlite` or `postgresql`."""
    if dialect == "sqlite":
        return list(SQLITE.values())
    always = [f"ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER {name}" for name in POSTGRESQL]
    return [_REFUSE, _NEXT_INDEX, *POSTGRESQL.values(), *always]
