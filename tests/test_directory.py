"""Parties and staff: read from CSV, written whole or not at all, the same on both databases."""

import io
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path
from threading import Barrier, Thread

import pytest

from flowcase import sheets
from flowcase.case import Actor
from flowcase.directory import (
    PARTY_COLUMNS,
    STAFF_COLUMNS,
    ImportReport,
    Member,
    Party,
    Registration,
    actor_named,
    import_parties,
    import_staff,
    list_parties,
    list_staff,
)
from flowcase.errors import DatabaseError, InvalidInput
from flowcase.schema import upgrade
from flowcase.statements import ADMISSIONS, DUTIES, PARTIES, STAFF
from flowcase.store import Store
from flowcase.workflows.document import shipped_workflows
from flowcase.workflows.language import Title

LINE = shipped_workflows()["mayor_line"].document
CATEGORIES = LINE.registers["key_enterprises"].categories
ROLES = {name: role.title for name, role in LINE.roles.items()}

PARTY_HEADER = "id,name,category,principal,admitted_from,admitted_until"
STAFF_HEADER = "id,name,roles,unit,in_charge_of"

PARTIES_FILE = f"""{PARTY_HEADER}
DG-0001,东莞一厂,high_tech,zhang,2022-07-15,
DG-0002,东莞二厂,federation,li,2022-07-15,2023-07-14
"""
STAFF_FILE = f"""{STAFF_HEADER}
chen,陈副市长,deputy_mayor,,land;industry
he,何常务,deputy_mayor 、 executive_deputy_mayor,,
bureau-land,自然资源局,unit,,
wang,王科长,unit,bureau-land,
"""


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on a database made ready; the test runs once on each kind."""
    upgrade(database_url)
    opened = Store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def here(sqlite_url: str) -> Iterator[Store]:
    """A store for what is the same on every database: how files are read."""
    upgrade(sqlite_url)
    opened = Store(sqlite_url)
    yield opened
    opened.close()


def parties(store: Store, text: str | bytes, register: str = "key_enterprises") -> ImportReport:
    raw = text.encode() if isinstance(text, str) else text
    return import_parties(store, io.BytesIO(raw), register=register, categories=CATEGORIES)


def party_rows(store: Store, *rows: str) -> ImportReport:
    return parties(store, "\n".join((PARTY_HEADER, *rows)))


def staff(store: Store, text: str) -> ImportReport:
    return import_staff(store, io.BytesIO(text.encode()), roles=ROLES)


def staff_rows(store: Store, *rows: str) -> ImportReport:
    return staff(store, "\n".join((STAFF_HEADER, *rows)))


def everything(store: Store) -> list[list[object]]:
    return [
        sorted(map(tuple, store.select(table.select())), key=repr)
        for table in (PARTIES, ADMISSIONS, STAFF, DUTIES)
    ]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.rejected)


# -- what an import does --------------------------------------------------------------------------


def test_parties_are_imported_with_their_registration(store: Store) -> None:
    assert parties(store, PARTIES_FILE) == ImportReport(2, 0, 0, ())
    since, until = date(2022, 7, 15), date(2023, 7, 14)
    assert list_parties(store) == (
        Party(
            "DG-0001",
            "东莞一厂",
            "zhang",
            (Registration("key_enterprises", "high_tech", since, None),),
        ),
        Party(
            "DG-0002",
            "东莞二厂",
            "li",
            (Registration("key_enterprises", "federation", since, until),),
        ),
    )


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    parties(store, PARTIES_FILE)
    staff(store, STAFF_FILE)
    before = everything(store)
    assert parties(store, PARTIES_FILE) == ImportReport(0, 0, 2, ())
    assert staff(store, STAFF_FILE) == ImportReport(0, 0, 4, ())
    assert everything(store) == before


def test_a_row_takes_the_place_of_what_was_known_and_nobody_else_is_touched(store: Store) -> None:
    parties(store, PARTIES_FILE)
    changed = party_rows(store, "DG-0002,东莞二厂集团,little_giant,wu,,2022-12-31")
    assert counts(changed) == (0, 1, 0, 0)
    first, second = list_parties(store)
    assert first.name == "东莞一厂", "who no longer stands in the file stays"
    assert second == Party(
        "DG-0002",
        "东莞二厂集团",
        "wu",
        (Registration("key_enterprises", "little_giant", None, date(2022, 12, 31)),),
    )


def test_a_party_may_stand_in_several_registers(store: Store) -> None:
    parties(store, PARTIES_FILE)
    report = parties(store, PARTIES_FILE, register="another")
    assert counts(report) == (2, 0, 0, 0), "it is new in this register"
    assert counts(parties(store, PARTIES_FILE)) == (0, 0, 2, 0)
    assert [each.register for each in list_parties(store)[0].registrations] == [
        "another",
        "key_enterprises",
    ]
    assert list_parties(store, "nowhere") == ()
    assert len(list_parties(store, "another")) == 2


def test_staff_get_a_duty_for_each_role_and_each_role_in_each_charge(store: Store) -> None:
    assert staff(store, STAFF_FILE) == ImportReport(4, 0, 0, ())
    assert {tuple(row) for row in store.select(DUTIES.select())} == {
        ("deputy_mayor", "", "chen"),
        ("deputy_mayor", "land", "chen"),
        ("deputy_mayor", "industry", "chen"),
        ("deputy_mayor", "", "he"),
        ("executive_deputy_mayor", "", "he"),
        ("unit", "", "bureau-land"),
        ("unit", "", "wang"),
    }
    with store.reading() as directory:
        assert directory.holders("deputy_mayor") == ["chen", "he"]
        assert directory.holders("deputy_mayor", "land") == ["chen"]
        assert directory.is_holder("wang", "unit") is True


def test_a_row_replaces_the_roles_and_charges_of_its_member(store: Store) -> None:
    staff(store, STAFF_FILE)
    assert counts(staff_rows(store, "chen,陈副市长,mayor;deputy_mayor,,trade")) == (0, 1, 0, 0)
    of_chen = DUTIES.select().where(DUTIES.c.staff == "chen")
    assert {tuple(row) for row in store.select(of_chen)} == {
        ("mayor", "", "chen"),
        ("mayor", "trade", "chen"),
        ("deputy_mayor", "", "chen"),
        ("deputy_mayor", "trade", "chen"),
    }
    assert counts(staff_rows(store, "chen,陈副市长,,,")) == (0, 1, 0, 0)
    assert list_staff(store)[1] == Member("chen", "陈副市长", None), (
        "he left; his row ends his roles"
    )
    assert len(list_staff(store)) == 4, "who no longer stands in the file stays"


def test_good_rows_are_imported_and_bad_ones_reported(store: Store) -> None:
    report = party_rows(
        store, "DG-1,一厂,high_tech,zhang,,", "DG-2,,high_tech,li,,", "DG-3,三厂,high_tech,wu,,"
    )
    assert counts(report) == (2, 0, 0, 1)
    assert [party.id for party in list_parties(store)] == ["DG-1", "DG-3"]
    (rejected,) = report.rejected
    assert (rejected.line, rejected.reason.code, rejected.reason.about) == (3, "empty", "name")
    assert (rejected.reason.en, rejected.reason.zh) == ("name: is empty", "名称：为空")


def test_many_rows_are_looked_up_and_written_in_bulk(store: Store) -> None:
    rows = [f"P{n:04},企业{n},high_tech,p{n},2022-07-15," for n in range(1203)]
    assert counts(party_rows(store, *rows)) == (1203, 0, 0, 0)
    rows[700] = "P0700,改名,high_tech,p700,2022-07-15,"
    assert counts(party_rows(store, *rows, "Q,新,high_tech,q,,")) == (1, 1, 1202, 0)
    assert len(list_parties(store, limit=1000)) == 1000
    members = [f"S{n:04},人{n},unit office,,land;trade" for n in range(1203)]
    assert counts(staff_rows(store, *members)) == (1203, 0, 0, 0)
    assert counts(staff_rows(store, *members)) == (0, 0, 1203, 0)


# -- how a file may look --------------------------------------------------------------------------


def test_columns_may_have_their_chinese_names_and_stand_in_any_order(here: Store) -> None:
    text = (
        "名称,编号,退出日期,类别,负责人,列入日期\n一厂,DG-1,2023-07-14,high_tech,zhang,2022-07-15\n"
    )
    assert counts(parties(here, text)) == (1, 0, 0, 0)
    assert counts(parties(here, text.replace("编号", " ID "))) == (0, 0, 1, 0)
    assert counts(staff(here, "编号,姓名,职责,单位,分管领域\nchen,陈,副市长,,land\n")) == (
        1,
        0,
        0,
        0,
    )


def test_a_file_may_be_text_or_bytes_with_or_without_a_mark_in_front(here: Store) -> None:
    assert counts(parties(here, PARTIES_FILE.encode("utf-8-sig"))) == (2, 0, 0, 0)
    for text in (PARTIES_FILE, "\ufeff" + PARTIES_FILE):
        file = io.StringIO(text)
        report = import_parties(here, file, register="key_enterprises", categories=CATEGORIES)
        assert counts(report) == (0, 0, 2, 0)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_system_and_are_counted_as_an_editor_does(
    here: Store, ending: str
) -> None:
    text = PARTIES_FILE.replace("\n", ending) + f"{ending},,,,,{ending}DG-3,,x,y,,{ending}"
    report = parties(here, text)
    assert counts(report) == (2, 0, 0, 1), "rows without any text are passed over"
    assert report.rejected[0].line == 6


def test_a_category_may_be_a_word_or_a_title_in_either_language(here: Store) -> None:
    titles = ["high_tech", "HIGH_TECH", CATEGORIES["high_tech"].zh, CATEGORIES["high_tech"].en]
    quoted = [title.replace('"', '""') for title in titles]
    rows = [f'DG-{number},厂,"{title}",zhang,,' for number, title in enumerate(quoted)]
    assert counts(party_rows(here, *rows)) == (4, 0, 0, 0)
    assert {each.registrations[0].category for each in list_parties(here)} == {"high_tech"}


@pytest.mark.parametrize(
    "cell, roles",
    [
        ("office", ["office"]),
        ("副市长、市长", ["deputy_mayor", "mayor"]),
        ("office; unit", ["office", "unit"]),
        ("office  unit office", ["office", "unit"]),
        ('"office,unit"', ["office", "unit"]),
        (f'"{ROLES["unit"].en}"', ["unit"]),
        (ROLES["unit"].zh, ["unit"]),
        (f'"{ROLES["unit"].en}; {ROLES["deputy_mayor"].en}"', ["deputy_mayor", "unit"]),
        ("", []),
    ],
)
def test_roles_are_words_or_titles_however_they_are_separated(
    here: Store, cell: str, roles: list[str]
) -> None:
    assert staff_rows(here, f"a,甲,{cell},,").rejected == ()
    assert list(list_staff(here)[0].roles) == roles


def test_roles_may_be_given_as_a_document_has_them(here: Store) -> None:
    report = import_staff(here, io.StringIO(f"{STAFF_HEADER}\na,甲,市长,,\n"), roles=LINE.roles)
    assert counts(report) == (1, 0, 0, 0)
    assert list_staff(here)[0].roles == ("mayor",)


def test_roles_may_be_given_as_words_alone(here: Store) -> None:
    file = f"{STAFF_HEADER}\na,甲,office,,\nb,乙,市长,,\n"
    report = import_staff(here, io.StringIO(file), roles={"office", "mayor"})
    assert counts(report) == (1, 0, 0, 1)


def test_charges_are_checked_where_they_are_known(here: Store) -> None:
    file = f"{STAFF_HEADER}\na,甲,office,,land\nb,乙,office,,lnad\n"
    report = import_staff(here, io.StringIO(file), roles=ROLES, charges=["land", "trade"])
    assert counts(report) == (1, 0, 0, 1)
    assert "no charge is called 'lnad'; known: land, trade" in report.rejected[0].reason.en


def test_a_title_of_two_words_must_be_written_as_one_of_them(here: Store) -> None:
    same = {"one": Title(zh="同", en="same"), "two": Title(zh="同", en="other")}
    file = f"{STAFF_HEADER}\na,甲,同,,\nb,乙,other,,\n"
    report = import_staff(here, io.StringIO(file), roles=same)
    assert counts(report) == (1, 0, 0, 1)
    assert "may mean one, two" in report.rejected[0].reason.en


# -- rows that are wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row, code, about, sentence",
    [
        (",厂,high_tech,zhang,,", "empty", "id", "id: is empty"),
        ("DG-1,厂,high_tech,,,", "empty", "principal", "principal: is empty"),
        ("DG-1,厂,,zhang,,", "empty", "category", "category: is empty"),
        (f"{'x' * 101},厂,high_tech,zhang,,", "too_long", "id", "101 characters; at most 100"),
        (f"DG-1,{'厂' * 201},high_tech,zhang,,", "too_long", "name", "at most 200"),
        ("DG-1,a\x00b,high_tech,zhang,,", "characters", "name", "contains U+0000"),
        ("DG-1,a\x1b[31m,high_tech,zhang,,", "characters", "name", "contains U+001B"),
        ("DG-1,a\u202eb,high_tech,zhang,,", "characters", "name", "contains U+202E"),
        ('DG-1,"a\nb",high_tech,zhang,,', "characters", "name", "contains U+000A"),
        ("@desk,厂,high_tech,zhang,,", "id", "id", "cannot be an id"),
        ("DG-1,厂,high_tech,@mayor,,", "id", "principal", "not beginning with '@'"),
        (
            "DG-1,厂,nope,zhang,,",
            "unknown_word",
            "category",
            "known: leading_industry, little_giant",
        ),
        ("DG-1,厂,high_tech,zhang,15/07/2022,", "no_date", "admitted_from", "YYYY-MM-DD"),
        ("DG-1,厂,high_tech,zhang,2022-02-30,", "no_date", "admitted_from", "2022-02-30"),
        ("DG-1,厂,high_tech,zhang,20220715,", "no_date", "admitted_from", "20220715"),
        ("DG-1,厂,high_tech,zhang,,2022-07-15T00:00", "no_date", "admitted_until", "YYYY-MM-DD"),
        (
            "DG-1,厂,high_tech,zhang,2022-07-15,2022-07-14",
            "order",
            "admitted_until",
            "is 2022-07-14, before it begins on 2022-07-15",
        ),
        ("DG-1,厂,high_tech,zhang,", "cells", "", "has 5 cells, the first line 6 columns"),
        ("DG-1,厂,high_tech,zhang,,,", "cells", "", "has 7 cells"),
        ('DG-1,"厂"x,high_tech,zhang,,', "csv", "", "cannot be read as CSV"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(
    here: Store, row: str, code: str, about: str, sentence: str
) -> None:
    report = party_rows(here, row, "DG-9,九厂,high_tech,zhang,,")
    assert counts(report) == (1, 0, 0, 1)
    (rejected,) = report.rejected
    assert (rejected.line, rejected.reason.code, rejected.reason.about) == (2, code, about)
    assert sentence in rejected.reason.en
    assert rejected.reason.zh not in ("", rejected.reason.en)
    assert [party.id for party in list_parties(here)] == ["DG-9"]


@pytest.mark.parametrize(
    "row, code, sentence",
    [
        ("a,甲,nobody,,", "unknown_word", "no role is called 'nobody'; known: office,"),
        ("a,甲,,,land", "alone", "in_charge_of: says nothing without roles"),
        ("a,甲,office,@x,", "id", "unit: cannot be an id"),
        (f"a,甲,office,,{'x' * 101}", "too_long", "a word of 101 characters"),
        (f"a,甲,office,,{' '.join(map(str, range(51)))}", "too_many", "names 51 words; at most 50"),
        (f"a,甲,{'office ' * 2000},,", "too_long", "at most 5000"),
    ],
)
def test_a_bad_row_of_staff_is_rejected_with_its_reason(
    here: Store, row: str, code: str, sentence: str
) -> None:
    report = staff_rows(here, row, "b,乙,office,,")
    assert counts(report) == (1, 0, 0, 1)
    assert report.rejected[0].reason.code == code
    assert sentence in report.rejected[0].reason.en


def test_everything_wrong_with_a_row_is_said_at_once(here: Store) -> None:
    (rejected,) = party_rows(here, "@x,,nope,,never,never").rejected
    for column in PARTY_COLUMNS:
        assert f"{column}: " in rejected.reason.en
        assert f"{PARTY_COLUMNS[column]}：" in rejected.reason.zh


def test_the_second_row_with_an_id_names_the_first(here: Store) -> None:
    report = party_rows(
        here,
        "DG-1,一厂,high_tech,zhang,,",
        "DG-2,二厂,high_tech,li,,",
        "DG-1,又一厂,high_tech,wu,,",
    )
    assert counts(report) == (2, 0, 0, 1)
    (rejected,) = report.rejected
    assert (rejected.line, rejected.reason.code) == (4, "duplicate")
    assert "'DG-1' stands in line 2 already" in rejected.reason.en
    assert list_parties(here)[0].name == "一厂"


def test_of_two_rows_with_an_id_neither_is_taken_if_the_first_is_bad(here: Store) -> None:
    report = party_rows(here, "DG-1,,high_tech,zhang,,", "DG-1,一厂,high_tech,zhang,,")
    assert counts(report) == (0, 0, 0, 2)


def test_a_quote_never_closed_rejects_the_rest_and_says_so(here: Store) -> None:
    report = party_rows(
        here, "DG-1,一厂,high_tech,zhang,,", 'DG-2,"二厂,high_tech,li,,', "DG-3,三厂,high_tech,wu,,"
    )
    assert counts(report) == (1, 0, 0, 1)
    (rejected,) = report.rejected
    assert (rejected.line, rejected.reason.code) == (3, "quote")
    assert "never closed; from here to line 4 nothing could be read" in rejected.reason.en


# -- files that are wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header, sentence",
    [
        ("", "it has none (missing: 'id', 'name', 'category'"),
        ("id,name", "missing: 'category', 'principal', 'admitted_from', 'admitted_until'"),
        (PARTY_HEADER.replace("name", "nmae"), "missing: 'name'; unknown: 'nmae'"),
        (PARTY_HEADER + ",extra", "unknown: 'extra'"),
        (PARTY_HEADER + ",id", "twice: 'id'"),
        (PARTY_HEADER + ",编号", "twice: 'id'"),
        (PARTY_HEADER + ",", "unknown: ''"),
        (PARTY_HEADER.replace(",", ";"), "separated by commas: id (编号), name (名称)"),
        (STAFF_HEADER, "unknown: 'roles', 'unit', 'in_charge_of'"),
        ('"id', "line 1, the columns' names, cannot be read"),
    ],
)
def test_columns_that_are_not_those_wanted_are_named(
    here: Store, header: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        parties(here, header + "\nDG-1,一厂,high_tech,zhang,,\n")
    assert sentence in str(error.value)
    assert list_parties(here) == ()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "big5"])
def test_another_encoding_is_refused_with_its_byte_and_the_remedy(
    here: Store, encoding: str
) -> None:
    text = f"{PARTY_HEADER}\nDG-1,一廠,high_tech,zhang,,\n"
    with pytest.raises(InvalidInput, match=r"not UTF-8: byte \d+ is 0x.*iconv -f GB18030"):
        parties(here, text.encode(encoding))
    assert list_parties(here) == ()


def test_a_text_file_opened_with_the_wrong_encoding_says_the_same(
    here: Store, tmp_path: Path
) -> None:
    path = tmp_path / "parties.csv"
    path.write_text(PARTIES_FILE, encoding="gb18030")
    with path.open(encoding="utf-8") as file, pytest.raises(InvalidInput, match="not UTF-8: byte"):
        import_parties(here, file, register="key_enterprises", categories=CATEGORIES)


class Endless(io.RawIOBase):
    """A file that never ends, and counts how much of it was read."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "read without a limit"
        size = min(size, 1 << 20)
        self.taken += size
        return b"x" * size


def test_a_file_too_large_is_refused_before_it_is_read_whole(here: Store) -> None:
    endless = Endless()
    with pytest.raises(InvalidInput, match="at most 10 MiB"):
        import_parties(here, endless, register="key_enterprises", categories=CATEGORIES)  # type: ignore[arg-type]  # reads like one
    assert endless.taken <= sheets.LARGEST_SHEET + 1


def test_too_many_rows_are_refused(here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    rows = [f"DG-{n},厂,high_tech,zhang,," for n in range(4)]
    assert counts(party_rows(here, *rows[:3])) == (3, 0, 0, 0)
    with pytest.raises(InvalidInput, match="at most 3 rows"):
        party_rows(here, *rows)
    with pytest.raises(InvalidInput, match="at most 3 rows"):
        party_rows(here, *["a,b"] * 4)


def test_more_duties_than_a_city_has_are_refused(
    here: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowcase.directory.MOST_DUTIES", 5)
    assert counts(staff_rows(here, "a,甲,office unit,,land")) == (1, 0, 0, 0)
    with pytest.raises(InvalidInput, match="at most 5 duties"):
        staff_rows(here, "a,甲,office unit,,land trade")


@pytest.mark.parametrize(
    "hostile",
    [
        "'; DROP TABLE flowcase_party; --",
        "{0.__class__}",
        "%(id)s",
        ":id",
        "=HYPERLINK(1)",
        "\\x00",
        "<script>",
    ],
)
def test_a_name_is_a_name_whatever_it_looks_like(store: Store, hostile: str) -> None:
    party_rows(store, f'DG-1,"{hostile}",high_tech,zhang,,')
    staff_rows(store, f'a,"{hostile}",office,,"{hostile}"')
    assert list_parties(store)[0].name == hostile
    assert list_staff(store)[0].name == hostile


# -- all or nothing -------------------------------------------------------------------------------


def test_nothing_is_written_when_the_database_fails_half_way(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    parties(store, PARTIES_FILE)
    staff(store, STAFF_FILE)
    before = everything(store)
    with store.engine.connect() as connection:  # the second table of each import is gone
        connection.exec_driver_sql("ALTER TABLE flowcase_admission RENAME TO gone")
        connection.exec_driver_sql("ALTER TABLE flowcase_duty RENAME COLUMN charge TO gone")
        connection.commit()
    with pytest.raises(DatabaseError):
        party_rows(store, "DG-8,八厂,high_tech,zhang,,")
    with pytest.raises(DatabaseError):
        staff_rows(store, "new,新,office,,land")
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO flowcase_admission")
        connection.exec_driver_sql("ALTER TABLE flowcase_duty RENAME COLUMN gone TO charge")
        connection.commit()
    assert everything(store) == before


def test_nothing_is_written_when_the_importing_process_is_killed(
    store: Store, database_url: str
) -> None:
    before = everything(store)
    program = textwrap.dedent(
        """
        import io, os, signal, sys
        from flowcase.database import Connection
        from flowcase.directory import import_parties
        from flowcase.workflows.language import Title
        from flowcase.store import Store

        write = Connection.run_many
        def write_and_die(self, statement, values):
            write(self, statement, values)
            os.kill(os.getpid(), signal.SIGKILL)
        Connection.run_many = write_and_die
        rows = "".join(f"P{n},x,c,p,,\\n" for n in range(500))
        import_parties(
            Store(sys.argv[1]), io.StringIO(sys.argv[2] + "\\n" + rows),
            register="r", categories={"c": Title(zh="c", en="c")},
        )
        """
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, database_url, PARTY_HEADER],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert everything(store) == before
    assert counts(parties(store, PARTIES_FILE)) == (2, 0, 0, 0)


def test_two_imports_at_once_leave_what_one_of_them_says(store: Store) -> None:
    members = range(200)
    files = [
        "\n".join((STAFF_HEADER, *(f"s{n},{name},{role},,{charge}" for n in order)))
        for name, role, charge, order in (
            ("甲", "office", "land", members),
            ("乙", "unit", "trade", reversed(members)),
        )
    ]
    barrier, failures = Barrier(2), []

    def run(file: str) -> None:
        try:
            barrier.wait()
            staff(store, file)
        except Exception as error:  # noqa: BLE001 - reported by the test
            failures.append(error)

    threads = [Thread(target=run, args=(file,)) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = {(each.name, each.roles, each.in_charge_of) for each in list_staff(store, limit=1000)}
    assert found in ({("甲", ("office",), ("land",))}, {("乙", ("unit",), ("trade",))})


# -- looking up -----------------------------------------------------------------------------------


def test_an_actor_has_the_roles_and_the_unit_the_staff_tables_say(store: Store) -> None:
    staff(store, STAFF_FILE)
    assert actor_named(store, "he") == Actor("he", {"deputy_mayor", "executive_deputy_mayor"})
    assert actor_named(store, "wang") == Actor("wang", {"unit"}, unit="bureau-land")
    assert actor_named(store, "nobody") == Actor("nobody")
    with pytest.raises(InvalidInput):
        actor_named(store, "@mayor")


def test_lists_come_in_pages_in_the_order_of_ids(store: Store) -> None:
    party_rows(store, *(f"DG-{n},厂,high_tech,zhang,," for n in range(5)))
    pages, after = [], None
    while page := list_parties(store, "key_enterprises", limit=2, after=after):
        pages.append([party.id for party in page])
        after = page[-1].id
    assert pages == [["DG-0", "DG-1"], ["DG-2", "DG-3"], ["DG-4"]]
    staff(store, STAFF_FILE)
    assert [each.id for each in list_staff(store, limit=2)] == ["bureau-land", "chen"]
    assert [each.id for each in list_staff(store, limit=2, after="chen")] == ["he", "wang"]


def test_staff_may_be_listed_by_role_and_by_charge(store: Store) -> None:
    staff(store, STAFF_FILE)
    assert [each.id for each in list_staff(store, "deputy_mayor")] == ["chen", "he"]
    assert [each.id for each in list_staff(store, "deputy_mayor", "land")] == ["chen"]
    assert [each.id for each in list_staff(store, in_charge_of="industry")] == ["chen"]
    assert list_staff(store, "mayor") == ()


@pytest.mark.parametrize("limit", [0, -1, 1001, True, "2", 1.5])
def test_a_page_has_a_size_that_can_be(here: Store, limit: object) -> None:
    with pytest.raises(InvalidInput, match="from 1 to 1000"):
        list_parties(here, limit=limit)  # type: ignore[arg-type]  # what is tested
    with pytest.raises(InvalidInput, match="from 1 to 1000"):
        list_staff(here, limit=limit)  # type: ignore[arg-type]  # what is tested


def test_what_is_returned_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Member("a", "b", None).name = "c"  # type: ignore[misc]  # what is tested


def test_every_column_has_a_chinese_name() -> None:
    assert set(PARTY_HEADER.split(",")) == set(PARTY_COLUMNS)
    assert set(STAFF_HEADER.split(",")) == set(STAFF_COLUMNS)
