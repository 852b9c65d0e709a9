"""The Arrow stream of a dataset, read by somebody else: Apache Arrow's library for Python, of third_party/requirements-arrow.txt."""
import os
import subprocess
import tempfile
import unittest

from kit import BUILD

PYTHON = os.environ.get("MILLRACE_ARROW", "")
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arrow_reader.py")


class Rows(unittest.TestCase):
    def test_apache_arrow_reads_the_stream_and_finds_what_it_wrote(self):
        if not os.access(PYTHON, os.X_OK):
            print(f"\n*** SKIPPED, NOTHING WAS COMPARED: no Python with pyarrow at '{PYTHON}'; `./dev test` fetches it ***", flush=True)
            self.skipTest("pyarrow is not here")
        with tempfile.TemporaryDirectory(prefix="millrace-kit-") as folder:
            host, rows = os.path.join(BUILD, "tests", "rows_host.so"), os.path.join(BUILD, "lib", "millrace", "plugins", "libmillrace-rows.so")
            done = subprocess.run([PYTHON, "-B", SCRIPT, host, rows, folder], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("agree"), 5, done.stdout)


if __name__ == "__main__":
    unittest.main()
