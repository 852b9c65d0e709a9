"""Who may do what: roles over every route and rpc, sessions, tokens, lock-out, the audit log, and what an attacker would try."""
import concurrent.futures
import http.client
import json
import os
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import unittest
import urllib.parse
import urllib.request

from kit import PROGRAM, Case, compiled, free_port, program, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tidy"))
import verbs  # noqa: E402

TABLE = verbs.read()
RANK = {role: number for number, role in enumerate(verbs.ROLES)}
PASSWORD = "correct horse battery"
HOUR = 3600
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "shifted_clock.c"), encoding="utf-8") as file:
    SHIFTED = file.read()


class House(Case):
    def setUp(self):
        super().setUp()
        self.dag("sales", {"say": "echo sales"}, "labels: {team: sales}\n")
        self.dag("stock", {"say": "echo stock"}, "labels: {team: stock}\n")
        self.running = self.server("--auth")
        self.start()

    def start(self):
        self.running.start()
        found = re.findall(r"mrt1_[0-9a-f]{16}_[0-9a-f]{64}", self.running.said())
        self.root = found[0] if found else None

    def ask(self, method, path, token=None, body=None, **headers):
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if method != "GET":
            headers.setdefault("Content-Type", "application/json")
        return self.running.call(method, path, {} if body is None and method == "POST" else body, headers)

    def code(self, method, path, token=None, body=None, **headers):
        answer = self.ask(method, path, token, body, **headers)
        return answer.status, (answer.json if answer.status >= 400 else {}).get("code")

    def token(self, name, *scopes, **more):
        answer = self.ask("POST", "/api/v1/tokens", self.root, {"name": name, "scopes": list(scopes), **more})
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json["token"]

    def user(self, name, *roles):
        answer = self.ask("POST", "/api/v1/users", self.root, {"name": name, "password": PASSWORD, "roles": list(roles)})
        self.assertEqual(answer.status, 201, answer.body)

    def log_in(self, user, password=PASSWORD, **headers):
        """The cookie and the CSRF token of a new session."""
        answer = self.ask("POST", "/api/v1/session", None, {"user": user, "password": password}, **headers)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.headers["Set-Cookie"].split(";")[0], answer.json["csrf"]

    def words(self, *words, token=None, given=None, home=None):
        env = {**os.environ, "MILLRACE_TOKEN": token or "", "HOME": home or self.folder, "XDG_CONFIG_HOME": ""}
        done = subprocess.run([PROGRAM, *map(str, words), "--server", self.running.facts["rpc"]], input=given, capture_output=True, text=True, timeout=60, env=env, check=False)
        return done.returncode, done.stdout, done.stderr

    def audit(self):
        return self.ask("GET", "/api/v1/audit?limit=1000", self.root).json["items"]


class Roles(House):
    """Each route and each rpc of the table with each role, allowed and refused."""

    def setUp(self):
        super().setUp()
        self.run_id = self.ask("POST", "/api/v1/dags/sales/runs", self.root).json["id"]
        wait_for(lambda: self.ask("GET", f"/api/v1/runs/{self.run_id}", self.root).json["state"] == "succeeded", what="the run")
        self.other = self.ask("POST", "/api/v1/dags/stock/runs", self.root).json["id"]
        wait_for(lambda: self.ask("GET", f"/api/v1/runs/{self.other}", self.root).json["state"] == "succeeded", what="the other run")

    def path(self, name):
        return super().path(name)

    def filled(self, verb, dag="sales"):
        parts = {"dag": dag, "run": self.run_id if dag == "sales" else self.other, "task": "say", "attempt": "1", "backfill": "999"}
        return re.sub(r"\{(\w+)\}", lambda part: urllib.parse.quote(parts.get(part.group(1), "nobody"), safe=""), verb.path)

    def status(self, verb, token, dag="sales"):
        """Of the headers alone: streams go on."""
        at = urllib.parse.urlparse(self.running.facts["http"])
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        connection.request(verb.method, self.filled(verb, dag), body=None if verb.method == "GET" else "{}", headers=headers)
        answer = connection.getresponse()
        code = json.loads(answer.read())["code"] if answer.status >= 400 else None
        answer.close()
        connection.close()
        return answer.status, code

    def test_every_route_with_every_role(self):
        tokens = {role: self.token(role, role) for role in verbs.ROLES}
        seen = 0
        for verb in TABLE:
            if not verb.path or verb.path in ("/healthz", "/readyz") or verb.name == "session.end":
                continue
            for role in (None, *verbs.ROLES):
                seen += 1
                with self.subTest(verb=verb.name, role=role):
                    status, code = self.status(verb, tokens.get(role))
                    if verb.about == "everyone":
                        self.assertNotIn(code, ("E8020", "E8021", "E8023"))
                    elif role is None:
                        self.assertEqual((status, code), (401, "E8020"))
                    elif verb.about != "oneself" and RANK[role] < RANK[verb.least]:
                        self.assertEqual((status, code), (403, "E8023"))
                    else:
                        self.assertNotIn(status, (401, 403), code)
                        self.assertLess(status, 500, code)
        self.assertGreater(seen, 250)

    def test_every_route_with_roles_for_one_label(self):
        tokens = {role: self.token(role, f"{role}:team=sales") for role in verbs.ROLES[:3]}
        for verb in TABLE:
            if not verb.path or verb.about in ("everyone", "oneself"):
                continue
            for role, token in tokens.items():
                enough = RANK[role] >= RANK[verb.least]
                with self.subTest(verb=verb.name, role=role):
                    status, code = self.status(verb, token)
                    allowed = enough and verb.about in ("dag", "run", "listing")
                    self.assertEqual(code == "E8023", not allowed, status)
                    if verb.about in ("dag", "run"):
                        self.assertEqual(self.status(verb, token, "stock"), (403, "E8023"))

    def test_every_rpc_with_every_role(self):
        tokens = {role: self.token(role, role) for role in verbs.ROLES}
        asked = [(verb, role) for verb in TABLE if verb.rpc for role in (None, *verbs.ROLES)]
        empty = self.write("empty", "\0" * 5)  # a message without fields

        def status_of(verb, role):
            token = ["-H", f"authorization: Bearer {tokens[role]}"] if role else []
            headers = subprocess.run(["curl", "-s", "--max-time", "60", "--http2-prior-knowledge", "-D", "-", "-o", "/dev/null", "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", f"@{empty}",
                                      *token, f"http://{self.running.facts['rpc']}/millrace.api.v1.Millrace/{verb.rpc}"], capture_output=True, text=True, timeout=90, check=False).stdout
            return int(re.search(r"^grpc-status: (\d+)", headers, re.M).group(1))

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda one: status_of(*one), asked))
        for (verb, role), status in zip(asked, statuses):
            with self.subTest(rpc=verb.rpc, role=role):
                if role is None:
                    self.assertEqual(status, 16)
                elif verb.about != "oneself" and RANK[role] < RANK[verb.least]:
                    self.assertEqual(status, 7)
                else:
                    self.assertNotIn(status, (7, 12, 16))

    def test_lists_have_what_may_be_seen(self):
        token = self.token("part", "viewer:team=sales")
        self.write("dags/broken.yaml", "dag: broken\ntasks: {a: {uses: no.such}}\n")
        wait_for(lambda: self.ask("GET", "/api/v1/dags", self.root).json["errors"], what="the mistake")
        dags = self.ask("GET", "/api/v1/dags", token).json
        self.assertEqual([dag["name"] for dag in dags["items"]], ["sales"])
        self.assertEqual(dags["errors"], [])
        runs = lambda query="": [run["dag"] for run in self.ask("GET", f"/api/v1/runs{query}", token).json["items"]]
        self.assertEqual(runs(), ["sales"])
        self.assertEqual(runs("?dag=stock"), [])
        self.assertEqual(sorted(run["dag"] for run in self.ask("GET", "/api/v1/runs", self.root).json["items"]), ["sales", "stock"])
        code, out, said = self.words("--json", "dags", "list", token=token)
        self.assertEqual(code, 0, said)
        self.assertEqual([dag["name"] for dag in json.loads(out)], ["sales"])
        code, out, said = self.words("--json", "runs", "list", token=token)
        self.assertEqual([run["dag"] for run in json.loads(out)], ["sales"])

    def test_what_is_not_in_the_table_is_not_there(self):
        self.assertEqual(self.code("GET", "/api/v1/nothing"), (401, "E8020"))
        self.assertEqual(self.code("GET", "/api/v1/nothing", self.root), (404, "E8003"))
        self.assertEqual(self.code("POST", "/api/v1/dags/sales/nothing", self.root), (404, "E8003"))


class Sessions(House):
    def setUp(self):
        super().setUp()
        self.user("ada", "operator")

    def test_a_session_begins_writes_and_ends(self):
        answer = self.ask("POST", "/api/v1/session", None, {"user": "ada", "password": PASSWORD})
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json["who"], "user:ada")
        self.assertRegex(answer.headers["Set-Cookie"], r"^millrace=mrs1_\w+; Path=/; HttpOnly; SameSite=Strict$")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        cookie, csrf = answer.headers["Set-Cookie"].split(";")[0], answer.json["csrf"]
        self.assertEqual(self.ask("GET", "/api/v1/session", Cookie=cookie).json["csrf"], csrf)
        start = lambda **headers: self.code("POST", "/api/v1/dags/sales/runs", Cookie=cookie, **headers)
        self.assertEqual(start(), (403, "E8026"))
        self.assertEqual(start(X_Csrf_Token="0" * 64), (403, "E8026"))
        self.assertEqual(start(X_Csrf_Token=csrf, Origin="http://evil.example"), (403, "E8002"))
        self.assertEqual(start(X_Csrf_Token=csrf, Content_Type="text/plain"), (415, "E8002"))
        self.assertEqual(start(X_Csrf_Token=csrf), (201, None))
        self.assertEqual(self.code("DELETE", "/api/v1/session", Cookie=cookie), (403, "E8026"), "nobody logs others out either")
        self.assertEqual(self.ask("DELETE", "/api/v1/session", Cookie=cookie, X_Csrf_Token=csrf).status, 200)
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=cookie), (401, "E8021"), "a stolen cookie after log-out")
        self.assertEqual(start(X_Csrf_Token=csrf), (401, "E8021"))

    def test_another_sessions_csrf_token_is_none(self):
        cookie, _ = self.log_in("ada")
        _, other = self.log_in("ada")
        self.assertEqual(self.code("POST", "/api/v1/dags/sales/runs", Cookie=cookie, X_Csrf_Token=other), (403, "E8026"))

    def test_a_planted_cookie_is_not_taken_over(self):
        planted = "millrace=mrs1_" + "0" * 16 + "_" + "1" * 64
        cookie, _ = self.log_in("ada", Cookie=planted)
        self.assertNotEqual(cookie, planted)
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=planted), (401, "E8021"))
        again, _ = self.log_in("ada", Cookie=cookie)
        self.assertNotEqual(again, cookie)
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=cookie), (401, "E8021"), "a new id at each log-in, and the old one is gone")

    def test_streams_end_with_their_session(self):
        run = self.ask("POST", "/api/v1/dags/sales/runs", self.root).json["id"]
        self.dag("slow", {"wait": f"echo here; while ! test -e {self.path('go')}; do sleep 0.05; done"})
        wait_for(lambda: self.ask("GET", "/api/v1/dags/slow", self.root).status == 200, what="the Dag")
        slow = self.ask("POST", "/api/v1/dags/slow/runs", self.root).json["id"]
        wait_for(lambda: self.ask("GET", f"/api/v1/runs/{slow}/tasks/wait", self.root).json["state"] == "running", what="the task")
        del run
        cookie, csrf = self.log_in("ada")
        at = urllib.parse.urlparse(self.running.facts["http"])
        streams = []
        for path in ("/api/v1/events", f"/api/v1/runs/{slow}/tasks/wait/attempts/1/log/stream"):
            connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
            self.addCleanup(connection.close)
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.readline())
            streams.append(answer)
        self.assertEqual(self.ask("DELETE", "/api/v1/session", Cookie=cookie, X_Csrf_Token=csrf).status, 200)
        for answer in streams:
            try:
                answer.read()  # ends: else the timeout of the connection
            except http.client.IncompleteRead:
                pass
        self.touch("go")

    def test_events_are_those_of_dags_that_may_be_seen(self):
        token = self.token("part", "viewer:team=stock")
        at = urllib.parse.urlparse(self.running.facts["http"])
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        self.assertTrue(answer.readline())
        self.ask("POST", "/api/v1/dags/sales/runs", self.root)
        self.ask("POST", "/api/v1/dags/stock/runs", self.root)
        seen = set()
        while True:
            line = answer.readline().decode()
            if line.startswith("data: "):
                change = json.loads(line[6:])
                seen.add(change["dag"])
                if change.get("state") == "succeeded" and not change.get("task"):
                    break
        self.assertEqual(seen, {"stock"})

    def test_a_password_is_changed_by_its_owner(self):
        cookie, csrf = self.log_in("ada")
        change = lambda old, new: self.code("POST", "/api/v1/session/password", None, {"old": old, "new": new}, Cookie=cookie, X_Csrf_Token=csrf)
        self.assertEqual(change("a wrong password", "another password"), (401, "E8024"))
        self.assertEqual(change(PASSWORD, "short"), (400, "E8030"))
        self.assertEqual(change(PASSWORD, "another password"), (200, None))
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=cookie), (401, "E8021"))
        self.log_in("ada", "another password")

    def test_a_removed_user_and_a_revoked_role_count_at_once(self):
        cookie, csrf = self.log_in("ada")
        start = lambda: self.code("POST", "/api/v1/dags/sales/runs", Cookie=cookie, X_Csrf_Token=csrf)
        self.assertEqual(start(), (201, None))
        self.assertEqual(self.ask("POST", "/api/v1/users/ada/revoke", self.root, {"role": "operator"}).status, 200)
        self.assertEqual(start(), (403, "E8023"))
        self.assertEqual(self.ask("POST", "/api/v1/users/ada/remove", self.root).status, 200)
        self.assertEqual(start(), (401, "E8021"))

    def test_many_wrong_passwords_lock_the_name_for_a_while(self):
        attempt = lambda password: self.code("POST", "/api/v1/session", None, {"user": "ada", "password": password})
        codes = [attempt("a wrong password")[1] for _ in range(8)]
        self.assertEqual(codes[:5], ["E8024"] * 5)
        self.assertIn((429, "E8025"), [attempt(PASSWORD), attempt(PASSWORD)], "the right one, too")
        wait_for(lambda: attempt(PASSWORD)[0] == 201, what="the end of the wait")
        outcomes = [entry["outcome"] for entry in self.audit() if entry["verb"] == "session.begin"]
        self.assertIn("refused E8024", outcomes)
        self.assertIn("refused E8025", outcomes)


class Tokens(House):
    def test_the_first_start_prints_a_token_once_and_keeps_its_hash(self):
        self.assertIsNotNone(self.root)
        secret = self.root.rsplit("_", 1)[1].encode()
        for folder, _, names in os.walk(self.home):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(secret, file.read(), name)
        self.assertEqual(os.stat(os.path.join(self.home, "millrace.db")).st_mode & 0o777, 0o600)
        first = self.root
        self.running.stop()
        os.remove(self.running.output)
        self.start()
        self.assertIsNone(self.root)
        self.assertEqual(self.code("GET", "/api/v1/dags", first), (200, None))

    def test_an_expired_and_a_revoked_token_are_told_apart(self):
        brief, ci = self.token("brief", "viewer", life="1s"), self.token("ci", "viewer")
        wait_for(lambda: self.code("GET", "/api/v1/dags", brief) == (401, "E8022"), what="its end")
        self.assertEqual(self.code("GET", "/api/v1/dags", ci), (200, None))
        self.assertEqual(self.ask("POST", "/api/v1/tokens/ci/revoke", self.root).status, 200)
        answer = self.ask("GET", "/api/v1/dags", ci)
        self.assertEqual((answer.status, answer.json["code"]), (401, "E8021"))
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        states = {token["name"]: token["state"] for token in self.ask("GET", "/api/v1/tokens", self.root).json["items"]}
        self.assertEqual(states, {"first": "good", "brief": "over", "ci": "revoked"})
        code, _, said = self.words("dags", "list", token=ci)
        self.assertEqual(code, 1)
        self.assertIn("E8021", said)

    def test_the_last_admin_stays(self):
        self.assertEqual(self.code("POST", "/api/v1/tokens/first/revoke", self.root), (409, "E8032"))
        self.user("root", "admin")
        self.assertEqual(self.code("POST", "/api/v1/tokens/first/revoke", self.root), (200, None))

    def test_a_token_in_an_address_is_refused(self):
        for query in (f"token={self.root}", f"dag={self.root}", "access_token=x", f"{self.root}=1"):
            with self.subTest(query[:12]):
                answer = self.ask("GET", f"/api/v1/runs?{query}", self.root)
                self.assertEqual((answer.status, answer.json["code"]), (400, "E8027"))
                self.assertNotIn(self.root.encode(), answer.body)

    def test_other_shapes_of_the_header_are_no_token(self):
        for header in ("Bearer", "Bearer ", f"bearer {self.root}", f"Basic {self.root}", f"Bearer  {self.root}", f"Bearer {self.root[:-1]}", f"Bearer {self.root}0", "Bearer mrs1_" + self.root[5:]):
            with self.subTest(header[:12]):
                self.assertEqual(self.code("GET", "/api/v1/dags", Authorization=header)[0], 401)

    def test_the_page_is_entered_by_a_token_too(self):
        ci = self.token("ci", "operator")
        answer = self.ask("POST", "/api/v1/session", None, {"token": ci})
        self.assertEqual((answer.status, answer.json["who"]), (201, "token:ci"))
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=cookie), (200, None))
        self.ask("POST", "/api/v1/tokens/ci/revoke", self.root)
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=cookie), (401, "E8021"))
        self.assertEqual(self.code("POST", "/api/v1/session", None, {"token": ci}), (401, "E8021"))

    def test_a_clock_that_is_an_hour_off_says_what_is_over_and_lets_in_again(self):
        self.user("ada", "viewer")
        shifted = compiled(self.path("shifted.so"), SHIFTED, "-shared", "-fPIC", "-ldl")
        hour, ever = self.token("hour", "viewer", life="1h"), self.token("ever", "viewer", life="for ever")
        cookie, _ = self.log_in("ada")
        self.running.stop()
        self.running.before = ["env", f"LD_PRELOAD={shifted}", f"SHIFT={-HOUR}"]
        self.running.start()
        for token in (hour, ever):
            self.assertEqual(self.code("GET", "/api/v1/dags", token), (200, None))
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=cookie), (200, None))
        self.running.stop()
        self.running.before = ["env", f"LD_PRELOAD={shifted}", f"SHIFT={HOUR + 60}"]
        self.running.start()
        self.assertEqual(self.code("GET", "/api/v1/dags", hour), (401, "E8022"))
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=cookie), (401, "E8022"))
        self.assertEqual(self.code("GET", "/api/v1/dags", ever), (200, None))
        again, _ = self.log_in("ada")
        self.assertEqual(self.code("GET", "/api/v1/dags", Cookie=again), (200, None))


class Doors(House):
    def test_what_needs_no_log_in_and_what_does(self):
        for path in ("/healthz", "/readyz"):
            self.assertEqual(self.ask("GET", path).status, 200)
        self.assertEqual(self.code("GET", "/metrics"), (401, "E8020"))
        self.assertEqual(self.ask("GET", "/metrics", self.token("prometheus", "viewer")).status, 200)
        self.assertEqual(self.code("GET", "/metrics", self.token("part", "viewer:team=sales")), (403, "E8023"))

    def test_webhooks_and_callbacks_keep_their_own_tokens(self):
        self.write("home/secrets/hook", "s3cret\n")
        os.chmod(self.path("home/secrets/hook"), 0o600)
        self.write("dags/hooked.yaml", "dag: hooked\ntriggers: [{webhook: {token: !secret hook}}]\ntasks: {note: {uses: core.noop}}\n")
        wait_for(lambda: self.ask("GET", "/api/v1/dags/hooked", self.root).status == 200, what="the Dag")
        self.assertEqual(self.code("POST", "/hooks/hooked", "wrong"), (401, "E2022"))
        self.assertEqual(self.code("POST", "/hooks/hooked", self.root), (401, "E2022"), "an admin's token is not the hook's")
        self.assertEqual(self.code("POST", "/hooks/hooked", "s3cret"), (201, None))
        self.assertEqual(self.code("POST", "/api/v1/callbacks/nobody", None, {}), (404, "E2015"))
        entries = [entry for entry in self.audit() if entry["verb"] in ("hooks.call", "callbacks.take")]
        self.assertEqual([entry["who"] for entry in entries], ["anyone"] * len(entries))
        self.assertIn("refused E2022", [entry["outcome"] for entry in entries])
        self.assertRegex(next(entry["outcome"] for entry in entries if entry["outcome"].startswith("done")), "^done hooked@")
        self.assertNotIn("s3cret", json.dumps(self.audit()))

    def test_headers_of_every_answer_are_strict(self):
        for path in ("/api/v1/dags", "/api/v1/session", "/healthz", "/nothing"):
            headers = self.ask("GET", path).headers
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            policy = headers["Content-Security-Policy"]
            self.assertIn("default-src 'self'", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertNotIn("script-src", policy)
            self.assertNotIn("unsafe", policy)

    def raw(self, text):
        at = urllib.parse.urlparse(self.running.facts["http"])
        with socket.create_connection((at.hostname, at.port), 20) as connection:
            connection.sendall(text.encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer.decode(errors="replace")

    def test_no_header_is_injected(self):
        host = urllib.parse.urlparse(self.running.facts["http"]).netloc
        get = lambda line, *headers: self.raw("\r\n".join((f"GET {line} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", "")))
        self.assertIn("X-Request-Id: deploy-42", get("/api/v1/dags", "X-Request-Id: deploy-42"))
        for odd in ("a b", "a\tb", "a%0d%0aX-Evil: 1", "\u00e9", "x" * 300, "a;b"):
            self.assertNotIn(odd, get("/api/v1/dags", f"X-Request-Id: {odd}"))
        for path in ("/api/v1/dags/%0d%0aX-Evil:%201", "/api/v1/runs/x%0d%0aX-Evil:%201?token=%0d%0aX-Evil:%201"):
            answer = get(path, f"Authorization: Bearer {self.root}")
            self.assertNotRegex(answer.split("\r\n\r\n")[0], "(?m)^X-Evil")
        body = json.dumps({"user": "ada\r\nX-Evil: 1", "password": "x\r\nX-Evil: 1"})
        answer = self.raw(f"POST /api/v1/session HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        self.assertIn(" 401 ", answer)
        self.assertNotRegex(answer, "(?m)^X-Evil")

    def test_bad_words_are_told_and_change_nothing(self):
        for body in ({}, {"user": "ada"}, {"user": 5, "password": []}, {"token": "mrt1_"}, {"user": "a" * 10_000, "password": "b" * 10_000}):
            self.assertEqual(self.ask("POST", "/api/v1/session", None, body).status, 401, body)
        self.assertEqual(self.running.call("POST", "/api/v1/session", raw=b"{", headers={"Content-Type": "application/json"}).status, 400)
        for body in ({}, {"name": "bob"}, {"name": "b b", "password": PASSWORD, "roles": ["viewer"]}, {"name": "bob", "password": PASSWORD, "roles": ["king"]}, {"name": "bob", "password": PASSWORD, "roles": "viewer"}):
            self.assertEqual(self.code("POST", "/api/v1/users", self.root, body), (400, "E8030"), body)
        self.assertEqual(self.code("POST", "/api/v1/users/nobody/grant", self.root, {"role": "viewer"}), (404, "E8028"))
        self.assertEqual(self.code("POST", "/api/v1/tokens/nobody/revoke", self.root), (404, "E8028"))
        self.assertEqual(self.ask("GET", "/api/v1/users", self.root).json["items"], [])

    def test_an_approval_is_by_who_was_logged_in(self):
        self.write("dags/ask.yaml", "dag: ask\ntasks: {ok: {uses: core.approval, with: {prompt: \"Publish?\"}}}\n")
        wait_for(lambda: self.ask("GET", "/api/v1/dags/ask", self.root).status == 200, what="the Dag")
        run = self.ask("POST", "/api/v1/dags/ask/runs", self.root).json["id"]
        wait_for(lambda: self.ask("GET", f"/api/v1/runs/{run}/tasks/ok", self.root).json["state"] == "asleep", what="the question")
        self.assertEqual(self.ask("POST", f"/api/v1/runs/{run}/tasks/ok/approve", self.token("ci", "operator"), {"by": "the boss"}).status, 200)
        task = wait_for(lambda: (lambda t: t if t["state"] == "succeeded" else None)(self.ask("GET", f"/api/v1/runs/{run}/tasks/ok", self.root).json), what="its end")
        self.assertEqual(task["output"]["by"], "token:ci")


class Audit(House):
    def test_who_did_what_is_written_searched_and_verified(self):
        self.user("ada", "operator:team=sales")
        cookie, csrf = self.log_in("ada")
        answer = self.ask("POST", "/api/v1/dags/sales/runs", None, {}, Cookie=cookie, X_Csrf_Token=csrf, X_Request_Id="deploy-42")
        run = answer.json["id"]
        self.assertEqual(self.code("POST", "/api/v1/dags/stock/runs", None, {}, Cookie=cookie, X_Csrf_Token=csrf), (403, "E8023"))
        self.assertEqual(self.code("POST", f"/api/v1/runs/{run}/tasks/nobody/clear", None, {}, Cookie=cookie, X_Csrf_Token=csrf), (409, "E2003"))
        told = [(entry["who"], entry["verb"], entry["target"], entry["outcome"]) for entry in self.audit()]
        self.assertEqual(told, [("server", "tokens.create", "first", "done"), ("token:first", "users.add", "", "done ada"), ("user:ada", "session.begin", "user:ada", "done"),
                                ("user:ada", "runs.start", "dag=sales", f"done {run}"), ("user:ada", "runs.start", "dag=stock", "refused E8023"), ("user:ada", "tasks.clear", f"run={run} task=nobody", "failed E2003")])
        self.assertEqual(next(entry["request"] for entry in self.audit() if entry["outcome"].startswith("done " + run)), "deploy-42")
        self.assertTrue(all(entry["from"] == "127.0.0.1" for entry in self.audit()[1:]))
        for secret in (PASSWORD, self.root, cookie, csrf):
            self.assertNotIn(secret, json.dumps(self.audit()))

        code, out, said = self.words("--json", "audit", "search", "stock", token=self.root)
        self.assertEqual(code, 0, said)
        self.assertEqual([entry["outcome"] for entry in json.loads(out)["items"]], ["refused E8023"])
        code, out, _ = self.words("--json", "audit", "list", "--who", "user:ada", "--verb", "runs", token=self.root)
        self.assertEqual([entry["outcome"] for entry in json.loads(out)["items"]], ["refused E8023", f"done {run}"])
        code, out, said = self.words("audit", "export", token=self.root)
        self.assertEqual(code, 0, said)
        self.assertEqual([json.loads(line)["number"] for line in out.splitlines()], list(range(1, 7)))
        code, out, said = self.words("audit", "verify", token=self.root)
        self.assertEqual(code, 0, said)
        head = re.search(r"[0-9a-f]{64}", out).group()
        self.assertEqual(head, json.loads(self.words("audit", "export", token=self.root)[1].splitlines()[-1])["hash"])
        self.assertEqual(self.words("audit", "verify", "--head", head, token=self.root)[0], 0)

    def test_an_entry_that_was_changed_removed_or_moved_is_found(self):
        for n in range(4):
            self.ask("POST", "/api/v1/dags/sales/runs", self.root)
        head = json.loads(self.words("--json", "audit", "verify", token=self.root)[1])["head"]
        changes = {"UPDATE audit SET who = 'user:eve' WHERE number = 3": "entry 3", "DELETE FROM audit WHERE number = 2": "entry 3", "UPDATE audit SET number = 100 WHERE number = 1": "entry 2",
                   "DELETE FROM audit WHERE number = 5": None}
        with sqlite3.connect(os.path.join(self.home, "millrace.db")) as store:
            self.assertRaises(sqlite3.IntegrityError, store.execute, "DELETE FROM audit")
        for number, (change, where) in enumerate(changes.items()):
            with self.subTest(change):
                copy = self.path(f"copy{number}")
                os.mkdir(copy)
                self.assertEqual(program("db", "backup", "--home", self.home, "--to", os.path.join(copy, "millrace.db"))[0], 0)
                self.assertEqual(os.stat(os.path.join(copy, "millrace.db")).st_mode & 0o777, 0o600, "hashes of passwords are in it, too")
                with sqlite3.connect(os.path.join(copy, "millrace.db")) as store:
                    store.execute("DROP TRIGGER audit_is_not_changed")
                    store.execute("DROP TRIGGER audit_is_not_cut")
                    store.execute(change)
                code, out, said = program("audit", "verify", "--home", copy, "--head", head)
                self.assertEqual(code, 1, out)
                self.assertIn("E8031", said)
                if where:
                    self.assertIn(where, said)
                else:
                    self.assertEqual(program("audit", "verify", "--home", copy)[0], 0, "what was cut off at the end is told by a noted head alone")


class Words(House):
    def test_users_by_the_command_line(self):
        code, out, said = self.words("users", "add", "ada", "--role", "viewer", "--role", "operator:team=sales", token=self.root, given=PASSWORD + "\n")
        self.assertEqual(code, 0, said)
        self.log_in("ada")
        self.assertEqual(self.words("users", "grant", "ada", "author", token=self.root)[0], 0)
        self.assertEqual(self.words("users", "revoke", "ada", "viewer", token=self.root)[0], 0)
        code, out, said = self.words("users", "list", token=self.root)
        self.assertRegex(out, r"ada +author, operator:team=sales")
        self.assertEqual(self.words("users", "passwd", "ada", token=self.root, given="another password\n")[0], 0)
        self.log_in("ada", "another password")
        self.assertEqual(self.words("users", "remove", "ada", token=self.root)[0], 0)
        self.assertEqual(self.code("POST", "/api/v1/session", None, {"user": "ada", "password": "another password"}), (401, "E8024"))
        code, _, said = self.words("users", "add", "bob", "--role", "viewer", token=self.root, given="short\n")
        self.assertEqual(code, 1)
        self.assertIn("E8030", said)
        self.assertNotIn("'short'", said)

    def test_tokens_by_the_command_line(self):
        code, out, said = self.words("tokens", "create", "ci", "--scope", "operator:team=sales", "--life", "30d", token=self.root)
        self.assertEqual(code, 0, said)
        ci = out.strip()
        self.assertRegex(ci, r"^mrt1_\w+$")
        code, out, said = self.words("start", "sales", token=ci)
        self.assertEqual(code, 0, said)
        code, _, said = self.words("start", "stock", token=ci)
        self.assertEqual(code, 1)
        self.assertIn("E8023", said)
        self.assertEqual(self.words("run-and-wait", "sales", token=ci)[0], 0, "streams, too")
        self.assertEqual(self.words("tokens", "revoke", "ci", token=self.root)[0], 0)
        self.assertRegex(self.words("tokens", "list", token=self.root)[1], r"ci +operator:team=sales +revoked")
        self.assertIn("E8021", self.words("start", "sales", token=ci)[2])

    def test_the_token_comes_from_the_environment_or_a_closed_file(self):
        self.assertIn("E8020", self.words("dags", "list")[2])
        path = self.write(".config/millrace/token", self.root + "\n")
        os.chmod(path, 0o600)
        self.assertEqual(self.words("dags", "list")[0], 0)
        os.chmod(path, 0o644)
        code, _, said = self.words("dags", "list")
        self.assertEqual(code, 1)
        self.assertIn("E3101", said)
        self.assertNotIn(self.root, said)
        self.assertEqual(self.words("dags", "list", token=self.root)[0], 0, "the environment counts first")

    def test_a_log_that_is_followed_ends_with_its_token(self):
        self.dag("slow", {"wait": f"seq -f 'here is line %g of a log that fills a pipe' 1000; while ! test -e {self.path('go')}; do sleep 0.05; done"})
        wait_for(lambda: self.ask("GET", "/api/v1/dags/slow", self.root).status == 200, what="the Dag")
        run = self.ask("POST", "/api/v1/dags/slow/runs", self.root).json["id"]
        wait_for(lambda: self.ask("GET", f"/api/v1/runs/{run}/tasks/wait", self.root).json["state"] == "running", what="the task")
        follow = subprocess.Popen([PROGRAM, "logs", run, "wait", "--follow", "--server", self.running.facts["rpc"]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, "MILLRACE_TOKEN": self.token("ci", "viewer"), "HOME": self.folder})
        self.addCleanup(lambda: follow.poll() is not None or follow.kill())
        self.assertIn("here", follow.stdout.readline())
        self.ask("POST", "/api/v1/tokens/ci/revoke", self.root)
        _, said = follow.communicate(timeout=30)
        self.assertEqual(follow.returncode, 1)
        self.assertIn("E8021", said)
        self.touch("go")

    def test_who_lost_every_token_makes_one_on_the_servers_machine(self):
        for when in ("while it runs", "while it is down"):
            name = when.replace(" ", "-")
            code, out, said = program("tokens", "create", name, "--scope", "admin", "--home", self.home)
            self.assertEqual(code, 0, said)
            if when == "while it runs":
                self.assertEqual(self.code("GET", "/api/v1/users", out.strip()), (200, None))
                self.running.stop()
        self.running.start()
        self.assertEqual(self.code("GET", "/api/v1/users", out.strip()), (200, None))
        self.root = out.strip()
        self.assertIn("home:", json.dumps([entry["who"] for entry in self.audit()]))


class Beyond(Case):
    """What is open to other machines, and what is not."""

    def setUp(self):
        super().setUp()
        self.dag("sales", {"say": "echo sales"})

    def refused(self, *words, with_code=1):
        code, out, said = program("serve", "--home", self.home, "--dags", self.dags, "--http-port", free_port(), "--rpc-port", free_port(), *words)
        self.assertEqual(code, with_code, out)
        return said

    def test_an_address_beyond_this_machine_needs_tls_and_auth(self):
        self.assertIn("E9001", self.refused("--address", "0.0.0.0"))
        self.assertIn("E9001", self.refused("--address", "0.0.0.0", "--auth"))
        self.assertIn("E9004", self.refused("--auth", "--session-idle", "soon", with_code=2))

    def test_without_auth_everything_is_open_as_before(self):
        server = self.server().start()
        answer = server.get("/api/v1/session")
        self.assertEqual((answer.status, answer.json["auth"]), (200, False))
        self.assertEqual(server.post("/api/v1/session", {"user": "a", "password": "b"}).status, 409)
        for path in ("/api/v1/users", "/api/v1/tokens", "/api/v1/audit"):
            self.assertEqual((server.get(path).status, server.get(path).json["code"]), (409, "E8033"))
        self.assertNotIn("mrt1_", server.said())

    def https_server(self, *words):
        """A server that answers by HTTPS, and the port of it; the kit's own waits know plain HTTP only."""
        server = self.server("--auth", "--tls", "--workers", "0", *words)
        output = open(server.output, "ab")  # until the server ends
        self.addCleanup(output.close)
        server.process = subprocess.Popen([PROGRAM, "serve", "--home", self.home, "--dags", self.dags, "--http-port", "0", "--rpc-port", str(server.rpc_port), *server.words],
                                          stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        return server, urllib.parse.urlparse(wait_for(server.read_facts, what="the server")["http"])

    def test_both_doors_show_a_new_certificate_without_a_restart(self):
        server, http_address = self.https_server("--server-certificate-life", "6s")
        shown = lambda port: ssl.get_server_certificate(("127.0.0.1", port), timeout=20)
        first = shown(http_address.port)
        wait_for(lambda: shown(http_address.port) != first, what="a new certificate of the page")
        self.assertIsNone(server.process.poll())

        def both():
            with open(os.path.join(self.home, "tls", "server.pem"), encoding="utf-8") as file:
                text = file.read()
            return shown(http_address.port).strip() in text and shown(server.rpc_port).strip() in text

        wait_for(both, what="one certificate at both doors")

    def test_with_tls_the_page_and_rest_are_https_and_the_cookie_knows_it(self):
        server, http_address = self.https_server("--address", "0.0.0.0")
        self.assertEqual((http_address.scheme, http_address.hostname), ("https", "0.0.0.0"))
        port = http_address.port
        root = wait_for(lambda: re.search(r"mrt1_\w+", server.said()), what="the token").group()
        trust = ssl.create_default_context(cafile=os.path.join(self.home, "tls", "ca.pem"))

        def ask(method, path, body=None, **headers):
            connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=trust)
            self.addCleanup(connection.close)
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

        status, headers, _ = ask("POST", "/api/v1/session", {"token": root})
        self.assertEqual(status, 201)
        self.assertRegex(headers["Set-Cookie"], r"^__Host-millrace=mrs1_\w+; Path=/; HttpOnly; SameSite=Strict; Secure$")
        self.assertEqual(ask("GET", "/api/v1/dags", Cookie=headers["Set-Cookie"].split(";")[0])[0], 200)
        self.assertEqual(ask("GET", "/api/v1/dags")[0], 401)
        with self.assertRaises((OSError, http.client.HTTPException)):
            plain = http.client.HTTPConnection("localhost", port, timeout=5)
            self.addCleanup(plain.close)
            plain.request("GET", "/healthz")
            plain.getresponse()
        old = http.client.HTTPSConnection("localhost", port, timeout=5, context=self.old_tls())
        self.addCleanup(old.close)
        self.assertRaises(OSError, old.request, "GET", "/healthz")
        # Over gRPC a client needs both: a certificate, and a token.
        self.assertEqual(program("certs", "client", "me", "--home", self.home, "--into", self.path("me"))[0], 0)
        env = {**os.environ, "MILLRACE_TOKEN": "", "HOME": self.folder}
        listed = lambda token: subprocess.run([PROGRAM, "dags", "list", "--server", f"localhost:{server.rpc_port}", "--identity", self.path("me")], env={**env, "MILLRACE_TOKEN": token}, capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("E8020", listed("").stderr)
        self.assertEqual(listed(root).returncode, 0, listed(root).stderr)

    @staticmethod
    def old_tls():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


if __name__ == "__main__":
    unittest.main()
