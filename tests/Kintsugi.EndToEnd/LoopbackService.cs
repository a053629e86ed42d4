using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.EndToEnd;

/// <summary>A web service that ends its start with the test.</summary>
internal static class LoopbackService
{
    public static Task<WebApplication> StartAsync(RequestDelegate answer) => Bench.LoopbackService.StartAsync(answer, TestContext.Current.CancellationToken);
}
