using System.Globalization;

namespace Kintsugi.EndToEnd.Protocols;

/// <summary>One small agent for each way to be spoken to, all with the same rule: 30 points, 30 more from 1,000 employees on, 10 less for students.</summary>
internal static class SmallAgents
{
    /// <summary>Cases around both borders; <paramref name="count"/> of them, a third of which the large companies' line decides.</summary>
    public static string Gold(int count = 90) => string.Concat(Enumerable.Range(0, count).Select(n =>
    {
        var employees = n % 3 == 0 ? 1000 : 20 + n;
        var student = n % 5 == 0;
        var score = 30 + (employees >= 1000 ? 30 : 0) - (student ? 10 : 0);
        return string.Create(CultureInfo.InvariantCulture,
            $$$"""{"id":"lead-{{{n:000}}}","input":{"employees":{{{employees}}},"title":"{{{(student ? "student" : "planner")}}} {{{n}}}"},"target":{"score":{{{score}}}}}""") + "\n";
    }));

    public static string Settings(string agent) => $"""
        agent: {agent}
        dataset: golden/leads.jsonl
        components: {"{ prompt: [prompts/**] }"}
        scorers: [ {"number: { path: $.score, within: 0 }"} ]

        """;

    public const string Prompt = """
        You score leads for a sales team.

        - Start at 30 points.
        - Add 30 points when `employees` is at least 1000.
        - Subtract 10 points when `title` mentions student.

        Be friendly in your reason.

        Answer with a JSON object with the fields `score` and `reason`.

        employees: {{ input.employees }}
        title: {{ input.title }}

        """;

    /// <summary>Protocol exec: reads one case, prints one answer, ends.</summary>
    public const string Program = """
        import json
        import sys

        LARGE = 1000


        def score(lead):
            points = 30
            if lead["employees"] >= LARGE:
                points += 30
            if "student" in lead["title"]:
                points -= 10
            return points


        if __name__ == "__main__":
            print(json.dumps({"score": score(json.load(sys.stdin))}))

        """;

    /// <summary>Protocol http: serves the program's rule.</summary>
    public const string Server = """
        import json
        import os
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        from agent import score


        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = json.dumps({"output": {"score": score(asked["input"])}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)


        ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()

        """;
}
