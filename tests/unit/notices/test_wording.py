"""The languages of signs: complete, alike in their placeholders, and refused by the name of what is missing."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from importlib import resources
from pathlib import Path

import pytest

from overt.notices.wording import FOLDER, MOST_BYTES, BadLanguage, Language, language, shipped
from tests.noticed import GMT, NOTICE

ENGLISH = (FOLDER / "en.toml").read_text("utf-8")
NEVER = r"\b(match(es|ed)?|hits?|identif\w+|suspects?|target\w*|accura\w+)\b|!"


def written(folder: Path, text: str) -> str:
    file = folder / "own.toml"
    file.write_text(text, "utf-8")
    return str(file)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(BadLanguage) as error:
        language(written(folder, text))
    assert error.value.code == "bad-language"
    return error.value.sentence


def test_english_and_welsh_come_with_overt() -> None:
    assert language("CY") is shipped()["cy"]
    assert set(shipped()) == {"cy", "en"}
    assert shipped()["cy"].name == "Cymraeg"
    assert {one.short for one in shipped().values()} == {"cy", "en"}


@pytest.mark.parametrize("code", ["cy", "en"])
def test_each_language_has_the_messages_and_the_placeholders_of_english(code: str) -> None:
    def placeholders(one: Language) -> dict[str, set[str]]:
        return {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in one.messages.items()}

    assert placeholders(shipped()[code]) == placeholders(shipped()["en"])


def test_welsh_is_translated_throughout() -> None:
    welsh, english = shipped()["cy"].messages, shipped()["en"].messages
    assert {key for key in english if english[key] == welsh[key]} == {
        *("form.date", "sign.scale", "title.poster", "answer.where", "answer.when", "answer.by_whom"),
        "answer.complain",
    }
    assert not set(shipped()["cy"].weekdays) & set(shipped()["en"].weekdays)


def test_english_says_what_overt_says_and_not_the_other() -> None:
    said = " ".join(shipped()["en"].messages.values()).replace("possible match", "")
    said = said.replace("suspected of a serious offence", "")
    assert not re.search(NEVER, said, re.IGNORECASE)
    assert "!" not in " ".join(shipped()["cy"].messages.values())


@pytest.mark.parametrize("code", ["cy", "en"])
@pytest.mark.parametrize("policy", ["uk-police", "eu-ai-act", "consent"])
def test_every_purpose_and_use_case_of_every_policy_has_words(policy: str, code: str) -> None:
    rules = tomllib.loads(resources.files("overt").joinpath("policies", f"{policy}.toml").read_text("utf-8"))["rule"]
    for table, rule in (("purpose", "purposes"), ("use_case", "use_cases")):
        for one in rules[rule]["is"]:
            assert f"{table}.{one}" in shipped()[code].messages


def test_a_code_of_another_policy_is_said_as_it_is() -> None:
    assert shipped()["cy"].of_code("purpose", "find-lost-dogs") == "find lost dogs"


@pytest.mark.parametrize(
    ("code", "one_day", "several"),
    [
        (
            "en",
            "Saturday 28 November 2026, 09:00 to 17:00 GMT",
            "Saturday 28 November 2026, 09:00 until Sunday 29 November 2026, 01:30 GMT",
        ),
        (
            "cy",
            "Dydd Sadwrn 28 Tachwedd 2026, 09:00 tan 17:00 GMT",
            "Dydd Sadwrn 28 Tachwedd 2026, 09:00 – Dydd Sul 29 Tachwedd 2026, 01:30 GMT",
        ),
    ],
    ids=["en", "cy"],
)
def test_times_have_the_form_of_the_language(code: str, one_day: str, several: str) -> None:
    found = shipped()[code]
    assert found.window(NOTICE.opens, NOTICE.closes) == one_day
    assert found.window(NOTICE.opens, datetime(2026, 11, 29, 1, 30, tzinfo=GMT)) == several


@pytest.mark.parametrize(
    ("value", "decimals", "said"),
    [
        (0.0621, None, "0.062"),
        (1.0, None, "1"),
        (4.96, None, "5.0"),
        (12.6, None, "13"),
        (0, None, "0"),
        (16_046_182, None, "16,046,182"),
        (0.4827, 4, "0.4827"),
    ],
    ids=["small", "whole", "below-ten", "from-ten", "nought", "large", "four"],
)
def test_numbers_have_two_digits_that_count(value: float, decimals: int | None, said: str) -> None:
    assert shipped()["en"].number(value, decimals) == said


def test_another_language_comes_from_a_file(tmp_path: Path) -> None:
    text = ENGLISH.replace('code = "en-GB"', 'code = "pt-PT"').replace('name = "English"', 'name = "Português"')
    text = text.replace('thousands = ","', 'thousands = " "').replace('decimal = "."', 'decimal = ","')
    found = language(written(tmp_path, text))
    assert (found.code, found.short, found.name) == ("pt-PT", "pt", "Português")
    assert found.number(16_046_182) == "16 046 182"
    assert found.number(0.4827, 4) == "0,4827"


def test_a_missing_an_unknown_and_a_changed_message_are_named_at_once(tmp_path: Path) -> None:
    text = ENGLISH.replace("ahead = ", "ahead_of = ", 1).replace("{metres} metres", "{miles} miles")
    said = refused(tmp_path, text)
    assert "sign.ahead is missing" in said
    assert "sign.ahead_of is no message" in said
    assert "sign.metres has the placeholders miles, not metres" in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('code = "en-GB"', 'code = "en GB"', "language.code"),
        ('code = "en-GB"\n', "", "[language] has exactly"),
        ('"December"]', "]", "language.months is a list of 12"),
        ('"Sunday"]', "7]", "language.weekdays is a list of 7"),
        ('name = "English"', 'name = ""', "language.name"),
        ('direction = "ltr"', 'direction = "up"', "language.direction"),
        ('thousands = ","', 'thousands = "and"', "language.thousands"),
        ('by = "By {controller}"', "by = 7", "form.by is no text"),
        ('north = "N"', 'north = "N\\u001b[0m"', "sign.north is no text"),
        ("[form]", "stray = 1\n[form]", "[language] has exactly"),
        ("[language]", "stray = 1\n[language]", "stray. is no text"),
        ("[form]", "[form", "is not TOML"),
        ('north = "N"', 'north = "{compass}"', "sign.north has the placeholders compass, not none"),
        ('metres = "{metres} metres"', 'metres = "soon"', "sign.metres has the placeholders none, not metres"),
    ],
    ids=[
        *("tag", "no-code", "months", "weekdays", "name", "direction", "digits", "number", "escape", "stray-key"),
        *("stray-table", "toml", "placeholder", "no-placeholder"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert ENGLISH.count(old) == 1
    assert says in refused(tmp_path, ENGLISH.replace(old, new))


def test_a_file_that_is_not_there_not_text_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadLanguage, match="There is no language xx"):
        language("xx")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadLanguage, match="no text in UTF-8"):
        language(str(tmp_path / "bytes.toml"))
    assert "64 KiB" in refused(tmp_path, ENGLISH + "#" * MOST_BYTES)


def test_a_message_is_filled_in_and_never_followed(tmp_path: Path) -> None:
    hostile = ENGLISH.replace(
        'by = "By {controller}"', 'by = "By {controller} {controller.__class__} {controller!r} %s"'
    )
    found = language(written(tmp_path, hostile))
    assert found.say("form.by", controller="{date}") == "By {date} {controller.__class__} {controller!r} %s"
