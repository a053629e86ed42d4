using System.Text;
using System.Text.Json;

namespace Kintsugi.Tests.Models.Outage;

/// <summary>What a client of the drill got. <see cref="Half"/> and <see cref="Wrong"/> must never happen.</summary>
internal enum OutageEnd
{
    Right = 0,

    /// <summary>The connection broke within a streamed answer, and the client was told so by that.</summary>
    Broken = 1,

    /// <summary>An error in place of an answer.</summary>
    Refused = 2,

    /// <summary>Something short that looked whole.</summary>
    Half = 3,

    /// <summary>Another answer, or one given twice.</summary>
    Wrong = 4,
}

/// <summary>An agent in the drill: asks and holds what it gets against what is right.</summary>
internal sealed class OutageClient(HttpClient http)
{
    /// <summary>Names the question to the gateway's edge.</summary>
    public const string NumberHeader = "X-Number";

    public async Task<OutageEnd> AskAsync(OutageQuestion question, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(question.Body(), Encoding.UTF8, "application/json"),
            Headers = { { NumberHeader, $"{question.Number}" } },
        };
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? Judge(question, question.IsStreamed ? StreamedText(body) : WholeText(body)) : OutageEnd.Refused;
        }
        catch (HttpRequestException)
        {
            return OutageEnd.Broken;
        }
    }

    private static OutageEnd Judge(OutageQuestion question, string? text)
    {
        if (text == question.Answer) return OutageEnd.Right;
        return text is null || question.Answer.StartsWith(text, StringComparison.Ordinal) ? OutageEnd.Half : OutageEnd.Wrong;
    }

    /// <returns>Null when it is not whole.</returns>
    private static string? WholeText(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="WholeText"/>
    private static string? StreamedText(string body)
    {
        const string data = "data: ", done = "[DONE]";
        var events = body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        if (events.Length == 0 || events[^1] != data + done) return null;
        var text = new StringBuilder();
        foreach (var line in events[..^1])
        {
            if (line == data + done) return text.Append(done).ToString(); // an end before the end: answered twice
            using var document = JsonDocument.Parse(line[data.Length..]);
            foreach (var choice in document.RootElement.GetProperty("choices").EnumerateArray())
                if (choice.GetProperty("delta").TryGetProperty("content", out var content)) text.Append(content.GetString());
        }
        return text.ToString();
    }
}
