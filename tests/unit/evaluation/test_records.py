"""Published counts: read strictly, and what they show against SciPy and against the figures that were published."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from overt.domain.errors import Refused
from overt.evaluation.records import COUNTS, FREE_WORDS, PERCENT, WORDS, BadRecords, Record, published, read_records
from overt.evaluation.records_figures import (
    NOT_REPRODUCIBLE,
    TITLES,
    Named,
    bare_figure,
    figures_of,
    missing_of,
    oddities_of,
    shares,
)
from overt.evaluation.records_report import as_record, as_report
from overt.evaluation.report import to_html
from tests.needs import REPOSITORY

NAMED = {"what": "A force", "where": "A town", "when": "May 2020", "source": "The Paper, 1 June 2020"}
FOUND = {f"{record.name} {record.percent or ''}".strip(): record for record in published().records}
OXFORD = FOUND["London, Oxford Circus, 27 February 2020"]
ESSEX_UNIVERSITY = FOUND["London, six of the ten trials, June 2018 to February 2019"]
CARDIFF = FOUND["Cardiff, June 2017"]
LONDON = FOUND["London, September 2024 to September 2025"]


def record(**counts: int) -> Record:
    what, where, when, source = NAMED.values()
    return Record(what=what, where=where, when=when, source=source, counts=counts)


def bare_record(said: str, percent: float | None = None) -> Record:
    return replace(record(), said=said, percent=percent)


def of(found: Record) -> dict[str, Named]:
    return {named.name: named for named in figures_of(found)}


def written(folder: Path, text: str) -> Path:
    path = folder / "records.toml"
    path.write_text(text, "utf-8")
    return path


def table(*lines: str) -> str:
    return "\n".join(["[[record]]", *(f'{name} = "{text}"' for name, text in NAMED.items()), *lines])


def test_essex_8_of_42_were_verified_and_81_percent_not_verified_is_not_81_percent_wrong() -> None:
    share = of(ESSEX_UNIVERSITY)["verified_share_of_eligible"]
    assert (share.figure.num, share.figure.den) == (8, 42)
    assert share.words == "19.0 % (8.6 to 34.1 %)"
    assert share.does_not_mean == (
        "81 % not verified is not 81 % wrong: the record does not say how many of the other 34 were somebody else."
    )
    assert of(ESSEX_UNIVERSITY)["verified_share"].words == "17.4 % (7.8 to 31.4 %)"
    assert "precision" not in of(ESSEX_UNIVERSITY)


def test_oxford_circus_7_false_alerts_of_8600_faces_and_1_right_of_8() -> None:
    found = of(OXFORD)
    assert found["far_low"].sentence == (
        "False alert rate (FAR), low: 7 of 8,600 faces searched gave an alert that was said to be wrong: 1 in 1,229 "
        "(1 in 3,055 to 1 in 597)."
    )
    assert found["far_high"].figure == found["far_low"].figure
    assert found["precision"].words == "12.5 % (0.3 to 52.7 %)"
    assert found["far_low"].does_not_mean == (
        "It is not the share of alerts that are wrong: of 8 alerts that were judged 7 were wrong."
    )
    assert found["wrong_stops"].words == "71.4 % (29.0 to 96.3 %)"


def test_cardiff_2297_wrong_of_2470() -> None:
    found = of(CARDIFF)
    assert found["wrong_share"].sentence == (
        "Share of alerts found wrong: 2,297 of 2,470 alerts were said to be wrong: 93.0 % (91.9 to 94.0 %)."
    )
    assert found["precision"].words == "7.0 % (6.0 to 8.1 %)"
    assert "far_low" not in found


def test_london_10_wrong_of_3147436_and_no_word_on_how_many_were_right() -> None:
    found = of(LONDON)
    assert found["far_low"].words == "1 in 314,744 (1 in 656,346 to 1 in 171,146)"
    assert found["wrong_share"].words == "0.5 % (0.2 to 0.9 %)"
    assert set(found) == {"far_low", "wrong_share", "wrong_stops"}
    assert [missing.names for missing in missing_of(LONDON)] == [("far_high", "precision"), ("verified_share",)]
    assert oddities_of(LONDON) == (
        "The record does not say how many of the 2,077 alerts were confirmed right. Had none been, the high FAR would "
        "be 1 in 1,515 (1 in 1,583 to 1 in 1,452); it lies between that and the low one.",
    )


def test_essex_police_judged_more_alerts_than_people_were_spoken_to() -> None:
    found = FOUND["Essex, October 2023 to February 2025"]
    assert of(found)["far_low"].words == "1 in 383,356 (1 in 15,141,754 to 1 in 68,805)"
    assert oddities_of(found) == (
        "61 alerts are said to be right or wrong, and 57 people were spoken to: some alerts were judged without asking "
        "anybody.",
    )


@pytest.mark.parametrize("percent", [70, 80])
def test_the_70_and_the_80_percent_of_2020_are_not_reproducible(percent: int) -> None:
    bare = FOUND[f"London, January 2020 {percent:.1f}"]
    assert (figures_of(bare), missing_of(bare), oddities_of(bare)) == ((), (), ())
    told = bare_figure(bare)
    assert told[0].lower() == f"{NOT_REPRODUCIBLE}."
    small = {70: "7 of 10 (35 to 93 %)", 80: "8 of 10 (44 to 97 %)"}[percent]
    assert told[1].startswith(f"{percent} % reads the same for {small} as for {10 * percent} of 1,000")
    assert bare_figure(OXFORD) == ()


@pytest.mark.parametrize(
    ("percent", "says"),
    [
        (
            0.1,
            "0.1 % reads the same for 1 of 1,000 (1 in 39,498 to 1 in 180) as for 100 of 100,000 (1 in 1,229 to 1 in "
            "822).",
        ),
        (100, "100 % reads the same for 10 of 10 (69 to 100 %) as for 1,000 of 1,000 (99.6 to 100.0 %)."),
        (0, "0 % reads the same for 0 of 10 (0 to 31 %) as for 0 of 1,000 (0 to 1 in 272)."),
    ],
)
def test_a_percentage_stands_for_many_counts(percent: float, says: str) -> None:
    assert bare_figure(bare_record("so", percent))[1] == says


def test_a_figure_in_words_without_a_number_is_not_reproducible_either() -> None:
    assert len(bare_figure(bare_record("hardly ever wrong"))) == 2


def test_every_published_figure_is_that_of_scipy() -> None:
    seen = 0
    for found in published().records:
        for named in figures_of(found):
            figure = named.figure
            expected = stats.binomtest(figure.num, figure.den).proportion_ci(0.95, method="exact")
            assert figure.value == pytest.approx(figure.num / figure.den)
            assert (figure.low, figure.high) == pytest.approx((expected.low, expected.high), rel=1e-8, abs=1e-11)
            seen += 1
    assert seen >= 18


def test_every_published_record_names_its_source_with_a_year() -> None:
    for found in published().records:
        assert any(str(year) in found.source for year in range(2016, 2027)), found.name
        assert "://" not in found.source


COUNTED = record(
    faces=1000, alerts=20, eligible=15, verified_right=6, verified_wrong=3, said_right=8, said_wrong=5, walks=50,
    walks_alerted=38, stops=9, wrong_stops=3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "num", "den"),
    [
        ("trr", 38, 50),
        ("far_low", 3, 1000),  # what was verified goes before what was said
        ("far_high", 14, 1000),
        ("precision", 6, 9),
        ("verified_share", 6, 20),
        ("verified_share_of_eligible", 6, 15),
        ("wrong_share", 3, 20),
        ("wrong_stops", 3, 3),
    ],
)
def test_each_figure_by_hand(name: str, num: int, den: int) -> None:
    figure = of(COUNTED)[name].figure
    assert (figure.num, figure.den) == (num, den)


def test_figures_come_in_one_order_and_all_have_a_title_and_say_what_they_do_not_mean() -> None:
    found = figures_of(COUNTED)
    assert [named.name for named in found] == list(TITLES)
    for named in found:
        assert named.sentence.startswith(f"{named.title}: {named.figure.num:,} of {named.figure.den:,} ")
        assert " not " in f" {named.does_not_mean.lower()} ".replace("nothing", "not")


def test_what_was_found_wrong_is_told_where_it_is_known() -> None:
    assert of(COUNTED)["verified_share"].does_not_mean == (
        "70 % not verified is not 70 % wrong: 3 of the other 14 were found to be somebody else."
    )


def test_said_and_verified_are_never_mixed_in_one_share() -> None:
    found = record(alerts=20, verified_right=6, said_wrong=5)
    assert "precision" not in of(found)
    assert "alerts found wrong after the person was identified" in missing_of(found)[-1].sentence
    both = of(record(alerts=20, verified_right=6, said_right=8, said_wrong=5))
    assert (both["precision"].figure.num, both["precision"].figure.den) == (8, 13)


def test_nothing_judged_is_no_precision_and_nothing_counted_no_share() -> None:
    none = record(faces=0, alerts=0, verified_right=0, verified_wrong=0)
    assert set(of(none)) == {"far_low", "far_high"}
    assert of(none)["far_low"].words == "no figure (0 to 100 %)"
    assert {missing.sentence for missing in missing_of(none)} == {
        "Alert precision and Verified share: there is none, because no alert was judged."
    }


def test_faces_and_alerts_alone_give_no_rate() -> None:
    found = record(faces=12_120, alerts=11)
    assert figures_of(found) == ()
    assert {name for missing in missing_of(found) for name in missing.names} == {
        *("far_low", "far_high", "precision", "verified_share")
    }
    assert set(of(record(faces=100, alerts=9, said_right=3))) == {"far_high"}


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"faces": 100, "said_wrong": 1}, "that depends on how many listed people pass."),
        ({"faces": 100, "alerts": 9, "said_wrong": 1}, "of 9 alerts 1 was said to be wrong."),
        ({"faces": 100, "alerts": 9, "verified_wrong": 2}, "of 9 alerts 2 were verified wrong."),
        ({"faces": 100, "said_right": 3, "said_wrong": 1}, "of 4 alerts that were judged 1 was wrong."),
    ],
)
def test_a_false_alert_rate_is_told_apart_from_the_share_of_wrong_alerts(counts: dict[str, int], says: str) -> None:
    assert of(record(**counts))["far_low"].does_not_mean.endswith(f": {says}")


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_the_high_rate_is_never_below_the_low_one_and_precision_lies_within_what_is_possible(
    right: int, wrong: int, open_: int
) -> None:
    alerts = right + wrong + open_
    found = of(record(faces=1000 + alerts, alerts=alerts, verified_right=right, verified_wrong=wrong))
    assert found["far_high"].figure.num == wrong + open_ >= found["far_low"].figure.num == wrong
    if right + wrong:
        precision = found["precision"].figure.value
        assert precision is not None
        assert right / alerts <= precision <= (right + open_) / alerts


@pytest.mark.parametrize(
    ("num", "den", "says"),
    [
        (0, 20, "0 % (0 to 16.8 %)"),
        (3, 3, "100 % (29.2 to 100 %)"),
        (1, 100_000, "under 0.1 % (under 0.1 to under 0.1 %)"),
        (99_999, 100_000, "over 99.9 % (over 99.9 to over 99.9 %)"),
        (0, 0, "no figure (0 to 100 %)"),
    ],
)
def test_a_share_reads_with_one_decimal(num: int, den: int, says: str) -> None:
    from overt.evaluation.intervals import Figure

    assert shares(Figure.of(num, den)) == says


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = (
        "\ufeff"
        + table("faces = 100", "alerts = 3", 'note = "Rain."')
        + "\n"
        + table('said = "70 %"', "percent = 70.5")
    )
    found = read_records(written(tmp_path, text))
    assert found.name == "records.toml"
    assert len(found.digest) == 64
    first, second = found.records
    assert dict(first.counts) == {"faces": 100, "alerts": 3}
    assert (first.what, first.note, first.said, first.percent) == ("A force", "Rain.", "", None)
    assert (second.said, second.percent, dict(second.counts)) == ("70 %", 70.5, {})


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["alert = 3"], "alert is not a key; did you mean alerts?"),
        (["zebra = 3", "faces = 1"], "zebra is not a key; known are what, where"),
        (["alerts = -1"], "alerts is -1; it has to be a whole number of alerts, 0 or more."),
        (["alerts = 1.5"], "alerts is 1.5; it has to be a whole number"),
        (["alerts = true"], "alerts is True; it has to be a whole number"),
        (['alerts = "3"'], "alerts is '3'; it has to be a whole number"),
        (["alerts = 3", 'note = " "'], "note is ' '; it has to be"),
        (["alerts = 3", "said = 5"], "said is 5; it has to be"),
        (["alerts = 3", "faces = 2"], "alerts is 3, more than the 2 of faces."),
        (["alerts = 3", "eligible = 4"], "eligible is 4, more than the 3 of alerts."),
        (
            ["alerts = 9", "said_right = 5", "said_wrong = 5"],
            "said_right and said_wrong are 10, more than the 9 of alerts.",
        ),
        (["eligible = 4", "verified_right = 5"], "verified_right is 5, more than the 4 of eligible."),
        (["stops = 1", "wrong_stops = 2"], "wrong_stops is 2, more than the 1 of stops."),
        (["walks = 1", "walks_alerted = 2"], "walks_alerted is 2, more than the 1 of walks."),
        ([], "it holds neither a count nor, in said, a figure as it was published."),
        (['said = "70 %"', "percent = 101"], "percent is 101; it has to be a number from 0 to 100."),
        (['said = "70 %"', "percent = nan"], "percent is nan"),
        (['said = "70 %"', 'percent = "70"'], "percent is '70'"),
        (['said = "70 %"', "percent = true"], "percent is True"),
        (["alerts = 3", "percent = 70"], "percent is for a figure without counts"),
    ],
)
def test_a_fault_of_a_record_is_named(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(BadRecords, match="record 1: ") as refusal:
        read_records(written(tmp_path, table(*lines)))
    assert says in refusal.value.sentence
    assert refusal.value.todo == "docs/how-to/published-figures.md explains the keys."


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = (
        "colour = 1\n"
        + table("alerts = -1", "face = 2").replace('source = "The Paper, 1 June 2020"', "")
        + "\n[[record]]"
    )
    with pytest.raises(BadRecords) as refusal:
        read_records(written(tmp_path, text))
    for says in (
        "colour stands outside the records",
        "record 1: source is missing: publication and date, in words.",
        "record 1: alerts is -1",
        "record 1: face is not a key; did you mean faces?",
        *(f"record 2: {name} is missing" for name in WORDS),
    ):
        assert says in refusal.value.sentence


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no record"),
        (b"record = 3", "holds no record"),
        (b"record = []", "holds no record"),
        (b"record = [1]", "holds no record"),
        (b"[record]\nwhat = 'x'", "holds no record"),
        (b"what = ", "is not TOML"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
        (b"#" * 1_000_001, "too large"),
    ],
)
def test_what_is_no_file_of_records_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "records.toml"
    path.write_bytes(content)
    with pytest.raises(BadRecords, match=says):
        read_records(path)


def test_a_file_that_is_not_there_or_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadRecords, match="There is no file"):
        read_records(tmp_path / "absent.toml")
    with pytest.raises(Refused, match="There is no file"):
        read_records(tmp_path)
    path = written(tmp_path, table("alerts = 1"))

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadRecords, match="cannot be read: Permission denied"):
        read_records(path)


def test_the_json_holds_what_the_report_says() -> None:
    found = published()
    page = to_html(as_report(found)).replace("\u00a0", " ")
    told = as_record(found)["records"]
    assert isinstance(told, list)
    assert len(told) == len(found.records)
    for one in told:
        assert one["where"] in page
        assert one["source"].replace("&", "&amp;") in page
        assert one["reproducible"] is bool(one["counts"])
        assert list(one["figures"][0])[:6] == ["name", "value", "num", "den", "low", "high"] if one["figures"] else True
        for figure in one["figures"]:
            words = figure["says"].removesuffix(".").rpartition(": ")[2]
            assert f"{figure['num']:,} of {figure['den']:,} " in page
            assert words in page
            assert figure["does_not_mean"][1:] in page
        for missing in one["missing"]:
            assert missing["says"] in page
        for remark in one["remarks"]:
            assert remark in page


def test_the_report_has_both_forest_plots_and_what_they_do_not_mean() -> None:
    report = as_report(published())
    drawn = [section for section in report.sections if section.chart]
    assert [section.heading for section in drawn] == ["False alerts", "Precision"]
    assert all(section.misuse for section in drawn)
    assert "London, Oxford Circus, 27 February 2020: 1 in 1,229 (1 in 3,055 to 1 in 597), 7 of 8,600." in drawn[0].chart
    assert "London, Oxford Circus, 27 February 2020: 12.5 % (0.3 to 52.7 %), 1 of 8." in drawn[1].chart


def test_a_report_of_bare_percentages_has_neither_table_nor_plot(tmp_path: Path) -> None:
    found = read_records(written(tmp_path, table('said = "70 %"')))
    assert not any(section.chart or section.grid for section in as_report(found).sections)
    assert as_report(found).lead.startswith("0 of 1 published records come with counts")


def test_the_how_to_explains_every_key_and_every_figure() -> None:
    text = (REPOSITORY / "docs/how-to/published-figures.md").read_text("utf-8")
    for name in (*WORDS, *FREE_WORDS, *COUNTS, PERCENT, *TITLES):
        assert f"`{name}`" in text, name
    example = text.partition("```toml")[2].partition("```")[0]
    assert tomllib.loads(example)["record"]


def test_the_example_of_the_how_to_can_be_used(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs/how-to/published-figures.md").read_text("utf-8")
    assert read_records(written(tmp_path, text.partition("```toml")[2].partition("```")[0])).records
