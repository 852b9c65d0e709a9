"""Old runs: their line stays, and nothing else of them."""
import os
import unittest

from kit import Case, program, wait_for


class Retention(Case):
    def test_a_run_that_is_too_old_is_a_line_and_its_logs_and_items_are_gone(self):
        self.write("dags/rows.yaml", """
dag: rows
tasks:
  each: {uses: shell.run, foreach: {file: many.csv}, max_parallel: 4, tolerate: {failures: 100%}, timeout: 5m, with: {run: "echo said"}}
""")
        self.write("dags/many.csv", "id,text\n" + "".join(f"{i},{'x' * 400}\n" for i in range(300)))
        server = self.server("--slots", "4").start()
        run = server.begin("rows")
        self.assertEqual(server.end_of(run)["state"], "succeeded")
        items = os.path.join(server.home, "data", "items")
        self.assertEqual(len(os.listdir(items)), 2)
        logs = os.path.join(server.home, "logs")
        self.assertEqual(len(os.listdir(logs)), 1)
        server.stop()
        kept = self.server("--slots", "4", "--keep-runs", "1ms").start()
        pruned = wait_for(lambda: kept.run(run).get("pruned") and kept.run(run), what="the pruning")
        self.assertEqual(pruned["state"], "succeeded")
        wait_for(lambda: not os.listdir(logs) and not os.listdir(items), what="the end of its files")
        refused = kept.post(f"/api/v1/runs/{run}/tasks/each/clear", {})
        self.assertEqual((refused.status, refused.json["code"]), (409, "E2026"))
        _, out, _ = program("runs", "show", "--server", kept.facts["rpc"], run)
        self.assertIn("only this is kept", out)
        self.assertEqual([one["id"] for one in kept.get("/api/v1/runs").json["items"]], [run])
        kept.stop()
        code, out, said = program("db", "check", "--home", server.home)
        self.assertEqual(code, 0, out + said)
        code, out, said = program("db", "replay", "--home", server.home)
        self.assertEqual(code, 0, out + said)


if __name__ == "__main__":
    unittest.main()
