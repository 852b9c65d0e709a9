"""From an empty folder to a run that succeeded, with the installed SDK alone: as somebody who writes their first plugin."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import kit
from kit import BUILD, Case

ROOT = pathlib.Path(__file__).resolve().parents[2]


def done(*words, folder=None, timeout=300):
    """The output of a command that must go well."""
    ended = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)
    if ended.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))} ended with {ended.returncode}:\n{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}")
    return ended.stdout


class New(Case):
    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.mkdtemp(prefix="millrace-kit-")
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        cls.prefix = os.path.join(cls.base, "prefix")
        for component in ("sdk", "program"):
            done("cmake", "--install", BUILD, "--prefix", cls.prefix, "--component", component)
        cls.before, kit.PROGRAM = kit.PROGRAM, os.path.join(cls.prefix, "bin", "millrace")
        cls.addClassCleanup(setattr, kit, "PROGRAM", cls.before)

    def make(self, name):
        code, said, complaint = kit.program("--json", "plugin", "new", name, "--into", self.folder)
        self.assertEqual((code, complaint), (0, ""))
        return json.loads(said)

    def test_a_new_plugin_builds_passes_its_tests_keeps_the_contract_and_runs(self):
        made = self.make("my-plugin")
        self.assertEqual(sorted(made["files"]), [".gitignore", "CMakeLists.txt", "README.md", "dags/my-plugin.yaml", "src/my-plugin.cpp", "tests/my-plugin_test.cpp"])
        plugin = made["folder"]
        self.assertLess(len(pathlib.Path(plugin, "src/my-plugin.cpp").read_text().splitlines()), 30)

        done("cmake", "-S", plugin, "-B", f"{plugin}/build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        rules = pathlib.Path(plugin, "build/build.ninja").read_text() + pathlib.Path(plugin, "build/CMakeCache.txt").read_text()
        self.assertNotIn(str(ROOT), rules, "the installed package must not lead back into the tree")
        done("cmake", "--build", f"{plugin}/build", timeout=500)
        tested = done("ctest", "--test-dir", f"{plugin}/build", "--output-on-failure")
        self.assertIn("100% tests passed, 0 tests failed out of 3", tested)

        library = f"{plugin}/build/plugins/millrace-my-plugin.so"
        manifest = json.loads(pathlib.Path(library.replace(".so", ".json")).read_text())
        self.assertEqual([one["type"] for one in manifest["operators"]], ["my_plugin.greet"])
        self.assertEqual(kit.program("plugin", "check", library), (0, "1 operators, 1 made from their examples, 0 errors, 0 warnings\n", ""))
        self.assertEqual(kit.program("validate", f"{plugin}/dags", "--plugin-dir", os.path.dirname(library))[:2], (0, "1 Dags are right, 0 mistakes\n"))

        self.dags = f"{plugin}/dags"
        server = self.server("--plugin-dir", os.path.dirname(library)).start()
        run = server.end_of(server.begin("my_plugin_hello"))
        self.assertEqual(run["state"], "succeeded", run)
        self.assertEqual(next(task["output"] for task in run["tasks"] if task["id"] == "tell"), {"greeted": "Ada"})
        self.assertEqual(server.stop()[0], 0)

        # Installed, it is found without being named, by a manifest that fits the library as it lies there.
        done("cmake", "--install", f"{plugin}/build", "--prefix", self.prefix)
        installed = pathlib.Path(self.prefix, "lib/millrace/plugins/millrace-my-plugin.json")
        before = installed.read_text()
        code, said, complaint = kit.program("--json", "plugin", "list")
        self.assertEqual((code, complaint), (0, ""))
        self.assertIn("my_plugin.greet", [one["type"] for one in json.loads(said)["operators"]])
        self.assertEqual(installed.read_text(), before)

    def test_nothing_is_written_over(self):
        made = self.make("twice")
        source = pathlib.Path(made["folder"], "src/twice.cpp")
        source.write_text("mine\n")
        code, said, complaint = kit.program("plugin", "new", "twice", "--into", self.folder)
        self.assertEqual((code, said), (1, ""))
        self.assertIn(f"E9330 {made['folder']}: the folder is there already", complaint)
        self.assertEqual(source.read_text(), "mine\n")
        self.write("file", "mine too\n")
        self.assertEqual(kit.program("plugin", "new", "file", "--into", self.folder)[0], 1)
        self.assertEqual(pathlib.Path(self.path("file")).read_text(), "mine too\n")
        self.assertIn("E9330", kit.program("plugin", "new", "below", "--into", self.path("file"))[2])

    def test_a_name_that_does_not_fit_is_a_wrong_command_line(self):
        for name in ("My", "a_b", "../up", "a/b", "9a", "a-", "ä", "a" * 41, ""):
            with self.subTest(name):
                code, _, complaint = kit.program("plugin", "new", "--into", self.folder, "--", name)
                self.assertEqual(code, 2)
                self.assertIn("E9004", complaint)
        self.assertEqual(sorted(os.listdir(self.folder)), ["dags"])


if __name__ == "__main__":
    unittest.main()
