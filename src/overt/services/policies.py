"""Policies are files that anyone can read: TOML, one table for every rule, each with its source.

Rules:
  - every rule stands in the file, with its value, its source and what a lawyer must check;
  - an unknown table, rule or key, a wrong type and a value outside what Overt guarantees are refused, naming the rule;
  - all faults of a kind are told at once;
  - the policy's digest is the SHA-256 of the file's bytes as they were read.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from overt.domain.errors import Refused
from overt.domain.policy import RULES, Cited, Policy, Rules, Suspension
from overt.domain.time import EPOCH, to_us

POLICIES: Final = ("uk-police", "eu-ai-act", "consent")
FILE_LIMIT_BYTES: Final = 1_000_000
_ABOUT: Final = {"name": str, "title": str, "version": int, "review_by": date}
_SUSPENSION: Final = ("suspended_from", "suspended_until", "suspended_reason")
_TYPES: Final = {
    "Codes": "a list of codes in quotes, such as [\"court\", \"school\"]",
    "int": "a whole number, without quotes",
    "float": "a number, without quotes",
    "bool": "true or false, without quotes",
}  # fmt: skip


class BadPolicy(Refused):
    """A policy file that is missing, is no TOML, or has faults."""

    code = "bad-policy"


def load_policy(name: str, start: Path | None = None) -> Policy:
    """The policy that Overt brings under this name, else the file at this path; `name` and `start` as below.

    Raises:
        BadPolicy: there is no such policy, or it has faults; they are named.
    """
    return read_policy(policy_bytes(name, start), name)


def policy_bytes(name: str, start: Path | None = None) -> bytes:
    """The file of a policy, as it is.

    Args:
        name: one of POLICIES, or the path of a policy file.
        start: the folder at which a relative path begins; without it, the working folder.

    Raises:
        BadPolicy: there is no such policy, or it cannot be read.
    """
    if name in POLICIES:
        return resources.files("overt").joinpath("policies", f"{name}.toml").read_bytes()
    path = (start or Path()) / name
    try:
        if not path.is_file():
            raise BadPolicy(
                f"There is no policy {name}.",
                f"Name one that Overt brings ({', '.join(POLICIES)}) or the path of a policy file.",
            )
        if path.stat().st_size > FILE_LIMIT_BYTES:
            raise BadPolicy(f"The policy file {path} is larger than {FILE_LIMIT_BYTES} bytes.", "Name another file.")
        return path.read_bytes()
    except OSError as error:
        raise BadPolicy(f"The policy file {path} cannot be read: {error.strerror}.", "Look at its rights.") from error


def read_policy(content: bytes, shown: str) -> Policy:
    """The policy that the bytes of a file describe.

    Args:
        content: the whole file.
        shown: what errors call it.

    Raises:
        BadPolicy: it is no TOML or has faults.
    """
    try:
        raw = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPolicy(f"The policy {shown} is no TOML: {error}.", "Mend the line that it names.") from error
    faults = [*_faults_of_tables(raw)]
    if not faults:
        faults = [*_faults_of_about(raw["policy"]), *_faults_of_rules(raw["rule"])]
    if faults:
        raise _refusal(shown, faults)
    try:
        return _policy(raw["policy"], raw["rule"], hashlib.sha256(content).hexdigest())
    except ValueError as error:
        raise _refusal(shown, [str(error)]) from error


def _refusal(shown: str, faults: list[str]) -> BadPolicy:
    return BadPolicy(
        f"The policy {shown} is refused: {'; '.join(faults)}.",
        "Mend it as docs/how-to/policies.md describes; Overt uses no policy that it does not understand whole.",
    )


def _faults_of_tables(raw: Mapping[str, object]) -> Iterator[str]:
    for name in raw:
        if name not in ("policy", "rule"):
            yield f"[{name}] is unknown"
    for name in ("policy", "rule"):
        if not isinstance(raw.get(name), dict):
            yield f"[{name}] is missing or no table"


def _faults_of_about(about: Mapping[str, object]) -> Iterator[str]:
    for key in about:
        if key not in _ABOUT and key not in _SUSPENSION:
            yield f"[policy] {key} is unknown"
    for key, kind in _ABOUT.items():
        if type(about.get(key)) is not kind:
            yield f"[policy] {key} is missing or no {'date without a time' if kind is date else kind.__name__}"
    given = [key for key in _SUSPENSION if key in about]
    if given and len(given) < len(_SUSPENSION):
        yield f"[policy] {', '.join(_SUSPENSION)} stand together or not at all"
    for key in given:
        value = about[key]
        fits = isinstance(value, str) if key == "suspended_reason" else isinstance(value, date)
        if not fits or (isinstance(value, datetime) and value.tzinfo is None):
            yield f"[policy] {key} must be {'text' if key == 'suspended_reason' else 'a date, or a time with its zone'}"


def _faults_of_rules(tables: Mapping[str, object]) -> Iterator[str]:
    for name in tables:
        if name not in RULES:
            near = difflib.get_close_matches(name, RULES, 1)
            yield f"{name} is no rule" + (f"; did you mean {near[0]}?" if near else "")
    for name, kind in RULES.items():
        table = tables.get(name)
        if not isinstance(table, dict):
            yield f"{name} is missing: every rule stands in every policy, as [rule.{name}]"
            continue
        unknown = [key for key in table if key not in ("is", "source", "lawyer")]
        if unknown:
            yield f"{name} has the unknown key {', '.join(unknown)}"
        if "is" not in table or not _is_kind(table["is"], kind):
            yield f"{name} must be given as {_TYPES[kind]}"
        if not isinstance(table.get("source"), str) or not table["source"].strip():
            yield f"{name} has no source"
        if not isinstance(table.get("lawyer"), str):
            yield f'{name} does not say what a lawyer must check ("" where nothing legal hangs on it)'


def _is_kind(value: object, kind: str) -> bool:
    if kind == "Codes":
        return isinstance(value, list) and all(isinstance(code, str) for code in value)
    if kind == "bool":
        return isinstance(value, bool)
    return not isinstance(value, bool) and isinstance(value, int | float if kind == "float" else int)


def _policy(about: Mapping[str, object], tables: Mapping[str, Mapping[str, object]], digest: str) -> Policy:
    values = {name: _value(tables[name]["is"], kind) for name, kind in RULES.items()}
    cited = {name: Cited(source=str(tables[name]["source"]), lawyer=str(tables[name]["lawyer"])) for name in RULES}
    review_by, version = about["review_by"], about["version"]
    assert isinstance(review_by, date)
    assert isinstance(version, int)
    return Policy(
        name=str(about["name"]),
        title=str(about["title"]),
        version=version,
        review_by=review_by,
        suspension=_suspension(about),
        rules=Rules(**values),  # type: ignore[arg-type] # each value was checked against its rule's type
        cited=MappingProxyType(cited),
        digest=digest,
    )


def _value(value: object, kind: str) -> object:
    if isinstance(value, list):
        return tuple(value)
    return float(value) if kind == "float" and isinstance(value, int) else value


def _suspension(about: Mapping[str, object]) -> Suspension | None:
    if "suspended_from" not in about:
        return None
    return Suspension(
        from_us=_moment(about["suspended_from"]),
        until_us=_moment(about["suspended_until"], whole_day=True),
        reason=str(about["suspended_reason"]),
    )


def _moment(value: object, *, whole_day: bool = False) -> int:
    """A time as it is; a date as its first moment UTC, or, as the last day of something, the moment after it."""
    if isinstance(value, datetime):
        return to_us(value)
    assert isinstance(value, date)
    day = datetime(value.year, value.month, value.day, tzinfo=EPOCH.tzinfo)
    return to_us(day + timedelta(days=1) if whole_day else day)
