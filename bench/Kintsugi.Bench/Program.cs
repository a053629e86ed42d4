using System.CommandLine;
using System.Globalization;
using Kintsugi.Bench;
using Kintsugi.Bench.Alarms;
using Kintsugi.Bench.Detection;
using Kintsugi.Bench.Gateway;
using Kintsugi.Bench.Incidents;
using Kintsugi.Bench.Ingest;
using Kintsugi.Bench.Patches;

var file = new Option<string?>("--write") { Description = "Also write the table to this file, e.g. bench/results/scenarios.md." };

var seeds = new Option<int>("--seeds") { Description = "Seeds of each scenario.", DefaultValueFactory = _ => 10 };
var firstSeed = new Option<int>("--first-seed") { Description = "The first of them.", DefaultValueFactory = _ => 1 };
var only = new Option<string[]>("--only") { Description = "Only these scenarios.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var scenarios = new Command("scenarios", "Makes and heals all thirteen scenarios with each seed: outcome, cause, culprit, cost. About 6 s a heal on an idle machine.") { seeds, firstSeed, only, file };
scenarios.SetAction((parsed, cancellationToken) => ScenarioBench.RunAsync(
    parsed.GetValue(seeds), parsed.GetValue(firstSeed), parsed.GetValue(only)!, parsed.GetValue(file), cancellationToken));

var kills = new Option<int>("--kills") { Description = "How often to kill.", DefaultValueFactory = _ => 200 };
var seed = new Option<int>("--seed") { Description = "Chooses the moments, the failures, or the incidents.", DefaultValueFactory = _ => 1 };
var scenario = new Option<string>("--scenario") { Description = "What is healed meanwhile.", DefaultValueFactory = _ => "prompt" };
var kill = new Command("kill", "Kills heals (-9) at random moments, and those in which something is written after every event and at every question; takes them up again, and compares the ends. About 5 s a kill.") { kills, seed, scenario, file };
kill.SetAction((parsed, cancellationToken) => KillBench.RunAsync(
    parsed.GetValue(kills), parsed.GetValue(seed), parsed.GetValue(scenario)!, parsed.GetValue(file), cancellationToken));

var each = new Option<int>("--each") { Description = "Right patches, and as many bad ones.", DefaultValueFactory = _ => 150 };
var patches = new Command("patches", "Plants right and bad patches, has a coding agent's command leave them, and counts which pass the acceptance gate. About 5 s a patch.") { each, seed, file };
patches.SetAction((parsed, cancellationToken) => PatchBench.RunAsync(parsed.GetValue(each), parsed.GetValue(seed), parsed.GetValue(file), cancellationToken));

var every = new Option<int>("--every") { Description = "Disturb at every n-th step only.", DefaultValueFactory = _ => 1 };
var disasters = new Command("disasters", "Fills the disk, loses the sandbox, deletes the database at each step of a heal, and goes on once the cause is gone. Needs root for the disk (a small tmpfs).") { every, file };
disasters.SetAction((parsed, cancellationToken) => DisasterBench.RunAsync(parsed.GetValue(every), parsed.GetValue(file), cancellationToken));

var planted = new Option<int>("--incidents") { Description = "How many.", DefaultValueFactory = _ => 200 };
var numbers = new Option<int[]>("--only") { Description = "Only the incidents of these numbers, as the table lists them.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var agents = new Option<string[]>("--agents") { Description = "Only these agents. Other incidents come of it than with all of them.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var atOnce = new Option<int>("--at-once") { Description = "How many are healed beside each other.", DefaultValueFactory = _ => 1 };
var minutes = new Option<int>("--minutes") { Description = "Begin no further incident after so many minutes; 0 for no bound.", DefaultValueFactory = _ => 0 };
var documents = new Option<string?>("--documents") { Description = "Keep what each heal printed in this directory." };
var incident = new Command("incidents", "Breaks five agents in known ways, from a seed, and heals them: outcome, cause, culprit, what the fix does with unseen questions. About 15 s an incident.") { seed, planted, numbers, agents, atOnce, minutes, documents, file };
incident.SetAction((parsed, cancellationToken) => IncidentBench.RunAsync(
    parsed.GetValue(seed), parsed.GetValue(planted), parsed.GetValue(numbers)!, parsed.GetValue(agents)!, parsed.GetValue(atOnce), parsed.GetValue(minutes), parsed.GetValue(documents), parsed.GetValue(file), cancellationToken));

var incidents = new Option<int>("--incidents") { Description = "Simulated incidents a cell.", DefaultValueFactory = _ => 200 };
var culprit = new Command("culprit", "Agent runs that isolating a culprit takes, beside one hunk at a time and ddmin. Simulated: no agent runs.") { incidents, file };
culprit.SetAction(parsed => CulpritBench.Run(Arguments(parsed.GetValue(incidents), parsed.GetValue(file))));

var simulated = new Option<int>("--incidents") { Description = "Simulated incidents a cell.", DefaultValueFactory = _ => 4_000 };
var triage = new Command("triage", "Runs that naming the component and the commit at fault takes, and the cost of a step of the inference. Simulated: no agent runs.") { simulated, file };
triage.SetAction(parsed => TriageBench.Run(parsed.GetValue(simulated), parsed.GetValue(file)));

var data = new Option<string?>("--data") { Description = "The recorded logs; by default who_and_when_algorithm.jsonl in a shared/data directory beside or above the repository." };
var traces = new Command("traces", "How often the token-free ranker names the step and the agent that spoiled a recorded trajectory, beside predictors that read nothing.") { data, file };
traces.SetAction(parsed => TraceBench.Run(parsed.GetValue(data), parsed.GetValue(file)));

var deployments = new Option<int>("--deployments") { Description = "Simulated deployments a cell; rows that cost more take a part of it.", DefaultValueFactory = _ => 20_000 };
var detection = new Command("detection", "The deploy gate beside its targets: false alarms, power, savings, recorded drifts, acceptance, speed.") { deployments, file };
detection.SetAction(parsed => DetectionBench.Run(parsed.GetValue(deployments), parsed.GetValue(file)));

var trials = new Option<int>("--trials") { Description = "Simulated draws a cell; a quarter of it for the panels.", DefaultValueFactory = _ => 20_000 };
var judgements = new Option<string?>("--data") { Description = "Directory of the recorded judgements; by default ../shared/data beside the checkout." };
var judges = new Command("judges", "Cover and width of corrected pass rates, accuracy of calibrated panels, false alarms and power of the drift test.") { trials, judgements, file };
judges.SetAction(parsed => JudgeBench.Run(parsed.GetValue(trials), parsed.GetValue(judgements), parsed.GetValue(file)));

var streams = new Option<int>("--trials") { Description = "Simulated deployments a cell; the longer simulations take a part of it.", DefaultValueFactory = _ => 2_000 };
var alarms = new Command("alarms", "False alarms and detection of the production alarms on simulated streams, and model drift, simulated and recorded.") { streams, file };
alarms.SetAction(parsed => AlarmBench.Run(parsed.GetValue(streams), parsed.GetValue(file)));

var cases = new Option<int>("--cases") { Description = "Cases of each kind.", DefaultValueFactory = _ => 1_000_000 };
var fuzz = new Command("fuzz", "Random hostile patches for the patch gate, and random hostile trees for the reader of what a sandbox left.") { cases, firstSeed, file };
fuzz.SetAction((parsed, cancellationToken) => FuzzBench.RunAsync(parsed.GetValue(cases), parsed.GetValue(firstSeed), parsed.GetValue(file), cancellationToken));

var repetitions = new Option<int>("--repetitions") { Description = "Runs of each size, after one that is not counted.", DefaultValueFactory = _ => 5 };
var requests = new Option<int>("--requests") { Description = "Requests a repetition at c=32; Portkey gets a fifth.", DefaultValueFactory = _ => 10_000 };
var million = new Option<bool>("--million") { Description = "Watch memory over a million requests, not a fifth of it. Needs 8 GB of disk." };
var gateway = new Command("gateway", "CPU, added latency and memory of the gateway with all of it on, beside Portkey and a bare YARP.") { requests, repetitions, million, file };
gateway.SetAction((parsed, cancellationToken) => GatewayBench.RunAsync(
    parsed.GetValue(requests), parsed.GetValue(repetitions), parsed.GetValue(million), parsed.GetValue(file), cancellationToken));

var questions = new Option<int>("--requests") { Description = "Questions that are asked.", DefaultValueFactory = _ => 10_000 };
var outage = new Command("outage", "One of two providers fails half of its calls in five ways: is every answer right, given once and paid once?") { questions, seed, file };
outage.SetAction((parsed, cancellationToken) => OutageDrill.RunAsync(parsed.GetValue(questions), parsed.GetValue(seed), parsed.GetValue(file), cancellationToken));

var arriving = new Option<int>("--spans") { Description = "Spans that arrive.", DefaultValueFactory = _ => 1_000_000 };
var ingest = new Command("ingest", "What it costs to take spans, from the bytes of a request to committed rows.") { arriving, file };
ingest.SetAction((parsed, cancellationToken) => IngestBench.RunAsync(parsed.GetValue(arriving), parsed.GetValue(file), cancellationToken));

var storedSpans = new Option<long>("--spans") { Description = "Spans that are stored first; 10 million take 6 GB of disk.", DefaultValueFactory = _ => 10_000_000 };
var queries = new Command("queries", "How long a store with many spans takes to answer.") { storedSpans, file };
queries.SetAction((parsed, cancellationToken) => QueryBench.RunAsync(parsed.GetValue(storedSpans), parsed.GetValue(file), cancellationToken));
var reviewKill = new Command("review-kill", "Kills (-9) whatever proposes a fix at a forge and goes on with the conversation, while requests fail: is there one of everything? About 3 s a kill.") { kills, seed, file };
reviewKill.SetAction((parsed, cancellationToken) => ReviewKills.RunAsync(parsed.GetValue(kills), parsed.GetValue(seed), parsed.GetValue(file), cancellationToken));
var serveKill = new Command("ingest-kill", "Kills `kintsugi serve` (-9) under load: is everything there that was acknowledged? About 2 s a kill.") { kills, seed, file };
serveKill.SetAction((parsed, cancellationToken) => ServeDrill.KillAsync(parsed.GetValue(kills), parsed.GetValue(seed), parsed.GetValue(file), cancellationToken));
var seconds = new Option<int>("--seconds") { Description = "How long.", DefaultValueFactory = _ => 60 };
var overload = new Command("ingest-overload", "Sends `kintsugi serve` more than it can write: 429, and how much memory?") { seconds, file };
overload.SetAction((parsed, cancellationToken) => ServeLoad.OverloadAsync(parsed.GetValue(seconds), parsed.GetValue(file), cancellationToken));
var gigabytes = new Option<double>("--gigabytes") { Description = "How much, decompressed; as much and half more of disk.", DefaultValueFactory = _ => 4 };
var ingestStream = new Command("ingest-stream", "Sends `kintsugi serve` what it can write, for long: does its memory grow?") { gigabytes, file };
ingestStream.SetAction((parsed, cancellationToken) => ServeLoad.StreamAsync(parsed.GetValue(gigabytes), parsed.GetValue(file), cancellationToken));
var ingestFuzz = new Command("ingest-fuzz", "Sends `kintsugi serve` requests that nobody would send by mistake.") { cases, firstSeed, file };
ingestFuzz.SetAction((parsed, cancellationToken) => ServeDrill.FuzzAsync(parsed.GetValue(cases), parsed.GetValue(firstSeed), parsed.GetValue(file), cancellationToken));

var provider = new Argument<string>("URL");
var timeout = new Argument<double>("SECONDS");
var served = new Command("gateway-served", "The gateway that `gateway` measures.") { provider, timeout };
served.Hidden = true;
served.SetAction((parsed, cancellationToken) => ServedGateway.ServeAsync(parsed.GetValue(provider)!, parsed.GetValue(timeout), cancellationToken));
var yarp = new Command("gateway-yarp", "The bare pass-through that it measures beside.") { provider };
yarp.Hidden = true;
yarp.SetAction((parsed, cancellationToken) => ServedGateway.ServeYarpAsync(parsed.GetValue(provider)!, cancellationToken));

var kintsugi = new Option<string?>("--kintsugi") { Description = "The command to measure; by default the one that was built beside." };
var promptfoo = new Option<string?>("--promptfoo") { Description = "A promptfoo to measure beside it, node_modules/.bin/promptfoo." };
var eval = new Command("eval", "CPU, peak memory and wall time of whole evaluations of 1, 1,000 and 10,000 samples.") { repetitions, kintsugi, promptfoo, file };
eval.SetAction((parsed, cancellationToken) => EvalBench.RunAsync(
    parsed.GetValue(repetitions), parsed.GetValue(kintsugi), parsed.GetValue(promptfoo), parsed.GetValue(file), cancellationToken));

var model = new Command("eval-model", "The model service that `eval` asks.");
model.Hidden = true;
model.SetAction((_, cancellationToken) => ModelStub.ServeAsync(cancellationToken));

var exit = new Argument<int>("EXIT");
var text = new Argument<string>("TEXT");
var words = new Argument<string[]>("COMMAND");
var measured = new Command("eval-measured", "The parent of one process that `eval` measures.") { exit, text, words };
measured.Hidden = true;
measured.SetAction((parsed, cancellationToken) => Usage.PrintAsync(parsed.GetValue(exit), parsed.GetValue(text)!, parsed.GetValue(words)!, cancellationToken));

var rounds = new Option<int>("--rounds") { Description = "Starts of each kind, interleaved, after ten that are not counted.", DefaultValueFactory = _ => 100 };
var row = new Option<int>("--row") { Description = "Sandboxes one after another, which must leave nothing.", DefaultValueFactory = _ => 500 };
var sandbox = new Command("sandbox", "What a sandbox costs to start, the way to the gateway out of it, and what sandboxes leave behind.") { rounds, row, file };
sandbox.SetAction((parsed, cancellationToken) => SandboxBench.RunAsync(parsed.GetValue(rounds), parsed.GetValue(row), parsed.GetValue(file), cancellationToken));

var tier = new Argument<string>("TIER");
var started = new Command("sandbox-opened", "Opens the sandbox of a tier and prints what that took.") { tier };
started.Hidden = true;
started.SetAction((parsed, cancellationToken) => SandboxProbe.PrintAsync(parsed.GetValue(tier)!, cancellationToken));

var count = new Argument<int>("COUNT");
var held = new Command("sandbox-held", "Holds running sandboxes until it is killed.") { tier, count };
held.Hidden = true;
held.SetAction((parsed, cancellationToken) => SandboxLeftovers.HoldAsync(parsed.GetValue(tier)!, parsed.GetValue(count), cancellationToken));

var passing = new Argument<int>("EVENTS");
var commandLine = new Argument<string[]>("ARGUMENTS");
var killed = new Command("killed", "Runs kintsugi and kills it once so many events are on disk.") { passing, commandLine };
killed.Hidden = true;
killed.SetAction(parsed => KilledCommand.Run(parsed.GetValue(passing), parsed.GetValue(commandLine)!));

var gold = new Command("gold", "Proposes cases from planted traces: kinds of failure covered, near-duplicates let through, CPU.") { seeds, file };
gold.SetAction(parsed => GoldBench.Run(parsed.GetValue(seeds), parsed.GetValue(file)));

var root = new RootCommand("Kintsugi's measurements and drills. Tables of the last runs are in bench/results/; bench/README.md says what each is for.")
{
    scenarios, incident, kill, reviewKill, disasters, patches, culprit, triage, traces, detection, judges, alarms, gold, fuzz, gateway, ingest, queries, serveKill, overload, ingestStream, ingestFuzz, served, yarp, outage, eval, model, measured, sandbox, started, held, killed,
};
return await root.Parse(args).InvokeAsync();

static string[] Arguments(int count, string? file) =>
    file is null ? [count.ToString(CultureInfo.InvariantCulture)] : [count.ToString(CultureInfo.InvariantCulture), file];
