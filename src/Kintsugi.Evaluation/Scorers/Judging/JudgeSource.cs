using Kintsugi.Evaluation.Judges;
using Kintsugi.Models;
using Microsoft.Extensions.AI;

namespace Kintsugi.Evaluation.Scorers.Judging;

/// <summary>What judges need of the world.</summary>
/// <param name="Models">Who answers which role.</param>
/// <param name="Client">The model of the role that the calls name. Whoever asked for it disposes it.</param>
/// <param name="RecordOf">What is known of the judge with that identity.</param>
/// <param name="Today">UTC.</param>
public sealed record JudgeSource(ModelsConfig Models, Func<SampleCalls, IChatClient> Client, Func<string, JudgeRecord> RecordOf, DateOnly Today);
