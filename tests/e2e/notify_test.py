"""A failing Dag pages once, its recovery resolves it: against a receiver of PagerDuty's Events API v2.

The receiver is a script of the shared services, found by MILLRACE_SHARED or beside the checkout; without it the tests skip, loudly.
"""
import json
import os
import pathlib
import subprocess
import unittest
import urllib.request

from kit import Case

SHARED = pathlib.Path(os.environ.get("MILLRACE_SHARED", pathlib.Path(__file__).resolve().parents[3] / "shared"))
SERVICE = SHARED / "services" / "pagerduty.sh"

DAG = """
dag: orders
tasks:
  load:
    uses: shell.run
    retry: {attempts: 1}
    with: {run: test -e %(marker)s}
on_failure:
  - uses: notify.pagerduty
    with: {routing_key: 0123456789abcdef0123456789abcdef, severity: critical, url: "%(url)s"}
on_success:
  - uses: notify.pagerduty
    with: {routing_key: 0123456789abcdef0123456789abcdef, action: resolve, url: "%(url)s"}
"""


@unittest.skipUnless(SERVICE.exists(), f"SKIPPED: the PagerDuty receiver is not at {SERVICE}")
class Paging(Case):
    def setUp(self):
        super().setUp()
        folder = self.path("services")
        said = subprocess.run(["bash", str(SERVICE), "start", folder], capture_output=True, text=True, check=True).stdout
        self.addCleanup(subprocess.run, ["bash", str(SERVICE), "stop", folder], capture_output=True, check=False)
        self.facts = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)

    def ask(self, path, data=None):
        with urllib.request.urlopen(urllib.request.Request(self.facts["RECEIVER_URL"] + path, data=data), timeout=10) as answer:
            return json.load(answer)

    def test_a_failing_dag_pages_once_and_its_recovery_resolves_it(self):
        self.write("dags/orders.yaml", DAG % {"marker": self.path("marker"), "url": self.facts["PAGERDUTY_EVENTS_URL"]})
        server = self.server()
        server.start()
        self.assertEqual("failed", server.end_of(server.begin("orders"))["state"])
        again = server.begin("orders")
        self.assertEqual("failed", server.end_of(again)["state"])
        self.assertEqual({"orders": "triggered"}, self.ask("/incidents"))
        pathlib.Path(self.path("marker")).touch()
        server.post(f"/api/v1/runs/{again}/retry", {})
        self.assertEqual("succeeded", server.end_of(again)["state"])
        self.assertEqual({"orders": "resolved"}, self.ask("/incidents"))

    def test_a_receiver_that_is_busy_is_asked_again(self):
        self.ask("/fail?status=503&n=1", b"")
        self.write("dags/orders.yaml", DAG.replace("url: \"%(url)s\"}\non_success", "url: \"%(url)s\"}\n    retry: {attempts: 3, delay: 50ms}\non_success")
                   % {"marker": self.path("marker"), "url": self.facts["PAGERDUTY_EVENTS_URL"]})
        server = self.server()
        server.start()
        run = server.begin("orders")
        self.assertEqual("failed", server.end_of(run)["state"])
        self.assertEqual({"orders": "triggered"}, self.ask("/incidents"))
        self.assertEqual(2, server.task(run, "on_failure.1")["attempt"])


if __name__ == "__main__":
    unittest.main()
