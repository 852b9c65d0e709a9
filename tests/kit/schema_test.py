"""`millrace schema`: it knows the keys that the reader knows, takes what the reader takes, and refuses what is plainly wrong.

An independent validator asks: python3-jsonschema, and python3-yaml for the files (packages of Debian); skipped, loudly, without them.
"""
import json
import pathlib
import re
import sys
import unittest

from kit import BUILD, Case, program

try:
    import jsonschema
except ImportError:
    jsonschema = None
try:
    import yaml
except ImportError:
    yaml = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
STRANGE = "strange_and_unknown_key"
NOOP = {"uses": "core.noop"}


def needs(module, package):
    if module is None:
        print(f"SKIPPED: a part of the schema's tests, because {package} is not installed", file=sys.stderr)
    return unittest.skipIf(module is None, f"no {package}")


def dag(task=None, **keys):
    return {"dag": "one", **keys, "tasks": {"a": NOOP, "b": {**NOOP, **(task or {})}}}


def core_yaml():
    """Scalars as YAML 1.2's core schema has them, which is what the reader does: `on` is a text."""
    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {}

    for tag, shape, first in (("bool", r"true|false", "tf"), ("null", r"null|~|", ["n", "~", ""]), ("int", r"[-+]?[0-9]+", "-+0123456789"),
                              ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")):
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{shape})$"), list(first))
    Loader.add_constructor("!secret", lambda loader, node: node.value)
    return Loader


# Where each map of the reader stands, and where the schema has it.
MAPS = {
    "the Dag": ({**dag(), STRANGE: 1}, []),
    "concurrency": (dag(concurrency={STRANGE: 1}), ["properties", "concurrency"]),
    "defaults": (dag(defaults={STRANGE: 1}), ["properties", "defaults"]),
    "schedule": (dag(schedule={"cron": "@daily", STRANGE: 1}), ["$defs", "schedule", "anyOf", 1]),
    "an exception": (dag(schedule={"cron": "@daily", "except": [{"dates": ["2026-12-24"], STRANGE: 1}]}), ["$defs", "schedule", "anyOf", 1, "properties", "except", "items", "anyOf", 1]),
    "catchup": (dag(schedule={"cron": "@daily", "catchup": {STRANGE: 1}}), ["$defs", "schedule", "anyOf", 1, "properties", "catchup", "anyOf", 1]),
    "deadline": (dag(deadline={"at": "07:00", STRANGE: 1}), ["$defs", "deadline"]),
    "a trigger": (dag(triggers=[{"run": "two", STRANGE: 1}]), ["$defs", "trigger"]),
    "webhook": (dag(triggers=[{"webhook": {STRANGE: 1}}]), ["$defs", "trigger", "properties", "webhook"]),
    "param 'p'": (dag(params={"p": {STRANGE: 1}}), ["$defs", "param"]),
    "task 'b'": (dag({STRANGE: 1}), ["$defs", "task"]),
    "'on_failure.1'": (dag(on_failure=[{"uses": "core.noop", STRANGE: 1}]), ["$defs", "hooks", "items"]),
    "retry": (dag({"retry": {STRANGE: 1}}), ["$defs", "retry_rule"]),
    "timeout": (dag({"timeout": {STRANGE: 1}}), ["$defs", "timeout", "anyOf", 1]),
    "runs_on": (dag({"runs_on": {STRANGE: 1}}), ["$defs", "runs_on"]),
    "a check": (dag({"checks": [{STRANGE: 1}]}), ["$defs", "check"]),
    "tolerate": (dag({"foreach": [1], "tolerate": {"failures": 1, STRANGE: 1}}), ["$defs", "task", "properties", "tolerate"]),
    "pool": (dag({"uses": "shell.run", "with": {"run": "true"}, "pool": {STRANGE: 1}}), ["$defs", "task", "properties", "pool", "anyOf", 1]),
}

# Both say yes.
RIGHT = {
    "little": dag(),
    "much": dag(description="D", owner="o@example.com", labels={"domain": "retail", "tier": 1, "live": True}, env={"TZ": "UTC", "PORT": 80}, vars={"limit": 100, "deep": {"list": [1, "x"]}}, timeout="3h", keep_runs="90d",
                concurrency={"runs": 1, "tasks": 16, "tasks_of_all_runs": 20, "on_overlap": "queue"}, deadline={"at": "07:00", "timezone": "Europe/Berlin", "warn": "predicted"}, params={"day": {"type": "string", "format": "date", "default": "{{ .run.logical_date }}"}},
                defaults={"retry": {"attempts": 3, "delay": "10s", "backoff": 2, "max_delay": "5m", "jitter": "full", "on": ["transient", "lost"]}, "timeout": "30m", "runs_on": {"labels": ["linux"], "cpu": 0.5, "memory": "1GiB", "resources": {"gpu": 0.5}}},
                on_failure=[{"uses": "shell.run", "with": {"run": "true"}, "retry": {"attempts": 2}, "timeout": "1m", "env": {"A": "b"}}], on_success=[], on_late=[NOOP]),
    "a schedule as text": dag(schedule="30 5 * * *"),
    "several schedules": dag(schedule=["@daily", {"every": "15m"}, {"at": "2026-12-24T06:00:00+01:00"}, {"cron": "0 0 * * *", "catchup": {"window": "2d"}, "on_gap": "skip", "on_overlap": "both", "late_limit": "2h", "except": ["weekends", {"dates": ["2026-12-24"]}]}]),
    "a deadline within": dag(deadline={"within": "1.5h"}),
    "triggers": dag(triggers=[{"dataset": "raw.orders", "debounce": "5m"}, {"any": ["raw.a", "raw.b"]}, {"all": ["raw.a"]}, {"file": "landing/*.json", "settle": "10s", "marker": "done"}]),
    "a task with everything": dag({"uses": "shell.run", "with": {"run": "echo {{ .item }}"}, "needs": ["a"], "if": "{{ true }}", "rule": "none_failed", "foreach": [1, 2], "max_parallel": 2, "tolerate": {"failures": "5%"}, "group": "g", "priority": -5,
                                   "retry": [{"on": ["transient"], "attempts": 5}, {"exit_codes": [75], "attempts": 2}], "timeout": {"attempt": "1m", "queue": "1h", "total": "2h", "heartbeat": "30s"}, "env": {"A": 1}, "description": "D"}),
    "a rule as expression": dag({"needs": ["a"], "rule": "a.succeeded || a.skipped"}),
    "foreach by number and expression": {"dag": "one", "tasks": {"a": {**NOOP, "foreach": 3}, "b": {**NOOP, "foreach": "{{ [1] }}"}}},
    "rows": dag({"uses": "shell.run", "with": {"run": "true"}, "foreach": {"file": "shops.csv", "batch": 5}}),
    "a teardown": dag({"teardown_for": ["a"]}),
    "an expression where a number stands": dag({"uses": "http.request", "with": {"url": "{{ .run.dag }}", "timeout": "{{ .run.dag }}", "expect": "{{ [200] }}"}}),
    "a sensor by poll": dag({"uses": "core.sensor", "with": {"poll": {"uses": "shell.run", "with": {"run": "true"}}, "until": "{{ .output.exit_code == 0 }}", "every": "5s"}}),
    "a sensor by http": dag({"uses": "core.sensor", "with": {"http": {"url": "https://example.com"}}}),
    "a callback": dag({"uses": "core.callback", "with": {"notify": {"uses": "shell.run", "with": {"run": "echo {{ .token }}"}}, "deadline": "2h"}}),
    "an empty switch": dag({"uses": "core.switch", "with": {"cases": []}}),
}

# Both say no.
WRONG = {
    "no name": {"tasks": {"a": NOOP}},
    "a bad name": {**dag(), "dag": "One"},
    "no tasks": {"dag": "one", "tasks": {}},
    "tasks as a list": {"dag": "one", "tasks": [NOOP]},
    "a bad task's name": {"dag": "one", "tasks": {"A": NOOP}},
    "no operator": {"dag": "one", "tasks": {"a": {"needs": []}}},
    "an unknown operator": dag({"uses": "shell.runn", "with": {"run": "x"}}),
    "an unknown key": dag({"need": ["a"]}),
    "an unknown key of the config": dag({"uses": "shell.run", "with": {"run": "x", "shel": "y"}}),
    "a missing key of the config": dag({"uses": "shell.run", "with": {}}),
    "no config where one is needed": dag({"uses": "shell.run"}),
    "a number where a text stands": dag({"uses": "shell.run", "with": {"run": 1}}),
    "a choice that is none": dag({"uses": "shell.run", "with": {"run": "x", "output": "xml"}}),
    "config as a list": dag({"with": []}),
    "a duration without unit": dag(timeout=90),
    "no time at all": dag(timeout="0s"),
    "needs as a text": dag({"needs": "a"}),
    "a need twice": dag({"needs": ["a", "a"]}),
    "a rule that is none": dag({"rule": "all_successful"}),
    "if without expression": dag({"if": "true"}),
    "an expression in a description": dag(description="{{ .x }}"),
    "an expression in the environment": dag(env={"A": "{{ .x }}"}),
    "an expression in vars": dag(vars={"a": {"b": ["{{ .x }}"]}}),
    "a label that is a map": dag(labels={"a": {}}),
    "two ways of a schedule": dag(schedule={"cron": "@daily", "every": "1h"}),
    "no way of a schedule": dag(schedule={"timezone": "UTC"}),
    "a deadline of two kinds": dag(deadline={"at": "07:00", "within": "1h"}),
    "a deadline at no time": dag(deadline={"at": "25:00"}),
    "on_late without deadline": dag(on_late=[NOOP]),
    "two triggers in one": dag(triggers=[{"dataset": "raw.a", "run": "two"}]),
    "settle without file": dag(triggers=[{"dataset": "raw.a", "settle": "1s"}]),
    "debounce of a run": dag(triggers=[{"run": "two", "debounce": "1s"}]),
    "a dataset without zone": dag(triggers=[{"dataset": "orders"}]),
    "max_parallel without foreach": dag({"max_parallel": 2}),
    "tolerate without foreach": dag({"tolerate": {"failures": 1}}),
    "foreach as a plain text": dag({"foreach": "abc"}),
    "a switch for many": dag({"uses": "core.switch", "with": {"cases": []}, "foreach": [1]}),
    "a pool of a core operator": dag({"pool": "p"}),
    "a rule of a teardown": dag({"teardown_for": ["a"], "rule": "always"}),
    "a check of two kinds": dag({"checks": [{"suite": "a.json", "rules": "x"}]}),
    "a check without kind": dag({"checks": [{"on_fail": "warn"}]}),
    "a short check with a key that is none": dag({"checks": [{"range": {"column": "a", "minimum": 1}}]}),
    "a short check of two kinds": dag({"checks": [{"not_null": "a", "unique": "a"}]}),
    "a share above all": dag({"checks": [{"not_null": "a", "mostly": 2}]}),
    "a check that is about right": dag({"checks": [{"rules": "x", "approximate": "roughly"}]}),
    "no attempts": dag({"retry": {"attempts": 0}}),
    "five rules of retry": dag({"retry": [{}, {}, {}, {}, {}]}),
    "an exit code that is none": dag({"retry": {"exit_codes": [256]}}),
    "a share that is no number": dag({"runs_on": {"resources": {"gpu": "half"}}}),
    "memory without unit": dag({"runs_on": {"memory": "12"}}),
    "a hook that needs": dag(on_success=[{**NOOP, "needs": ["a"]}]),
    "a param of no type": dag(params={"p": {"type": "date"}}),
    "a param's bad name": dag(params={"a-b": {}}),
    "a sensor for two things": dag({"uses": "core.sensor", "with": {"dataset": "raw.a", "file": "x"}}),
    "a sensor for nothing": dag({"uses": "core.sensor", "with": {}}),
    "a poll without until": dag({"uses": "core.sensor", "with": {"poll": {"uses": "shell.run", "with": {"run": "x"}}}}),
    "a poll with a bad config": dag({"uses": "core.sensor", "with": {"poll": {"uses": "shell.run", "with": {"runn": "x"}}, "until": "{{ true }}"}}),
    "rows of a bad config": dag({"foreach": {"dataset": "raw.a", "batches": 5}}),
    "a dataset by an expression": dag({"uses": "sql.rows", "with": {"dataset": "{{ .x }}"}}),
}


class Schema(Case):
    @classmethod
    def setUpClass(cls):
        code, said, complaint = program("schema")
        assert code == 0, complaint
        cls.schema = json.loads(said)

    def mistakes_of_schema(self, value):
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in jsonschema.Draft202012Validator(self.schema).iter_errors(value)]

    def mistakes_of_reader(self, value):
        path = self.write("asked/one.yaml", json.dumps(value))  # JSON is YAML too
        return json.loads(program("--json", "validate", path)[1])["errors"]

    def test_its_keys_are_those_of_the_reader(self):
        for what, (value, path) in MAPS.items():
            with self.subTest(what):
                said = [error["hint"] for error in self.mistakes_of_reader(value) if error["what"] == f"unknown key '{STRANGE}' in {what}"]
                self.assertEqual(len(said), 1, self.mistakes_of_reader(value))
                place = self.schema
                for step in path:
                    place = place[step]
                self.assertEqual(sorted(place["properties"]), sorted(said[0].removeprefix("known are ").split(", ")))
                self.assertIs(place["additionalProperties"], False)

    @needs(jsonschema, "python3-jsonschema")
    def test_it_is_a_schema_itself(self):
        jsonschema.Draft202012Validator.check_schema(self.schema)

    @needs(jsonschema, "python3-jsonschema")
    def test_both_take_what_is_right(self):
        self.write("asked/shops.csv", "a\n1\n")
        for name, value in RIGHT.items():
            with self.subTest(name):
                self.assertEqual(self.mistakes_of_reader(value), [])
                self.assertEqual(self.mistakes_of_schema(value), [])

    @needs(jsonschema, "python3-jsonschema")
    def test_both_refuse_what_is_wrong(self):
        for name, value in WRONG.items():
            with self.subTest(name):
                self.assertNotEqual(self.mistakes_of_reader(value), [])
                self.assertNotEqual(self.mistakes_of_schema(value), [])

    @needs(jsonschema, "python3-jsonschema")
    def test_examples_of_all_operators_are_right(self):
        types = [rule["if"]["properties"]["uses"]["const"] for rule in self.schema["$defs"]["operator"]["allOf"]]
        manifests = [json.loads(path.read_text()) for path in sorted(pathlib.Path(BUILD, "lib/millrace/plugins").glob("*.json"))]
        manifests.append(json.loads(program("plugin", "describe", "core")[1]))
        seen = set()
        for operator in (one for manifest in manifests for one in manifest["operators"]):
            for example in operator["examples"]:
                seen.add(operator["type"])
                with self.subTest(operator["type"], example=example["title"]):
                    self.assertEqual(self.mistakes_of_schema(dag({"uses": operator["type"], "with": example["config"]})), [])
        self.assertEqual(seen, set(types))

    @needs(jsonschema and yaml, "python3-jsonschema or python3-yaml")
    def test_every_dag_that_we_show_is_right(self):
        files = [path for path in sorted((ROOT / "dags").rglob("*.yaml")) if not path.name.endswith(".test.yaml") and re.search(r"^dag:", path.read_text(), re.M)]
        self.assertGreater(len(files), 8)
        for path in files:
            with self.subTest(path.name):
                self.assertEqual(self.mistakes_of_schema(yaml.load(path.read_text(), core_yaml())), [])


if __name__ == "__main__":
    unittest.main()
