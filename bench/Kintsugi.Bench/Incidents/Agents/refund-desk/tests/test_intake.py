import unittest

from refunds import intake


class IntakeTests(unittest.TestCase):
    def test_a_request_without_an_order_is_none(self):
        with self.assertRaises(intake.Unreadable):
            intake.clean({"days": 3})

    def test_white_space_in_reasons_is_folded(self):
        self.assertEqual("so torn", intake.clean({"order": "R-1", "days": 3, "reason": " so\n torn "})["reason"])
