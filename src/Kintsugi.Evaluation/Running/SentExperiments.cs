using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Evaluation.Datasets;
using Kintsugi.Evaluation.Datasets.Exchange;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Running;

/// <summary>An evaluation that is to be seen elsewhere.</summary>
/// <param name="Verdict">Its kind; null without a baseline.</param>
public sealed record FinishedEvaluation(string Agent, string Commit, EvalRun Run, string? Verdict, IReadOnlyList<Sample> Samples);

/// <summary>Sends evaluations to a LangSmith, or to whatever speaks its API, as experiments: for a team's own screens.</summary>
/// <remarks>
/// The dataset has an example for each sample by its id, made when it is first met and never changed. A held-out sample has neither example nor run: it is in the counts.
/// Questions, answers, errors' messages and what scorers say go only where they are asked for, cut, and without what looks like a key.
/// </remarks>
/// <param name="http">Follows no redirect: the key is for this address alone.</param>
/// <param name="key">Null where none is wanted.</param>
/// <param name="withContent">Whether input, target, output, errors' messages and the scorers' reasons go with it.</param>
public sealed class SentExperiments(HttpClient http, Uri endpoint, string? key, bool withContent, TimeProvider clock)
{
    /// <summary>What a run is scored by beside its scorers: 1 where all that decide let it pass.</summary>
    public const string PassedKey = "passed";

    private const int PageSize = 100;
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly LangSmithCalls _calls = new(http, endpoint, key);

    /// <returns>The experiment's name.</returns>
    /// <exception cref="BadFileException">The key is refused, or it is no such API.</exception>
    /// <exception cref="IOException">The service cannot be reached, or fails.</exception>
    public async Task<string> SendAsync(FinishedEvaluation evaluation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        var visible = evaluation.Samples.Where(s => !s.HeldOut).ToList();
        var dataset = await DatasetAsync($"kintsugi {evaluation.Agent}", cancellationToken);
        var examples = await ExamplesAsync(dataset, visible, cancellationToken);
        var name = $"{evaluation.Agent} {evaluation.Commit[..Math.Min(10, evaluation.Commit.Length)]} {evaluation.Run.Id[..Math.Min(12, evaluation.Run.Id.Length)]}";
        var session = await BeginAsync(name, dataset, evaluation, cancellationToken);
        var seen = evaluation.Run.Results.Where(r => examples.ContainsKey(r.SampleId)).ToList();
        var samples = visible.ToDictionary(s => s.Id, StringComparer.Ordinal);
        foreach (var some in seen.Chunk(PageSize))
        {
            using var form = new MultipartFormDataContent();
            foreach (var result in some) Add(form, result, samples[result.SampleId], examples[result.SampleId], session, name, evaluation.Agent);
            using var sent = await _calls.SendAsync(HttpMethod.Post, "runs/multipart", form, cancellationToken);
        }
        var end = new JsonObject { ["end_time"] = Iso(clock.GetUtcNow()), ["extra"] = new JsonObject { ["metadata"] = Metadata(evaluation) } };
        using var ended = await _calls.SendAsync(HttpMethod.Patch, $"sessions/{session}", JsonContent.Create(end), cancellationToken);
        return name;
    }

    private async Task<Guid> DatasetAsync(string name, CancellationToken cancellationToken)
    {
        if (await _calls.FindDatasetAsync(name, cancellationToken) is { } known) return Id(known);
        using var made = await _calls.SendAsync(HttpMethod.Post, "datasets", JsonContent.Create(new { name, data_type = "kv" }), cancellationToken);
        return IdOf(made);
    }

    /// <returns>Of each sample its example, those that were missing made.</returns>
    private async Task<Dictionary<string, Guid>> ExamplesAsync(Guid dataset, IReadOnlyList<Sample> samples, CancellationToken cancellationToken)
    {
        var examples = new Dictionary<string, Guid>(StringComparer.Ordinal);
        var wanted = samples.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        for (var (offset, count) = (0, PageSize); count == PageSize; offset += count)
        {
            using var page = await _calls.GetAsync(string.Create(CultureInfo.InvariantCulture, $"examples?dataset={dataset}&offset={offset}&limit={PageSize}"), cancellationToken);
            if (page.RootElement.ValueKind != JsonValueKind.Array) throw new BadFileException(_calls.Name, null, "The answer is no list of examples. Is LANGSMITH_ENDPOINT the API's address?");
            count = page.RootElement.GetArrayLength();
            foreach (var example in page.RootElement.EnumerateArray())
                if (example.TryGetProperty("metadata", out var metadata) && LooseSample.Text(metadata, "id") is { } sample && wanted.Contains(sample)) examples.TryAdd(sample, Id(LooseSample.Text(example, "id")));
        }
        foreach (var some in samples.Where(s => !examples.ContainsKey(s.Id)).Chunk(PageSize))
        {
            using var form = new MultipartFormDataContent();
            foreach (var sample in some)
            {
                var example = examples[sample.Id] = Guid.CreateVersion7(clock.GetUtcNow());
                Part(form, $"{example}", new JsonObject { ["metadata"] = new JsonObject { ["id"] = sample.Id, ["tags"] = new JsonArray([.. sample.Tags.Select(t => JsonValue.Create(t))]) } }, "blob");
                Part(form, $"{example}.inputs", Given(sample), "blob");
                if (withContent && sample.Target is { } target) Part(form, $"{example}.outputs", new JsonObject { ["output"] = Content(target) }, "blob");
            }
            using var sent = await _calls.SendAsync(HttpMethod.Post, $"v1/platform/datasets/{dataset}/examples", form, cancellationToken);
        }
        return examples;
    }

    private async Task<Guid> BeginAsync(string name, Guid dataset, FinishedEvaluation evaluation, CancellationToken cancellationToken)
    {
        var asked = new JsonObject
        {
            ["name"] = name,
            ["reference_dataset_id"] = dataset.ToString(),
            ["start_time"] = Iso(clock.GetUtcNow() - evaluation.Run.Duration),
            ["extra"] = new JsonObject { ["metadata"] = Metadata(evaluation) },
        };
        using var made = await _calls.SendAsync(HttpMethod.Post, "sessions", JsonContent.Create(asked), cancellationToken);
        return IdOf(made);
    }

    private void Add(MultipartFormDataContent form, SampleResult result, Sample sample, Guid example, Guid session, string project, string agent)
    {
        var end = clock.GetUtcNow();
        var id = Guid.CreateVersion7(end).ToString();
        var start = end - result.Duration;
        Part(form, $"post.{id}", new JsonObject
        {
            ["id"] = id,
            ["trace_id"] = id,
            ["dotted_order"] = $"{start.UtcDateTime.ToString("yyyyMMdd'T'HHmmssffffff'Z'", CultureInfo.InvariantCulture)}{id}",
            ["name"] = agent,
            ["run_type"] = "chain",
            ["start_time"] = Iso(start),
            ["end_time"] = Iso(end),
            ["session_name"] = project,
            ["reference_example_id"] = example.ToString(),
        });
        Part(form, $"post.{id}.inputs", Given(sample));
        if (withContent && result.Output is { } output) Part(form, $"post.{id}.outputs", new JsonObject { ["output"] = Content(output) });
        if (Error(result) is { } error) Part(form, $"post.{id}.error", JsonValue.Create(error));
        Part(form, $"post.{id}.extra", new JsonObject { ["metadata"] = new JsonObject { ["epoch"] = result.Epoch, ["outcome"] = Word(result.Outcome), ["model_calls"] = result.Cost.ModelCalls, ["cost_usd"] = result.Cost.Usd } });
        if (result.Outcome == Outcome.World) return; // says nothing of the agent
        foreach (var score in result.Scores) AddScore(form, id, session, score.Scorer, score.Value, withContent ? EvalSpan.Content(score.Reason, EvalSpan.LongestReason) : null);
        AddScore(form, id, session, PassedKey, result.Outcome == Outcome.Passed ? 1 : 0, null);
    }

    private void AddScore(MultipartFormDataContent form, string run, Guid session, string scorer, double value, string? comment)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        Part(form, $"feedback.{id}", new JsonObject
        {
            ["id"] = id,
            ["run_id"] = run,
            ["trace_id"] = run,
            ["session_id"] = session.ToString(),
            ["key"] = scorer,
            ["score"] = value,
            ["comment"] = comment,
            ["feedback_source"] = new JsonObject { ["type"] = "model", ["metadata"] = new JsonObject() },
        });
    }

    private string? Error(SampleResult result) =>
        result.Outcome == Outcome.World ? (withContent ? EvalSpan.Content($"world: {result.WorldFault}", EvalSpan.LongestContent) : "world")
        : result.Error is not { } error ? null
        : withContent ? EvalSpan.Content($"{error.Type}: {error.Message}", EvalSpan.LongestContent) : Shown.Word(error.Type, 200);

    private JsonObject Given(Sample sample)
    {
        var given = new JsonObject { ["sample"] = sample.Id };
        if (withContent) given["input"] = Content(sample.Input);
        return given;
    }

    private static JsonNode? Content(JsonElement json)
    {
        var text = EvalSpan.Content(json.GetRawText(), EvalSpan.LongestContent);
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text); // it was cut
        }
    }

    private static JsonObject Metadata(FinishedEvaluation evaluation)
    {
        var results = evaluation.Run.Results;
        var metadata = new JsonObject { ["revision_id"] = evaluation.Commit, ["kintsugi_run"] = evaluation.Run.Id, ["purpose"] = evaluation.Run.Purpose, ["verdict"] = evaluation.Verdict ?? "no_baseline" };
        foreach (var outcome in Enum.GetValues<Outcome>()) metadata[$"runs_{Word(outcome)}"] = results.Count(r => r.Outcome == outcome);
        metadata["num_repetitions"] = results.Count == 0 ? 0 : results.GroupBy(r => r.SampleId, StringComparer.Ordinal).Max(s => s.Count());
        return metadata;
    }

    private static string Word(Outcome outcome) => outcome.ToString().ToLowerInvariant();

    /// <summary>Names in quotation marks, as the SDK writes them: not every reader takes a bare word. Runs have no file name, examples must.</summary>
    private static void Part(MultipartFormDataContent form, string name, JsonNode? content, string? file = null)
    {
        var part = new StringContent(content?.ToJsonString(Readable) ?? "null", Encoding.UTF8, "application/json");
        if (file is null) form.Add(part, $"\"{name}\"");
        else form.Add(part, $"\"{name}\"", $"\"{file}\"");
    }

    private Guid IdOf(JsonDocument made) => Id(LooseSample.Text(made.RootElement, "id"));

    private Guid Id(string? text) => Guid.TryParse(text, out var id) ? id : throw new BadFileException(_calls.Name, null, "What it made has no id. Is LANGSMITH_ENDPOINT the API's address?");

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
