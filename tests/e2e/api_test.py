"""The doors: REST, its event stream, the metrics, and the words of the command line."""
import http.client
import json
import re
import unittest
import urllib.parse

from kit import Case, program, wait_for


class Stream:
    """The events of one server-sent stream, as (id, event, data)."""

    def __init__(self, server, path, last=None):
        at = urllib.parse.urlparse(server.facts["http"])
        self.connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
        self.connection.request("GET", path, headers={} if last is None else {"Last-Event-ID": str(last)})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.status
        self.line()  # the server is listening from here on
        self.line()

    def line(self):
        return self.answer.readline().decode().rstrip("\n")

    def next(self):
        event = {}
        while True:
            line = self.line()
            if not line and event.get("data"):
                return int(event["id"]), event["event"], json.loads(event["data"])
            key, _, value = line.partition(": ")
            if key in ("id", "event", "data"):
                event[key] = value

    def until(self, last):
        events = [self.next()]
        while not last(events[-1]):
            events.append(self.next())
        return events

    def close(self):
        self.answer.close()
        self.connection.close()


def run_ended(event):
    return event[1] == "run" and event[2]["state"] in ("succeeded", "failed", "cancelled")


class Api(Case):
    def setUp(self):
        super().setUp()
        self.dag("quick", {"first": "echo one", "second": ("echo two", ["first"])})
        self.dag("slow", {"wait": f"touch {self.path('running')}; exec sleep 300"})
        self.dag("gate", {"first": f"while ! test -e {self.path('open')}; do sleep 0.05; done", "second": (f"touch {self.path('second')}", ["first"])})
        self.dag("mended", {"fine": f"echo x >> {self.path('fine')}", "broken": (f"test -e {self.path('mended')}", ["fine"])})
        self.running = self.server().start()

    def test_a_repeated_request_starts_nothing_and_names_the_first_run(self):
        runs = {self.running.begin("quick", request_id="one") for _ in range(2)}
        self.assertEqual(len(runs), 1)
        self.assertEqual(self.running.end_of(runs.pop())["state"], "succeeded")
        self.assertEqual(len(self.running.get("/api/v1/runs?dag=quick").json["items"]), 1)

    def test_why_a_task_failed_says_its_error_in_every_door(self):
        run = self.running.begin("mended")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        broken = next(task for task in self.running.run(run)["tasks"] if task["id"] == "broken")
        self.assertRegex(broken["why"], r"attempt 1 failed, 1 of \d tries used: E\d{4} .+")
        self.assertEqual(broken["error"]["code"], re.search(r"E\d{4}", broken["why"]).group())
        _, said, _ = program("runs", "show", "--server", self.running.facts["rpc"], run)
        self.assertIn(broken["why"], said)

    def test_explain_follows_the_needs_to_what_holds_a_task_up(self):
        self.dag("chain", {"first": f"while ! test -e {self.path('open')}; do sleep 0.05; done; false", "second": ("true", ["first"], "    retry: {attempts: 1}\n"), "third": ("true", ["second"])}, "defaults: {retry: {attempts: 1}}\n")
        wait_for(lambda: self.running.get("/api/v1/dags/chain").status == 200, what="the new Dag")
        run = self.running.begin("chain")
        wait_for(lambda: self.running.task(run, "first")["state"] == "running", what="the first task")
        because = lambda *words: json.loads(program("--json", "explain", "--server", self.running.facts["rpc"], run, *words)[1])
        self.assertEqual([(one["task"], one["depth"]) for one in because("third")["because"]], [("third", 0), ("second", 1), ("first", 2)])
        self.assertEqual([one["task"] for one in because()["because"]], ["first"], "what waits for it says nothing of its own")
        self.touch("open")
        self.running.end_of(run)
        code, out, said = program("explain", "--server", self.running.facts["rpc"], run)
        self.assertEqual(code, 0, said)
        self.assertIn("first is failed: ", out)
        self.assertIn("E4023", out)
        self.assertEqual(program("explain", "--server", self.running.facts["rpc"], run, "fourth")[0], 1)
        self.assertIn("no such", program("explain", "E2001")[1])

    def test_a_write_without_a_body_is_told_what_is_wrong(self):
        at = urllib.parse.urlparse(self.running.facts["http"])
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/api/v1/dags/quick/runs")
        connection.putheader("Content-Type", "application/json")
        connection.endheaders()
        answer = connection.getresponse()
        self.assertIn(answer.status, (400, 411))
        self.assertEqual(json.load(answer)["code"], "E8006")

    def test_a_log_stream_goes_on_behind_the_last_line_that_was_seen(self):
        self.dag("lines", {"say": "for i in 1 2 3 4; do echo line $i; done"})
        wait_for(lambda: self.running.get("/api/v1/dags/lines").status == 200, what="the new Dag")
        run = self.running.begin("lines")
        self.running.end_of(run)
        path = f"/api/v1/runs/{run}/tasks/say/attempts/1/log/stream"
        whole = self.running.get(path).body.decode()
        first = int(re.search(r"^id: (\d+)\nevent: line\ndata: .*line 1", whole, re.M).group(1))
        rest = self.running.get(path, **{"Last-Event-ID": str(first)}).body.decode()
        self.assertNotIn("line 1", rest)
        self.assertIn("line 2", rest)
        self.assertIn("event: end", rest)

    def test_a_running_run_is_cancelled_within_the_grace(self):
        run = self.running.begin("slow")
        wait_for(lambda: self.lines("running") == [] and self.running.task(run, "wait")["state"] == "running", what="the attempt")
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/cancel", {"reason": "a test"}).status, 200)
        self.assertEqual(self.running.end_of(run, 15)["state"], "cancelled")

    def test_a_paused_run_starts_no_task_until_it_is_resumed(self):
        run = self.running.begin("gate")
        wait_for(lambda: self.running.task(run, "first")["state"] == "running", what="the first task")
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/pause").status, 200)
        self.touch("open")
        wait_for(lambda: self.running.task(run, "first")["state"] == "succeeded", what="the first task's end")
        # Another run gets through the whole server meanwhile: what could have been placed was.
        self.assertEqual(self.running.end_of(self.running.begin("quick"))["state"], "succeeded")
        self.assertNotIn(self.running.task(run, "second")["state"], ("leased", "running", "succeeded"))
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/resume").status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")

    def test_retry_runs_what_failed_and_not_what_was_right(self):
        run = self.running.begin("mended")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        self.touch("mended")
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/retry").status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.lines("fine"), ["x"])

    def test_pages_of_runs_hold_every_run_once(self):
        made = [self.running.begin("quick") for _ in range(5)]
        for run in made:
            self.running.end_of(run)
        seen, after = [], ""
        while after is not None:
            page = self.running.get(f"/api/v1/runs?limit=2&after={urllib.parse.quote(after)}").json
            self.assertLessEqual(len(page["items"]), 2)
            seen += [run["id"] for run in page["items"]]
            after = page["next"]
        self.assertEqual(sorted(seen), sorted(made))
        self.assertEqual(len(seen), 5)

    def test_events_come_in_order_and_go_on_where_a_reader_stopped(self):
        stream = Stream(self.running, "/api/v1/events")
        self.addCleanup(stream.close)
        run = self.running.begin("quick")
        events = stream.until(run_ended)
        numbers = [number for number, _, _ in events]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        done = [data["task"] for _, kind, data in events if kind == "task" and data["state"] == "succeeded"]
        self.assertEqual(done, ["first", "second"])
        self.assertEqual(events[-1][2]["run"], run)
        again = Stream(self.running, "/api/v1/events", last=numbers[2])
        self.addCleanup(again.close)
        self.assertEqual(again.until(run_ended), events[3:])

    def test_metrics_parse_and_health_is_good(self):
        self.running.end_of(self.running.begin("quick"))
        text = self.running.get("/metrics").body.decode()
        samples = [line for line in text.splitlines() if line and not line.startswith("#")]
        self.assertGreater(len(samples), 5)
        for line in samples:
            self.assertRegex(line, re.compile(r'^[a-z_:][a-z0-9_:]*(\{([a-z_]+="[^"]*",?)*\})? [-+0-9.eE]+$|NaN$', re.I))
        self.assertEqual((self.running.get("/healthz").status, self.running.get("/readyz").status), (200, 200))

    def test_requests_from_elsewhere_and_of_the_wrong_kind_are_refused(self):
        path = "/api/v1/dags/quick/runs"
        self.assertEqual(self.running.call("POST", path, {}, {"Origin": "http://evil.example"}).status, 403)
        self.assertEqual(self.running.call("POST", path, {}, {"Host": "evil.example"}).status, 403)
        self.assertEqual(self.running.call("POST", path, raw=b"{}", headers={"Content-Type": "text/plain"}).status, 415)
        self.assertEqual(self.running.call("POST", path, raw=b"{", headers={}).status, 400)
        self.assertEqual(self.running.get("/api/v1/runs").json["items"], [])

    def test_what_does_not_exist_is_a_problem_in_json(self):
        for path in ("/api/v1/nothing", "/api/v1/runs/no-such-run", "/api/v1/dags/no_such_dag", "/api/v1/datasets/no.such"):
            answer = self.running.get(path)
            self.assertEqual((path, answer.status, answer.headers["Content-Type"]), (path, 404, "application/problem+json"))
            self.assertTrue(answer.json["code"].startswith("E"), answer.json)
        self.assertEqual(self.running.post("/api/v1/dags/no_such_dag/runs").status, 404)

    def test_words_of_the_command_line_answer_with_json_and_exit_codes(self):
        at = ["--server", self.running.facts["rpc"], "--json"]
        code, out, err = program("start", "quick", "--wait", *at)
        self.assertEqual((code, json.loads(out)["state"]), (0, "succeeded"), err)
        run = json.loads(out)["id"]
        code, out, _ = program("runs", "list", *at)
        self.assertEqual((code, [item["id"] for item in json.loads(out)]), (0, [run]))
        code, out, _ = program("runs", "show", run, *at)
        self.assertEqual((code, sorted(task["id"] for task in json.loads(out)["tasks"])), (0, ["first", "second"]))
        code, out, _ = program("logs", run, "first", "--server", self.running.facts["rpc"])
        self.assertEqual(code, 0)
        self.assertIn("one", out)
        code, out, _ = program("start", "mended", "--wait", *at)
        self.assertEqual((code, json.loads(out)["state"]), (1, "failed"))
        code, _, err = program("runs", "show", "no-such-run", *at)
        self.assertEqual((code, json.loads(err)["code"]), (1, "E2002"))
        self.assertEqual(program("no-such-word")[0], 2)
        self.assertEqual(program("start", "quick", "--param", "novalue", *at)[0], 2)
        code, _, err = program("runs", "list", "--server", "127.0.0.1:1", "--json")
        self.assertEqual((code, json.loads(err)["code"]), (3, "E8010"))


if __name__ == "__main__":
    unittest.main()
