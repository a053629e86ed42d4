import json
import os
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "src"))

import rules  # noqa: E402


class AgreedTests(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(TOP, "tests", "agreed.json"), encoding="utf-8") as file:
            self.agreed = json.load(file)

    def test_the_prompt_says_so(self):
        with open(os.path.join(TOP, "prompts", "urgency.txt"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        for line in self.agreed["prompt"]:
            self.assertIn(line, lines)

    def test_the_code_does_so(self):
        for name, value in self.agreed["code"].items():
            self.assertEqual(getattr(rules, name), value)
