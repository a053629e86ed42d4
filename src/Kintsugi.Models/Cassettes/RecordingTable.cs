using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Models.Cassettes;

/// <summary>The SQL of recordings.</summary>
internal static class RecordingTable
{
    private const string Into =
        """
        into recording (request, sample, epoch, ordinal, provider, model, status, content_type, question, answer, at, latency_us)
        values ($request, $sample, $epoch, $ordinal, $provider, $model, $status, $content_type, $question, $answer, $at, $latency_us)
        """;

    private const string Select =
        """
        select provider, model, status, content_type, question, answer, at, latency_us from recording
        where request = $request and sample = $sample and epoch = $epoch and ordinal = $ordinal
        """;

    // By what a reader looks for; the request last, because what was redacted may make two questions equal.
    private const string SelectAll =
        """
        select provider, model, status, content_type, question, answer, at, latency_us, request, sample, epoch, ordinal from recording
        where $samples is null or sample in (select value from json_each($samples))
        order by sample, epoch, model, question, ordinal, request
        """;

    /// <summary>The last answer to a question stands: a fresh draw replaces an older one.</summary>
    public static int Write(SqliteConnection connection, DbTransaction transaction, IReadOnlyList<Recording> batch)
    {
        using var replacer = Replacer(connection, transaction);
        foreach (var recording in batch) Write(replacer, recording);
        return batch.Count;
    }

    /// <returns>A command for <see cref="Write(SqliteCommand, Recording)"/> that replaces what is there.</returns>
    public static SqliteCommand Replacer(SqliteConnection connection, DbTransaction transaction) => Writer(connection, transaction, "insert or replace");

    /// <returns>A command for <see cref="Write(SqliteCommand, Recording)"/> that keeps what is there.</returns>
    public static SqliteCommand Keeper(SqliteConnection connection, DbTransaction transaction) => Writer(connection, transaction, "insert or ignore");

    /// <returns>Whether the recording was written.</returns>
    public static bool Write(SqliteCommand writer, Recording recording)
    {
        var values = writer.Parameters;
        SetKey(values, recording.Key);
        values[4].Value = recording.Provider;
        values[5].Value = recording.Model;
        values[6].Value = recording.Answer.Status;
        values[7].Value = recording.Answer.ContentType;
        values[8].Value = recording.Question.ToArray();
        values[9].Value = recording.Answer.Body.ToArray();
        values[10].Value = recording.At.ToString("O", CultureInfo.InvariantCulture);
        values[11].Value = (long)recording.Latency.TotalMicroseconds;
        return writer.ExecuteNonQuery() > 0;
    }

    /// <returns>A command for <see cref="Find"/>, compiled once.</returns>
    public static SqliteCommand Finder(SqliteConnection connection) => Prepared(connection, Select, "$request", "$sample", "$epoch", "$ordinal");

    public static Recording? Find(SqliteCommand finder, RecordingKey key)
    {
        SetKey(finder.Parameters, key);
        using var row = finder.ExecuteReader();
        return row.Read() ? Read(row, key) : null;
    }

    /// <summary>All recordings in the order of a file, as they are read.</summary>
    /// <param name="samples">Of these samples only; null for all.</param>
    public static IEnumerable<Recording> All(SqliteConnection connection, IReadOnlyCollection<string>? samples)
    {
        using var command = Prepared(connection, SelectAll, "$samples");
        command.Parameters[0].Value = samples is null ? DBNull.Value : JsonSerializer.Serialize(samples);
        using var row = command.ExecuteReader();
        while (row.Read())
            yield return Read(row, new RecordingKey(Convert.ToHexStringLower(row.GetFieldValue<byte[]>(8)), row.GetString(9), row.GetInt32(10), row.GetInt32(11)));
    }

    private static SqliteCommand Writer(SqliteConnection connection, DbTransaction transaction, string insert)
    {
        var command = Prepared(
            connection, $"{insert} {Into}",
            "$request", "$sample", "$epoch", "$ordinal", "$provider", "$model", "$status", "$content_type", "$question", "$answer", "$at", "$latency_us");
        command.Transaction = (SqliteTransaction)transaction;
        return command;
    }

    private static SqliteCommand Prepared(SqliteConnection connection, string text, params string[] names)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in names) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    private static Recording Read(SqliteDataReader row, RecordingKey key)
    {
        var answer = new ModelAnswer(row.GetInt32(2), row.GetString(3), row.GetFieldValue<byte[]>(5));
        var at = DateTimeOffset.Parse(row.GetString(6), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
        return new Recording(
            key, row.GetString(0), row.GetString(1), row.GetFieldValue<byte[]>(4), answer, at, TimeSpan.FromMicroseconds(row.GetInt64(7)));
    }

    private static void SetKey(SqliteParameterCollection values, RecordingKey key)
    {
        values[0].Value = Convert.FromHexString(key.Question);
        values[1].Value = key.SampleId;
        values[2].Value = key.Epoch;
        values[3].Value = key.Ordinal;
    }
}
