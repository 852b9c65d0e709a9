"""Expectations of ../shared/cases/gx, validated in one process and judged by the rules that lie beside them."""
import importlib.util
import json
import subprocess

from conformance import CASES

FILES = ["cases.jsonl"]


def judge():
    spec = importlib.util.spec_from_file_location("gx_compare", CASES / "gx" / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compare


def reason_to_skip(case):
    if case.get("tables_omitted"):
        return "its table was left out"
    return case["verdict"] if case["verdict"].startswith("skip") else ""


def reason_to_fail(compare, case, result):
    if "broken" in result:
        return result["broken"]
    try:
        return "; ".join(compare(case, result))
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        return f"a result of unexpected shape: {type(error).__name__} {error}"


def run(build, files):
    compare = judge()
    for file in files:
        with open(file, encoding="utf-8") as lines:
            cases = [json.loads(line) for line in lines if line.strip()]
        due = [case for case in cases if not reason_to_skip(case)]
        text = "".join(json.dumps(case) + "\n" for case in due)
        out = subprocess.run([build / "bin" / "gx_cases"], input=text, capture_output=True, text=True, encoding="utf-8", timeout=600, check=True).stdout
        for case in cases:
            if reason_to_skip(case):
                yield {"id": case["id"], "verdict": "skip", "reason": reason_to_skip(case)}
        for case, answer in zip(due, out.splitlines(), strict=True):
            result = json.loads(answer)
            reason = reason_to_fail(compare, case, result["result"])
            yield {**result, "verdict": "fail" if reason else "pass", "reason": f"{case['verdict']}: {case['title']}: {reason}" if reason else ""}
