// One request a line in, one offer a line out.
using System;
using System.Text.Json;
using System.Text.Json.Nodes;
using HotelDesk;

if (args is ["--check"]) return Check.Run();

var desk = new Desk();
while (Console.ReadLine() is { } line)
{
    if (line.Trim().Length == 0) continue;
    var asked = JsonNode.Parse(line)!;
    var reply = new JsonObject { ["id"] = asked["id"]!.DeepClone(), ["epoch"] = asked["epoch"]!.DeepClone() };
    try
    {
        reply["output"] = await desk.AnswerAsync(asked["input"]);
    }
    catch (NoOfferException e)
    {
        reply["error"] = new JsonObject { ["type"] = e.Kind, ["message"] = e.Message };
    }
    Console.WriteLine(reply.ToJsonString());
}
return 0;
