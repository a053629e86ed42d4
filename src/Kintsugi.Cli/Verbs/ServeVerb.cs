using System.CommandLine;
using System.Net;
using Kintsugi.Cli.Output;
using Kintsugi.Evaluation;
using Kintsugi.Evaluation.Agents;
using Kintsugi.Evaluation.Alarms;
using Kintsugi.Evaluation.Running;
using Kintsugi.Forge;
using Kintsugi.Models.Cassettes;
using Kintsugi.Sandbox.Git;
using Kintsugi.Server;
using Kintsugi.Storage;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Spans;
using Kintsugi.Tracing.Store;

namespace Kintsugi.Cli.Verbs;

/// <summary>Takes traces until it is told to end.</summary>
internal static class ServeVerb
{
    private const string KeyVariable = "KINTSUGI_INGEST_KEY";
    private const string SecretVariable = "KINTSUGI_WEBHOOK_SECRET";

    public static Command Command()
    {
        var directory = Edge.AgentDirectory();
        var listen = new Option<string>("--listen") { Description = $"Address to listen on. Beyond this machine only with a key in ${KeyVariable}.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
        var port = new Option<int>("--port") { Description = "Port of OTLP over HTTP and of LangSmith's API; 0 picks a free one.", HelpName = "PORT", DefaultValueFactory = _ => 4318 };
        var grpc = new Option<int>("--grpc-port") { Description = "Port of OTLP over gRPC; 0 picks a free one.", HelpName = "PORT", DefaultValueFactory = _ => 4317 };
        var store = new Option<string?>("--store") { Description = "Where spans are kept: a connection string of PostgreSQL, or nothing for .kintsugi/traces.db.", HelpName = "WHERE" };
        var watched = new Option<string[]>("--service") { Description = "Watch these services for alarms. Default: all that call a model; docs/alarms.md.", HelpName = "NAME", AllowMultipleArgumentsPerToken = false };
        return new Verb("serve", "Takes the traces that agents in production send, by OpenTelemetry or LangSmith's SDK, and keeps them, until Ctrl+C.")
        {
            Arguments = { directory },
            Options = { listen, port, grpc, store, watched },
            Writes = ".kintsugi/traces.db, or tables in the database that --store names; in .kintsugi/kintsugi.db an incident where a deployed version fails more often: docs/alarms.md",
            Examples =
            [
                ("kintsugi serve", "then run the agent with OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"),
                ("kintsugi serve", "or an agent on LangSmith's SDK with LANGSMITH_TRACING=true LANGSMITH_ENDPOINT=http://127.0.0.1:4318: docs/langsmith.md"),
                ($"{KeyVariable}=… kintsugi serve --listen 0.0.0.0", "for senders on other machines; they show the key as the header x-api-key"),
            ],
            Exits =
            [
                (ExitStatus.Ok, "it was told to end, and all that was taken is written"),
            ],
        }.Does(async (parsed, cancellationToken) =>
        {
            var place = parsed.GetValue(directory)!;
            var agent = Agent(place);
            var settings = Settings(agent, Address(parsed.GetValue(listen)!), parsed.GetValue(port), parsed.GetValue(grpc));
            var own = OwnDirectory.Make(place);
            var traces = Path.Combine(own, "traces.db");
            await using var spans = SpanStores.Open(parsed.GetValue(store), traces, LangSmithRun.Merge, TimeProvider.System);
            var experiments = new ExperimentRuns(Database.Open(Path.Combine(own, "kintsugi.db")), agent.Name);
            var database = Database.OpenSpans(traces);
            var langSmith = new LangSmithPlace(database, experiments.StoreAsync);
            var said = new HashSet<string>(StringComparer.Ordinal);
            var alarms = new AlarmIncidents(place, spans, line => Console.Out.WriteLine(line));
            var watch = new AlarmPlace(database, parsed.GetValue(watched) ?? [], (service, alarm, token) => RaiseAsync(alarms, said, service, alarm, token));
            await WarnIfDeafAsync(place, cancellationToken);
            var reviews = agent.Review.To == "local" ? null : new ServedReviews(place, TimeProvider.System, Warn);
            var secret = Environment.GetEnvironmentVariable(SecretVariable);
            if (reviews is not null && secret is { Length: > 0 }) settings = settings with { Webhooks = new WebhookPlace(new WebhookGate(secret), reviews.Wake) };
            await using var host = await ServeHost.StartAsync(settings, spans, langSmith, watch, TimeProvider.System, Warn, cancellationToken);
            Console.Out.WriteLine($"Taking traces for {agent.Name}:");
            Console.Out.WriteLine($"  OpenTelemetry  OTEL_EXPORTER_OTLP_ENDPOINT={Root(host.Http)}  (protobuf or JSON)");
            Console.Out.WriteLine($"  over gRPC      OTEL_EXPORTER_OTLP_ENDPOINT={Root(host.Grpc)}  OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
            Console.Out.WriteLine($"  LangSmith      LANGSMITH_TRACING=true LANGSMITH_ENDPOINT={Root(host.Http)} LANGSMITH_API_KEY={(settings.Key is null ? "none" : "<the key>")}");
            if (settings.Key is not null) Console.Out.WriteLine("  with           OTEL_EXPORTER_OTLP_HEADERS=x-api-key=<the key>");
            if (reviews is not null)
                Console.Out.WriteLine($"  webhooks       {(settings.Webhooks is null ? $"none: set {SecretVariable} to take them; pull requests are asked for every minute" : $"{Root(host.Http)}{WebhookEndpoints.Root}/{agent.Review.To}")}");
            Console.Out.WriteLine("Ctrl+C ends it.");
            await (reviews?.RunAsync(cancellationToken) ?? Task.Delay(Timeout.Infinite, cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitStatus.Ok;
        });
    }

    private static void Warn(string problem) => Console.Error.WriteLine($"warning: {Text.Plain(problem, 2_000)}");

    /// <summary>Says at once what would keep every alarm from becoming an incident.</summary>
    private static async Task WarnIfDeafAsync(string place, CancellationToken cancellationToken)
    {
        try
        {
            await using var workspace = await Workspace.OpenAsync(place, "HEAD", false, CassetteMode.Replay, cancellationToken);
            if (workspace.ReadBaseline() is null) Warn("no version is blessed, so alarms open no incidents yet. Run `kintsugi bless` on a good version.");
        }
        catch (Exception e) when (e is GitException or BadFileException)
        {
            Warn($"alarms open no incidents: {e.Message}");
        }
    }

    /// <summary>An alarm that cannot be made an incident of is said once, and tried again with the next hour: traces are taken all the while.</summary>
    private static async Task RaiseAsync(AlarmIncidents alarms, HashSet<string> said, string service, ProductionAlarm alarm, CancellationToken cancellationToken)
    {
        try
        {
            await alarms.RaiseAsync(service, alarm, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var warning = $"version {alarm.Version} of {service} fails more often in production, and no incident could be opened: {Edge.Answer(e).Words} It is tried again as traces arrive.";
            if (said.Add(warning)) Warn(warning);
        }
    }

    private static string Root(Uri address) => address.GetLeftPart(UriPartial.Authority);

    private static AgentDefinition Agent(string place)
    {
        var file = Path.Combine(place, AgentFile.FileName);
        if (!File.Exists(file)) throw new UsageException($"There is no {AgentFile.FileName} in {Text.Plain(place, 200)}. Name the agent's directory, or run `kintsugi init` there.");
        return AgentFile.Load(AgentFile.Decode(File.ReadAllBytes(file), AgentFile.FileName), AgentFile.FileName, name => Environment.GetEnvironmentVariable(name) ?? "not-used"); // no provider is asked here
    }

    private static IPAddress Address(string listen) =>
        IPAddress.TryParse(listen, out var address) ? address : throw new UsageException($"'{Text.Plain(listen, 60)}' is no address. Write one such as 127.0.0.1 or 0.0.0.0.");

    private static ServeSettings Settings(AgentDefinition agent, IPAddress address, int port, int grpc)
    {
        var key = Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } said ? said : null;
        if (key is null && !IPAddress.IsLoopback(address))
            throw new UsageException($"Listening on {address} lets every machine that reaches it write traces. Set {KeyVariable} to a key that senders show as the header x-api-key.");
        var kept = agent.Retention;
        return new ServeSettings(address, port, grpc, key, new SpanRedaction(agent.Redact.Attributes, agent.Redact.Patterns), new Retention(
            kept.Age, kept.Bytes, kept.Sample is { } share ? new Sampling(share, kept.Slow ?? TimeSpan.FromSeconds(10)) : null));
    }
}
