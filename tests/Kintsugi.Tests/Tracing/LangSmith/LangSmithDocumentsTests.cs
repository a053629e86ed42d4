using System.Net;
using Kintsugi.Tracing.Spans;

namespace Kintsugi.Tests.Tracing.LangSmith;

/// <summary>Datasets, examples, projects and feedback.</summary>
public class LangSmithDocumentsTests
{
    private const string Example = "f2300d94-df7b-49a4-9dce-28eb052a91a5";
    private const string Run = "01a20996-48d0-7000-8000-00dc761a7151";

    [Fact]
    public async Task A_dataset_is_found_by_name_and_its_name_is_taken()
    {
        await using var host = await LangSmithHost.StartAsync();
        Assert.Equal("[]", (await host.GetAsync("/datasets?limit=1&name=leads")).Body!.ToJsonString());

        var (made, dataset) = await host.PostAsync("/datasets", """{"name":"leads","description":"d","extra":{"source":"sdk"},"data_type":"kv"}""");

        Assert.Equal(HttpStatusCode.OK, made);
        Assert.Equal((string?)dataset!["id"], (string?)(await host.GetAsync("/datasets?limit=1&name=leads")).Body![0]!["id"]);
        Assert.Equal(HttpStatusCode.Conflict, (await host.PostAsync("/datasets", """{"name":"leads"}""")).Status);
        Assert.Equal("new", (string?)(await host.PatchAsync($"/datasets/{dataset["id"]}", """{"description":"new","name":null}""")).Body!["description"]);
        Assert.Equal(HttpStatusCode.OK, (await host.AskAsync(HttpMethod.Delete, $"/datasets/{dataset["id"]}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync($"/datasets/{dataset["id"]}?limit=1")).Status);
    }

    [Fact]
    public async Task Examples_keep_their_ids_and_their_splits()
    {
        await using var host = await LangSmithHost.StartAsync();
        var dataset = (await host.PostAsync("/datasets", """{"name":"leads"}""")).Body!["id"];
        var form = new RunForm().Part(Example, """{"metadata":{"m":1},"split":"train"}""").Part($"{Example}.inputs", """{"q":"one"}""").Part($"{Example}.outputs", """{"a":"one"}""");

        var (made, counted) = await host.AskAsync(HttpMethod.Post, $"/v1/platform/datasets/{dataset}/examples", form.Content());
        await host.PostAsync("/examples", $$"""{"dataset_id":"{{dataset}}","inputs":{"q":"two"} }""");

        Assert.Equal((HttpStatusCode.Created, $$"""{"count":1,"example_ids":["{{Example}}"]}"""), (made, counted!.ToJsonString()));
        var example = (await host.GetAsync($"/examples/{Example}?")).Body!;
        Assert.Equal("""{"q":"one"}|{"a":"one"}|{"m":1,"dataset_split":["train"]}""", $"{example["inputs"]!.ToJsonString()}|{example["outputs"]!.ToJsonString()}|{example["metadata"]!.ToJsonString()}");
        Assert.Equal(2, (await host.GetAsync($"/examples?dataset={dataset}&inline_s3_urls=true&offset=0&limit=100")).Body!.AsArray().Count);
        Assert.Equal("two", (string?)Assert.Single((await host.GetAsync($"/examples?dataset={dataset}&splits=base")).Body!.AsArray())!["inputs"]!["q"]);
        Assert.Equal("""{"a":"uno"}""", (await host.PatchAsync($"/examples/{Example}", """{"outputs":{"a":"uno"} }""")).Status == HttpStatusCode.OK ? (await host.GetAsync($"/examples/{Example}")).Body!["outputs"]!.ToJsonString() : "");
        Assert.Equal(HttpStatusCode.NotFound, (await host.AskAsync(HttpMethod.Post, $"/v1/platform/datasets/{Example}/examples", form.Content())).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await host.AskAsync(HttpMethod.Post, $"/v1/platform/datasets/{dataset}/examples", new RunForm().Part($"{Example}.attachment.a", "{}").Content())).Status);
    }

    [Fact]
    public async Task Feedback_is_read_changed_and_deleted()
    {
        await using var host = await LangSmithHost.StartAsync();

        var (_, said) = await host.PostAsync("/feedback", $$"""{"run_id":"{{Run}}","key":"user_score","score":1,"comment":"good","feedback_source":{"type":"api","metadata":{} } }""");
        await host.PatchAsync($"/feedback/{said!["id"]}", """{"score":0.5,"comment":null}""");

        var found = Assert.Single((await host.GetAsync($"/feedback?run={Run}&key=user_score&source=api")).Body!.AsArray())!;
        Assert.Equal((0.5, null), ((double)found["score"]!, found["comment"]));
        Assert.Empty((await host.GetAsync($"/feedback?run={Run}&key=other")).Body!.AsArray());
        await host.AskAsync(HttpMethod.Delete, $"/feedback/{said["id"]}");
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync($"/feedback/{said["id"]}")).Status);
    }

    [Fact]
    public async Task A_project_that_is_there_is_a_conflict_unless_it_may_be()
    {
        await using var host = await LangSmithHost.StartAsync();
        await host.PostAsync("/runs", $$"""{"id":"{{Run}}","trace_id":"{{Run}}","name":"n","run_type":"chain","session_name":"peers"}""");

        Assert.Equal(HttpStatusCode.Conflict, (await host.PostAsync("/sessions", """{"name":"peers"}""")).Status);
        Assert.Equal("peers", (string?)(await host.PostAsync("/sessions?upsert=true", """{"name":"peers"}""")).Body!["name"]);
        Assert.NotNull((string?)(await host.GetAsync("/sessions?limit=1&offset=0")).Body![0]!["tenant_id"]);
    }

    [Fact]
    public async Task What_arrives_after_an_experiment_was_closed_belongs_to_it()
    {
        await using var host = await LangSmithHost.StartAsync();
        var dataset = (await host.PostAsync("/datasets", """{"name":"leads"}""")).Body!["id"];
        var session = (await host.PostAsync("/sessions", $$"""{"name":"exp-1","extra":{"metadata":{"a":1} },"description":null,"reference_dataset_id":"{{dataset}}"}""")).Body!["id"];
        Assert.Empty(host.Experiments);
        await host.PatchAsync($"/sessions/{session}", """{"name":null,"extra":{"metadata":{"revision_id":"r7"} },"end_time":null}""");
        var form = new RunForm()
            .Part($"post.{Run}", $$"""{"id":"{{Run}}","trace_id":"{{Run}}","name":"n","run_type":"chain","session_name":"exp-1","reference_example_id":"{{Example}}"}""")
            .Part($"patch.{Run}", $$"""{"trace_id":"{{Run}}","end_time":1795457172999}""")
            .Part($"patch.{Run}.outputs", """{"a":1}""")
            .Part($"feedback.{Guid.CreateVersion7()}", $$"""{"run_id":"{{Run}}","trace_id":"{{Run}}","key":"exact","score":true,"session_id":"{{session}}"}""");

        await host.AskAsync(HttpMethod.Post, "/runs/multipart", form.Content());

        Assert.Empty(host.Experiments[0].Runs);
        var run = Assert.Single(host.Experiments[^1].Runs);
        Assert.Equal((Guid.Parse(Example), "exact", 1.0), (run.Example, run.Scores[0].Key, run.Scores[0].Value));
        Assert.Equal(("exp-1", "leads", """{"a":1,"revision_id":"r7"}"""), (host.Experiments[^1].Name, host.Experiments[^1].Dataset, host.Experiments[^1].Metadata.ToJsonString()));
    }

    [Fact]
    public async Task What_arrives_of_a_closed_experiment_is_told_with_its_sample_alone()
    {
        await using var host = await LangSmithHost.StartAsync();
        var dataset = (await host.PostAsync("/datasets", """{"name":"leads"}""")).Body!["id"];
        var session = (await host.PostAsync("/sessions", $$"""{"name":"exp-1","reference_dataset_id":"{{dataset}}"}""")).Body!["id"];
        var (other, child) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await AnswerAsync(Guid.Parse(Run), Example);
        await AnswerAsync(other, Guid.NewGuid().ToString());
        await host.PatchAsync($"/sessions/{session}", "{}");

        await host.PostAsync("/runs", $$"""{"id":"{{child}}","trace_id":"{{Run}}","parent_run_id":"{{Run}}","name":"call","run_type":"llm","session_name":"exp-1"}""");
        await host.PostAsync("/feedback", $$"""{"run_id":"{{Run}}","key":"exact","score":1}""");
        await host.PostAsync("/runs", $$"""{"id":"{{Guid.CreateVersion7()}}","name":"elsewhere","run_type":"chain","session_name":"exp-1"}""");

        Assert.Equal(3, host.Experiments.Count);
        Assert.Equal((null, 2), (host.Experiments[0].Samples, host.Experiments[0].Runs.Count));
        Assert.All(host.Experiments.Skip(1), told => Assert.Equal((Guid.Parse(Example), Guid.Parse(Run)), (told.Samples!.Single(), told.Runs.Single().Root.Id.ToGuid())));
        Assert.Equal(1, host.Experiments[1].Runs[0].ModelCalls);
        Assert.Equal("exact", Assert.Single(host.Experiments[2].Runs[0].Scores).Key);

        Task AnswerAsync(Guid id, string example) =>
            host.PostAsync("/runs", $$"""{"id":"{{id}}","trace_id":"{{id}}","name":"n","run_type":"chain","session_name":"exp-1","reference_example_id":"{{example}}","end_time":1795457172999,"outputs":{"a":1} }""");
    }

    [Fact]
    public async Task What_the_owner_names_is_blotted_out_of_examples_and_feedback_and_their_places_stay()
    {
        await using var host = await LangSmithHost.StartAsync(new SpanRedaction(["card"], [@"[\w.]+@[\w.]+", @"[0-9a-f]{8}-"]));
        var dataset = (string)(await host.PostAsync("/datasets", """{"name":"leads"}""")).Body!["id"]!;
        await host.PostAsync("/examples", $$"""{"id":"{{Example}}","dataset_id":"{{dataset}}","inputs":{"said":["write to ada@mill.example"],"card":{"n":[4]} },"outputs":{"to":"ada@mill.example"},"split":"train"}""");
        await host.PostAsync("/runs", $$"""{"id":"{{Run}}","trace_id":"{{Run}}","name":"n","run_type":"chain"}""");
        var id = (string)(await host.PostAsync("/feedback", $$"""{"run_id":"{{Run}}","key":"exact","score":0.5,"comment":"as ada@mill.example says"}""")).Body!["id"]!;

        var example = (await host.GetAsync($"/examples/{Example}")).Body!;
        Assert.Equal("""{"said":["write to ****************"],"card":"********"}|{"to":"****************"}|["train"]""", $"{example["inputs"]!.ToJsonString()}|{example["outputs"]!.ToJsonString()}|{example["metadata"]!["dataset_split"]!.ToJsonString()}");
        var feedback = (await host.GetAsync($"/feedback/{id}")).Body!;
        Assert.Equal((Run, "exact", 0.5, "as **************** says"), ((string?)feedback["run_id"], (string?)feedback["key"], (double?)feedback["score"], (string?)feedback["comment"]));
        await host.PatchAsync($"/feedback/{id}", """{"comment":"bob@mill.example too"}""");
        Assert.Equal("**************** too", (string?)(await host.GetAsync($"/feedback/{id}")).Body!["comment"]);
    }

    [Fact]
    public async Task Where_runs_are_is_forgotten_by_size_with_what_was_said_of_them()
    {
        await using var host = await LangSmithHost.StartAsync();
        List<Guid> runs = [.. Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7())];
        foreach (var run in runs)
        {
            await host.PostAsync("/runs", $$"""{"id":"{{run}}","trace_id":"{{run}}","name":"n","run_type":"chain"}""");
            await host.PostAsync("/feedback", $$"""{"run_id":"{{run}}","key":"k","score":1}""");
        }

        host.Api.Trim(beforeNs: null, mostBytes: 10 * 200 * 5);

        foreach (var (run, i) in runs.Select((run, i) => (run, i)))
        {
            Assert.Equal(i < 15 ? HttpStatusCode.NotFound : HttpStatusCode.OK, (await host.GetAsync($"/runs/{run}")).Status);
            Assert.Equal(i < 15 ? 0 : 1, (await host.GetAsync($"/feedback?run={run}")).Body!.AsArray().Count);
        }
    }
}
