import unittest

import leads


class CleanTests(unittest.TestCase):
    def test_only_known_fields_are_shown_to_the_model(self):
        lead = leads.clean({"email": " ana@acme.example ", "tracking": "x"})
        self.assertEqual({"email": "ana@acme.example", "domain": "acme.example"}, lead)

    def test_the_website_names_the_company(self):
        lead = leads.clean({"email": "ana@gmail.com", "website": "acme.example"})
        self.assertEqual("acme.example", lead["domain"])

    def test_a_lead_without_an_address_is_bad(self):
        for raw in ({}, {"email": "none"}, [], None, {"email": 7}):
            with self.assertRaises(leads.BadLead):
                leads.clean(raw)

    def test_long_messages_are_cut(self):
        lead = leads.clean({"email": "a@b.example", "message": "x" * 5000})
        self.assertEqual(leads.MAX_MESSAGE, len(lead["message"]))
