using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Kintsugi.Bench;

/// <summary>A model service on loopback that gives the same answer at once, in a process of its own.</summary>
public static class ModelStub
{
    private static readonly byte[] Answer = Encoding.UTF8.GetBytes(
        """{"id":"c1","object":"chat.completion","created":1,"model":"stub-1","choices":[{"index":0,"message":{"role":"assistant","content":"{\"tier\":\"A\",\"score\":91,\"reason\":\"Large, in the right industry and with a budget that is signed off.\"}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":310,"completion_tokens":32}}""");

    /// <summary>Prints its URL, and serves until standard input ends.</summary>
    public static async Task<int> ServeAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Answer.Length;
            return context.Response.Body.WriteAsync(Answer, context.RequestAborted).AsTask();
        });
        await app.StartAsync(cancellationToken);
        Console.WriteLine($"{app.Urls.Single()}/v1");
        await Console.In.ReadLineAsync(cancellationToken);
        return 0;
    }
}
