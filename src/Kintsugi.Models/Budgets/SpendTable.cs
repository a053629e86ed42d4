using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Kintsugi.Models.Budgets;

/// <summary>The SQL of what was spent.</summary>
internal static class SpendTable
{
    private const string Select = "select usd, held_usd, tokens, calls from spend where scope = $scope";

    private const string Replace = "insert or replace into spend (scope, usd, held_usd, tokens, calls) values ($scope, $usd, $held, $tokens, $calls)";

    /// <summary>Adds to a scope, and says what all processes have spent in it then. The transaction holds the write lock, so nobody adds in between.</summary>
    public static Spending Add(SqliteConnection connection, DbTransaction transaction, string scope, Spending more)
    {
        var sum = Read(connection, transaction, scope) + more;
        using var command = Command(connection, transaction, Replace, scope);
        command.Parameters.AddWithValue("$usd", Text(sum.Usd));
        command.Parameters.AddWithValue("$held", Text(sum.HeldUsd));
        command.Parameters.AddWithValue("$tokens", sum.Tokens);
        command.Parameters.AddWithValue("$calls", sum.Calls);
        command.ExecuteNonQuery();
        return sum;
    }

    public static Spending Read(SqliteConnection connection, DbTransaction? transaction, string scope)
    {
        using var command = Command(connection, transaction, Select, scope);
        using var row = command.ExecuteReader();
        return row.Read() ? new Spending(Usd(row.GetString(0)), Usd(row.GetString(1)), row.GetInt64(2), row.GetInt64(3)) : default;
    }

    private static SqliteCommand Command(SqliteConnection connection, DbTransaction? transaction, string text, string scope)
    {
        var command = connection.CreateCommand();
        command.Transaction = (SqliteTransaction?)transaction;
        command.CommandText = text;
        command.Parameters.AddWithValue("$scope", scope);
        return command;
    }

    private static string Text(decimal usd) => usd.ToString(CultureInfo.InvariantCulture);

    private static decimal Usd(string text) => decimal.Parse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
