using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kintsugi.Storage;

namespace Kintsugi.Evaluation.Datasets.Exchange;

/// <summary>Datasets of a LangSmith, or of whatever speaks its API.</summary>
/// <param name="http">Follows no redirect: the key is for this address alone.</param>
/// <param name="key">Sent as `x-api-key`; null where none is wanted.</param>
/// <remarks>`inputs` are the input and `outputs` the target; `{"input": …}` and `{"output": …}` alone are what they hold, as the API has objects only. Tags, family and the rest travel in `metadata`.</remarks>
public sealed class LangSmithDatasets(HttpClient http, Uri endpoint, string? key)
{
    /// <summary>What LangSmith's own SDK uses.</summary>
    public const string DefaultEndpoint = "https://api.smith.langchain.com";

    private const int PageSize = 100;
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly LangSmithCalls _calls = new(http, endpoint, key);

    /// <param name="dataset">Its name, its id, or an address that holds its id.</param>
    /// <exception cref="BadFileException">There is no such dataset, the key is refused, or what came is no example.</exception>
    /// <exception cref="IOException">The service cannot be reached, or fails.</exception>
    public async IAsyncEnumerable<SampleDraft> ReadAsync(string dataset, ExchangeLosses losses, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = IdIn(dataset) ?? await FindAsync(dataset, cancellationToken) ?? throw new BadFileException(Name, null, $"There is no dataset '{Shown.Word(dataset)}'. Give its name or its id as LangSmith shows them.");
        for (var offset = 0; ;)
        {
            using var page = await _calls.GetAsync($"examples?dataset={id}&offset={offset.ToString(CultureInfo.InvariantCulture)}&limit={PageSize.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
            if (page.RootElement.ValueKind != JsonValueKind.Array) throw new BadFileException(Name, null, "The answer is no list of examples. Is this the API's address (--url)?");
            foreach (var example in page.RootElement.EnumerateArray()) yield return Of(example, losses);
            offset += page.RootElement.GetArrayLength();
            if (page.RootElement.GetArrayLength() < PageSize) yield break;
        }
    }

    /// <summary>Makes a dataset of this name. One that is there already is not touched.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="BadFileException">There is one of that name, or the key is refused.</exception>
    /// <exception cref="IOException">The service cannot be reached, or fails.</exception>
    public async Task<string> WriteAsync(string dataset, IReadOnlyList<SampleDraft> samples, CancellationToken cancellationToken)
    {
        if (await FindAsync(dataset, cancellationToken) is not null) throw new BadFileException(Name, null, $"There is a dataset '{Shown.Word(dataset)}' already, and nothing is overwritten. Choose another name.");
        using var made = await _calls.SendAsync(HttpMethod.Post, "datasets", JsonContent.Create(new { name = dataset, data_type = "kv" }), cancellationToken);
        var id = IdIn(LooseSample.Text(made.RootElement, "id") ?? "") ?? throw new BadFileException(Name, null, "The new dataset was given no id. Is this the API's address (--url)?");
        foreach (var some in samples.Chunk(PageSize))
        {
            using var form = new MultipartFormDataContent();
            foreach (var sample in some)
            {
                var example = Guid.NewGuid().ToString();
                Add(example, new JsonObject { ["metadata"] = Metadata(sample), ["split"] = sample.Split });
                Add($"{example}.inputs", Object(sample.Input, "input"));
                if (sample.Target is { } target) Add($"{example}.outputs", Object(target, "output"));
            }
            using var sent = await _calls.SendAsync(HttpMethod.Post, $"v1/platform/datasets/{id}/examples", form, cancellationToken);

            // Names in quotation marks, as browsers and the SDK write them: not every reader takes a bare word.
            void Add(string part, JsonNode content) => form.Add(new StringContent(content.ToJsonString(Readable), Encoding.UTF8, "application/json"), $"\"{part}\"", "\"blob\"");
        }
        return id;
    }

    private string Name => _calls.Name;

    private async Task<string?> FindAsync(string dataset, CancellationToken cancellationToken) =>
        await _calls.FindDatasetAsync(dataset, cancellationToken) is { } id ? IdIn(id) : null;

    private SampleDraft Of(JsonElement example, ExchangeLosses losses)
    {
        var id = LooseSample.Text(example, "id") ?? "";
        BadFileException Bad(string problem) => new(Name, null, $"Example '{Shown.Word(id)}': {problem}");
        if (example.ValueKind != JsonValueKind.Object || !example.TryGetProperty("inputs", out var inputs)) throw Bad("it has no 'inputs'. Is this the API's address (--url)?");
        JsonElement? outputs = example.TryGetProperty("outputs", out var given) && given.ValueKind != JsonValueKind.Null ? given : null;
        var metadata = example.TryGetProperty("metadata", out var said) ? said : default;
        var split = LooseSample.Text(metadata, "split") ?? LooseSample.Text(example, "split") ?? LooseSample.Texts(metadata, "dataset_split").FirstOrDefault(s => s != "base");
        if (example.TryGetProperty("attachment_urls", out var files) && files.ValueKind == JsonValueKind.Object && files.EnumerateObject().Any()) losses.Note("attachments", id);
        if (metadata.ValueKind == JsonValueKind.Object)
            foreach (var other in metadata.EnumerateObject().Where(m => m.Name is not ("id" or "tags" or "family" or "critical" or "split" or "dataset_split"))) losses.Note($"metadata '{other.Name}'", id);
        return LooseSample.Of(
            LooseSample.Text(metadata, "id") ?? id, Alone(inputs, "input"), outputs is { } o ? Alone(o, "output") : null, LooseSample.Texts(metadata, "tags"), LooseSample.Text(metadata, "family"), LooseSample.Flag(metadata, "critical"), split, losses, Bad);
    }

    /// <summary>What stands alone under the name that our own export gives it.</summary>
    private static JsonElement Alone(JsonElement value, string name) =>
        (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 1 && value.TryGetProperty(name, out var only) ? only : value).Clone();

    private static JsonObject Object(JsonElement value, string name)
    {
        var node = JsonNode.Parse(value.GetRawText());
        return node is JsonObject fields && !(fields.Count == 1 && fields.ContainsKey(name)) ? fields : new JsonObject { [name] = node };
    }

    private static JsonObject Metadata(SampleDraft sample)
    {
        var metadata = new JsonObject { ["id"] = sample.Id };
        if (sample.Tags.Count > 0) metadata["tags"] = new JsonArray([.. sample.Tags.Select(t => JsonValue.Create(t))]);
        if (sample.Family is not null) metadata["family"] = sample.Family;
        if (sample.Critical) metadata["critical"] = true;
        if (sample.Split is not null) metadata["split"] = sample.Split;
        return metadata;
    }

    private static string? IdIn(string text) =>
        text.Split('/', '?', '#').Select(part => Guid.TryParseExact(part, "D", out var id) ? id.ToString() : null).LastOrDefault(id => id is not null);
}
