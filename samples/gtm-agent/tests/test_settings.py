import unittest

import schema
import settings

ANSWER = {"type": "object", "required": ["score"], "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 100}}}


class SettingsTests(unittest.TestCase):
    def test_comments_are_skipped(self):
        self.assertEqual({"name": "m", "temperature": 0.0}, settings.parse("# a comment\nmodel: m # here too\n\ntemperature: 0\n"))

    def test_a_file_without_a_model_is_refused(self):
        with self.assertRaises(ValueError):
            settings.parse("temperature: 0\n")


class SchemaTests(unittest.TestCase):
    def test_a_good_answer_has_no_problem(self):
        self.assertIsNone(schema.first_problem({"score": 40}, ANSWER))

    def test_a_bad_answer_is_named(self):
        self.assertEqual("$.score is above 100.", schema.first_problem({"score": 140}, ANSWER))
        self.assertEqual("$.score is not of type integer.", schema.first_problem({"score": "40"}, ANSWER))
        self.assertEqual("$ has no 'score'.", schema.first_problem({}, ANSWER))
