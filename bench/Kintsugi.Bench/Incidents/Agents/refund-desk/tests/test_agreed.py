import json
import os
import unittest

from refunds import decide

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


class AgreedTests(unittest.TestCase):
    def test_the_prompt_says_what_was_agreed(self):
        lines = read("prompts", "assess.md").splitlines()
        for line in json.loads(read("tests", "agreed.json"))["prompt"]:
            self.assertIn(line, lines)

    def test_the_code_does_what_was_agreed(self):
        for name, value in json.loads(read("tests", "agreed.json"))["code"].items():
            self.assertEqual(value, getattr(decide, name), name)
