"""secret("name"): resolved by the worker, and in no log, output, error, config, store or command line."""
import glob
import os
import unittest

from kit import Case, descendants

SECRET = 'p4ss"w\\ord-7f3a'
DAG = """
dag: secretive
tasks:
  use: {uses: shell.run, with: {env: {TOKEN: "{{ secret(\\"api_token\\") }}"}, output: json,
        run: "echo token is $TOKEN; printf '{\\"length\\": %d}' ${#TOKEN}"}}
  leak: {uses: shell.run, needs: [use], with: {run: "echo got '{{ secret(\\"plain_one\\") }}' >&2; exit 3"}}
  none: {uses: shell.run, rule: all_done, needs: [leak], with: {run: "echo {{ secret(\\"unknown\\") }}"}}
"""


class Secrets(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/secretive.yaml", DAG)
        for name, value in (("api_token", SECRET), ("plain_one", "plain-value-91c2")):
            self.write(f"home/secrets/{name}", value + "\n")
            os.chmod(self.path(f"home/secrets/{name}"), 0o600)
        self.running = self.server()
        self.running.start()

    def test_a_secret_is_used_and_shown_nowhere(self):
        run = self.running.begin("secretive")
        for pid in descendants(self.running.process.pid):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                self.assertNotIn(b"plain-value", file.read())
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        self.assertEqual(self.running.task(run, "use")["output"]["json"], {"length": len(SECRET)})
        texts = [self.running.get(f"/api/v1/runs/{run}/tasks/{task}/attempts/1/log").body.decode() for task in ("use", "leak")]
        texts += [self.running.get(f"/api/v1/runs/{run}/tasks/{task}").body.decode() for task in ("use", "leak", "none")]
        self.assertIn("token is ***", texts[0])
        self.assertIn("got ***", texts[1])
        self.assertIn("E1067", texts[4])
        self.running.stop() if hasattr(self.running, "stop") else self.running.kill()
        for path in glob.glob(f"{self.home}/**", recursive=True):
            if os.path.isfile(path) and "/secrets/" not in path:
                with open(path, "rb") as file:
                    texts.append(file.read().decode("latin-1"))
        for text in texts:
            for value in ("plain-value-91c2", SECRET, "ord-7f3a"):
                self.assertNotIn(value, text)


if __name__ == "__main__":
    unittest.main()
