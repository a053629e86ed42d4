// A request in, an offer out.
using System;
using System.ClientModel;
using System.ClientModel.Primitives;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using OpenAI;
using Vendored;

namespace HotelDesk;

/// <summary>No offer can be made.</summary>
public sealed class NoOfferException(string kind, string message) : Exception(message)
{
    public string Kind => kind;
}

/// <summary>Everything that is the same for every request.</summary>
public sealed class Desk
{
    private readonly House _house = new();
    private readonly JsonNode _schema = Files.Json("Schemas/weight.json");
    private readonly ChatClientAgent _agent;

    public Desk()
    {
        var chosen = Files.Json("model.json");
        var options = new OpenAIClientOptions
        {
            Endpoint = new Uri(Environment.GetEnvironmentVariable("OPENAI_BASE_URL") ?? "https://api.openai.com/v1"),
            NetworkTimeout = TimeSpan.FromSeconds((double)chosen["timeoutSeconds"]!),
            RetryPolicy = new ClientRetryPolicy(0),
        };
        var key = new ApiKeyCredential(Environment.GetEnvironmentVariable("OPENAI_API_KEY") ?? "none");
        var client = new OpenAIClient(key, options).GetChatClient((string)chosen["model"]!).AsIChatClient();
        _agent = new ChatClientAgent(client, new ChatClientAgentOptions
        {
            Name = "desk",
            ChatOptions = new ChatOptions
            {
                Instructions = Files.Text("Prompts/weigh.md"),
                ResponseFormat = ChatResponseFormat.Json,
                Tools = [new HouseTool(Files.Json("Tools/guest.json"), _house), new HouseTool(Files.Json("Tools/season.json"), _house)],
            },
        });
    }

    /// <summary>The offer for one request.</summary>
    public async Task<JsonNode> AnswerAsync(JsonNode? raw)
    {
        var request = Clean(raw);
        var answer = await WeighAsync(request);
        if (Answers.Fault(answer, _schema) is { } fault) throw new NoOfferException("answer", fault);
        var (adults, children) = Party.Read((string)request["party"]!);
        var nights = (int)request["nights"]!;
        var offer = Pricing.Offer((double)answer["score"]!, adults, children);
        var season = _house.Season((string)request["month"]!);
        var rate = Pricing.Rate(offer, adults, children, nights, (double?)season["factor"] ?? 1);
        return new JsonObject
        {
            ["offer"] = offer,
            ["mood"] = answer["mood"]!.DeepClone(),
            ["rate"] = Rates.Round(rate),
            ["deposit"] = Rates.Round(Pricing.Deposit(rate, nights, _house.Guest((string)request["guest"]!))),
        };
    }

    private static JsonObject Clean(JsonNode? raw)
    {
        if (raw is not JsonObject given || given["nights"] is not JsonValue nights || !nights.TryGetValue<int>(out var many) || given["party"] is not JsonValue)
            throw new NoOfferException("unreadable", "A request says how many come, and for how many nights.");
        var party = given["party"]!.ToString();
        if (party.Any(c => !char.IsAsciiDigit(c) && c != '+')) throw new NoOfferException("unreadable", "A party is two numbers.");
        return new JsonObject
        {
            // The guest's number as it is printed on the card.
            ["guest"] = (given["guest"]?.ToString() ?? "").Trim().ToUpperInvariant(),
            ["month"] = (given["month"]?.ToString() ?? "").ToLowerInvariant(),
            ["nights"] = Math.Max(1, many),
            ["party"] = party,
            ["children"] = Party.Read(party).Children,
            ["channel"] = given["channel"]?.ToString() ?? "direct",
            ["message"] = given["message"]?.ToString() ?? "",
        };
    }

    private async Task<JsonNode> WeighAsync(JsonObject request)
    {
        try
        {
            var response = await _agent.RunAsync(request.ToJsonString());
            return JsonNode.Parse(response.Text) as JsonObject ?? throw new NoOfferException("answer", "no object");
        }
        catch (ClientResultException e)
        {
            throw new NoOfferException("model", e.Message);
        }
    }
}
