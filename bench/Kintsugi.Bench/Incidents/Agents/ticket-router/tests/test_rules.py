import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src"))

import rules  # noqa: E402


class RulesTests(unittest.TestCase):
    def test_security_does_not_wait(self):
        self.assertEqual(rules.priority(100, "security"), "p1")

    def test_the_lowest_priority_is_the_fourth(self):
        self.assertEqual(rules.priority(0, "general"), "p4")
