using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Models.Cassettes;

/// <summary>The SQL of recordings.</summary>
internal static class RecordingTable
{
    /// <summary>The last answer to a question stands: a fresh draw replaces an older one.</summary>
    private const string Insert =
        """
        insert or replace into recording
            (request, sample, epoch, ordinal, provider, model, status, content_type, question, answer, at, latency_us)
        values ($request, $sample, $epoch, $ordinal, $provider, $model, $status, $content_type, $question, $answer, $at, $latency_us)
        """;

    private const string Select =
        """
        select provider, model, status, content_type, question, answer, at, latency_us from recording
        where request = $request and sample = $sample and epoch = $epoch and ordinal = $ordinal
        """;

    public static int Write(SqliteConnection connection, DbTransaction transaction, IReadOnlyList<Recording> batch)
    {
        using var command = connection.CreateCommand();
        command.Transaction = (SqliteTransaction)transaction;
        command.CommandText = Insert;
        var values = command.Parameters;
        string[] names =
        [
            "$request", "$sample", "$epoch", "$ordinal", "$provider", "$model", "$status", "$content_type", "$question", "$answer", "$at", "$latency_us",
        ];
        foreach (var name in names) values.Add(new SqliteParameter { ParameterName = name });
        foreach (var recording in batch)
        {
            SetKey(values, recording.Key);
            values[4].Value = recording.Provider;
            values[5].Value = recording.Model;
            values[6].Value = recording.Answer.Status;
            values[7].Value = recording.Answer.ContentType;
            values[8].Value = recording.Question.ToArray();
            values[9].Value = recording.Answer.Body.ToArray();
            values[10].Value = recording.At.ToString("O", CultureInfo.InvariantCulture);
            values[11].Value = (long)recording.Latency.TotalMicroseconds;
            command.ExecuteNonQuery();
        }
        return batch.Count;
    }

    /// <returns>A command for <see cref="Find"/>, compiled once.</returns>
    public static SqliteCommand Finder(SqliteConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandText = Select;
        foreach (var name in (string[])["$request", "$sample", "$epoch", "$ordinal"]) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    public static Recording? Find(SqliteCommand finder, RecordingKey key)
    {
        SetKey(finder.Parameters, key);
        using var row = finder.ExecuteReader();
        if (!row.Read()) return null;
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
