import unittest

import routing

DACH = {"known": True, "region": "dach", "open": True}


class OwnerTests(unittest.TestCase):
    def test_nobody_calls_where_we_may_not_sell(self):
        self.assertEqual("nobody", routing.owner_for("A", {}, {"region": "apac", "open": False}))

    def test_a_customer_stays_with_its_account_manager(self):
        self.assertEqual("account-management", routing.owner_for("D", {"status": "customer"}, DACH))

    def test_a_partner_goes_to_the_partner_desk(self):
        self.assertEqual("partner-desk", routing.owner_for("B", {"status": "partner"}, DACH))

    def test_large_companies_have_a_team_of_their_own(self):
        self.assertEqual("enterprise-dach", routing.owner_for("C", {"employees": 5200}, DACH))

    def test_good_leads_go_to_sales_and_fair_ones_to_inside_sales(self):
        self.assertEqual("sales-dach", routing.owner_for("B", {"employees": 300}, DACH))
        self.assertEqual("inside-dach", routing.owner_for("C", {"employees": 300}, DACH))

    def test_a_country_off_the_map_is_global(self):
        self.assertEqual("inside-global", routing.owner_for("C", {}, {"known": False}))
