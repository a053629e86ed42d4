import json
import os
import unittest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read(*parts):
    with open(os.path.join(HERE, *parts), encoding="utf-8") as file:
        return file.read()


class PromptTests(unittest.TestCase):
    def test_every_tool_is_named_in_the_prompt(self):
        prompt = read("prompts", "score.md")
        for file in os.listdir(os.path.join(HERE, "tools")):
            self.assertIn("`%s`" % json.loads(read("tools", file))["name"], prompt)

    def test_buying_intent_counts_what_was_agreed(self):
        self.assertIn("- Add 10 points when `message` mentions one of: demo,", read("prompts", "score.md"))
