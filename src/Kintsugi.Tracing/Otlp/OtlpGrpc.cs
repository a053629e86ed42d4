using Grpc.Core;
using Kintsugi.Tracing.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Kintsugi.Tracing.Otlp;

/// <summary>OTLP over gRPC. Framing, compression and deadlines are the library's; a message is taken as its bytes, as over HTTP.</summary>
public static class OtlpGrpc
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<TraceService>();
        routes.MapGrpcService<LogsService>();
    }

    private static Method<byte[], byte[]> Export(string service) =>
        new(MethodType.Unary, service, "Export", Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes), Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes));

    /// <exception cref="RpcException">UNAVAILABLE, which senders try again, for what should come again; INVALID_ARGUMENT for what should not.</exception>
    private static async Task<byte[]> TakeAsync(OtlpIngest ingest, byte[] request, OtlpSignal signal, ServerCallContext context)
    {
        if (!ingest.Memory.TryTake(request.Length)) throw new RpcException(new Status(StatusCode.Unavailable, "Too much arrives at once. Send it again in a moment."));
        try
        {
            return new OtlpAnswer(OtlpBatch.RejectedFor, await ingest.TakeAsync(request, signal, context.CancellationToken)).ToProtobuf();
        }
        catch (RefusedException e)
        {
            throw new RpcException(new Status(e.Status == StatusCodes.Status400BadRequest ? StatusCode.InvalidArgument : StatusCode.Unavailable, e.Message));
        }
        finally
        {
            ingest.Memory.Give(request.Length);
        }
    }

    // The library looks for a method that is virtual: it expects a class that was generated, and one that derives from it.
    [BindServiceMethod(typeof(TraceService), nameof(Bind))]
    internal class TraceService(OtlpIngest ingest)
    {
        private static readonly Method<byte[], byte[]> Method = OtlpGrpc.Export("opentelemetry.proto.collector.trace.v1.TraceService");

        public static void Bind(ServiceBinderBase binder, TraceService? service) => binder.AddMethod(Method, service is null ? null : service.Export);

        public virtual Task<byte[]> Export(byte[] request, ServerCallContext context) => TakeAsync(ingest, request, OtlpSignal.Traces, context);
    }

    [BindServiceMethod(typeof(LogsService), nameof(Bind))]
    internal class LogsService(OtlpIngest ingest)
    {
        private static readonly Method<byte[], byte[]> Method = OtlpGrpc.Export("opentelemetry.proto.collector.logs.v1.LogsService");

        public static void Bind(ServiceBinderBase binder, LogsService? service) => binder.AddMethod(Method, service is null ? null : service.Export);

        public virtual Task<byte[]> Export(byte[] request, ServerCallContext context) => TakeAsync(ingest, request, OtlpSignal.Logs, context);
    }
}
