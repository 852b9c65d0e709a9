"""DQDL cases of ../shared/cases/dqdl, run in one process and judged by the rules that lie beside them.

A case may have "history": {name of a metric: [earlier values, the newest first]}.
"""
import importlib.util
import json
import subprocess

from conformance import CASES

FILES = ["parser.jsonl", "behaviour.jsonl"]


def judge():
    spec = importlib.util.spec_from_file_location("dqdl_compare", CASES / "dqdl" / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.check


def run(build, files):
    check = judge()
    for file in files:
        with open(file, encoding="utf-8") as lines:
            cases = [line for line in lines if line.strip()]
        out = subprocess.run([build / "bin" / "dqdl_cases"], input="".join(cases), capture_output=True, text=True, encoding="utf-8", timeout=600, check=True).stdout
        for line, answer in zip(cases, out.splitlines(), strict=True):
            result = json.loads(answer)
            wrong = check(json.loads(line), result)
            yield {**result, "verdict": "fail" if wrong else "pass", "reason": "; ".join(wrong)}
