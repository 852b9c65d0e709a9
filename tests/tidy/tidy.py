#!/usr/bin/env python3
"""The house rules that a machine can check; prints every breach as a sentence, and exits 1 when there is one."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

FLOORS = {
    "base": 0, "model": 1, "tls": 1, "graph": 2, "catalog": 2, "auth": 2, "schedule": 3, "parse": 3, "engine": 4,
    "dispatch": 5, "state": 5, "plugin": 5, "worker": 6, "api": 6, "app": 7,
}
# Floors of one height don't see each other, with these exceptions.
SIDEWAYS = set()

# Each heavy header is included by exactly one file of core.
HEAVY = {
    r"nlohmann/json\.hpp": "base/json.cpp",
    r"spdlog/.*": "base/log.cpp",
    r"openssl/.*": ("base/hash.cpp", "tls/certificate.cpp", "tls/probe.cpp"),
    r"yaml-cpp/.*": "parse/yaml_tree.cpp",
    r"jq\.h|jv\.h": "parse/expression.cpp",
    r"boost/graph/.*": "graph/order.cpp",
    r"boost/dll/.*": "plugin/library.cpp",
    r"argon2\.h": "auth/password.cpp",
    r"sqlite3\.h": ("state/database.cpp", "app/demo/customers.cpp"),
    r"httplib\.h": "api/http_server.cpp",
    r"grpcpp/.*": ("dispatch/grpc_server.cpp", "dispatch/grpc_join.cpp", "worker/grpc_client.cpp", "worker/grpc_join.cpp", "api/client_service.cpp", "api/client.cpp",
                   "tls/grpc_credentials.hpp", "tls/grpc_credentials.cpp"),
    r"CLI/.*|CLI11.hpp": "app/main.cpp",
}
TOP = {"CMakeLists.txt", "core", "plugins", "proto", "web", "dags", "tests", "third_party", "README.md", "dev", ".ci",
       "CMakePresets.json", ".clang-format", ".clang-tidy", ".editorconfig", ".gitignore", "LICENSE", ".github"}
AVOIDED = re.compile(r"\b(class|struct)\s+\w*(Manager|Handler|Util|Utils|Helper|Zombie|Workflow)\b")
PURE = ("schedule", "catalog")
IMPURE = re.compile(r"system_clock|steady_clock|std::getenv|getenv\(|random_device|<fstream>|<filesystem>|std::rand\b")
HOSTS = re.compile(r"registry\.npmjs|pypi\.org|files\.pythonhosted|crates\.io|proxy\.golang|repo1?\.maven|deb\.debian", re.I)
MACHINE = re.compile(r"(^|[^A-Za-z0-9_.])/(work|farm|root)/[A-Za-z]")
MOST_LINES = 700

breaches = []


def breach(sentence):
    breaches.append(sentence)


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def check_floors(path, text):
    parts = path.relative_to(ROOT / "core").parts
    floor = parts[0]
    if floor not in FLOORS:
        breach(f"core/{floor} is not a floor; the floors are {', '.join(FLOORS)}")
        return
    for header in re.findall(r'^#include "(\w+)/', text, re.M):
        if header not in FLOORS or header == floor:
            continue
        if FLOORS[header] > FLOORS[floor]:
            breach(f"{'/'.join(parts)} looks up to {header}; move the type down or the code up")
        elif FLOORS[header] == FLOORS[floor] and (floor, header) not in SIDEWAYS:
            breach(f"{'/'.join(parts)} looks sideways to {header}; floors of one height don't know each other")


def check_heavy(path, text):
    name = str(path.relative_to(ROOT / "core"))
    for pattern, owners in HEAVY.items():
        owners = owners if isinstance(owners, tuple) else (owners,)
        if re.search(rf"^#include <({pattern})>", text, re.M) and name not in owners:
            breach(f"core/{name} includes {pattern}, which only {' and '.join(owners)} may")


def main():
    tree = files()
    for entry in {path.relative_to(ROOT).parts[0] for path in tree} - TOP:
        breach(f"{entry} does not belong at the top of the tree")
    writers = []
    for path in tree:
        name = str(path.relative_to(ROOT))
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if name != "tests/tidy/tidy.py":
            for pattern, what in ((HOSTS, "names a package host"), (MACHINE, "names a place of one machine")):
                found = pattern.search(text)
                if found:
                    breach(f"{name} {what}: {found.group(0).strip()}")
        if path.suffix not in (".cpp", ".hpp", ".h"):
            continue
        lines = text.count("\n")
        if lines > MOST_LINES and "Long because" not in text[:400]:
            breach(f"{name} has {lines} lines; above {MOST_LINES} it says at its top why ('Long because …')")
        if name.startswith("core/"):
            check_floors(path, text)
            check_heavy(path, text)
            if re.search(r"\bshared_ptr\b", text):
                breach(f"{name} uses shared_ptr; in core everything has one owner")
            if re.search(r"UPDATE task_run\b", text) and name != "core/state/schema.cpp":  # but for migrations
                writers.append(name)
            if path.parts[-2] in PURE and IMPURE.search(text):
                breach(f"{name} reads a clock, a file, the environment or chance; {path.parts[-2]} is pure")
            if path.suffix == ".hpp" and not text.startswith("//"):
                breach(f"{name} does not open with what it is")
        found = AVOIDED.search(text)
        if found and (name.startswith("core/") or name.startswith("plugins/")):
            breach(f"{name} names a type {found.group(0)}; the ten words and the field's own terms are enough")
    if len(writers) != 1:
        breach(f"UPDATE task_run is written in {writers or 'no file'}; exactly one file may")
    for sentence in sorted(breaches):
        print(sentence)
    print(f"{len(tree)} files read, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
