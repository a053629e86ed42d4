using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Kintsugi.Bench;

/// <summary>A web service on a free port of 127.0.0.1, for something outside that an agent or Kintsugi asks.</summary>
public static class LoopbackService
{
    public static async Task<WebApplication> StartAsync(RequestDelegate answer, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.Run(answer);
        await application.StartAsync(cancellationToken);
        return application;
    }
}
