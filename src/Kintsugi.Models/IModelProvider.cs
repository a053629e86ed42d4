namespace Kintsugi.Models;

/// <summary>One service that answers requests in a vendor's wire format.</summary>
/// <remarks>Two kinds: a service over HTTP, and the simulated interpreter. Retries, routing and recording happen above it.</remarks>
public interface IModelProvider
{
    string Name { get; }

    /// <param name="path">One of <see cref="Wire.WirePaths"/>.</param>
    bool Serves(string path);

    /// <summary>Asks once. A refusal, a rate limit or an overload is an answer with its status, not an exception.</summary>
    /// <exception cref="HttpRequestException">The service could not be reached, or broke off.</exception>
    /// <exception cref="TimeoutException">It did not answer in time.</exception>
    Task<ModelAnswer> AskAsync(ModelRequest request, Draw draw, CancellationToken cancellationToken);
}

/// <summary>Which draw of a noisy answer is asked for: equal draws of the simulated provider are equal, every other provider ignores it.</summary>
public sealed record Draw(string SampleId, int Epoch, int Ordinal, int Attempt);
