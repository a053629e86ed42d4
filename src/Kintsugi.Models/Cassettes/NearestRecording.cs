using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Models.Cassettes;

/// <summary>Says why a question has no recording: which one comes nearest, and where the two part.</summary>
/// <remarks>
/// Bounded: the newest recordings of the sample, then of the model, and no more of them than <see cref="MostBytes"/> of questions. The nearest is
/// the one with the fewest differing places, then the one that is equal furthest, then the newest.
/// </remarks>
internal static class NearestRecording
{
    private const int MostCandidates = 200;
    private const int MostBytes = 8 * 1024 * 1024;
    private const int MostDrawsShown = 8;

    // The plus keeps SQLite in the index, which is small, where it would else read all rows backwards.
    private const string OfSample =
        """
        select sample, epoch, ordinal, length(question), question from recording
        where rowid in (select rowid from recording where sample = $word order by +rowid desc limit $most) order by rowid desc
        """;

    // Of what was recorded long ago there is no end.
    private const string OfModel =
        """
        select sample, epoch, ordinal, length(question), question from recording
        where rowid > (select max(rowid) from recording) - 20000 and model = $word order by rowid desc limit $most
        """;

    private const string OfQuestion =
        """
        select sample, epoch, ordinal, provider from recording
        where request = $request order by sample <> $sample, sample, epoch <> $epoch, epoch, ordinal limit $most
        """;

    /// <param name="model">As the agent asked for it; empty for an upstream.</param>
    /// <param name="asked">The canonical question, without its secrets.</param>
    /// <param name="route">The providers whose recordings may answer.</param>
    public static string Describe(SqliteConnection connection, RecordingKey key, string model, ReadOnlyMemory<byte> asked, IReadOnlyCollection<string> route)
    {
        if (DrawsOf(connection, key) is { Count: > 0 } draws) return OtherDraws(key, draws, route);
        var nearest = Nearest(connection, OfSample, key.SampleId, asked) ?? (model.Length > 0 ? Nearest(connection, OfModel, model, asked) : null);
        if (nearest is not var (at, difference))
            return $"nothing like it is recorded: no recording of {Sample(key.SampleId)}{(model.Length > 0 ? $" or of the model {Shown(model)}" : "")} has its path";
        if (difference is null) return $"it differs from the recording of {At(at)} only in what was redacted there";
        var more = difference.Places > 1 ? string.Create(CultureInfo.InvariantCulture, $"; differing places: {difference.Places}") : "";
        return $"{difference.Path}: recorded {difference.Recorded}, asked {difference.Asked} (nearest recording: {At(at)}{more})";
    }

    /// <summary>The very same question, in other samples, epochs and ordinals; the sample's own first.</summary>
    private static List<(RecordingKey At, string Provider)> DrawsOf(SqliteConnection connection, RecordingKey key)
    {
        using var command = connection.CreateCommand();
        command.CommandText = OfQuestion;
        command.Parameters.AddWithValue("$request", Convert.FromHexString(key.Question));
        command.Parameters.AddWithValue("$sample", key.SampleId);
        command.Parameters.AddWithValue("$epoch", key.Epoch);
        command.Parameters.AddWithValue("$most", MostDrawsShown);
        using var row = command.ExecuteReader();
        List<(RecordingKey, string)> draws = [];
        while (row.Read()) draws.Add((new RecordingKey(key.Question, row.GetString(0), row.GetInt32(1), row.GetInt32(2)), row.GetString(3)));
        return draws;
    }

    private static string OtherDraws(RecordingKey key, List<(RecordingKey At, string Provider)> draws, IReadOnlyCollection<string> route)
    {
        if (draws.Find(d => d.At == key) is { Provider: not null } own)
            return $"it was recorded from {Shown(own.Provider)}, whose recordings do not answer here: {(route.Count > 0 ? $"the route is {string.Join(", ", route)}" : "it cannot be read")}";
        var ofSample = draws.FindAll(d => d.At.SampleId == key.SampleId);
        if (ofSample.Count == 0) return $"the same question is recorded for {At(draws[0].At)} and not for {Sample(key.SampleId)}";
        var ofEpoch = ofSample.FindAll(d => d.At.Epoch == key.Epoch);
        return ofEpoch.Count == 0
            ? $"only the epoch differs: recorded {Numbers("epoch", ofSample.Select(d => d.At.Epoch).Distinct())}, asked epoch {key.Epoch}"
            : $"only the ordinal differs: the sample asks this for time {key.Ordinal + 1}, recorded {Numbers("ordinal", ofEpoch.Select(d => d.At.Ordinal))}, asked ordinal {key.Ordinal}";
    }

    private static (RecordingKey At, QuestionDifference? Difference)? Nearest(SqliteConnection connection, string query, string word, ReadOnlyMemory<byte> asked)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        command.Parameters.AddWithValue("$word", word);
        command.Parameters.AddWithValue("$most", MostCandidates);
        using var row = command.ExecuteReader();
        (RecordingKey At, QuestionDifference? Difference, int Same)? best = null;
        for (var left = (long)MostBytes; row.Read() && (left -= row.GetInt64(3)) >= 0;)
        {
            var question = row.GetFieldValue<byte[]>(4);
            if (!PathOf(question).SequenceEqual(PathOf(asked.Span))) continue;
            var same = question.AsSpan().CommonPrefixLength(asked.Span);
            var most = best?.Difference?.Places ?? int.MaxValue;
            var difference = QuestionDifference.Between(question, asked, most);
            var places = difference?.Places ?? 0;
            if (best is null || places < most || (places == most && same > best.Value.Same))
                best = (new RecordingKey("", row.GetString(0), row.GetInt32(1), row.GetInt32(2)), difference, same);
            if (places == 0) break;
        }
        return best is var (at, parted, _) ? (at, parted) : null;
    }

    private static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> question) => question.IndexOf((byte)'\n') is var end && end < 0 ? question : question[..end];

    private static string Numbers(string name, IEnumerable<int> numbers)
    {
        var all = numbers.ToList();
        return $"{name}{(all.Count == 1 ? "" : "s")} {string.Join(", ", all.Select(n => n.ToString(CultureInfo.InvariantCulture)))}";
    }

    private static string At(RecordingKey at) => string.Create(CultureInfo.InvariantCulture, $"{Sample(at.SampleId)}, epoch {at.Epoch}, ordinal {at.Ordinal}");

    private static string Sample(string id) => id.Length == 0 ? "no sample (the agent's start)" : $"sample {Shown(id)}";

    private static string Shown(string word) => word.Length <= 60 ? $"'{word}'" : $"'{word[..60]}…'";
}
