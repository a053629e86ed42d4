import unittest

import scoring


class TierTests(unittest.TestCase):
    def test_a_high_score_is_tier_a(self):
        self.assertEqual("A", scoring.tier_for(95))

    def test_middling_scores_are_b_and_c(self):
        self.assertEqual("B", scoring.tier_for(70))
        self.assertEqual("C", scoring.tier_for(50))

    def test_the_rest_is_d(self):
        self.assertEqual("D", scoring.tier_for(10))
        self.assertEqual("D", scoring.tier_for(0))

    def test_only_a_and_b_are_called(self):
        self.assertEqual(["A", "B"], [tier for tier in "ABCD" if scoring.is_worth_a_call(tier)])
