using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Kintsugi.Healing.Incidents;

/// <summary>Events as text: a name, the version of their shape, and JSON.</summary>
/// <remarks>A shape that changes gets a new version and an upcast from the old one; `tests/events/` keeps one of every kind ever written.</remarks>
public static class IncidentEventCodec
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    private static readonly (string Name, int Schema, Type Type)[] Kinds =
    [
        ("opened", 1, typeof(Opened)),
        ("revisited", 1, typeof(Revisited)),
        ("alarmed", 1, typeof(Alarmed)),
        ("baseline_taken", 1, typeof(BaselineTaken)),
        ("looked", 3, typeof(Looked)),
        ("world_failed", 1, typeof(WorldFailed)),
        ("pairs_run", 2, typeof(PairsRun)),
        ("diff_cut", 1, typeof(DiffCut)),
        ("components_swapped", 2, typeof(ComponentsSwapped)),
        ("commits_bisected", 1, typeof(CommitsBisected)),
        ("trial_run", 1, typeof(TrialRun)),
        ("diagnosed", 1, typeof(Diagnosed)),
        ("decided", 1, typeof(Decided)),
        ("advised", 1, typeof(Advised)),
        ("attempt_made", 6, typeof(AttemptMade)),
        ("proposal_intended", 1, typeof(ProposalIntended)),
        ("proposed", 1, typeof(Proposed)),
        ("closed", 2, typeof(Closed)),
        ("requested", 1, typeof(Requested)),
        ("answered", 1, typeof(Answered)),
        ("declined", 1, typeof(Declined)),
        ("taken_over", 1, typeof(TakenOver)),
        ("merged", 1, typeof(Merged)),
        ("escalation_intended", 1, typeof(EscalationIntended)),
        ("escalation_filed", 1, typeof(EscalationFiled)),
        ("conversation_ended", 1, typeof(ConversationEnded)),
    ];

    /// <summary>Every name that was ever written, with the newest version of its shape.</summary>
    public static IEnumerable<(string Name, int Schema)> Names => Kinds.Select(k => (k.Name, k.Schema));

    internal static string NameOf(IncidentEvent happened) => Kinds.Single(k => k.Type == happened.GetType()).Name;

    public static (string Name, int Schema, string Body) Write(IncidentEvent happened)
    {
        var kind = Kinds.Single(k => k.Type == happened.GetType());
        return (kind.Name, kind.Schema, JsonSerializer.Serialize(happened, kind.Type, Json));
    }

    /// <exception cref="StorageFormatException">The event was written by a newer product, or is damaged.</exception>
    public static IncidentEvent Read(string name, int schema, string body)
    {
        var kind = Array.Find(Kinds, k => k.Name == name);
        if (kind.Type is null || schema > kind.Schema)
            throw new StorageFormatException($"The log holds an event '{name}' version {schema} that this version of kintsugi cannot read. Update kintsugi.");
        try
        {
            return (IncidentEvent)JsonSerializer.Deserialize(JsonNode.Parse(body), kind.Type, Json)!;
        }
        catch (JsonException e)
        {
            throw new StorageFormatException($"An event '{name}' of the log is damaged ({e.Message}). Move .kintsugi/kintsugi.db away and run again: the fix on its branch will be found.");
        }
    }
}

/// <summary>The database holds something this product cannot read.</summary>
public sealed class StorageFormatException(string message) : Exception(message);
