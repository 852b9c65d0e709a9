"""Sensors, loops and callbacks with real operators: files, HTTP, SQL, tokens, over a server that is killed."""
import http.server
import json
import threading
import unittest

from kit import Case, wait_for

SENSORS = """
dag: sensors
params: {url: {type: string}}
tasks:
  file: {uses: core.sensor, with: {file: "landing/*.csv", every: 200ms, deadline: 1m}}
  web: {uses: core.sensor, with: {http: {url: "{{ .params.url }}/ready"}, every: 200ms, deadline: 1m}}
  rows: {uses: core.sensor, with: {sql: "select count(*) > 2 from raw.numbers", every: 200ms, deadline: 1m}}
  done: {uses: core.set, needs: [file, web, rows], with: {files: "{{ .tasks.file.output.count }}"}}
"""
NUMBERS = """
dag: numbers
params: {n: {type: integer}}
tasks:
  write: {uses: sql.query, with: {sql: "select unnest(range({{ .params.n }})) as n", into: raw.numbers}}
"""
JOB = """
dag: job
params: {url: {type: string}}
tasks:
  outside:
    uses: core.callback
    with: {notify: {uses: http.request, with: {method: POST, url: "{{ .params.url }}/jobs", json: {token: "{{ .token }}"}}}, heartbeat: 30s}
  after: {uses: core.set, needs: [outside], with: {rows: "{{ .tasks.outside.output.rows }}"}}
"""
LOOP = """
dag: pages
tasks:
  all: {uses: core.loop, with: {dag: page, params: {page: "{{ .index }}"}, until: "{{ .output.tasks.fetch.last }}"}}
"""
PAGE = """
dag: page
concurrency: {runs: 3}
params: {page: {type: integer}}
tasks:
  fetch: {uses: core.set, with: {last: "{{ .params.page >= 3 }}"}}
"""


class Partner(http.server.BaseHTTPRequestHandler):
    """Another system: not ready at first, and it remembers the tokens that it was given."""
    answers, tokens = [503, 404], []

    def do_GET(self):
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.end_headers()

    def do_POST(self):
        self.tokens.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["token"])
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_):
        pass


class Looks(Case):
    def setUp(self):
        super().setUp()
        Partner.answers, Partner.tokens = [503, 404], []
        self.partner = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Partner)
        threading.Thread(target=self.partner.serve_forever, daemon=True).start()
        self.addCleanup(self.partner.server_close)
        self.addCleanup(self.partner.shutdown)
        self.url = f"http://127.0.0.1:{self.partner.server_address[1]}"
        for name, text in (("sensors", SENSORS), ("numbers", NUMBERS), ("job", JOB), ("pages", LOOP), ("page", PAGE)):
            self.write(f"dags/{name}.yaml", text)
        self.running = self.server("--slots", "4")
        self.running.start()

    def test_sensors_see_files_answers_and_rows_and_outlive_a_killed_server(self):
        begin = self.running.begin("numbers", params={"n": 2})
        self.assertEqual(self.running.end_of(begin)["state"], "succeeded")
        run = self.running.begin("sensors", params={"url": self.url})
        wait_for(lambda: self.running.task(run, "web")["state"] == "succeeded", what="the answer")
        self.assertGreaterEqual(len(self.running.task(run, "web")["attempts"]), 3)
        self.running.kill()
        self.write("dags/landing/a.csv", "1\n")
        self.running.start()
        wait_for(lambda: self.running.task(run, "file")["state"] == "succeeded", what="the file")
        self.assertNotEqual(self.running.task(run, "rows")["state"], "succeeded")
        self.assertEqual(self.running.end_of(self.running.begin("numbers", params={"n": 3}))["state"], "succeeded")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "done")["output"], {"files": 1})

    def test_a_callback_hands_over_its_token_and_takes_one_answer(self):
        run = self.running.begin("job", params={"url": self.url})
        token = wait_for(lambda: Partner.tokens and Partner.tokens[0], what="the token")
        wait_for(lambda: "waits for a callback" in self.running.task(run, "outside")["why"], what="the wait")
        self.running.kill()
        self.running.start()
        self.assertEqual(self.running.post(f"/api/v1/callbacks/{token}/heartbeat").status, 200)
        forged = self.running.post(f"/api/v1/callbacks/{token[:-1]}x", {"output": {"rows": 1}})
        self.assertEqual((forged.status, forged.json["code"]), (404, "E2015"))
        self.assertEqual(self.running.post(f"/api/v1/callbacks/{token}", {"output": {"rows": 7}}).status, 200)
        self.assertEqual(self.running.post(f"/api/v1/callbacks/{token}", {"output": {"rows": 8}}).status, 404)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "after")["output"], {"rows": 7})

    def test_a_loop_runs_its_rounds(self):
        run = self.running.begin("pages")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.running.task(run, "all")["output"]["rounds"], 4)


if __name__ == "__main__":
    unittest.main()
