#!/usr/bin/env python3
"""Does core/api/openapi.yaml name exactly the addresses that the HTTP server answers?

Reads both as text: the paths of the YAML by their indentation, the routes of the sources by the shapes that they are written in.
A new shape in rest.cpp must be taught here, which the test's own counts make sure of.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = ROOT / "core/api"
NAMES = {"dags": "dag", "runs": "run", "datasets": "dataset", "positions": "source", "workers": "worker", "plugins": "plugin", "tasks": "task", "attempts": "attempt", "backfills": "backfill", "pools": "pool", "callbacks": "token", "users": "user", "tokens": "name"}


def documented():
    routes, path, inside = set(), None, False
    for number, line in enumerate((API / "openapi.yaml").read_text().splitlines(), 1):
        if "\t" in line or (len(line) - len(line.lstrip())) % 2:
            raise SystemExit(f"openapi.yaml:{number} leaves the plain subset: two spaces a level")
        if re.match(r"\S", line):
            inside = line == "paths:"
        elif inside and (found := re.match(r"  (/\S*):$", line)):
            path = found.group(1)
        elif inside and (found := re.match(r"    (get|post|put|patch|delete):$", line)):
            routes.add((found.group(1), path))
    return routes


def named(parts):
    """dags/* -> /api/v1/dags/{dag}"""
    path = ""
    for before, part in zip([""] + parts, parts):
        path += "/" + ("{" + NAMES[before] + "}" if part == "*" else part)
    return "/api/v1" + path


def rest_routes(source):
    routes = set()

    def add(verb, size, known):
        routes.add((verb, named([known.get(i, "*") for i in range(size)])))

    reading = source[source.index("RestAnswer get("):source.index("int status_of(")]
    listing = re.search(r'what == "dags"\) return at\.size\(\) == 1 \? list_dags\(views, request.caller\) : at\.size\(\) == 2 \? get_dag', reading)
    if listing:
        add("get", 1, {0: "dags"})
        add("get", 2, {0: "dags"})
    for what, size, rest in re.findall(r'what == "(\w+)" && at\.size\(\) == (\d)\) (?:return )?(\w*)', reading):
        if rest != "get_dataset_part":
            add("get", int(size), {0: what})
    for word in re.findall(r'at\[2\] [!=]= "(\w+)"', source[source.index("RestAnswer get_dataset_part("):source.index("RestAnswer get_positions(")]):
        add("get", 3, {0: "datasets", 2: word})
    for size, rest in re.findall(r"at\.size\(\) == (\d)((?: && at\[\d\] == \"\w+\")*)", source[source.index("RestAnswer get_positions("):source.index("RestAnswer get(")]):
        add("get", int(size), {0: "positions", **{int(i): word for i, word in re.findall(r'at\[(\d)\] == "(\w+)"', rest)}})
    if 'if (what == "runs") {' in reading:
        add("get", 1, {0: "runs"})
    parts = source[source.index("RestAnswer get_run_part("):source.index("RestAnswer get_dataset(")]
    for size, rest in re.findall(r"at\.size\(\) == (\d)((?: && at\[\d\] == \"\w+\")*)", parts):
        add("get", int(size), {0: "runs", **{int(i): word for i, word in re.findall(r'at\[(\d)\] == "(\w+)"', rest)}})
    writing = source[source.index("RestAnswer answer_rest("):]
    for size, rest in re.findall(r"at\.size\(\) == (\d)((?: && at\[\d\] == \"\w+\")+)", writing):
        known = {int(i): word for i, word in re.findall(r'at\[(\d)\] == "(\w+)"', rest)}
        if known == {0: "runs"}:
            for verb in re.findall(r'verb == "(\w+)"', source[source.index("RestAnswer act("):source.index("RestAnswer answer_task(")]):
                add("post", int(size), {0: "runs", 2: verb})
        else:
            add("post", int(size), known)
    return routes


def server_routes(source):
    routes = set()
    for verb, path in re.findall(r'server\.(Get|Post|Put|Patch|Delete)\((?:R"\()?"?(/[^"]*?)\)?"', source):
        if path in ("/api/.*",) or path.startswith("/("):
            continue  # the door to rest.cpp, and the page's own addresses
        parts = path.removeprefix("/api/v1/").split("/") if path.startswith("/api/v1/") else None
        if parts is None:
            routes.add((verb.lower(), "/hooks/{dag}" if path.startswith("/hooks/") else path))
            continue
        wild = re.sub(r"\(\[\^/\]\+\)|\(\\d\+\)", "*", path.removeprefix("/api/v1/"))
        routes.add((verb.lower(), named(wild.split("/"))))
    return routes


def main():
    served = rest_routes((API / "rest.cpp").read_text()) | server_routes((API / "http_server.cpp").read_text())
    written = documented()
    wrong = [f"{verb} {path} is served, and not in core/api/openapi.yaml" for verb, path in sorted(served - written)]
    wrong += [f"{verb} {path} is in core/api/openapi.yaml, and not served" for verb, path in sorted(written - served)]
    if len(served) < 15:
        wrong.append(f"only {len(served)} routes were found in the sources: their shape changed, and this test must learn it")
    text = (API / "openapi.yaml").read_text()
    for kind, name in sorted(set(re.findall(r'\$ref: "#/components/(\w+)/(\w+)"', text))):
        section = text[text.index("\n  " + kind + ":", text.index("\ncomponents:")):]
        if not re.search(rf"^    {name}:", section, re.M):
            wrong.append(f"openapi.yaml refers to {kind}/{name}, which it doesn't have")
    print("\n".join(wrong) if wrong else f"{len(served)} routes, all described")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
