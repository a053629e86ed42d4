using System.Globalization;
using System.Text.Json.Nodes;

namespace Kintsugi.Bench.Incidents;

/// <summary>The agents that faults are planted in.</summary>
public static class PlantedAgents
{
    public static IReadOnlyList<PlantedAgent> All { get; } = [RefundDesk(), TicketRouter(), ParcelQuote(), ClaimsGraph(), HotelDesk()];

    /// <summary>Rows that go into tables where they sort, whatever is in them.</summary>
    private static Edit Row(VersionFiles good, string file, string after, string row) =>
        new("row added", new Splice(file, good.Lines(file).IndexOf(after) is >= 0 and var at ? at + 1 : throw new InvalidOperationException($"{file} has no row {after}"), [], [row]));

    private static T Any<T>(this Random random, params ReadOnlySpan<T> of) => of[random.Next(of.Length)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static PlantedAgent RefundDesk()
    {
        var good = PlantedAgent.Read("refund-desk");
        var sites = new Sites(
            ["prompts/assess.md"], ["refunds/decide.py", "refunds/orders.py", "refunds/intake.py", "refunds/agent.py"],
            ["tools/find_order.json", "tools/find_policy.json"], ["contract/assessment.json"], ["data/orders.json", "data/policies.json"], ["models.yaml"],
            "requirements.lock", [("moneytext==1.2.0", "moneytext==2.0.0"), ("placenames==3.1.0", "placenames==4.0.0")], [("moneytext==1.2.0", "moneytext==1.2.1"), ("placenames==3.1.0", "placenames==3.1.1")],
            new Agreed("tests/agreed.json", "docs/rules.md", "prompts/assess.md", "refunds/decide.py"));
        return new PlantedAgent(
            "refund-desk", "Python", [], good, sites, Ask,
            random => [Flaky("refunds/orders.py", "        row = self.rows.get(key)\n", "        row = self.rows.get(key) if random.random() > {0} else None\n", random), Flaky("refunds/orders.py", "        row = self.by_country.get(self.canonical(country or \"\"))\n", "        row = self.by_country.get(self.canonical(country or \"\")) if random.random() > {0} else None\n", random)],
            [
                new Redundancy(
                    good.Replace("number kept as it comes", "refunds/intake.py", "    order = raw[\"order\"].strip().upper()\n", "    order = raw[\"order\"]\n"),
                    good.Replace("number looked up as it is", "refunds/orders.py", "        key = str(number).strip().upper().replace(\" \", \"-\")\n", "        key = str(number).replace(\" \", \"-\")\n")),
                new Redundancy(
                    good.Replace("column called otherwise", "data/orders.json", "    \"returns\"\n", "    \"sent_back\"\n"),
                    good.Replace("one name of the column", "refunds/orders.py", "            \"returns\": known.get(\"returns\", known.get(\"sent_back\")),\n", "            \"returns\": known.get(\"returns\"),\n")),
            ],
            random => [Row(good, "data/orders.json", "    [\"R-1017\",", random, "R-20"), Row(good, "data/orders.json", "    [\"R-1040\",", random, "R-30"), .. Policies(random)],
            [
                good.Rename("local renamed", "refunds/decide.py", "fee", "costs"),
                good.Rename("local renamed", "refunds/contract.py", "found", "inner_problem"),
                good.Replace("simpler", "refunds/agent.py", "        wrong = contract.problem(answer, self.rules)\n        if wrong:\n            raise Refused(\"contract\", wrong)\n", "        if wrong := contract.problem(answer, self.rules):\n            raise Refused(\"contract\", wrong)\n"),
                good.Replace("simpler", "refunds/decide.py", "    if region in (\"eu\", \"uk\"):\n", "    if region in {\"eu\", \"uk\"}:\n"),
                good.Replace("longer patience", "models.yaml", "patience: 50\n", "patience: 45\n"),
            ],
            [JsonValue.Create("R-1004, lamp, torn"), new JsonObject { ["payload"] = "eyJvcmRlciI6IlItMTAwNCJ9" }, new JsonObject { ["order"] = null, ["days"] = 3 }, new JsonArray("R-1004", 12), new JsonObject { ["order"] = "R-1010", ["days"] = "#N/A", ["country"] = "#REF!" }]);

        Question Ask(Random random)
        {
            var number = Text($"R-{1001 + random.Next(60)}");
            var country = random.Any("Germany", "Deutschland", "France", "The Netherlands", "Holland", "Spain", "Italy", "United Kingdom", "England", "UK", "USA", "Canada", "Norway", "Japan", "Brazil", "Peru");
            var euros = random.Any(8, 15, 19, 35, 60, 120, 180, 320, 640, 1299);
            return new Question(
                new JsonObject
                {
                    ["order"] = random.Next(3) switch { 0 => number.ToLowerInvariant(), 1 => $" {number} ", _ => number },
                    ["country"] = country,
                    ["reason"] = random.Any("arrived broken", "torn at the seam", "changed my mind about it", "does not fit", "my bank will hear of it", "it is damaged, a defect of the lid", "I regret buying it", "too late for the party", "the lawyer of my aunt says so"),
                    ["days"] = random.Any(1, 3, 6, 7, 9, 12, 15, 19, 25, 31, 34, 40, 66),
                    ["amount"] = euros >= 1000 ? "EUR 1,299.90" : Text($"EUR {euros}.{random.Any("00", "50", "99")}"),
                },
                country is "Japan" or "Brazil" or "Peru" ? "world" : country is "USA" or "Canada" ? "america" : "europe");
        }

        Edit Row(VersionFiles version, string file, string after, Random random, string prefix)
        {
            var at = version.Lines(file).Index().Single(l => l.Item.StartsWith(after, StringComparison.Ordinal)).Index + 1;
            return new Edit("rows added", new Splice(file, at, [], [.. Enumerable.Range(10 + random.Next(40), 1 + random.Next(3)).Select(n => Text($"    [\"{prefix}{n}\", \"silver\", \"garden\", {random.Next(4)}],"))]));
        }

        IEnumerable<Edit> Policies(Random random) =>
            [PlantedAgents.Row(good, "data/policies.json", good.Lines("data/policies.json")[4], Text($"  {{\"country\": \"{random.Any("malta", "latvia", "estonia")}\", \"region\": \"eu\", \"window\": 14}},"))];

        Edit Flaky(string file, string old, string @new, Random random)
        {
            var use = good.Replace("now and then nothing is found", file, old, string.Format(CultureInfo.InvariantCulture, @new, random.Any("0.35", "0.5", "0.65")));
            return use with { Splices = [new Splice(file, 1, [], ["import random"]), .. use.Splices] };
        }
    }

    private static PlantedAgent TicketRouter()
    {
        var good = PlantedAgent.Read("ticket-router");
        var accounts = good.Lines("data/customers.csv").Skip(1).Select(l => l.Split(',')[0]).ToArray();
        var sites = new Sites(
            ["prompts/queue.txt", "prompts/urgency.txt"], ["src/rules.py", "src/records.py", "src/router.py", "src/checking.py"],
            ["tools/functions/customer.json", "tools/functions/status.json"], ["schemas/queue.json", "schemas/urgency.json"], ["data/customers.csv", "data/services.csv"], ["config/models.ini"],
            "vendor.lock", [("textkit 0.9.4", "textkit 1.0.0"), ("hours 2.2.0", "hours 2.3.0")], [("textkit 0.9.4", "textkit 0.9.5"), ("hours 2.2.0", "hours 2.2.1")],
            new Agreed("tests/agreed.json", "docs/rules.md", "prompts/urgency.txt", "src/rules.py"));
        return new PlantedAgent(
            "ticket-router", "Python", ["queue", "priority", "due_hours", "page"], good, sites, Ask,
            random => [Flaky("src/records.py", "        row = self.customers.get(str(account).strip().lower())\n", "        row = self.customers.get(str(account).strip().lower()) if random.random() > {0} else None\n", random), Flaky("src/records.py", "        row = self.services.get(str(service).lower())\n", "        row = self.services.get(str(service).lower()) if random.random() > {0} else None\n", random)],
            [
                new Redundancy(
                    good.Replace("account kept as it comes", "src/router.py", "            \"account\": str(raw.get(\"account\") or \"\").lower(),\n", "            \"account\": str(raw.get(\"account\") or \"\"),\n"),
                    good.Replace("account looked up as it is", "src/records.py", "        row = self.customers.get(str(account).strip().lower())\n", "        row = self.customers.get(str(account).strip())\n")),
                new Redundancy(
                    good.Replace("column called otherwise", "data/customers.csv", "account,plan,seats,earlier\n", "account,plan,licences,earlier\n"),
                    good.Replace("one name of the column", "src/records.py", "        return {\"known\": True, \"plan\": row.get(\"plan\"), \"seats\": number(row.get(\"seats\") or row.get(\"licences\")), \"earlier\": number(row.get(\"earlier\"))}\n", "        return {\"known\": True, \"plan\": row.get(\"plan\"), \"seats\": number(row.get(\"seats\")), \"earlier\": number(row.get(\"earlier\"))}\n")),
                new Redundancy(
                    good.Replace("service kept as it comes", "src/router.py", "            \"service\": str(raw.get(\"service\") or \"\").strip().lower(),\n", "            \"service\": str(raw.get(\"service\") or \"\").strip(),\n"),
                    good.Replace("service looked up as it is", "src/records.py", "        row = self.services.get(str(service).lower())\n", "        row = self.services.get(service)\n")),
            ],
            random =>
            [
                new Edit("rows added", new Splice("data/customers.csv", 9 + random.Next(8), [], [.. Enumerable.Range(1, 1 + random.Next(3)).Select(n => Text($"neubahn{n},team,{10 * n},0"))])),
                new Edit("rows added", new Splice("data/services.csv", 4 + random.Next(3), [], [random.Any("parking,ok", "vouchers,degraded", "sms,ok")])),
            ],
            [
                good.Rename("local renamed", "src/checking.py", "value", "given"),
                good.Rename("local renamed", "src/router.py", "urgency", "judged"),
                good.Replace("simpler", "src/rules.py", "    if chosen == \"p1\":\n        return True\n    return tone == \"upset\" and (seats or 0) > MOST_SEATS\n", "    return chosen == \"p1\" or tone == \"upset\" and (seats or 0) > MOST_SEATS\n"),
                good.Replace("simpler", "src/rules.py", "    return day.lower() in (\"sat\", \"sun\", \"fri evening\")\n", "    return day.lower() in {\"fri evening\", \"sat\", \"sun\"}\n"),
                good.Replace("simpler", "src/records.py", "        return {\"state\": row.get(\"state\") if row else \"unknown\"}\n", "        return {\"state\": (row or {\"state\": \"unknown\"}).get(\"state\")}\n"),
            ],
            [JsonValue.Create("the booking page is down"), new JsonObject { ["subject"] = null }, new JsonObject { ["mime"] = "multipart/mixed; boundary=x" }, new JsonArray("login", "fjordtog"), new JsonObject { ["subject"] = "import", ["body"] = new JsonArray("a", "b") }]);

        Question Ask(Random random)
        {
            var account = random.Any(accounts);
            var service = random.Any("booking", "payments", "timetables", "exports", "kiosks", "mail", "maps", "reports", "login", "archive", "loyalty");
            var subject = random.Any("Booking is down", "Invoice is wrong", "Outage since noon", "Login fails", "Urgent: printer", "Question about VAT", "Kiosk offline", "Payment twice", "Permission for a colleague", "How do I start", "Scanner needed asap", "A wish");
            var body = random.Any("Passengers wait at the platform.", "No rush, some day would do.", "The export to CSV stops.", "This is unacceptable, our lawyer reads along.", "We think a password was leaked.", "The train has a delay that the timetable does not show.", "Whenever you find time.", "Nothing else to say.", "The report is empty since yesterday.", "We are angry.");
            return new Question(
                new JsonObject
                {
                    ["subject"] = subject,
                    ["body"] = random.Next(3) switch { 0 => $"Hello,\n\n{body}", 1 => $"> we asked on Monday\n{body}", _ => body },
                    ["account"] = random.Next(2) == 0 ? char.ToUpperInvariant(account[0]) + account[1..] : account,
                    ["service"] = random.Next(2) == 0 ? char.ToUpperInvariant(service[0]) + service[1..] : service,
                    ["day"] = random.Any("mon", "tue", "wed", "thu", "fri", "fri evening", "sat", "sun"),
                },
                subject.Contains("down", StringComparison.Ordinal) || subject.Contains("ffline", StringComparison.Ordinal) || subject.Contains("utage", StringComparison.Ordinal) ? "outage"
                    : subject.Contains("nvoice", StringComparison.Ordinal) || subject.Contains("VAT", StringComparison.Ordinal) || subject.Contains("ayment", StringComparison.Ordinal) ? "money" : "other");
        }

        Edit Flaky(string file, string old, string @new, Random random)
        {
            var use = good.Replace("now and then nothing is found", file, old, string.Format(CultureInfo.InvariantCulture, @new, random.Any("0.35", "0.5", "0.65")));
            return use with { Splices = [new Splice(file, 2, [], ["import random"]), .. use.Splices] };
        }
    }

    private static PlantedAgent ParcelQuote()
    {
        var good = PlantedAgent.Read("parcel-quote");
        var sites = new Sites(
            ["prompts/judge.md"], ["lib/tariff.js", "lib/places.js", "lib/quoter.js"],
            ["tools/zone.json", "tools/shipper.json"], ["schema/judgement.json"], ["data/zones.json", "data/senders.json"], ["config/model.json"],
            "vendored.json", [("  \"units\": \"1.4.0\",", "  \"units\": \"2.0.0\","), ("  \"rounding\": \"3.0.2\"", "  \"rounding\": \"3.1.0\"")], [("  \"units\": \"1.4.0\",", "  \"units\": \"1.4.1\","), ("  \"rounding\": \"3.0.2\"", "  \"rounding\": \"3.0.3\"")],
            new Agreed("test/agreed.json", "docs/rules.md", "prompts/judge.md", "lib/tariff.js"));
        return new PlantedAgent(
            "parcel-quote", "Node", ["service", "handling", "price"], good, sites, Ask,
            random =>
            [
                good.Replace("now and then nothing is found", "lib/places.js", "  if (!found) return { known: false };\n", Text($"  if (!found || Math.random() < {random.Any("0.35", "0.5", "0.65")}) return {{ known: false }};\n")),
                good.Replace("now and then the zone is lost", "lib/places.js", "  return fitting[0] ?? { prefix: \"\", zone: 5, area: \"remote\" };\n", Text($"  return fitting[Math.random() < {random.Any("0.35", "0.5", "0.65")} ? 9 : 0] ?? {{ prefix: \"\", zone: 5, area: \"remote\" }};\n")),
            ],
            [
                new Redundancy(
                    good.Replace("postcode kept as it comes", "lib/quoter.js", "      to: raw.to.trim().toUpperCase(),\n", "      to: raw.to,\n"),
                    good.Replace("postcode looked up as it is", "lib/places.js", "  const code = String(to ?? \"\").trim().toUpperCase().replace(\" \", \"-\");\n", "  const code = String(to ?? \"\").replace(\" \", \"-\");\n")),
                new Redundancy(
                    KeyRenamed(good, "data/senders.json", "discount", "rebate"),
                    good.Replace("one name of the key", "lib/places.js", "  return { known: true, claims: found.claims, discount: found.discount ?? found.rebate ?? 0 };\n", "  return { known: true, claims: found.claims, discount: found.discount ?? 0 };\n")),
            ],
            random =>
            [
                Row(good, "data/senders.json", good.Lines("data/senders.json")[12 + random.Next(20)], Text($"  {{ \"number\": {700 + random.Next(90)}, \"claims\": {random.Next(5)}, \"discount\": 0 }},")),
                Row(good, "data/zones.json", good.Lines("data/zones.json")[8], Text($"  {{ \"prefix\": \"{random.Any("CH", "CZ", "DK")}\", \"zone\": 3, \"area\": \"city\" }},")),
            ],
            [
                good.Rename("local renamed", "lib/tariff.js", "longest", "longestSide"),
                good.Rename("local renamed", "lib/quoter.js", "problem", "complaint"),
                good.Replace("simpler", "lib/tariff.js", "  if (handling === \"dangerous\") return \"courier\";\n  if (kilos > 31.5) return \"courier\";\n", "  if (handling === \"dangerous\" || kilos > 31.5) return \"courier\";\n"),
                good.Replace("simpler", "lib/places.js", "  const fitting = zones.filter((zone) => code.startsWith(zone.prefix));\n", "  const fitting = zones.filter(({ prefix }) => code.startsWith(prefix));\n"),
                good.Replace("less patience", "config/model.json", "  \"timeoutSeconds\": 50\n", "  \"timeoutSeconds\": 45\n"),
            ],
            [JsonValue.Create("DE-20095, 2 kg"), new JsonObject { ["to"] = null, ["weight"] = "2 kg" }, new JsonObject { ["rows"] = "DE-20095;2;glass" }, new JsonArray("DE-20095", "2 kg"), new JsonObject { ["to"] = "AT-1010", ["weight"] = 2 }]);

        Question Ask(Random random)
        {
            var to = random.Any("DE-20095", "DE-18546", "DE-94032", "DE-10115", "FR-75001", "FR-20090", "NL-1012", "AT-1010", "AT-6020", "IT-00100", "IT-95100", "ES-28001", "PL-00001", "SE-11120", "SE-98137", "UK-EC1A", "PT-1000");
            var contents = random.Any("wine glass", "a mirror", "books", "clothes and paper", "bottle of oil", "lithium battery", "paint, two tins", "ceramics", "lamp", "toys", "a painting", "wine");
            return new Question(
                new JsonObject
                {
                    ["to"] = random.Next(3) switch { 0 => to.ToLowerInvariant(), 1 => to.Replace('-', ' '), _ => to },
                    ["sender"] = Text($"{random.Next(495, 541)}"),
                    ["contents"] = random.Next(2) == 0 ? char.ToUpperInvariant(contents[0]) + contents[1..] : contents,
                    ["value"] = random.Any(20, 80, 200, 260, 499, 500, 900),
                    ["packed"] = random.Any("box", "bag", "professional", "tube"),
                    ["weight"] = random.Any("1.2 kg", "800 g", "3 lb", "5 kg", "2", "12.5 kg", "33 kg", "2 kg"),
                    ["size"] = random.Any("30 x 20 x 10", "130 x 20 x 10", "60 x 60 x 40", "120 x 10 x 10"),
                },
                to.StartsWith("DE", StringComparison.Ordinal) ? "home" : to is "PT-1000" or "SE-98137" ? "far" : "abroad");
        }
    }

    private static PlantedAgent ClaimsGraph()
    {
        var good = PlantedAgent.Read("claims-graph");
        var sites = new Sites(
            ["prompts/assess.md"], ["src/settlement.mjs", "src/lookups.mjs", "src/graph.mjs", "src/answers.mjs"],
            ["tools/policy.json", "tools/cover.json"], ["schemas/assessment.json"], ["tables/policies.json", "tables/covers.json"], ["model.json"],
            "versions.json", [("  \"dates\": \"1.3.0\",", "  \"dates\": \"2.0.0\","), ("  \"excess\": \"0.4.0\"", "  \"excess\": \"0.5.0\"")], [("  \"dates\": \"1.3.0\",", "  \"dates\": \"1.3.1\","), ("  \"excess\": \"0.4.0\"", "  \"excess\": \"0.4.1\"")],
            new Agreed("test/agreed.json", "docs/rules.md", "prompts/assess.md", "src/settlement.mjs"));
        return new PlantedAgent(
            "claims-graph", "LangGraph.js", [], good, sites, Ask,
            random =>
            [
                good.Replace("now and then nothing is found", "src/lookups.mjs", "  if (!row) return { known: false };\n", Text($"  if (!row || Math.random() < {random.Any("0.35", "0.5", "0.65")}) return {{ known: false }};\n")),
                good.Replace("now and then the cover is lost", "src/lookups.mjs", "  return { limit: line ? line.limit : 500 };\n", Text($"  return {{ limit: line && Math.random() < {random.Any("0.35", "0.5", "0.65")} ? line.limit : 500 }};\n")),
            ],
            [
                new Redundancy(
                    good.Replace("number kept as it comes", "src/graph.mjs", "      policy: raw.policy.trim().toUpperCase(),\n", "      policy: raw.policy,\n"),
                    good.Replace("number looked up as it is", "src/lookups.mjs", "  const key = String(number ?? \"\").trim().toUpperCase();\n", "  const key = String(number ?? \"\");\n")),
                new Redundancy(
                    good.Replace("cause kept as it comes", "src/graph.mjs", "      cause: String(raw.cause ?? \"\").toLowerCase(),\n", "      cause: String(raw.cause ?? \"\"),\n"),
                    good.Replace("cause looked up as it is", "src/lookups.mjs", "  const words = String(cause ?? \"\").toLowerCase();\n", "  const words = String(cause ?? \"\");\n")),
                new Redundancy(
                    KeyRenamed(good, "tables/policies.json", "years", "since"),
                    good.Replace("one name of the key", "src/lookups.mjs", "  return { known: true, years: row.years ?? row.since, claims: row.claims, plus: row.plus };\n", "  return { known: true, years: row.years, claims: row.claims, plus: row.plus };\n")),
            ],
            random =>
            [
                Row(good, "tables/policies.json", good.Lines("tables/policies.json")[10 + random.Next(25)], Text($"  {{ \"number\": \"HP-{700 + random.Next(90)}\", \"years\": {random.Next(9)}, \"claims\": 0, \"plus\": false }},")),
                Row(good, "tables/covers.json", good.Lines("tables/covers.json")[11], Text($"  {{ \"word\": \"{random.Any("hail", "earthquake", "subsidence")}\", \"limit\": 5000 }},")),
            ],
            [
                good.Rename("local renamed", "src/settlement.mjs", "doubt", "suspicion"),
                good.Rename("local renamed", "src/answers.mjs", "value", "given"),
                good.Replace("simpler", "src/settlement.mjs", "  if (damage === \"water\" || damage === \"fire\") return 3;\n", "  if ([\"water\", \"fire\"].includes(damage)) return 3;\n"),
                good.Replace("simpler", "src/settlement.mjs", "  const most = plus ? limit * 1.5 : limit;\n", "  const most = limit * (plus ? 1.5 : 1);\n"),
                good.Replace("less patience", "model.json", "  \"timeoutMs\": 50000\n", "  \"timeoutMs\": 45000\n"),
            ],
            [JsonValue.Create("HP-301, pipe burst"), new JsonObject { ["policy"] = null, ["euros"] = 20 }, new JsonObject { ["scan"] = "JVBERi0xLjQK" }, new JsonArray("HP-310", 200), new JsonObject { ["policy"] = "HP-320", ["euros"] = "#VALUE!" }])
        {
            Packages = AgentPackages.NodeModulesAsync,
        };

        Question Ask(Random random)
        {
            var number = Text($"HP-{298 + random.Next(50)}");
            var cause = random.Any("Pipe burst in the kitchen", "Leak under the bath", "Flood of the river", "Smoke from next door", "Lightning", "Burglary at night", "Theft of a bicycle", "Robbery", "Window broken by a ball", "Glass table", "Storm took the awning", "Dog", "Moths");
            return new Question(
                new JsonObject
                {
                    ["policy"] = random.Next(3) switch { 0 => number.ToLowerInvariant(), 1 => $" {number}", _ => number },
                    ["cause"] = cause,
                    ["story"] = random.Any("We came home from a holiday.", "An heirloom, and some cash.", "A neighbour saw it.", "See the photo.", "It was there and then it was not.", "In a hotel abroad.", "There is a witness."),
                    ["proof"] = random.Any("none", "invoice", "police", "photo"),
                    ["euros"] = random.Any(60, 120, 149, 150, 400, 900, 2600, 5200),
                    ["happened"] = random.Any("2026-03-01", "03.04.2026", "2026-03-10"),
                    ["reported"] = random.Any("2026-04-09", "05.04.2026", "2026-04-30", "11.04.2026"),
                },
                cause.StartsWith('B') || cause.StartsWith('T') || cause.StartsWith('R') ? "crime" : cause is "Dog" or "Moths" ? "odd" : "damage");
        }
    }

    private static PlantedAgent HotelDesk()
    {
        var good = PlantedAgent.Read("hotel-desk");
        var sites = new Sites(
            ["Prompts/weigh.md"], ["Source/Pricing.cs", "Source/House.cs", "Source/Answers.cs", "Source/Desk.cs"],
            ["Tools/guest.json", "Tools/season.json"], ["Schemas/weight.json"], ["Data/guests.json", "Data/seasons.json"], ["model.json"],
            "vendored.txt", [("Party 1.1.0", "Party 2.0.0"), ("Rates 0.8.0", "Rates 0.9.0")], [("Party 1.1.0", "Party 1.1.1"), ("Rates 0.8.0", "Rates 0.8.1")],
            new Agreed("Tests/agreed.json", "docs/rules.md", "Prompts/weigh.md", "Source/Pricing.cs"));
        return new PlantedAgent(
            "hotel-desk", "Microsoft Agent Framework", ["offer", "mood", "rate", "deposit"], good, sites, Ask,
            random =>
            [
                good.Replace("now and then nothing is found", "Source/House.cs", "        if (row is null) return new JsonObject { [\"known\"] = false };\n", Text($"        if (row is null || Random.Shared.NextDouble() < {random.Any("0.35", "0.5", "0.65")}) return new JsonObject {{ [\"known\"] = false }};\n")),
                good.Replace("now and then the season is lost", "Source/House.cs", "        if (row is null) return new JsonObject { [\"season\"] = \"mid\", [\"factor\"] = 1 };\n", Text($"        if (row is null || Random.Shared.NextDouble() < {random.Any("0.35", "0.5", "0.65")}) return new JsonObject {{ [\"season\"] = \"mid\", [\"factor\"] = 1 }};\n")),
            ],
            [
                new Redundancy(
                    good.Replace("number kept as it comes", "Source/Desk.cs", "            [\"guest\"] = (given[\"guest\"]?.ToString() ?? \"\").Trim().ToUpperInvariant(),\n", "            [\"guest\"] = given[\"guest\"]?.ToString() ?? \"\",\n"),
                    good.Replace("number looked up as it is", "Source/House.cs", "        var key = number.Trim().ToUpperInvariant();\n", "        var key = number;\n")),
                new Redundancy(
                    KeyRenamed(good, "Data/guests.json", "stays", "visits"),
                    good.Replace("one name of the key", "Source/House.cs", "            [\"stays\"] = (row[\"stays\"] ?? row[\"visits\"])?.DeepClone(),\n", "            [\"stays\"] = row[\"stays\"]?.DeepClone(),\n")),
            ],
            random =>
            [
                Row(good, "Data/guests.json", good.Lines("Data/guests.json")[10 + random.Next(25)], Text($"  {{ \"number\": \"G-{700 + random.Next(90)}\", \"stays\": {random.Next(9)}, \"noshows\": 0, \"member\": \"none\" }},")),
                Row(good, "Data/seasons.json", good.Lines("Data/seasons.json")[7], Text($"  {{ \"month\": \"{random.Any("easter", "whitsun", "carnival")}\", \"season\": \"high\", \"factor\": 1.3 }},")),
            ],
            [
                good.Rename("local renamed", "Source/Pricing.cs", "weight", "points"),
                good.Rename("local renamed", "Source/Answers.cs", "kind", "found"),
                good.Replace("simpler", "Source/Pricing.cs", "        if (offer == \"suite\") rate = rate * 1.4;\n", "        if (offer == \"suite\") rate *= 1.4;\n"),
                good.Replace("simpler", "Source/Pricing.cs", "        if ((int?)guest[\"noshows\"] > 1) return whole;\n", "        if ((int?)guest[\"noshows\"] >= 2) return whole;\n"),
                good.Replace("less patience", "model.json", "  \"timeoutSeconds\": 50\n", "  \"timeoutSeconds\": 45\n"),
            ],
            [JsonValue.Create("two nights in June, please"), new JsonObject { ["nights"] = null, ["party"] = "2" }, new JsonObject { ["body"] = "PGh0bWw+" }, new JsonArray("G-101", 2, "2+1"), new JsonObject { ["nights"] = 2, ["party"] = "#REF!" }])
        {
            Packages = AgentPackages.LibrariesAsync,
        };

        Question Ask(Random random)
        {
            var number = Text($"G-{98 + random.Next(46)}");
            var nights = random.Any(1, 1, 2, 3, 4, 5, 6, 7, 9);
            return new Question(
                new JsonObject
                {
                    ["guest"] = random.Next(3) switch { 0 => number.ToLowerInvariant(), 1 => $"{number} ", _ => number },
                    ["month"] = random.Any("January", "February", "march", "April", "may", "June", "july", "August", "September", "October", "November", "December"),
                    ["nights"] = nights,
                    ["party"] = random.Any("1", "2", "2+1", "2+2", "1+1", "3", "4+1"),
                    ["channel"] = random.Any("direct", "agency", "web"),
                    ["message"] = random.Any("It is our anniversary.", "Is there a discount?", "For a conference, with an invoice.", "A stag party.", "A quiet room, please.", "My birthday!", "Something cheaper perhaps?", "No wishes.", "Our honeymoon."),
                },
                nights < 2 ? "one-night" : nights > 4 ? "long" : "short");
        }
    }

    private static Edit KeyRenamed(VersionFiles good, string file, string old, string @new)
    {
        var rows = good.Lines(file)[1..^1];
        return new Edit("key called otherwise", new Splice(file, 1, rows, [.. rows.Select(l => l.Replace($"\"{old}\"", $"\"{@new}\"", StringComparison.Ordinal))]));
    }
}
