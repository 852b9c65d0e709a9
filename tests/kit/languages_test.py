"""A plugin in another language than C and C++: built where its tools are, checked, and run by a real attempt."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from kit import Case, program

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "plugins/examples/go-hello"


def find_go():
    return shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")


class Go(Case):
    @classmethod
    def setUpClass(cls):
        cls.go = find_go()
        if cls.go is None:
            print("SKIPPED: the plugin in Go, because there is no Go here", file=sys.stderr)
            raise unittest.SkipTest("no Go")

    def test_an_operator_in_go_keeps_the_contract_and_runs(self):
        library = self.path("plugins/millrace-go-hello.so")
        tools = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "-buildvcs=false", "CGO_ENABLED": "1", "CGO_CFLAGS": f"-I{ROOT / 'plugins/sdk'}",
                 "GOCACHE": self.path("cache"), "GOPATH": self.path("go")}
        built = subprocess.run([self.go, "build", "-buildmode=c-shared", f"-ldflags=-extldflags=-Wl,--version-script={EXAMPLE / 'exports.map'}", "-o", library, "."],
                               cwd=EXAMPLE, env={**os.environ, **tools}, capture_output=True, text=True, timeout=250, check=False)
        self.assertEqual(built.returncode, 0, built.stderr)
        self.assertEqual(program("plugin", "check", library), (0, "1 operators, 1 made from their examples, 0 errors, 0 warnings\n", ""))
        code, said, complaint = program("--json", "run", EXAMPLE / "hello.yaml", "--plugin-dir", os.path.dirname(library))
        self.assertEqual(code, 0, complaint)
        run = json.loads(said)
        self.assertEqual(run["state"], "succeeded")
        self.assertEqual(run["tasks"][0]["output"], {"greeted": "Ada"})


if __name__ == "__main__":
    unittest.main()
