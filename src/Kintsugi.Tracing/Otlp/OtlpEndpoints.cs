using System.Text.Json;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kintsugi.Tracing.Otlp;

/// <summary>OTLP over HTTP: `/v1/traces` and `/v1/logs`, protobuf or JSON, compressed by gzip, zstd, deflate or not at all.</summary>
/// <remarks>OTLP specification 1.x, "OTLP/HTTP": 200 with what was rejected, 429 and 503 with Retry-After for what should come again, other 4xx for what should not.</remarks>
public static class OtlpEndpoints
{
    /// <summary>Of a request when decompressed: as much as OpenTelemetry's Collector takes.</summary>
    public const int MostBytes = 20 << 20;

    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    public static void Map(IEndpointRouteBuilder routes, OtlpIngest ingest) => Map(routes, _ => ingest);

    /// <param name="ingestOf">Null for a request whose spans belong to nobody: it is answered as taken, and not read.</param>
    public static void Map(IEndpointRouteBuilder routes, Func<HttpContext, OtlpIngest?> ingestOf)
    {
        routes.MapPost("/v1/traces", context => ServeAsync(context, ingestOf(context), OtlpSignal.Traces));
        routes.MapPost("/v1/logs", context => ServeAsync(context, ingestOf(context), OtlpSignal.Logs));
        routes.MapPost("/v1/metrics", context => AnswerAsync(context, StatusCodes.Status200OK, Partial(0, ""), context.Request.ContentType?.StartsWith(Json, StringComparison.OrdinalIgnoreCase) == true)); // some SDKs send them beside traces and cannot be told not to; nothing is kept
    }

    private static async Task ServeAsync(HttpContext context, OtlpIngest? ingest, OtlpSignal signal)
    {
        var isJson = context.Request.ContentType?.StartsWith(Json, StringComparison.OrdinalIgnoreCase) == true;
        try
        {
            if (!isJson && context.Request.ContentType?.StartsWith(Protobuf, StringComparison.OrdinalIgnoreCase) != true)
                throw new RefusedException(StatusCodes.Status415UnsupportedMediaType, $"`content-type` must be {Protobuf} or {Json}.");
            if (ingest is null)
            {
                await AnswerAsync(context, StatusCodes.Status200OK, Partial(0, ""), isJson);
                return;
            }
            ingest.ThrowIfFull();
            using var body = await RequestBytes.ReadAsync(context.Request, ingest.Memory, MostBytes, context.RequestAborted);
            var rejected = await ingest.TakeAsync(body, signal, isJson, context.RequestAborted);
            await AnswerAsync(context, StatusCodes.Status200OK, Partial(rejected, OtlpBatch.RejectedFor), isJson);
        }
        catch (RefusedException e)
        {
            if (e.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
            await AnswerAsync(context, e.Status, new OtlpAnswer(e.Message, null), isJson);
        }
    }

    private static OtlpAnswer Partial(int rejected, string why) => new(rejected == 0 ? "" : why, rejected);

    private static async Task AnswerAsync(HttpContext context, int status, OtlpAnswer answer, bool isJson)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = isJson ? Json : Protobuf;
        await context.Response.Body.WriteAsync(isJson ? answer.ToJson() : answer.ToProtobuf(), context.RequestAborted);
    }
}

/// <summary>What the sender is told: in success what was rejected and why, else a `google.rpc.Status` with its message alone.</summary>
/// <param name="Rejected">Null when the request as a whole was refused.</param>
internal sealed record OtlpAnswer(string Message, int? Rejected)
{
    public byte[] ToJson() =>
        Rejected is null ? JsonSerializer.SerializeToUtf8Bytes(new { message = Message })
        : Rejected == 0 ? "{}"u8.ToArray()
        : JsonSerializer.SerializeToUtf8Bytes(new { partialSuccess = new { rejectedSpans = Rejected.ToString(), errorMessage = Message } });

    public byte[] ToProtobuf()
    {
        using var bytes = new MemoryStream();
        if (Rejected is null) ProtoWriter.Text(bytes, 2, Message);
        else if (Rejected > 0)
        {
            using var partial = new MemoryStream();
            ProtoWriter.Number(partial, 1, (ulong)Rejected);
            ProtoWriter.Text(partial, 2, Message);
            ProtoWriter.Bytes(bytes, 1, partial.ToArray());
        }
        return bytes.ToArray();
    }
}
