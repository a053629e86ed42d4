using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets.Proposing;

/// <summary>What became of a proposal. Stored: only ever appended to.</summary>
public enum ProposalState
{
    Open = 0,
    Approved = 1,

    /// <summary>Approved with a target that a person wrote.</summary>
    Corrected = 2,
    Refused = 3,
}

/// <param name="Id">The sample's <see cref="ProposedSample.InputHash"/>; any beginning of it that is its own alone will do.</param>
/// <param name="DecidedBy">`terminal` or `command`; null while it is open.</param>
public sealed record Proposal(string Id, ProposedSample Sample, ProposalState State, DateTimeOffset ProposedAt, DateTimeOffset? DecidedAt, string? DecidedBy)
{
    /// <summary>Enough of <see cref="Id"/> to type.</summary>
    public string ShortId => Id[..10];
}

/// <summary>Proposals in the product's database: one for each input of an agent, ever.</summary>
public sealed class ProposalStore(Database database, TimeProvider clock)
{
    private const int ShortestId = 4;

    /// <summary>Adds those whose input was never proposed to this agent.</summary>
    /// <returns>How many those were.</returns>
    public int Add(string agent, IReadOnlyList<ProposedSample> samples)
    {
        var at = Now(); // one for all: their order is that of their weight
        return database.Write(durable: true, (connection, transaction) => samples.Sum(sample => connection.Execute(
            "insert or ignore into proposal (agent, input, source, body, state, proposed_at) values (@agent, @InputHash, @Source, @Body, 0, @at)",
            new { agent, sample.InputHash, sample.Source, Body = JsonSerializer.Serialize(sample, ProposalJson.Default.ProposedSample), at }, transaction)));
    }

    /// <returns>In the order in which they were proposed: of one time, failures of large clusters first.</returns>
    public IReadOnlyList<Proposal> List(string agent, params IReadOnlyList<ProposalState> states)
    {
        using var connection = database.Connect();
        return
        [
            .. connection.Query<Row>(
                "select input, body, state, proposed_at, decided_at, decided_by from proposal where agent = @agent and state in @states order by proposed_at", new { agent, states = states.Select(s => (int)s) })
                .Select(r => r.Read()).OrderBy(p => p.ProposedAt).ThenByDescending(p => p.Sample.Why.ClusterSize).ThenBy(p => p.Id, StringComparer.Ordinal),
        ];
    }

    /// <param name="id">The whole id or its beginning.</param>
    /// <returns>Those that it may mean; empty for a beginning of less than four characters.</returns>
    public IReadOnlyList<Proposal> Find(string agent, string id)
    {
        if (id.Length < ShortestId || !id.All(char.IsAsciiHexDigitLower)) return [];
        using var connection = database.Connect();
        return [.. connection.Query<Row>(
            "select input, body, state, proposed_at, decided_at, decided_by from proposal where agent = @agent and input >= @id and input < @id || 'g' order by input limit 10", new { agent, id }).Select(r => r.Read())];
    }

    /// <summary>Notes what a person said of an open proposal.</summary>
    /// <param name="by">`terminal` or `command`.</param>
    /// <returns>False when it was not open any more.</returns>
    public bool Decide(string agent, string id, ProposalState state, string by) => database.Write(durable: true, (connection, transaction) => connection.Execute(
        "update proposal set state = @state, decided_at = @At, decided_by = @by where agent = @agent and input = @id and state = 0", new { agent, id, state = (int)state, by, At = Now() }, transaction)) == 1;

    private string Now() => clock.GetUtcNow().ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    private sealed record Row(string Input, string Body, long State, string Proposed_at, string? Decided_at, string? Decided_by)
    {
        public Proposal Read() => new(Input, JsonSerializer.Deserialize(Body, ProposalJson.Default.ProposedSample)!, (ProposalState)State, Time(Proposed_at)!.Value, Time(Decided_at), Decided_by);

        private static DateTimeOffset? Time(string? text) => text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProposedSample))]
internal sealed partial class ProposalJson : JsonSerializerContext;
