using System.Text;
using Kintsugi.Tracing.LangSmith;
using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tests.Tracing.LangSmith;

public class MultipartBodyTests
{
    private const string Type = "multipart/form-data; boundary=----B1";

    /// <summary>Forms as the SDK of JavaScript 0.12.0 framed them: their headers were recorded, and the beginning of what is in them.</summary>
    [Fact]
    public void Recorded_forms_come_apart_into_their_parts()
    {
        var capture = CapturedForms();
        Assert.SkipWhen(capture is null, "There is no recorded form here.");

        Assert.All(capture!, parts =>
        {
            var form = string.Concat(parts.Select(p => $"------B1\r\n{string.Join("\r\n", p.Headers)}\r\n\r\n{p.First}\r\n")) + "------B1--\r\n";

            var split = MultipartBody.Split(Type, Encoding.UTF8.GetBytes(form));

            Assert.Equal(parts.Select(p => p.First), split.Select(p => Encoding.UTF8.GetString(p.Content.Span)));
            Assert.Equal(parts.Select(p => p.Headers[0].Split('"')[1]), split.Select(p => p.Name));
        });
    }

    [Theory]
    [InlineData("------B1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n------B1--", "a=x")]
    [InlineData("words before\r\n------B1\r\ncontent-disposition: form-data;name=\"a\"\r\n\r\nx\r\ny\r\n------B1  \r\nX: 1\r\nContent-Disposition: form-data; filename=\"f\"; name=\"b\"\r\n\r\n\r\n------B1--\r\n", "a=x\r\ny|b=")]
    [InlineData("------B1--\r\n", "")]
    public void Parts_are_what_stands_between_boundaries(string form, string expected) =>
        Assert.Equal(expected, string.Join('|', MultipartBody.Split(Type, Encoding.UTF8.GetBytes(form)).Select(p => $"{p.Name}={Encoding.UTF8.GetString(p.Content.Span)}")));

    [Theory]
    [InlineData(Type, "", 400)]
    [InlineData(Type, "------B1", 400)]
    [InlineData(Type, "------B1\r\n\r\nx\r\n------B1--", 400)]
    [InlineData(Type, "------B1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx", 400)]
    [InlineData(Type, "------B1\r\nContent-Disposition: form-data; name=\"a", 400)]
    [InlineData(Type, "------B1\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\nx\r\n------B1--", 400)]
    [InlineData("multipart/form-data", "------B1--", 400)]
    [InlineData("application/json", "{}", 415)]
    [InlineData(null, "", 415)]
    public void A_body_that_is_no_form_is_refused(string? type, string form, int status) =>
        Assert.Equal(status, Assert.Throws<RefusedException>(() => MultipartBody.Split(type, Encoding.UTF8.GetBytes(form))).Status);

    private static List<List<(string[] Headers, string First)>>? CapturedForms()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, "shared", "reference", "genai-captures", "langsmith-gzip.json");
            if (!File.Exists(path)) continue;
            return
            [
                .. RecordedData.Elements(path).Where(e => e.TryGetProperty("parts", out _)).Select(e => e.GetProperty("parts").EnumerateArray()
                    .Select(p => (p.GetProperty("headers").EnumerateArray().Select(h => h.GetString()!).ToArray(), p.GetProperty("first").GetString()!)).ToList()),
            ];
        }
        return null;
    }
}
