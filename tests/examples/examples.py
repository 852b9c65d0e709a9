#!/usr/bin/env python3
"""Does everything that we show work? Each question is a ctest entry.

    examples.py --build DIR run FILE        runs a Dag of dags/examples; its outcome is in EXPECTED below
    examples.py --build DIR validate        every Dag below dags/ is right
    examples.py --build DIR tests           the suites below dags/ pass
    examples.py --build DIR operators       every example in a plugin's manifest fits the operator's own schema
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# State of the run, and of tasks worth a look: (state, attempts). An example that isn't here must succeed in every task.
EXPECTED = {
    "retry_and_notify": ("failed", {"flaky": ("succeeded", 2), "stubborn": ("failed", 1), "never": ("upstream_failed", 0)}),
    "tested": ("succeeded", {"load": ("succeeded", 1), "regions": ("succeeded", 0), "approve": ("skipped", 0), "publish": ("succeeded", 1)}),
    "choose": ("succeeded", {"size": ("succeeded", 0), "short": ("succeeded", 1), "long": ("skipped", 0), "rest": ("succeeded", 0),
                             "shout": ("skipped", 0), "report": ("succeeded", 0), "sweep": ("succeeded", 1)}),
}


def millrace(build, *words):
    return subprocess.run([build / "bin" / "millrace", *words], cwd=ROOT, capture_output=True, text=True, timeout=100)


def run(build, path):
    name = pathlib.Path(path).stem
    state, tasks = EXPECTED.get(name, ("succeeded", {}))
    done = millrace(build, "--json", "run", path)
    try:
        result = json.loads(done.stdout)
    except ValueError:
        return [f"{name} gave no JSON (exit code {done.returncode}): {done.stdout[-500:]}{done.stderr[-1500:]}"]
    wrong = []
    if result["state"] != state:
        wrong.append(f"{name} is {result['state']}, not {state}")
    if done.returncode != (0 if state == "succeeded" else 1):
        wrong.append(f"{name} ended with exit code {done.returncode}")
    found = {task["id"]: task for task in result["tasks"]}
    for task, (expected, attempts) in tasks.items():
        now = (found[task]["state"], found[task]["attempt"])
        if now != (expected, attempts):
            wrong.append(f"{name}: task {task} is {now[0]} after {now[1]} attempts, not {expected} after {attempts}")
    if not tasks:
        wrong += [f"{name}: task {task} is {facts['state']}: {facts['why']}" for task, facts in found.items() if facts["state"] != "succeeded"]
    return wrong


def validate(build):
    done = millrace(build, "--json", "validate", "dags")
    result = json.loads(done.stdout)
    files = [path for path in (ROOT / "dags").rglob("*.yaml") if not path.name.endswith(".test.yaml") and re.search(r"^dag:", path.read_text(), re.M)]
    wrong = [f"{error['where']}: {error['code']} {error['what']}" for error in result["errors"]]
    if len(result["dags"]) != len(files):
        wrong.append(f"{len(files)} files hold a Dag, and {len(result['dags'])} were read")
    return wrong


def tests(build):
    done = millrace(build, "--json", "test", "dags")
    result = json.loads(done.stdout)
    wrong = [f"{test['where']}: {test['name']}: {'; '.join(test['differences'])}" for test in result["tests"] if not test["passed"]]
    if done.returncode != 0 and not wrong:
        wrong.append(done.stderr)
    if len(result["tests"]) < 7:
        wrong.append(f"only {len(result['tests'])} tests were found below dags/")
    return wrong


def operators(build):
    millrace(build, "plugin", "list")  # makes the manifests
    manifests = sorted((build / "lib/millrace/plugins").glob("*.json"))
    wrong, seen = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for manifest in manifests:
            for operator in json.loads(manifest.read_text())["operators"]:
                if not operator["examples"]:
                    wrong.append(f"{operator['type']} shows no example")
                for example in operator["examples"]:
                    seen += 1
                    place = pathlib.Path(folder) / f"example_{seen}"
                    place.mkdir()
                    for key in ("suite", "recipe"):  # files that an example names
                        if isinstance(example["config"].get(key), str):
                            file = place / example["config"][key]
                            file.parent.mkdir(parents=True, exist_ok=True)
                            file.write_text("[]")
                    task = json.dumps({"uses": operator["type"], "with": example["config"]})
                    env = json.dumps({name: "shown" for name in re.findall(r"\.env\.(\w+)", task)})  # an example may count on variables
                    (place / "dag.yaml").write_text(f"dag: example_{seen}\nenv: {env}\ntasks:\n  shown: {task}\n")
                    done = millrace(build, "validate", str(place / "dag.yaml"))
                    if done.returncode != 0:
                        wrong.append(f"{operator['type']}, {example['title']!r}: {done.stderr.strip()}")
    if not seen:
        wrong.append(f"no manifest has an example in {build}")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("what", choices=["run", "validate", "tests", "operators"])
    parser.add_argument("file", nargs="?")
    options = parser.parse_args()
    build = options.build.resolve()
    wrong = {"run": lambda: run(build, options.file), "validate": lambda: validate(build), "tests": lambda: tests(build), "operators": lambda: operators(build)}[options.what]()
    for sentence in wrong:
        print(sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
