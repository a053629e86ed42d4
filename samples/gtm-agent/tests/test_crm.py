import unittest

import crm

TABLE = {"columns": ["domain", "name", "employees", "sector"], "rows": [["acme.example", "Acme", 1200, "retail"]]}


class CrmTests(unittest.TestCase):
    def test_a_known_company_is_found(self):
        self.assertEqual("Acme", crm.Crm(TABLE).lookup("acme.example")["name"])

    def test_an_unknown_company_is_not(self):
        self.assertEqual({"found": False}, crm.Crm(TABLE).lookup("nowhere.example"))

    def test_no_domain_is_no_company(self):
        self.assertEqual({"found": False}, crm.Crm(TABLE).lookup(None))

    def test_a_domain_is_known_however_it_is_written(self):
        for text in ("https://www.Acme.example/pricing", " ACME.example ", "www.acme.example"):
            self.assertEqual("acme.example", crm.normalise_domain(text))
