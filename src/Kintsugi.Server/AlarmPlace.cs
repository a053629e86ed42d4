using Kintsugi.Evaluation.Alarms;
using Kintsugi.Storage;

namespace Kintsugi.Server;

/// <summary>What watching production needs beside the store of spans.</summary>
/// <param name="Traces">Keeps the counts of each hour: <see cref="Database.OpenSpans"/>, also where spans are in PostgreSQL.</param>
/// <param name="Raise">Told of an alarm of a service. It is told again of the same one, hour after hour, while its version is watched.</param>
/// <param name="Services">Those that are watched; empty for all that call a model.</param>
public sealed record AlarmPlace(Database Traces, IReadOnlyCollection<string> Services, Func<string, ProductionAlarm, CancellationToken, Task> Raise);
