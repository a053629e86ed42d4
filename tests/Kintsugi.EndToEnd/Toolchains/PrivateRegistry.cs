using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kintsugi.EndToEnd.Toolchains;

/// <summary>A registry on loopback, of Python and of npm, that shows itself only to those who hold its token.</summary>
internal sealed class PrivateRegistry : IAsyncDisposable
{
    public const string Token = "s3cret-of-the-team";

    private readonly WebApplication _app;

    private PrivateRegistry(WebApplication app) => _app = app;

    public string Url => $"{_app.Urls.Single()}/team";

    public static async Task<PrivateRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new PrivateRegistry(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context)
    {
        var here = $"http://{context.Request.Host}/team";
        var (type, body) = context.Request.Headers.Authorization == $"Bearer {Token}" ? context.Request.Path.Value switch
        {
            "/team/simple/scorerule/" => ("text/html", Bytes($"<a href=\"{here}/files/{Packages.WheelName}\">wheel</a>")),
            $"/team/files/{Packages.WheelName}" => ("application/zip", Packages.Wheel()),
            "/team/scorerule" => ("application/json", Bytes($$$"""
                {"name":"scorerule","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"scorerule","version":"1.0.0",
                 "dist":{"tarball":"{{{here}}}/scorerule/-/scorerule-1.0.0.tgz","integrity":"sha512-{{{Convert.ToBase64String(SHA512.HashData(Packages.Npm))}}}"} } } }
                """)),
            "/team/scorerule/-/scorerule-1.0.0.tgz" => ("application/octet-stream", Packages.Npm),
            _ => ("", []),
        } : ("", []);
        context.Response.StatusCode = type.Length > 0 ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized;
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
