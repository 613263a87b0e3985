"""A small workflow document to change one word of at a time."""

DOCUMENT = """
name = "small"
version = 1
title = { zh = "小流程", en = "small" }
tiers = ["low", "high"]

[intake]
dest = "new"
by = ["party"]
requires = ["what"]
accepts = ["colour"]
tell = ["clerk"]

[roles.clerk]
title = { zh = "办事员", en = "clerk" }
[roles.chief]
title = { zh = "科长", en = "chief" }
[participants.worker]
role = "clerk"
[participants.helper]
role = "clerk"
count = "many"

[fields.what]
type = "text"
max_length = 20
[fields.colour]
type = "choice"
options = ["red", "green"]
[fields.size]
type = "integer"
at_least = 1
at_most = 9
[fields.ready]
type = "flag"
[fields.until]
type = "date"
earliest = { days = 0 }
latest = { months = 1 }

[states.new]
owner = "clerk"
[states.working]
owner = "worker"
needs = { worker = "given" }
[states.checked]
owner = "chief"
tier = "high"
[states.done]
final = true

[clocks.work]
runs_in = ["new", "working", "checked"]
terms = [{ when = { colour = "red" }, workdays = 2 }, { workdays = 5 }]
warn = [{ before = { workdays = 1 }, tell = ["owner"] }]
on_due = "climb"
tell = ["chief", "party"]
repeat = { workdays = 1 }

[[transitions]]
trigger = "take"
source = "new"
dest = "working"
by = ["clerk"]
requires = ["worker"]
accepts = ["helper", "colour"]
tell = ["worker", "helper"]
[[transitions]]
trigger = "check"
source = "working"
dest = "checked"
by = ["chief", "worker"]
not_by = ["worker", "helper"]
when = { size = { at_least = 3 }, ready = true }
requires = ["size", "ready"]
[[transitions]]
trigger = "paint"
source = ["new", "working"]
by = ["clerk"]
times = 1
unless = { colour = "green" }
requires = ["colour"]
[[transitions]]
trigger = "finish"
source = "checked"
dest = "done"
by = ["party", "chief"]
[[transitions]]
trigger = "again"
source = "checked"
dest = "new"
by = ["chief"]
when = { cycle = { at_most = 3 } }
new_cycle = true
clears = ["size", "ready", "colour"]
[[transitions]]
trigger = "hand_over"
source = "working"
by = ["chief"]
requires = ["worker"]
[[transitions]]
trigger = "recuse"
source = "*"
by = ["chief"]
requires = ["recused"]
[[transitions]]
trigger = "climb"
source = "*"
by = ["clock"]
tier = "high"
tell = ["chief"]
"""


def changed(*changes: tuple[str, str]) -> str:
    """Return the document with each text replaced, which must be there, by another."""
    document = DOCUMENT
    for old, new in changes:
        assert old in document, f"there is no {old!r} to change"
        document = document.replace(old, new)
    return document
