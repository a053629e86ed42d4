using System.Text;
using Kintsugi.Models.Cassettes;
using static Kintsugi.Tests.Models.Answers;

namespace Kintsugi.Tests.Models.Cassettes;

public class RedactionTests
{
    private const string Hex32 = "0123456789abcdef0123456789abcdef";

    private static readonly Redaction Configured = new(["crm-secret-1", "quo\"ted\\secret", "short"]);

    /// <summary>The part between brackets must go; without brackets all stays.</summary>
    [Theory]
    [InlineData("say [crm-secret-1] twice: [crm-secret-1]")]
    [InlineData("{\"a\":\"[quo\\\"ted\\\\secret]\"}")]
    [InlineData("a word that is short stays")]
    [InlineData("key=[sk-" + Hex32 + "]")]
    [InlineData("{\"content\":\"first\\n[sk-proj-Ab1_" + Hex32 + "]\"}")]
    [InlineData("\"[sk-ant-api03-" + Hex32 + "-AA]\"")]
    [InlineData("the task-management-and-risk-assessment-of-1-" + Hex32)]
    [InlineData("a sk-short1")]
    [InlineData("from sk-learn-compatible-estimators-and-pipelines")]
    [InlineData("[ghp_" + Hex32 + "abcd] and [gho_" + Hex32 + "] and [github_pat_11ABCDEFG0_" + Hex32 + "]")]
    [InlineData("ghp_ is the prefix of a token")]
    [InlineData("[AKIAIOSFODNN7EXAMPLE]")]
    [InlineData("AKIAIOSFODNN7EXAMPLES is too long, AKIAisnone7EXAMPLE is no key")]
    [InlineData("[xoxb-123456789012-abcdefABCDEF] xoxo-123456789012-abcdef")]
    [InlineData("?key=[AIzaSyA-" + Hex32 + "]&x")]
    [InlineData("Bearer [eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r]")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9 alone is no token, nor is eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0 without its signature")]
    [InlineData("-----BEGIN PRIVATE KEY-----[\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n+/" + Hex32 + "==\n]-----END PRIVATE KEY-----")]
    [InlineData("{\"k\":\"-----BEGIN RSA PRIVATE KEY-----[\\nProc-Type: 4,ENCRYPTED\\n\\n" + Hex32 + "\\n]-----END RSA PRIVATE KEY-----\\n\"}")]
    [InlineData("{\"arguments\":\"{\\\"k\\\":\\\"-----BEGIN EC PRIVATE KEY-----[\\\\n" + Hex32 + "\\\\n" + Hex32 + "\\\\n]-----END EC PRIVATE KEY-----\\\"}\"}")]
    [InlineData("{\"k\":\"-----BEGIN PRIVATE KEY-----[\\n" + Hex32 + Hex32 + "]\",\"next\":\"stays\"}")]
    [InlineData("-----BEGIN CERTIFICATE-----\n" + Hex32 + Hex32 + "\n-----END CERTIFICATE-----")]
    public void Secrets_go_and_nothing_else(string marked)
    {
        var (text, expected) = Marked(marked);

        var redacted = Configured.Apply(Encoding.UTF8.GetBytes(text));

        Assert.Equal(expected, Encoding.UTF8.GetString(redacted.Span));
        Assert.Equal(expected, Encoding.UTF8.GetString(Configured.Apply(redacted).Span));
    }

    [Fact]
    public void What_holds_no_secret_is_not_copied()
    {
        ReadOnlyMemory<byte> text = new byte[1000];

        Assert.True(Configured.Apply(text).Equals(text));
    }

    /// <summary>An agent that wants to be slow writes what looks like the beginning of a key, again and again; quadratic work would take hours.</summary>
    [Theory]
    [InlineData("sk-")]
    [InlineData("eyJ")]
    [InlineData("eyJhbGciOiJ.")]
    [InlineData("AKIA")]
    [InlineData("xoxo-")]
    [InlineData("PRIVATE KEY")]
    [InlineData("PRIVATE KEY-----")]
    [InlineData("PRIVATE KEY-----\\\\")]
    public void Beginnings_of_keys_cost_no_more_than_their_length(string beginning)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(beginning, 4_000_000 / beginning.Length)));

        Assert.Equal(text.Length, Configured.Apply(text).Length);
    }

    [Fact]
    public async Task An_agent_sees_its_answer_as_it_is_and_the_cassette_without_its_secrets()
    {
        var token = "ghp_" + Hex32 + "0000";
        await using var service = await StubService.StartAsync(StubService.Says($"your token is {token}"));
        await using var rig = GatewayRig.Of(service);
        var question = GatewayRig.Ask($"my key is {GatewayRig.Key} and my token {token}");

        var live = await rig.AskAsync(question, Fresh());
        await using var again = await rig.AgainAsync(CassetteMode.Replay);
        var replayed = await again.AskAsync(question, Fresh());

        Assert.Contains(token, live.Text(), StringComparison.Ordinal);
        Assert.Contains(token, Assert.Single(service.Requests).Body, StringComparison.Ordinal);
        Assert.Equal(StubService.Completion($"your token is {new string('*', token.Length)}"), replayed.Text());
        var stored = await File.ReadAllBytesAsync(Path.Combine(rig.Folder, "kintsugi.db"), TestContext.Current.CancellationToken);
        var log = await File.ReadAllBytesAsync(Path.Combine(rig.Folder, "kintsugi.db-wal"), TestContext.Current.CancellationToken);
        foreach (var secret in (string[])[token, GatewayRig.Key])
            Assert.True(stored.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0 && log.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0);
    }

    private static (string Text, string Expected) Marked(string marked)
    {
        var (text, expected) = (new StringBuilder(), new StringBuilder());
        var isSecret = false;
        foreach (var c in marked)
        {
            if (c is '[' or ']')
            {
                isSecret = c == '[';
                continue;
            }
            text.Append(c);
            expected.Append(isSecret ? '*' : c);
        }
        return (text.ToString(), expected.ToString());
    }
}
