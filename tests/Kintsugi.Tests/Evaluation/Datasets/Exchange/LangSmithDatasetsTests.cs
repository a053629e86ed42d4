using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Datasets.Exchange;
using static Kintsugi.Tests.Evaluation.Datasets.Exchange.Samples;

namespace Kintsugi.Tests.Evaluation.Datasets.Exchange;

public class LangSmithDatasetsTests
{
    /// <summary>Datasets and examples in memory, by the API's paths; see the SDK's own requests.</summary>
    private sealed class ScriptedLangSmith : HttpMessageHandler
    {
        private readonly Dictionary<string, (string Id, List<JsonObject> Examples)> _datasets = [];

        public List<string> Asked { get; } = [];

        public Func<HttpRequestMessage, HttpResponseMessage?> First { get; init; } = _ => null;

        public void Add(string name, string id, params IEnumerable<string> examples) => _datasets[name] = (id, [.. examples.Select(e => JsonNode.Parse(e)!.AsObject())]);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add($"{request.Method} {request.RequestUri!.PathAndQuery} {string.Join(',', request.Headers.TryGetValues("x-api-key", out var keys) ? keys : [])}");
            if (First(request) is { } answer) return answer;
            var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri.Query);
            var path = request.RequestUri.AbsolutePath;
            if (path == "/datasets" && request.Method == HttpMethod.Get)
                return Json(new JsonArray([.. _datasets.Where(d => d.Key == query["name"]).Select(d => new JsonObject { ["id"] = d.Value.Id, ["name"] = d.Key })]));
            if (path == "/datasets")
            {
                var name = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!["name"]!.GetValue<string>();
                _datasets[name] = ("0f4c1a52-5f0c-4e8b-a7ce-2a8a3b0d7e11", []);
                return Json(new JsonObject { ["id"] = _datasets[name].Id });
            }
            if (path.StartsWith("/v1/platform/datasets/", StringComparison.Ordinal))
            {
                var examples = _datasets.Values.Single(d => path.Contains(d.Id, StringComparison.Ordinal)).Examples;
                foreach (var part in (MultipartFormDataContent)request.Content!)
                {
                    var name = part.Headers.ContentDisposition!.Name!.Trim('"').Split('.');
                    if (name.Length == 1) examples.Add(new JsonObject { ["id"] = name[0] });
                    var example = examples.Single(e => e["id"]!.GetValue<string>() == name[0]);
                    var body = JsonNode.Parse(await part.ReadAsStringAsync(cancellationToken));
                    if (name.Length == 1) example["metadata"] = body!["metadata"]!.DeepClone();
                    else example[name[1]] = body;
                }
                return Json(new JsonObject { ["count"] = examples.Count });
            }
            var (offset, limit) = (int.Parse(query["offset"]!, null), int.Parse(query["limit"]!, null));
            return Json(new JsonArray([.. _datasets.Values.Single(d => d.Id == query["dataset"]).Examples.Skip(offset).Take(limit).Select(e => e.DeepClone())]));
        }

        private static HttpResponseMessage Json(JsonNode body) => new(HttpStatusCode.OK) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
    }

    private const string Id = "0f4c1a52-5f0c-4e8b-a7ce-2a8a3b0d7e10";

    private static LangSmithDatasets Open(ScriptedLangSmith service) => new(new HttpClient(service), new Uri("http://langsmith.test/"), "key-1");

    [Fact]
    public async Task A_dataset_is_found_by_its_name_and_read_page_by_page()
    {
        var service = new ScriptedLangSmith();
        service.Add("Support & QA", Id, Enumerable.Range(0, 250).Select(i => $$$"""{"id":"e{{{i}}}","inputs":{"question":"q{{{i}}}"},"outputs":{"answer":"a{{{i}}}"},"metadata":{"dataset_split":["base"],"owner":"x"}}"""));
        var losses = new ExchangeLosses();

        var samples = await ReadAsync(Open(service).ReadAsync("Support & QA", losses, TestContext.Current.CancellationToken));

        Assert.Equal(250, samples.Count);
        Assert.Equal("""{"id":"e249","input":{"question":"q249"},"target":{"answer":"a249"}}""", Say(samples[^1]));
        Assert.Equal("GET /datasets?limit=1&name=Support%20%26%20QA key-1", service.Asked[0]);
        Assert.Equal(4, service.Asked.Count);
        Assert.Equal(("metadata 'owner'", 250), (losses.All.Single().What, losses.All.Single().Count));
    }

    [Fact]
    public async Task An_address_that_holds_the_id_needs_no_name()
    {
        var service = new ScriptedLangSmith();
        service.Add("x", Id, """{"id":"e","inputs":{"input":"hi"},"outputs":null}""");

        var sample = (await ReadAsync(Open(service).ReadAsync($"https://smith.example.com/o/1/datasets/{Id}?tab=2", new ExchangeLosses(), TestContext.Current.CancellationToken))).Single();

        Assert.Equal("""{"id":"e","input":"hi"}""", Say(sample));
    }

    [Fact]
    public void What_is_exported_reads_back_as_it_was() => ExchangeDrafts.Any.Array[1, 5].Sample(
        drafts =>
        {
            var samples = drafts.Select((d, i) => d with { Id = $"s{i}" }).ToList();
            var langSmith = Open(new ScriptedLangSmith());
            langSmith.WriteAsync("new", samples, TestContext.Current.CancellationToken).GetAwaiter().GetResult();

            var read = ReadAsync(langSmith.ReadAsync("new", new ExchangeLosses(), TestContext.Current.CancellationToken)).GetAwaiter().GetResult();

            Assert.Equal(samples.Select(Say), read.Select(Say));
        }, iter: 50);

    [Fact]
    public async Task A_dataset_that_is_there_is_not_touched()
    {
        var service = new ScriptedLangSmith();
        service.Add("mine", Id);

        var refused = await Assert.ThrowsAsync<BadFileException>(() => Open(service).WriteAsync("mine", [], TestContext.Current.CancellationToken));

        Assert.Contains("nothing is overwritten", refused.Message, StringComparison.Ordinal);
        Assert.Single(service.Asked);
    }

    [Theory]
    [InlineData(401, "", "langsmith.test: The key is refused.")]
    [InlineData(404, "", "langsmith.test: It has no /datasets.")]
    [InlineData(200, "<html>", "langsmith.test: The answer is not JSON.")]
    [InlineData(200, "[]", "langsmith.test: There is no dataset 'mine'.")]
    [InlineData(200, "{\"detail\":1}", "langsmith.test: There is no dataset 'mine'.")]
    public async Task What_the_service_refuses_says_what_to_do(int status, string body, string message)
    {
        var service = new ScriptedLangSmith { First = _ => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) } };

        var refused = await Assert.ThrowsAsync<BadFileException>(() => ReadAsync(Open(service).ReadAsync("mine", new ExchangeLosses(), TestContext.Current.CancellationToken)));

        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(302)]
    public async Task A_service_that_fails_or_sends_elsewhere_is_the_world(int status)
    {
        var service = new ScriptedLangSmith { First = _ => new HttpResponseMessage((HttpStatusCode)status) };

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(Open(service).ReadAsync("mine", new ExchangeLosses(), TestContext.Current.CancellationToken)));
    }
}
