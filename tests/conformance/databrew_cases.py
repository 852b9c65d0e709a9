"""Recipe cases of ../shared/cases/databrew, run in one process and judged by the rules that lie beside them."""
import importlib.util
import json
import subprocess

from conformance import CASES

FILES = ["cases.jsonl"]


def judge():
    spec = importlib.util.spec_from_file_location("databrew_compare", CASES / "databrew" / "compare.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compare


def run(build, files):
    compare = judge()
    for file in files:
        with open(file, encoding="utf-8") as lines:
            cases = [line for line in lines if line.strip()]
        out = subprocess.run([build / "bin" / "recipe_cases"], input="".join(cases), capture_output=True, text=True, encoding="utf-8", timeout=600, check=True).stdout
        for line, answer in zip(cases, out.splitlines(), strict=True):
            case, result = json.loads(line), json.loads(answer)
            try:
                reason = compare(case, result["result"])
            except (KeyError, TypeError, IndexError, AttributeError) as error:
                reason = f"a result of unexpected shape: {type(error).__name__} {error}"
            yield {**result, "verdict": "fail" if reason else "pass", "reason": f"{case['certainty']}: {reason}" if reason else ""}
