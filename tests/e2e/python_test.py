"""Functions of Python files, run by a real server and its worker: outputs, classes of errors, checkpoints, cancels, packages."""
import signal
import unittest
import zipfile

from kit import Case, alive, kill, wait_for

FILE = """
import os, subprocess, sys, time
import millrace

def where():
    print("in", os.getpid())
    return {"pid": os.getpid()}

def divide(a, b):
    return a / b

def count(path):
    at = (millrace.checkpoint() or 0) + 1
    millrace.save_checkpoint(at)
    if at < 3:
        os._exit(0)
    return at

def wait():
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    print(os.getpid(), child.pid)
    time.sleep(600)

def greet():
    import greeting
    return greeting.hello()
"""


class PythonTasks(Case):
    def setUp(self):
        super().setUp()
        self.write("dags/functions.py", FILE)
        self.running = self.server("--slots", 1)

    def dag_of(self, name, tasks, more=""):
        """A Dag of functions: {id: lines below the task}."""
        lines = "".join(f"  {task}:\n    uses: python.run\n" + "".join(f"    {line}\n" for line in own) for task, own in tasks.items())
        self.write(f"dags/{name}.yaml", f"dag: {name}\n{more}tasks:\n{lines}")

    def log(self, run, task, attempt=1):
        return [line["text"] for line in self.running.get(f"/api/v1/runs/{run}/tasks/{task}/attempts/{attempt}/log").json["lines"]]

    def output(self, run, task):
        return self.running.task(run, task)["output"]

    def test_tasks_in_a_row_share_a_warm_interpreter(self):
        call = "with: {file: functions.py, function: where}"
        self.dag_of("row", {"a": [call], "b": ["needs: [a]", call], "c": ["needs: [b]", call]})
        self.running.start()
        run = self.running.begin("row")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        pids = [self.output(run, task)["pid"] for task in "abc"]
        self.assertEqual(len(set(pids)), 1, pids)
        self.assertEqual(self.log(run, "b"), [f"in {pids[0]}"])
        self.running.stop()
        wait_for(lambda: not alive(pids[0]), what="the end of the interpreter")

    def test_an_exception_is_a_class_that_a_retry_rule_may_name(self):
        self.dag_of("bad", {"divide": ["retry: {attempts: 2, delay: 10ms, on: [python]}", "with: {file: functions.py, function: divide, args: {a: 1, b: 0}}"]})
        self.running.start()
        run = self.running.begin("bad")
        self.assertEqual(self.running.end_of(run)["state"], "failed")
        attempts = self.running.task(run, "divide")["attempts"]
        self.assertEqual(len(attempts), 2)
        error = attempts[-1]["error"]
        self.assertEqual((error["code"], error["what"], error["where"]), ("E4065", "ZeroDivisionError: division by zero", "functions.py:10"))
        self.assertIn("python/ZeroDivisionError", str(attempts[-1]))
        self.assertIn("    return a / b", self.log(run, "divide", 2))

    def test_a_function_that_dies_goes_on_from_its_checkpoint(self):
        self.dag_of("dies", {"count": ["retry: {attempts: 3, delay: 10ms}", "with: {file: functions.py, function: count, args: {path: x}}"]})
        self.running.start()
        run = self.running.begin("dies")
        self.assertEqual(self.running.end_of(run)["state"], "succeeded")
        self.assertEqual(self.output(run, "count"), {"result": 3})
        self.assertEqual([attempt.get("error", {}).get("code") for attempt in self.running.task(run, "count")["attempts"]][:2], ["E4066", "E4066"])

    def processes_of(self, run):
        return [int(word) for word in wait_for(lambda: self.log(run, "wait"), what="the first line")[0].split()]

    def test_a_cancel_ends_the_function_and_what_it_started(self):
        self.dag_of("long", {"wait": ["with: {file: functions.py, function: wait}"]})
        self.running.start()
        run = self.running.begin("long")
        pids = self.processes_of(run)
        self.assertTrue(all(map(alive, pids)))
        self.assertEqual(self.running.post(f"/api/v1/runs/{run}/cancel", {"reason": "a test"}).status, 200)
        self.assertEqual(self.running.end_of(run)["state"], "cancelled")
        wait_for(lambda: not any(map(alive, pids)), what="the end of both processes")

    def test_an_interpreter_ends_with_a_killed_worker_and_what_it_started(self):
        self.dag_of("long", {"wait": ["with: {file: functions.py, function: wait}"]})
        self.running.start()
        run = self.running.begin("long")
        interpreter, child = self.processes_of(run)
        self.addCleanup(kill, child, signal.SIGKILL)
        for worker in self.running.facts["workers"]:
            kill(worker)
        wait_for(lambda: not alive(interpreter), what="the end of the interpreter")
        wait_for(lambda: not alive(child), what="the end of what it started in a session of its own")

    def test_a_package_is_there_for_the_function_that_asks_for_it(self):
        with zipfile.ZipFile(self.path("dags/greeting-1.0-py3-none-any.whl"), "w") as wheel:
            wheel.writestr("greeting.py", "def hello(): return 'hello'\n")
            wheel.writestr("greeting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
            wheel.writestr("greeting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr("greeting-1.0.dist-info/RECORD", "")
        call = "with: {file: functions.py, function: greet, requirements: [./greeting-1.0-py3-none-any.whl]}"
        self.dag_of("greet", {"a": [call], "b": ["needs: [a]", call]}, f"env: {{MILLRACE_CACHE: {self.path('cache')}, PIP_NO_INDEX: 1}}\n")
        self.running.start()
        run = self.running.begin("greet")
        self.assertEqual(self.running.end_of(run, 120)["state"], "succeeded", self.log(run, "a"))
        self.assertEqual(self.output(run, "b"), {"result": "hello"})
        self.assertIn("Successfully installed greeting-1.0", self.log(run, "a"))
        self.assertEqual(self.log(run, "b"), [])


if __name__ == "__main__":
    unittest.main()
