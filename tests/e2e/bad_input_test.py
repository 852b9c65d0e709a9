"""What people get wrong: files, ports, folders, libraries, commands. Each gets a clear answer, and the rest goes on."""
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import unittest

from kit import BUILD, Case, alive, program, wait_for

TEN_MISTAKES = """dag: wrong
descripton: a key that nothing reads
params:
  day: {type: text}
tasks:
  Not A Name:
    uses: shell.run
    with: {run: echo}
  a:
    uses: no.such_operator
  b:
    uses: shell.run
    needs: [nobody]
    with: {run: echo}
  c:
    uses: shell.run
    needs: [c]
    with: {run: echo}
  d:
    uses: shell.run
    with: {command: echo}
  e:
    uses: shell.run
    retry: {attempts: many}
    with: {run: echo}
  f:
    uses: shell.run
    with: {run: "echo {{ .params.night }}"}
  g:
    uses: shell.run
    with: {run: "echo {{ .tasks.nothing.output.x }}"}
  h:
    uses: shell.run
    timeout: soon
    with: {run: echo}
"""
LARGE_OUTPUT = """#include "sdk/millrace_plugin.hpp"
namespace {
struct Large {
  static constexpr auto type = "large.output", version = "1.0.0", summary = "Gives an output of some size.";
  static constexpr unsigned traits = 0;
  struct Config { int64_t bytes = 0; };
  static constexpr auto config = mr::fields(mr::field("bytes", &Config::bytes, "How many.").needed());
  void run(const Config& c, mr::Attempt& attempt) { attempt.output("text", std::string(static_cast<size_t>(c.bytes), 'x')); }
};
}  // namespace
MR_PLUGIN("large", "1.0.0", "Apache-2.0", Large)
"""
PLUGINS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "plugins")
TEN_LINES = {2, 4, 6, 10, 13, 17, 21, 24, 28, 31, 34}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class BadInput(Case):
    def refused(self, *words):
        """A `serve` that must end by itself: its exit code and complaint."""
        return program("serve", "--home", self.home, "--dags", self.dags, "--rpc-port", 0, *words)[::2]

    def test_ten_mistakes_in_one_file_are_told_at_once_with_line_and_column(self):
        path = self.write("dags/wrong.yaml", TEN_MISTAKES)
        code, out, _ = program("validate", path, "--json")
        errors = json.loads(out)["errors"]
        places = [error["where"] for error in errors]
        self.assertEqual(code, 1)
        for place in places:
            self.assertRegex(place, r"wrong\.yaml:\d+:\d+")
        lines = {int(place.split("wrong.yaml:")[1].split(":")[0]) for place in places}
        self.assertEqual(lines, TEN_LINES, json.dumps(errors, indent=1))

    def test_a_missing_operator_is_named(self):
        path = self.write("dags/one.yaml", "dag: one\ntasks:\n  a:\n    uses: no.such\n")
        code, out, _ = program("validate", path, "--json")
        error = json.loads(out)["errors"][0]
        self.assertEqual((code, error["code"]), (1, "E1012"))
        self.assertIn("no.such", error["what"])

    def test_a_port_in_use_is_refused(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            code, said = self.refused("--http-port", port)
            self.assertEqual(code, 1)
            self.assertIn("E8001", said)
            code, _, said = program("serve", "--home", self.home, "--dags", self.dags, "--http-port", 0, "--rpc-port", port)
            self.assertEqual(code, 1)
            self.assertIn("E3001", said)

    def test_a_home_that_does_not_take_the_address_is_refused(self):
        """Nobody would find the server. A full disk does the same: disk_full_test.py."""
        os.makedirs(os.path.join(self.home, "server.json.new"))  # in the way
        code, said = self.refused("--http-port", 0)
        self.assertEqual(code, 1)
        self.assertIn("E0003", said)
        self.assertIn("server.json", said)

    def test_a_lease_that_no_worker_could_keep_is_refused(self):
        code, said = self.refused("--http-port", 0, "--lease", "5ms")
        self.assertEqual(code, 2)
        self.assertIn("E9004", said)

    def test_two_servers_do_not_share_a_folder(self):
        first = self.server().start()
        code, said = self.refused("--http-port", 0)
        self.assertEqual(code, 1)
        self.assertIn("E2011", said)
        self.assertEqual(first.get("/healthz").status, 200)

    def test_a_store_of_a_newer_version_is_refused_and_not_touched(self):
        server = self.server().start()
        self.assertEqual(server.stop()[0], 0)
        path = os.path.join(self.home, "millrace.db")
        store = sqlite3.connect(path)
        store.execute("pragma user_version = 99")
        store.commit()
        store.execute("pragma wal_checkpoint(truncate)")
        store.close()
        before = digest(path)
        code, said = self.refused("--http-port", 0)
        self.assertEqual(code, 1)
        self.assertIn("E2010", said)
        self.assertEqual(digest(path), before)

    def test_libraries_that_are_no_plugins_or_crash_leave_the_others_usable(self):
        folder = self.path("plugins")
        os.mkdir(folder)
        self.write("plugins/millrace-broken.so", "this is no library")
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            self.fail("a C compiler is needed to make the libraries of this test")
        for name, text in {"empty": "int nothing;", "crashing": "__attribute__((constructor)) static void crash(void) { *(volatile int*)0 = 1; }"}.items():
            subprocess.run([compiler, "-shared", "-fPIC", "-o", os.path.join(folder, f"millrace-{name}.so"), "-x", "c", "-"], input=text, text=True, check=True)
        self.dag("fine", {"a": "echo fine"})
        server = self.server("--plugin-dir", folder).start()
        refused = " ".join(map(json.dumps, server.get("/api/v1/plugins").json["refused"]))
        for name in ("broken.so", "empty.so", "crashing.so"):
            self.assertIn(name, refused)
        self.assertEqual(server.end_of(server.begin("fine"))["state"], "succeeded")

    def test_each_bad_plugin_is_refused_with_its_mistake_and_what_is_good_works(self):
        folder = self.path("plugins")
        os.mkdir(folder)
        mistakes = {"magic": ("E4004", "magic number"), "entry": ("E4004", "does not export millrace_plugin_1"), "size": ("E4004", "2147483647 bytes"),
                    "profile": ("E4014", "'minLenght' is outside the profile"), "twice": ("E4007", "'bad.one' is offered"), "loop": ("E4001", "did not describe itself within 5s")}
        for name in [*mistakes, "none"]:
            shutil.copy(os.path.join(BUILD, "tests", "abi", "bad", f"millrace-{name}.so"), folder)
        self.dag("fine", {"a": "echo fine"})
        self.write("dags/good.yaml", "dag: good\ntasks: {a: {uses: bad.one, with: {name: Ada}}}\n")
        server = self.server("--plugin-dir", folder).start()
        plugins = server.get("/api/v1/plugins").json
        for name, (code, words) in mistakes.items():
            with self.subTest(name):
                of = [one for one in plugins["refused"] if one["where"].endswith(f"millrace-{name}.so")]
                self.assertEqual({one["code"] for one in of}, {code}, of)
                self.assertIn(words, of[0]["what"])
                self.assertTrue(of[0]["hint"])
        self.assertEqual([one["type"] for one in plugins["items"] if one["plugin"] == "bad"], ["bad.one"])
        runs = [server.begin(name) for name in ("fine", "good")]
        self.assertEqual([server.end_of(run)["state"] for run in runs], ["succeeded", "succeeded"])

    def test_an_attempt_that_dies_by_a_signal_is_one_failure_and_all_live_on(self):
        # The command ends its parent, the process that runs the operator.
        self.dag("crash", {"a": "kill -SEGV $PPID"})
        self.dag("fine", {"a": "echo fine"})
        server = self.server().start()
        workers = server.facts["workers"]
        run = server.begin("crash")
        self.assertEqual(server.end_of(run)["state"], "failed")
        attempts = server.task(run, "a")["attempts"]
        self.assertEqual([one["state"] for one in attempts], ["failed"])
        self.assertEqual(attempts[0]["error"]["code"], "E3009")
        self.assertRegex(json.dumps(attempts[0]["error"]), "SIGSEGV|signal 11|Segmentation")
        self.assertEqual(server.end_of(server.begin("fine"))["state"], "succeeded")
        self.assertTrue(all(alive(pid) for pid in workers))
        self.assertEqual(server.read_facts()["workers"], workers)

    def test_an_output_that_is_too_large_fails_its_task_and_the_next_runs(self):
        compiler = shutil.which("c++") or shutil.which("g++")
        if compiler is None:
            self.fail("a C++ compiler is needed to make the plugin of this test")
        os.mkdir(self.path("plugins"))
        subprocess.run([compiler, "-std=c++20", "-shared", "-fPIC", "-I", PLUGINS, "-o", self.path("plugins/millrace-large.so"), "-x", "c++", "-"],
                       input=LARGE_OUTPUT, text=True, check=True)
        self.write("dags/large.yaml", "dag: large\ntasks:\n  a:\n    uses: large.output\n    with: {bytes: 300000}\n")
        self.write("dags/allowed.yaml", "dag: allowed\ntasks:\n  a:\n    uses: large.output\n    with: {bytes: 200000}\n")
        server = self.server("--plugin-dir", self.path("plugins")).start()
        run = server.begin("large")
        self.assertEqual(server.end_of(run)["state"], "failed")
        attempts = server.task(run, "a")["attempts"]
        self.assertEqual([one["error"]["code"] for one in attempts], ["E4010"])
        self.assertEqual(server.end_of(server.begin("allowed"))["state"], "succeeded")

    def test_a_dag_that_was_edited_into_a_broken_file_stays_usable_as_it_was(self):
        path = self.dag("edited", {"a": "echo old"})
        server = self.server().start()
        self.write("dags/edited.yaml", "dag: edited\ntasks: [\n")
        errors = wait_for(lambda: server.get("/api/v1/dags").json["errors"], what="the error of the broken file")
        self.assertIn(path, errors[0]["where"])
        self.assertEqual(server.end_of(server.begin("edited"))["state"], "succeeded")
        self.dag("edited", {"a": "echo new", "b": "echo more"})
        wait_for(lambda: not server.get("/api/v1/dags").json["errors"], what="the mended file")
        self.assertEqual(len(server.get("/api/v1/dags/edited").json["tasks"]), 2)


if __name__ == "__main__":
    unittest.main()
