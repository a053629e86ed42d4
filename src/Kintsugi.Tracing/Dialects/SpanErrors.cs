using Kintsugi.Tracing.Spans;
using static Kintsugi.Tracing.Dialects.ForeignJson;

namespace Kintsugi.Tracing.Dialects;

/// <summary>Whether a span failed, and what its status, attributes and events say of it.</summary>
internal static class SpanErrors
{
    private const int LongestType = 200;
    private const string Traceback = "Traceback (most recent call last)";

    /// <remarks>An exception that was only recorded, on a span that did not fail, was handled: it is no error.</remarks>
    public static OperationError? Of(SpanData span, AttributeReader attributes)
    {
        var exceptions = span.Events.Where(e => e.Name == "exception").ToList();
        var exception = exceptions.FindLast(e => IsTrue(e.Attributes, "exception.escaped")) ?? (span.Failed ? exceptions.LastOrDefault() : null);
        var said = attributes.Text("error.type");
        if (!span.Failed && exception is null && said is null) return null;
        var message = AsWords(exception?.Attributes["exception.message"]) ?? (string.IsNullOrEmpty(span.StatusMessage) ? null : span.StatusMessage);
        message ??= attributes.Text("error.message", "exception.message");
        return new OperationError(said ?? AsWords(exception?.Attributes["exception.type"]) ?? attributes.Text("exception.type") ?? "", message ?? "");
    }

    /// <summary>An error that is one text: `TypeError: …` with a stack below it, or Python's `ValueError('…')Traceback …`.</summary>
    public static OperationError OfText(string error)
    {
        var end = 0;
        while (end < error.Length && end < LongestType && (char.IsAsciiLetterOrDigit(error[end]) || error[end] is '.' or '_')) end++;
        if (end == 0 || end == error.Length || error[end] is not (':' or '(') || !char.IsAsciiLetter(error[0])) return new OperationError("", FirstLine(error));
        var type = error[..end];
        if (error[end] == ':') return new OperationError(type, FirstLine(error[(end + 1)..]));

        var traceback = error.IndexOf(Traceback, StringComparison.Ordinal);
        var said = (traceback < 0 ? error[(end + 1)..] : error[(end + 1)..traceback]).TrimEnd();
        if (said.EndsWith(')')) said = said[..^1].TrimEnd(',');
        return new OperationError(type, said.Length >= 2 && said[0] is '\'' or '"' && said[^1] == said[0] ? said[1..^1] : FirstLine(said));
    }

    private static string FirstLine(string text)
    {
        var trimmed = text.AsSpan().Trim();
        var end = trimmed.IndexOfAny('\r', '\n');
        return (end < 0 ? trimmed : trimmed[..end]).TrimEnd().ToString();
    }

    private static bool IsTrue(System.Text.Json.Nodes.JsonObject attributes, string name) =>
        attributes[name] is System.Text.Json.Nodes.JsonValue value && (value.TryGetValue(out bool flag) ? flag : AsText(value) is "true" or "True");
}
