using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kintsugi.Evaluation.Datasets.Proposing;

namespace Kintsugi.Cli.Output;

/// <summary>Proposals on a terminal. Nearly all of it is a stranger's words.</summary>
internal static class ProposalScreen
{
    private const int MostLines = 40;
    private const int LongestLine = 200;

    public static void Write(TextWriter output, Proposal proposal, int number, int of)
    {
        output.WriteLine();
        output.WriteLine($"{number} of {of}   {proposal.ShortId}   trace {Text.Plain(proposal.Sample.Source, 60)}");
        output.WriteLine($"why      {Why(proposal.Sample.Why)}");
        Write(output, "input ", proposal.Sample.Input);
        if (proposal.Sample.Target is { } target)
        {
            Write(output, "target", target);
            output.WriteLine("         This is what the agent answered; nobody has confirmed it.");
        }
        else
        {
            output.WriteLine("target   none: the agent did not answer.");
        }
        output.WriteLine($"tags     {Text.Plain(string.Join(", ", proposal.Sample.Tags))}");
    }

    /// <summary>One line for a list.</summary>
    public static string Line(Proposal proposal) =>
        $"{proposal.ShortId}  {proposal.State.ToString().ToLowerInvariant(),-9}  {Text.Plain(Why(proposal.Sample.Why), 60),-60}  {Text.Plain(proposal.Sample.Input.GetRawText(), 80)}";

    public static string Why(ProposalReason why) => why.Failure is null
        ? "unlike what the dataset has"
        : $"{(why.Answered ? "failed inside, answered all the same" : "failed")}: {Text.Plain(why.Failure, 120)}{(why.ClusterSize > 1 ? $" ({why.ClusterSize} traces)" : "")}";

    public static string Indented(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) value.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(TextWriter output, string name, JsonElement value)
    {
        var lines = (value.ValueKind == JsonValueKind.String ? value.GetString()! : Indented(value)).Split('\n');
        foreach (var (i, line) in lines.Take(MostLines).Index()) output.WriteLine($"{(i == 0 ? name : "      ")}   {Text.Plain(line, LongestLine)}");
        if (lines.Length > MostLines) output.WriteLine($"         … {lines.Length - MostLines} more lines: `kintsugi dataset review --json` has them.");
    }
}
