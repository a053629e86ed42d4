// What the house knows, and how the model asks for it.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.AI;

namespace HotelDesk;

/// <summary>Files of the agent.</summary>
public static class Files
{
    private static readonly string Top = Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!;

    public static string Text(string path) => File.ReadAllText(Path.Combine(Top, path));

    public static JsonNode Json(string path) => JsonNode.Parse(Text(path))!;
}

/// <summary>The tables below Data.</summary>
public sealed class House
{
    private readonly JsonArray _guests = Files.Json("Data/guests.json").AsArray();
    private readonly JsonArray _seasons = Files.Json("Data/seasons.json").AsArray();

    public JsonObject Guest(string number)
    {
        // Guests write their number in any case.
        var key = number.Trim().ToUpperInvariant();
        var row = _guests.FirstOrDefault(g => (string?)g!["number"] == key);
        if (row is null) return new JsonObject { ["known"] = false };
        return new JsonObject
        {
            ["known"] = true,
            ["stays"] = (row["stays"] ?? row["visits"])?.DeepClone(),
            ["noshows"] = row["noshows"]?.DeepClone(),
            ["member"] = row["member"]?.DeepClone(),
        };
    }

    public JsonObject Season(string month)
    {
        var row = _seasons.FirstOrDefault(s => (string?)s!["month"] == month.Trim());
        if (row is null) return new JsonObject { ["season"] = "mid", ["factor"] = 1 };
        return new JsonObject { ["season"] = row["season"]?.DeepClone(), ["factor"] = row["factor"]?.DeepClone() };
    }
}

/// <summary>A tool as its file describes it.</summary>
public sealed class HouseTool(JsonNode described, House house) : AIFunction
{
    public override string Name => (string)described["name"]!;

    public override string Description => (string)described["description"]!;

    public override JsonElement JsonSchema { get; } = JsonSerializer.Deserialize<JsonElement>(described["parameters"]!.ToJsonString());

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        string Given(string name) => arguments.TryGetValue(name, out var value) ? value?.ToString() ?? "" : "";
        var told = Name == "guest" ? house.Guest(Given("guest")) : house.Season(Given("month"));
        return ValueTask.FromResult<object?>(JsonSerializer.Deserialize<JsonElement>(told.ToJsonString()));
    }
}
