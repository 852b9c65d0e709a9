"""`millrace plugin check`, `describe` and `list` on libraries with one mistake each; all are built by tests/abi."""
import json
import os
import shutil
import unittest

from kit import BUILD, Case, program

BAD = os.path.join(BUILD, "tests", "abi", "bad")
# The mistake: level, code, and what the finding says of it.
FINDINGS = {
    "magic": [("error", "E4004", "magic number")],
    "entry": [("error", "E4004", "does not export millrace_plugin_1"), ("warning", "E4017", "'millrace_plugin_0'")],
    "size": [("error", "E4013", "2147483647 bytes")],
    "texts": [("error", "E4015", "not a plugin's name"), ("error", "E4006", "no summary")],
    "type": [("error", "E4015", "'Bad' is not an operator's type")],
    "profile": [("error", "E4014", "'minLenght' is outside the profile"), ("error", "E4014", "'allOf' is outside the profile")],
    "example": [("error", "E4016", "config.name must be of type string")],
    "refusal": [("error", "E4016", "refuses its own example: nothing will do")],
    "crash": [("error", "E4001", "crashed (Aborted) in create of bad.one examples[0] 'Ada'")],
    "exit": [("error", "E4001", "ended the process in loading")],
    "twice": [("error", "E4007", "'bad.one' is offered twice")],
    "exports": [("warning", "E4017", "'more_than_the_entry'")],
    "loop": [("error", "E4001", "said nothing for 5s in millrace_plugin_1()")],
    "constructor": [("error", "E4001", "said nothing for 5s in loading")],
}


def library(name):
    return os.path.join(BAD, f"millrace-{name}.so")


class Check(Case):
    def test_a_right_library_has_no_finding(self):
        code, said, complaint = program("plugin", "check", library("none"))
        self.assertEqual((code, said, complaint), (0, "1 operators, 1 made from their examples, 0 errors, 0 warnings\n", ""))

    def test_each_mistake_is_found_and_nothing_else(self):
        for mistake, expected in FINDINGS.items():
            with self.subTest(mistake):
                code, said, _ = program("--json", "plugin", "check", library(mistake))
                found = json.loads(said)["findings"]
                self.assertEqual(sorted((f["level"], f["code"]) for f in found), sorted((level, code_) for level, code_, _ in expected))
                for level, number, words in expected:
                    self.assertTrue(any(f["code"] == number and words in f["what"] for f in found), (words, found))
                self.assertTrue(all(f["hint"] for f in found), found)
                self.assertEqual(code, 1 if any(level == "error" for level, _, _ in expected) else 0)

    def test_a_library_of_a_later_minor_is_right_with_a_warning(self):
        code, said, _ = program("--json", "plugin", "check", os.path.join(BUILD, "tests", "abi", "abi_1_1.so"))
        found = json.loads(said)["findings"]
        self.assertEqual(code, 0, found)
        self.assertIn(("warning", "E4013", "built for minor 1 of the contract, and this is 0"), [(f["level"], f["code"], f["what"]) for f in found])

    def test_a_slip_of_the_hand_is_named(self):
        _, _, complaint = program("plugin", "check", library("profile"))
        self.assertIn("error: E4014 bad.one config.name: the keyword 'minLenght' is outside the profile (did you mean 'minLength'?)", complaint)

    def test_what_is_no_library_is_said(self):
        self.assertIn("E4003", program("plugin", "check", self.path("none.so"))[2])
        text = self.write("millrace-text.so", "not a library")
        code, _, complaint = program("plugin", "check", text)
        self.assertEqual(code, 1)
        self.assertIn("error: E4003", complaint)
        self.assertEqual(program("plugin", "check")[0], 2)


class Describe(Case):
    def test_an_endless_loop_is_an_error_within_its_time(self):
        for name in ("loop", "constructor"):
            with self.subTest(name):
                code, _, complaint = program("plugin", "describe", library(name), timeout=20)
                self.assertEqual(code, 1)
                self.assertIn("E4001", complaint)
                self.assertIn("did not describe itself within 5s", complaint)

    def test_a_plugin_folder_refuses_the_bad_and_lists_the_good(self):
        for name in ("magic", "entry", "none"):
            shutil.copy(library(name), self.path(f"millrace-{name}.so"))
        code, said, complaint = program("plugin", "list", "--plugin-dir", self.folder)
        self.assertEqual(code, 1)
        self.assertIn("bad.one", said)
        self.assertEqual(complaint.count("refused: E4004"), 2)

    def test_write_puts_the_manifest_beside_the_library(self):
        copy = shutil.copy(library("none"), self.path("millrace-none.so"))
        self.assertEqual(program("plugin", "describe", "--write", copy), (0, "", ""))
        with open(self.path("millrace-none.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        self.assertEqual([one["type"] for one in manifest["operators"]], ["bad.one"])
        self.assertEqual(len(manifest["sha256"]), 64)
        self.assertEqual(program("plugin", "describe", "--write", shutil.copy(library("magic"), self.path("millrace-magic.so")))[0], 1)
        self.assertFalse(os.path.exists(self.path("millrace-magic.json")))


if __name__ == "__main__":
    unittest.main()
