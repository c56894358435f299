"""A policy file is read whole or refused, naming the rule; those that Overt brings say where each rule comes from."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from overt.domain.policy import RULES, Suspension
from overt.domain.time import to_us
from overt.services.policies import FILE_LIMIT_BYTES, POLICIES, BadPolicy, load_policy, read_policy
from tests.needs import REPOSITORY

TEXT = resources.files("overt").joinpath("policies", "uk-police.toml").read_text("utf-8")
PAGE = (REPOSITORY / "docs/how-to/policies.md").read_text("utf-8")
SUSPENDED = 'suspended_from = {}\nsuspended_until = {}\nsuspended_reason = "A court is looking at it."\n'


def refusal(text: str) -> str:
    with pytest.raises(BadPolicy) as caught:
        read_policy(text.encode(), "ours.toml")
    assert caught.value.todo
    return caught.value.sentence


def with_suspension(text: str) -> str:
    return TEXT.replace("review_by = 2027-06-30\n", f"review_by = 2027-06-30\n{text}")


def table(rule: str) -> str:
    """The table of a rule in TEXT, up to its blank line."""
    found = re.search(rf"\[rule\.{rule}\]\n(?:.+\n)+", TEXT)
    assert found is not None
    return found.group()


def with_value(rule: str, value: str) -> str:
    old = table(rule)
    return TEXT.replace(old, re.sub(r"is = (\[[^\]]*\]|.*)", f"is = {value}", old, count=1))


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_that_overt_brings_can_be_read(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert set(policy.cited) == set(RULES)
    assert policy.suspension is None
    policy.require_in_force(to_us(datetime(2026, 11, 22, tzinfo=UTC)))


@pytest.mark.parametrize("name", POLICIES)
def test_what_rests_on_law_says_what_a_lawyer_must_check(name: str) -> None:
    for rule, cited in load_policy(name).cited.items():
        assert cited.source.endswith("."), rule
        assert not cited.lawyer or cited.lawyer.endswith("."), rule
        if re.search(r"\barticles?\b|\bsections?\b|\bAct\b|GDPR", cited.source):
            assert cited.lawyer, f"{rule} rests on a law that a lawyer must read"
        assert "memory" not in cited.source, f"{rule}: what is not checked belongs under lawyer"


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_says_that_it_is_no_legal_advice(name: str) -> None:
    text = resources.files("overt").joinpath("policies", f"{name}.toml").read_text("utf-8")
    assert "no legal advice" in text.splitlines()[1]


def test_the_digest_is_that_of_the_file() -> None:
    assert read_policy(TEXT.encode(), "x").digest == hashlib.sha256(TEXT.encode()).hexdigest()
    assert read_policy(f"{TEXT}# more\n".encode(), "x").digest != load_policy("uk-police").digest


def test_a_path_is_read_from_the_folder_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(TEXT.replace('name = "uk-police"', 'name = "ours"'), "utf-8")
    assert load_policy("ours.toml", tmp_path).name == "ours"
    assert load_policy(str(tmp_path / "ours.toml")).name == "ours"


def test_a_policy_that_does_not_exist_is_refused_with_the_names_of_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="There is no policy us-police") as caught:
        load_policy("us-police", tmp_path)
    assert "uk-police, eu-ai-act, consent" in caught.value.todo


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "huge.toml").write_bytes(b"#" * (FILE_LIMIT_BYTES + 1))
    with pytest.raises(BadPolicy, match="larger than"):
        load_policy("huge.toml", tmp_path)


def test_a_path_that_cannot_be_looked_at_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match="cannot be read"):
        load_policy("n" * 5000, tmp_path)


@pytest.mark.parametrize("content", [b"[policy", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused(content: bytes) -> None:
    with pytest.raises(BadPolicy, match=r"ours\.toml is no TOML"):
        read_policy(content, "ours.toml")


@pytest.mark.parametrize("rule", RULES)
def test_a_missing_rule_is_refused_by_its_name(rule: str) -> None:
    assert f"{rule} is missing" in refusal(TEXT.replace(table(rule), ""))


@pytest.mark.parametrize(
    ("rule", "value", "says"),
    [
        ("list_max", "2000.0", "list_max must be given as a whole number"),
        ("list_max", "true", "list_max must be given as a whole number"),
        ("max_hours", '"8"', "max_hours must be given as a number"),
        ("stop_rule", "1", "stop_rule must be given as true or false"),
        ("ranks", '"superintendent"', "ranks must be given as a list of codes"),
        ("ranks", "[1]", "ranks must be given as a list of codes"),
        ("max_cameras", "1000", "max_cameras must be from 1 to 128 in every policy, not 1000"),
        ("wanted_far_max", "0.01", "wanted_far_max must be from 1e-06 to 0.001"),
    ],
)
def test_a_wrong_type_or_range_is_refused_by_the_rules_name(rule: str, value: str, says: str) -> None:
    assert says in refusal(with_value(rule, value))


def test_a_whole_number_is_a_number_too() -> None:
    hours = read_policy(with_value("max_hours", "6").encode(), "x").rules.max_hours
    assert (hours, type(hours)) == (6.0, float)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[rule.list_max]", "[rule.lists_max]", "lists_max is no rule; did you mean list_max?"),
        ("[rule.list_max]", "[rule.zzz]", "zzz is no rule; "),
        (
            "[rule.list_max]\nis = 2000",
            '[rule.list_max]\nis = 2000\nbecause = ""',
            "list_max has the unknown key because",
        ),
        ("[rule.list_max]\nis = 2000", "[rule.list_max]", "list_max must be given"),
        ("[policy]", '[policy]\nauthor = "x"', "[policy] author is unknown"),
        ("version = 1", 'version = "1"', "[policy] version is missing or no int"),
        ("version = 1", "version = 0", "version must be a whole number from 1"),
        (
            "review_by = 2027-06-30",
            "review_by = 2027-06-30T00:00:00Z",
            "review_by is missing or no date without a time",
        ),
        ("[policy]", "[other]\n[policy]", "[other] is unknown"),
        ("[policy]", "[policies]", "[policy] is missing or no table"),
        ('name = "uk-police"', 'name = "UK"', "name must be small letters"),
    ],
)
def test_a_file_with_a_fault_is_refused_and_the_fault_named(old: str, new: str, says: str) -> None:
    assert TEXT.count(old) == 1
    assert says in refusal(TEXT.replace(old, new))


def test_a_rule_that_is_no_table_is_missing() -> None:
    assert "list_max is missing" in refusal(TEXT.replace(table("list_max"), "") + "[rule]\nlist_max = 2000\n")


@pytest.mark.parametrize(("key", "says"), [("source", "list_max has no source"), ("lawyer", "must check")])
def test_a_rule_says_where_it_comes_from_and_what_to_check(key: str, says: str) -> None:
    left_out = re.sub(rf"^{key} = .*\n", "", table("list_max"), flags=re.MULTILINE)
    assert says in refusal(TEXT.replace(table("list_max"), left_out))


def test_faults_are_told_together() -> None:
    both = refusal(TEXT.replace(table("list_max"), "").replace(table("stop_rule"), ""))
    assert "list_max is missing" in both
    assert "stop_rule is missing" in both


@pytest.mark.parametrize(
    ("since", "until", "opens", "closes"),
    [
        ("2026-12-01", "2026-12-31", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (
            "2026-12-01T08:00:00Z",
            "2026-12-01T10:00:00+01:00",
            datetime(2026, 12, 1, 8, tzinfo=UTC),
            datetime(2026, 12, 1, 9, tzinfo=UTC),
        ),
    ],
)
def test_a_suspension_lasts_whole_days_or_from_time_to_time(
    since: str, until: str, opens: datetime, closes: datetime
) -> None:
    policy = read_policy(with_suspension(SUSPENDED.format(since, until)).encode(), "x")
    assert policy.suspension == Suspension(
        from_us=to_us(opens), until_us=to_us(closes), reason="A court is looking at it."
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("suspended_from = 2026-12-01\n", "stand together or not at all"),
        (SUSPENDED.format("2026-12-02", "2026-12-01"), "suspended_until must be later than suspended_from"),
        (SUSPENDED.format('"soon"', "2026-12-01"), "suspended_from must be a date, or a time with its zone"),
        (SUSPENDED.format("2026-12-01T08:00:00", "2026-12-02"), "suspended_from must be a date, or a time"),
        (SUSPENDED.format("2026-12-01", "2026-12-02").replace('"A court is looking at it."', "5"), "must be text"),
        (SUSPENDED.format("2026-12-01", "2026-12-02").replace("A court is looking at it.", " "), "must say why"),
    ],
)
def test_half_a_suspension_is_refused(text: str, says: str) -> None:
    assert says in refusal(with_suspension(text))


def test_the_page_about_policies_explains_every_rule() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == sorted(RULES)
    kinds = {"Codes": "list", "int": "whole number", "float": "number", "bool": "true or false"}
    for name, kind, _ in rows:
        assert kind == kinds[RULES[name]], name


def test_the_page_about_policies_says_that_they_are_no_legal_advice() -> None:
    assert "no legal advice" in PAGE
    assert "lawyer" in PAGE
