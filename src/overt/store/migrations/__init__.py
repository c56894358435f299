"""The way from each schema of the store to the next, run by Alembic in one transaction; `overt.store.schema` starts it.

Rules for a new version:
- the next number, in `versions`; a released one is never changed, nor does it use `overt.store.tables`, which changes;
- the ledger's rows are never migrated; where its table is made anew, so are its triggers (`overt.store.triggers`);
- for each release a dump of the schema with data goes to tests/migration, and the tests upgrade every one of them.
"""
