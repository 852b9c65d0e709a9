"""The table of verbs in core/auth/verbs.cpp, read as text: for core/api/roles.md and for tests."""
import pathlib
import re
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENTRY = re.compile(r'^    Verb\{"([\w.]+)", (\w+), (\w+), "(\w*)", "([^"]*)", "(\w*)"(, kWrites)?\},$')
ROLES = ["viewer", "operator", "author", "admin"]
WHOSE = {"everyone": "nobody's: open, or with a token of its own", "oneself": "one's own", "listing": "of each Dag that is in the answer", "dag": "of the Dag", "run": "of the run's Dag",
         "backfill": "of the backfill's Dag", "house": "the house's: a grant for all Dags"}

Verb = namedtuple("Verb", "name least about method path rpc writes")


def read():
    text = (ROOT / "core/auth/verbs.cpp").read_text()
    lines = text[text.index("std::array kVerbs{"):text.index("\n};")].split("\n")[1:]
    verbs = []
    for line in lines:
        found = ENTRY.match(line)
        if not found:
            raise SystemExit(f"core/auth/verbs.cpp: not a line of the table: {line.strip()}")
        name, least, about, method, path, rpc, writes = found.groups()
        verbs.append(Verb(name, least.replace("operating", "operator"), about, method, path, rpc, bool(writes)))
    return verbs


def cell(verb):
    open_to_all = verb.about in ("everyone", "oneself")
    return [verb.name, "" if open_to_all else verb.least, WHOSE[verb.about], f"`{verb.method} {verb.path}`" if verb.path else "", verb.rpc, "each call" if verb.writes else "refusals"]


def page(note):
    lines = ["# Who may do what", "", note, "", "With `millrace serve --auth` each verb needs at least this role. A role includes those before it: viewer, operator, author, admin.",
             "It is granted for all Dags, or for the Dags with one label (`operator:team=sales`); the labels that count are those that the Dag has now.",
             "A route or rpc that is not in this table is not served.", "", "| verb | least role | whose | REST | gRPC | in the audit log |", "|---|---|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(cell(verb)) + " |" for verb in read()]) + "\n"
