"""The workflow language: what a document may say, and that nothing else passes, however put."""

import contextlib
import datetime
import json
import re
import time
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowcase.errors import DocumentError, Finding
from flowcase.workflows import language
from flowcase.workflows.document import LARGEST_DOCUMENT, read_workflow
from tests.small import DOCUMENT

#: Every table and every key of the language at least once. It need not make sense, only be grammar.
FULL = """
name = "full"
version = 1
title = { zh = "全", en = "full" }
source = "nowhere"
calendar = "cn"
timezone = "Asia/Shanghai"
closed_loop = false
tiers = ["low"]
[words]
red = { zh = "红", en = "red" }
[intake]
dest = "new"
by = ["party"]
party = "required"
requires = []
accepts = []
tell = []
register = "list"
from = 2022-01-01
until = 2022-12-31
[registers.list]
title = { zh = "册", en = "list" }
categories = { first = { zh = "一", en = "first" } }
[roles.clerk]
title = { zh = "员", en = "clerk" }
sees = "all"
[participants.worker]
role = "clerk"
count = "one"
find = { in_charge_of = "colour", otherwise = "clerk" }
title = { zh = "办", en = "worker" }
[fields]
note = { type = "text", title = { zh = "记", en = "note" }, max_length = 10 }
colour = { type = "choice", title = { zh = "色", en = "colour" }, options = ["red"] }
ready = { type = "flag", title = { zh = "妥", en = "ready" } }
size = { type = "integer", title = { zh = "数", en = "size" }, at_least = 1, at_most = 2 }
[fields.day]
type = "date"
title = { zh = "日", en = "day" }
earliest = { days = -1 }
latest = { months = 1 }
[fields.other_case]
type = "reference"
title = { zh = "件", en = "case" }
to = "full"
must_be = "open"
same_party = true
[children.part]
workflow = "full"
opens_on = "go"
per = "worker"
as = "worker"
copy = ["note"]
participants = { worker = "worker" }
dates = { day = "work" }
at_most = 3
when_parent_ends = "go"
[successors.next]
workflow = "full"
opens_on = "go"
copy = { note = "note" }
participants = { worker = "worker" }
party = "note"
continues = true
[states.new]
title = { zh = "新", en = "new" }
settled = false
owner = "clerk"
tier = "low"
final = false
needs = [{ ready = true }]
[triggers.go]
title = { zh = "走", en = "go" }
[clocks.work]
title = { zh = "钟", en = "work" }
runs_in = ["new"]
pauses_in = []
starts_on = []
stops_on = []
on_due = "go"
tell = ["clerk"]
repeat = { workdays = 1, fire = true }
terms = [
  { when = { ready = true }, workdays = 1, at_least = { months = 1 } },
  { months = 1, counts_from = "filing_day", ends = "midnight", roll = "none" },
  { days = 1, at_least = { days = 1 } },
  { hours = 1, at_least = { hours = 1 } },
  { work_minutes = 1, at_least = { work_minutes = 1 } },
  { until = "day", before = { workdays = 1 }, at_least = { workdays = 1 } },
  { clock = "work", after = { days = 1 } },
  { clock = "work", after = { hours = 1 } },
]
[[clocks.work.warn]]
before = { workdays = 1 }
tell = ["owner"]
[clocks.work.extension]
ask = ["worker"]
decide = ["clerk"]
times = 1
at_most = { workdays = 5 }
ask_before_due = { workdays = 1 }
tell = ["party"]
[clocks.work.suspension]
ask = ["worker"]
decide = ["clerk"]
times = 1
at_most = { days = 5 }
total = { days = 9 }
tell = ["party"]
[clocks.other]
runs_in = "new"
terms = [{ days = 1 }]
repeat = { days = 1 }
[clocks.third]
runs_in = "new"
terms = [{ days = 1 }]
repeat = { hours = 1 }
[[transitions]]
trigger = "go"
source = "*"
dest = "new"
by = "clerk"
not_by = []
requires = []
accepts = []
when = { ready = true }
unless = [{ ready = false }]
guards = []
times = 1
clears = []
new_cycle = false
tier = "low"
tell = []
[report]
unit = "worker"
clock = "work"
response = "go"
concluded = ["new"]
returned = []
solved = { field = "ready", values = [true] }
satisfied = { field = "colour", values = ["red"] }
[guarantees]
unattended_reaches = { tier = "low", within_workdays = 10, not_in = [] }
passes = [{ state = "new", after = "new" }]
cycles_at_most = 2
[[guarantees.possible]]
trigger = "go"
by = "clerk"
from = "new"
to = "new"
when = { ready = true }
was = []
raises = "low"
[[guarantees.impossible]]
trigger = "go"
"""

KINDS: dict[type, str] = {dict: "object", list: "array"}
SCHEMA = language.Document.model_json_schema()

#: Keys of the language to come; until they do something they are refused.
LATER = (("records", "{ before = { workflow = 'other', same = ['party'] } }"),)


def table_in(schema: Any) -> Any:
    """The schema a reference leads to."""
    return SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def tables(schema: Any, value: Any, path: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every table of a document, by the name of its model and its path, found along the schema."""
    if "discriminator" in schema:
        schema = {"$ref": schema["discriminator"]["mapping"][value["type"]]}
    schema = table_in(schema)
    for option in schema.get("anyOf", ()):
        if table_in(option).get("type") == KINDS.get(type(value)):
            yield from tables(option, value, path)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            named = f"({item['trigger']})" if isinstance(item, dict) and "trigger" in item else ""
            yield from tables(schema["items"], item, f"{path}[{number}]{named}")
    if isinstance(value, dict) and schema.get("type") == "object":
        if "properties" in schema:
            yield schema["title"], path, value
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key) or next(
                iter(schema.get("patternProperties", {}).values()), None
            )
            if inner is not None:
                yield from tables(inner, item, f"{path}.{key}" if path else key)


def full() -> dict[str, Any]:
    return tomllib.loads(FULL)


def toml(value: Any) -> str:
    """A value as TOML, in line."""
    match value:
        case dict():
            inner = ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items())
            return f"{{ {inner} }}"
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case datetime.date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False)


def document(data: Mapping[str, Any]) -> str:
    return "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in data.items())


def findings(text: str | bytes) -> tuple[Finding, ...]:
    with pytest.raises(DocumentError) as error:
        read_workflow(text)
    return error.value.findings


def refusal(text: str | bytes) -> str:
    with pytest.raises(DocumentError) as error:
        read_workflow(text)
    return str(error.value)


def changed(old: str, new: str) -> str:
    """The small document with one thing changed."""
    assert old in DOCUMENT
    return DOCUMENT.replace(old, new, 1)


ALL_TABLES = [(model, path) for model, path, _ in tables(SCHEMA, full(), "")]


# -- the grammar and its schema -------------------------------------------------------------------


def test_the_document_with_everything_is_grammar() -> None:
    language.Document.model_validate(full())


def test_every_table_of_the_language_stands_in_it() -> None:
    models = {
        name
        for name, each in vars(language).items()
        if isinstance(each, type)
        and issubclass(each, language.Model)
        and each is not language.Model
    }
    assert {model for model, _ in ALL_TABLES} == models
    assert {name for name, each in SCHEMA["$defs"].items() if "properties" in each} == (
        models - {"Document"}
    )


def test_the_schema_has_exactly_the_keys_the_parser_accepts() -> None:
    accepted: dict[str, set[str]] = {}
    for model, _, table in tables(SCHEMA, full(), ""):
        accepted.setdefault(model, set()).update(table)
    published = {
        each["title"]: set(each["properties"])
        for each in (SCHEMA, *SCHEMA["$defs"].values())
        if "properties" in each
    }
    assert accepted == published
    assert all(
        each["additionalProperties"] is False
        for each in (SCHEMA, *SCHEMA["$defs"].values())
        if "properties" in each
    )


@pytest.mark.parametrize("model, path", ALL_TABLES)
def test_an_unknown_key_is_refused_in_every_table_with_its_path(model: str, path: str) -> None:
    data = full()
    (table,) = [value for _, found, value in tables(SCHEMA, data, "") if found == path]
    table["surplus"] = 1
    (finding,) = findings(document(data))
    assert finding.path == (f"{path}.surplus" if path else "surplus")
    assert "not part of the language" in finding.message


@pytest.mark.parametrize("name", ["register_", "from_", "_by", "By", "by ", "ｂｙ"])
def test_only_the_keys_spelling_passes(name: str) -> None:
    data = full()
    data["intake"][name] = "list"
    assert f"intake.{name}" in {finding.path for finding in findings(document(data))}


@pytest.mark.parametrize("key, value", LATER)
def test_keys_still_to_come_are_refused(key: str, value: str) -> None:
    (finding,) = findings(f"{key} = {value}\n{DOCUMENT}")
    assert finding.path == key


@pytest.mark.parametrize(
    "old, new, path",
    [
        ("[fields.ready]", "[fields.ready]\nhidden_from = ['clerk']", "fields.ready.hidden_from"),
        ("[fields.what]", "[fields.what]\nunique = true", "fields.what.unique"),
        ("[fields.colour]", "[fields.colour]\ncatalogue = 'kinds'", "fields.colour.catalogue"),
    ],
)
def test_settings_still_to_come_are_refused(old: str, new: str, path: str) -> None:
    assert [finding.path for finding in findings(changed(old, new))] == [path]


def test_a_type_of_field_nobody_knows_is_refused() -> None:
    (finding,) = findings(changed('type = "flag"', 'type = "picture"'))
    assert finding.path == "fields.ready"
    assert "'text', 'choice', 'flag', 'integer', 'date', 'reference'" in finding.message


def test_every_finding_comes_at_once() -> None:
    text = changed('name = "small"', 'name = "Small"').replace("version = 1", "version = 0\nx = 1")
    text = text.replace("max_length = 20", "max_length = 0").replace('owner = "clerk"', "owner = 1")
    assert [finding.path for finding in findings(text)] == [
        "name",
        "version",
        "fields.what.max_length",
        "states.new.owner",
        "x",
    ]


# -- values that cannot be ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "old, new, path",
    [
        ("version = 1", 'version = "1"', "version"),
        ("version = 1", "version = 1.0", "version"),
        ("version = 1", "version = true", "version"),
        ("version = 1", "version = 1e3", "version"),
        ("version = 1", "version = 0", "version"),
        ("version = 1", f"version = {'9' * 400}", "version"),
        ("version = 1", "version = nan", "version"),
        ("version = 1", "version = inf", "version"),
        ("version = 1", "version = 2022-01-01", "version"),
        ("version = 1", 'version = 1\nclosed_loop = "yes"', "closed_loop"),
        ("version = 1", "version = 1\nclosed_loop = 1", "closed_loop"),
        ('name = "small"', "name = 3", "name"),
        ('name = "small"', 'name = ["small"]', "name"),
        ('name = "small"', 'name = { zh = "x" }', "name"),
        ('name = "small"', 'name = ""', "name"),
        ('name = "small"', 'name = "Small"', "name"),
        ('name = "small"', 'name = "smäll"', "name"),
        ('name = "small"', 'name = "1small"', "name"),
        ('name = "small"', 'name = "small\\n"', "name"),
        ('name = "small"', 'name = "sm all"', "name"),
        ('name = "small"', f'name = "{"s" * 65}"', "name"),
        ('name = "small"', 'name = "../../etc/passwd"', "name"),
        ('zh = "小流程"', 'zh = "小\\u0000流程"', "title.zh"),
        ('zh = "小流程"', 'zh = "小\\u001b[31m流程"', "title.zh"),
        ('zh = "小流程"', 'zh = "小\\n流程"', "title.zh"),
        ('zh = "小流程"', 'zh = "小\\u0085流程"', "title.zh"),
        ('zh = "小流程"', 'zh = ""', "title.zh"),
        ('zh = "小流程"', f'zh = "{"长" * 201}"', "title.zh"),
        ('{ zh = "小流程", en = "small" }', '{ zh = "小流程" }', "title.en"),
        ('{ zh = "小流程", en = "small" }', '"small"', "title"),
        ('tiers = ["low", "high"]', 'tiers = "low"', "tiers"),
        ('tiers = ["low", "high"]', 'tiers = ["low", "low"]', "tiers"),
        ('tiers = ["low", "high"]', 'tiers = ["low", 2]', "tiers[1]"),
        ("[intake]", "[intake]\nfrom = '2022-01-01'", "intake.from"),
        ("[intake]", "[intake]\nfrom = 2022-01-01T00:00:00", "intake.from"),
        ("[intake]", "[intake]\nfrom = 2022-01-01T00:00:00Z", "intake.from"),
        ("[intake]", "[intake]\nfrom = 20220101", "intake.from"),
        ("[intake]", '[intake]\nparty = "perhaps"', "intake.party"),
        ('by = ["party"]', "by = []", "intake.by"),
        ('requires = ["what"]', 'requires = "what"', "intake.requires"),
        ("final = true", 'final = "true"', "states.done.final"),
        ("final = true", "final = 1", "states.done.final"),
        ('options = ["red", "green"]', "options = []", "fields.colour.options"),
        ('options = ["red", "green"]', 'options = ["given"]', "fields.colour"),
        ('options = ["red", "green"]', 'options = ["red", "red"]', "fields.colour.options"),
        ("max_length = 20", "max_length = 100001", "fields.what.max_length"),
        ("at_least = 1", f"at_least = {-(2**53)}", "fields.size.at_least"),
        ("at_most = 9", f"at_most = {2**53}", "fields.size.at_most"),
        ("earliest = { days = 0 }", "earliest = { days = 0, months = 1 }", "fields.until.earliest"),
        ("earliest = { days = 0 }", "earliest = {}", "fields.until.earliest"),
        ("{ workdays = 5 }]", "{ workdays = 5.5 }]", "clocks.work.terms[1].workdays"),
        ("{ workdays = 5 }]", "{ workdays = -1 }]", "clocks.work.terms[1].workdays"),
        ("{ workdays = 5 }]", "{ workdays = 5, days = 5 }]", "clocks.work.terms[1]"),
        ("{ workdays = 5 }]", "{ }]", "clocks.work.terms[1]"),
        ("{ workdays = 5 }]", '{ until = "until", clock = "work" }]', "clocks.work.terms[1]"),
        ("{ workdays = 5 }]", "{ workdays = 5, before = { days = 1 } }]", "clocks.work.terms[1]"),
        (
            "{ workdays = 5 }]",
            '{ until = "until", before = { days = 1 }, after = { days = 1 } }]',
            "clocks.work.terms[1]",
        ),
        ("{ workdays = 5 }]", '{ workdays = 5, roll = "back" }]', "clocks.work.terms[1].roll"),
        (
            "before = { workdays = 1 }",
            "before = { months = 1 }",
            "clocks.work.warn[0].before.months",
        ),
        ("repeat = { workdays = 1 }", "repeat = { workdays = 0 }", "clocks.work.repeat"),
        ("repeat = { workdays = 1 }", "repeat = { fire = true }", "clocks.work.repeat"),
        ('source = "new"', "source = 1", "transitions[0](take).source"),
        ('source = "new"', 'source = "**"', "transitions[0](take).source"),
        ('requires = ["worker"]', 'requires = [["worker"]]', "transitions[0](take).requires[0]"),
        ('trigger = "take"', 'trigger = "take it"', "transitions[0](take it).trigger"),
        ('dest = "working"', 'dest = "working"\ntimes = 0', "transitions[0](take).times"),
        ("ready = true }", "ready = true }\nunless = []", "transitions[1](check).unless"),
        ("ready = true }", "ready = true }\nunless = [1]", "transitions[1](check).unless[0]"),
        ("[states.new]", '[states."new one"]\n[states.new]', "states.new one"),
        ("[states.new]", "[states.New]\n[states.new]", "states.New"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_path(old: str, new: str, path: str) -> None:
    found = findings(changed(old, new))
    assert path in {finding.path for finding in found}
    assert all(finding.message for finding in found)


def test_a_word_may_stand_for_a_list_of_one() -> None:
    assert read_workflow(changed('by = ["clock"]', 'by = "clock"')).transitions[-1].by == ("clock",)


# -- documents that are none ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("name = ", "not TOML: Invalid value (at end of document)"),
        ("name = 'a'\nname = 'b'", "not TOML: Cannot overwrite a value"),
        ("a = 2022-02-30", "not TOML: Invalid date or datetime"),
        ("= 1", "not TOML: Invalid statement (at line 1, column 1)"),
        ("x = 'a\x00b'", "not TOML: "),
        ("\ufeffname = 'small'", "not TOML: Invalid statement (at line 1, column 1)"),
        (b"name = '\xff'", "not UTF-8: byte 8 is 0xff"),
        ("name = '直通车'".encode("gb18030"), "not UTF-8: byte 12 is 0xb3"),
        ("name = 'small'".encode("utf-16"), "not UTF-8: byte 0 is 0xff"),
        ("name = '\ud800'", "not UTF-8: byte 8 is 0xed"),
        ("version = " + "9" * 5000, "not TOML: Exceeds the limit"),
        ("[]", "not TOML: "),
        ("{}", "not TOML: "),
        ('{"name": "small"}', "not TOML: "),
    ],
)
def test_what_is_not_a_document_is_refused_with_the_place(text: str | bytes, sentence: str) -> None:
    assert refusal(text).startswith(sentence)


def test_an_empty_document_is_told_what_it_lacks() -> None:
    assert [finding.path for finding in findings("")] == [
        "name",
        "version",
        "title",
        "intake",
        "states",
        "transitions",
    ]


def test_a_document_may_have_256_kib_and_no_more() -> None:
    room = LARGEST_DOCUMENT - len(DOCUMENT.encode()) - 3
    assert read_workflow(f"{DOCUMENT}\n# {'x' * room}").name == "small"
    assert refusal(f"{DOCUMENT}\n# {'x' * (room + 1)}") == "a document has at most 262,144 bytes"


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 10_000,
        "x = " + "[" * 10_000 + "]" * 10_000,
        "x = " + "{ a = " * 10_000 + "1" + " }" * 10_000,
        "x = " + "[{ a = " * 5_000,
        "[" + ".".join("a" * 100_000) + "]",
        ".".join("a" * 100_000) + " = 1",
        " . ".join(["'a'", '"b"'] * 15_000) + " = 1",
        "x = { " + ".".join("a" * 100_000) + " = 1 }",
        "\n".join(".".join("a" * 500) + f".b{number} = 1" for number in range(200)),
        "x = " + "[" * 13 + "]" * 13,
    ],
    ids=range(10),
)
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    started = time.perf_counter()
    assert re.search(r"nested|at most 100 parts|not TOML", refusal(text))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    "old, new",
    [
        ('tiers = ["low", "high"]', f"tiers = {[f't{n}' for n in range(25_000)]}"),
        ('options = ["red", "green"]', f"options = {[f'o{n}' for n in range(25_000)]}"),
        ('source = "new"', f"source = {[f's{n}' for n in range(25_000)]}"),
        ('requires = ["worker"]', f"requires = {['worker'] * 25_000}"),
        (
            "ready = true }",
            f"ready = true }}\nunless = {[{}] * 60}".replace("{}", "{ ready = true }"),
        ),
        (
            "[states.new]",
            "".join(f"[states.s{n}]\nfinal = true\n" for n in range(5_000)) + "[states.new]",
        ),
        ("[states.new]", "".join(f"k{n} = 1\n" for n in range(20_000)) + "[states.new]"),
    ],
    ids=range(7),
)
def test_an_enormous_document_is_refused_in_time(old: str, new: str) -> None:
    started = time.perf_counter()
    assert findings(changed(old, new))
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("key", ["\x1b[31mred", "a\nb", "\u202e", "\u2028"])
def test_a_finding_shows_nothing_a_terminal_would_obey(key: str) -> None:
    quoted = json.dumps(key)
    for text in (
        changed("[intake]", f"[intake]\n{quoted} = 1"),
        changed("ready = true }", f"{quoted} = true }}"),
        changed('colour = "red"', f"colour = {quoted}"),
        changed('name = "small"', f"name = {quoted}"),
    ):
        assert all(str(finding).isprintable() for finding in findings(text))


# -- nothing in a document is run -----------------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    [
        "__import__('os').system('touch owned')",
        "flowcase.machine:CLOCK",
        "os.system",
        "'; DROP TABLE flowcase_case; --",
        "{0.__class__.__mro__}",
        "{workflow.text}",
        "%(name)s %s %n",
        "$(touch owned)",
        "${jndi:ldap://example.org/a}",
        "{{ 7 * 7 }}",
        "<script>alert(1)</script>",
    ],
)
def test_what_looks_like_code_is_a_title_and_no_word(hostile: str) -> None:
    title = json.dumps(hostile)
    workflow = read_workflow(changed('zh = "小流程", en = "small"', f"zh = {title}, en = {title}"))
    assert workflow.document.title.en == hostile
    for old, new in (
        ('name = "small"', f"name = {title}"),
        ('trigger = "take"', f"trigger = {title}"),
        ('dest = "working"', f"dest = {title}"),
        ('by = ["party"]', f"by = [{title}]"),
        ('dest = "working"', f'dest = "working"\nguards = [{title}]'),
        ('options = ["red", "green"]', f"options = [{title}]"),
        ("[states.new]", f"[states.{title}]\n[states.new]"),
    ):
        assert findings(changed(old, new))


@given(st.binary(max_size=300))
def test_no_bytes_make_anything_but_a_refusal(raw: bytes) -> None:
    with pytest.raises(DocumentError):
        read_workflow(raw)


@given(st.data())
def test_a_document_with_any_value_replaced_is_read_or_refused(data: st.DataObject) -> None:
    changed_ = full()
    table = data.draw(st.sampled_from([value for *_, value in tables(SCHEMA, changed_, "")]))
    key = data.draw(st.sampled_from(sorted(table)))
    simple = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
    value = data.draw(
        st.recursive(
            simple.filter(lambda each: each is not None),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=10), inner, max_size=3)
            ),
            max_leaves=8,
        )
    )
    table[key] = value
    with contextlib.suppress(DocumentError):  # any other error is a failure
        read_workflow(document(changed_))
