using Kintsugi.Models.Cassettes;

namespace Kintsugi.Models.Upstreams;

/// <summary>A request of an agent to an upstream, while it is being answered.</summary>
/// <param name="service">Null when there is no upstream of that name.</param>
internal sealed class PendingUpstreamCall(UpstreamRequest request, UpstreamService? service, SampleCalls calls, TimeProvider clock)
{
    private readonly long _started = clock.GetTimestamp();

    public UpstreamRequest Request { get; } = request;

    public UpstreamService Service => service ?? throw new InvalidOperationException($"No upstream {Request.Upstream}.");

    public SampleCalls Calls { get; } = calls;

    public TimeSpan Age => clock.GetElapsedTime(_started);

    /// <summary>Whether the call is among the sample's: what became of it later is no news to anybody.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Puts the call among the sample's, once. To be done before the agent has what it can go on with, or its sample might be judged without the call.</summary>
    public void Keep(int status, string? fault) => Keep(status, replayed: false, Age, fault);

    public void KeepReplayed(Recording recording) => Keep(recording.Answer.Status, replayed: true, recording.Latency, fault: null);

    private void Keep(int status, bool replayed, TimeSpan latency, string? fault)
    {
        if (IsKept) return;
        IsKept = true;
        Calls.Add(new RecordedUpstreamCall(
            Request.Upstream, Request.Method, service?.Config.Url.Host ?? "", UpstreamAddress.PathOf(Request.Rest), status, replayed, latency, fault));
    }
}
