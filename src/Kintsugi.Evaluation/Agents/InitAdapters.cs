namespace Kintsugi.Evaluation.Agents;

/// <summary>The files that `init` writes for an agent that does not speak the line protocol yet.</summary>
internal static class InitAdapters
{
    public const string Sample =
        """{"id":"example-1","input":{"question":"What does your agent do?"},"target":{"answer":"…"},"tags":["example"]}""" + "\n";

    /// <summary>Standard library only, so it answers before anything is installed.</summary>
    public const string Python = """
        # Lets Kintsugi talk to the agent: one JSON object a line on stdin, one answer a line on stdout.
        import json
        import os
        import sys
        import urllib.request


        def answer(given):
            # Call your agent here and return what it says, for example:
            #   from my_agent import graph
            #   return graph.invoke(given)
            # Until then the question goes straight to the model, so that everything runs.
            body = {
                "model": os.environ.get("AGENT_MODEL", "gpt-4o-mini"),
                "messages": [{"role": "user", "content": json.dumps(given, ensure_ascii=False)}],
            }
            request = urllib.request.Request(
                os.environ["OPENAI_BASE_URL"].rstrip("/") + "/chat/completions",
                json.dumps(body).encode(),
                {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "")},
            )
            with urllib.request.urlopen(request) as response:
                return {"answer": json.load(response)["choices"][0]["message"]["content"]}


        def main():
            answers = sys.stdout
            sys.stdout = sys.stderr  # what the agent prints must not stand among the answers
            for line in sys.stdin:
                if not line.strip():
                    continue
                asked = json.loads(line)
                reply = {"id": asked["id"], "epoch": asked["epoch"]}
                try:
                    reply["output"] = answer(asked["input"])
                except Exception as error:
                    reply["error"] = {"type": type(error).__name__, "message": str(error)}
                answers.write(json.dumps(reply) + "\n")
                answers.flush()


        if __name__ == "__main__":
            main()

        """;

    public const string Node = """
        // Lets Kintsugi talk to the agent: one JSON object a line on stdin, one answer a line on stdout.
        import { createInterface } from "node:readline";

        async function answer(given) {
          // Call your agent here and return what it says, for example:
          //   import { agent } from "./agent.js";
          //   return await agent.generate(given.question);
          // Until then the question goes straight to the model, so that everything runs.
          const response = await fetch(process.env.OPENAI_BASE_URL.replace(/\/$/, "") + "/chat/completions", {
            method: "POST",
            headers: { "Content-Type": "application/json", Authorization: `Bearer ${process.env.OPENAI_API_KEY ?? ""}` },
            body: JSON.stringify({
              model: process.env.AGENT_MODEL ?? "gpt-4o-mini",
              messages: [{ role: "user", content: JSON.stringify(given) }],
            }),
          });
          if (!response.ok) throw new Error(`the model answered ${response.status}`);
          return { answer: (await response.json()).choices[0].message.content };
        }

        console.log = console.info = console.error; // what the agent prints must not stand among the answers
        for await (const line of createInterface({ input: process.stdin })) {
          if (!line.trim()) continue;
          const { id, epoch, input } = JSON.parse(line);
          let reply;
          try {
            reply = { id, epoch, output: await answer(input) };
          } catch (error) {
            reply = { id, epoch, error: { type: error.name, message: error.message } };
          }
          process.stdout.write(JSON.stringify(reply) + "\n");
        }

        """;

    /// <summary>A file of the agent's own project, called from its Program.cs.</summary>
    public const string DotNet = """
        using System.Text.Json;
        using System.Text.Json.Nodes;

        /// <summary>Lets Kintsugi talk to the agent: one JSON object a line on stdin, one answer a line on stdout.</summary>
        /// <remarks>First line of Program.cs: if (args is ["--kintsugi"]) { await KintsugiAgent.RunAsync(async input => …your agent's answer…); return; }</remarks>
        public static class KintsugiAgent
        {
            public static async Task RunAsync(Func<JsonElement, Task<object>> answer)
            {
                var answers = Console.Out;
                Console.SetOut(Console.Error); // what the agent prints must not stand among the answers
                while (await Console.In.ReadLineAsync() is { } line)
                {
                    if (string.IsNullOrWhiteSpace(line)) continue;
                    using var asked = JsonDocument.Parse(line);
                    var reply = new JsonObject
                    {
                        ["id"] = asked.RootElement.GetProperty("id").GetString(),
                        ["epoch"] = asked.RootElement.GetProperty("epoch").GetInt32(),
                    };
                    try
                    {
                        reply["output"] = JsonSerializer.SerializeToNode(await answer(asked.RootElement.GetProperty("input")));
                    }
                    catch (Exception e)
                    {
                        reply["error"] = new JsonObject { ["type"] = e.GetType().Name, ["message"] = e.Message };
                    }
                    await answers.WriteLineAsync(reply.ToJsonString());
                    await answers.FlushAsync();
                }
            }
        }

        """;
}
