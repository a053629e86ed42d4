using System.Text.Json;
using Kintsugi.Models.Cassettes;

namespace Kintsugi.Models.Budgets;

/// <summary>What a request can use at most, read from its body.</summary>
/// <param name="Model">The name that is sent; empty when there is none.</param>
/// <param name="InputTokens">A token is a byte at least. Images are counted by their number.</param>
/// <param name="OutputTokens">Of one answer, if the request bounds it.</param>
/// <param name="Answers">How many it asks for.</param>
/// <param name="Caching">How much dearer input may become by being cached: 1, 1.25 or 2.</param>
/// <remarks>
/// It does not bound what the provider adds on its side: earlier responses and files named by their id, and its own tools. Such a call is paid by what it says afterwards,
/// and may overdraw a budget by that much.
/// </remarks>
public readonly record struct RequestBounds(string Model, long InputTokens, long? OutputTokens, int Answers, decimal Caching)
{
    /// <summary>Of one image at most, the dearest of the published formulas: gpt-4o-mini's 2,833 tokens and 5,667 for each of at most 8 tiles. Claude's are below 5,000.</summary>
    public const long ImageTokens = 48_169;

    /// <summary>Of the instruction that providers add to a request with tools: Anthropic's published figures are below a thousand for every model.</summary>
    public const long ToolTokens = 1_000;

    private const long Most = 1_000_000_000;
    private const int MostAnswers = 1_000;

    private enum Key
    {
        Other, Model, Output, Answers, Tools, Type, Data, MediaType, Caching, Lifetime,
    }

    /// <param name="request">Its body is empty, or JSON that <see cref="Question"/> has read.</param>
    public static RequestBounds Of(ModelRequest request)
    {
        if (request.Body.IsEmpty) return new RequestBounds("", 0, 0, 1, 1);
        var scan = new Scan();
        var reader = new Utf8JsonReader(request.Body.Span, new JsonReaderOptions { MaxDepth = CanonicalRequest.MaxDepth });
        while (reader.Read()) scan.Take(ref reader);
        return scan.ToBounds(request);
    }

    private ref struct Scan
    {
        private Key _key;
        private string? _model;
        private long _output;
        private int _answers;
        private bool _hasTools;
        private decimal _caching;
        private int _images;
        private int _payloads;
        private long _payloadBytes;
        private long _data;
        private bool _isImage;

        public void Take(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    _key = KeyOf(ref reader);
                    if (_key == Key.Caching) _caching = Math.Max(_caching, 1.25m);
                    return;
                case JsonTokenType.StartObject or JsonTokenType.EndObject:
                    if (_isImage && _data > 0) TakePayload(_data); // an image in Anthropic's form
                    (_data, _isImage) = (0, false);
                    break;
                case JsonTokenType.String:
                    TakeText(ref reader);
                    break;
                case JsonTokenType.Number when _key == Key.Output:
                    _output = Math.Max(_output, Count(ref reader, Most));
                    break;
                case JsonTokenType.Number when _key == Key.Answers:
                    _answers = Math.Max(_answers, (int)Count(ref reader, MostAnswers));
                    break;
                case JsonTokenType.StartArray when _key == Key.Tools:
                    _hasTools = true;
                    break;
            }
            _key = Key.Other;
        }

        public readonly RequestBounds ToBounds(ModelRequest request) => new(
            _model ?? "",
            request.Body.Length - _payloadBytes + Math.Max(_images, _payloads) * ImageTokens + (_hasTools ? ToolTokens : 0),
            request.Path.EndsWith("/embeddings", StringComparison.Ordinal) ? 0 : _output > 0 ? _output : null,
            Math.Max(1, _answers),
            Math.Max(1, _caching));

        private static Key KeyOf(ref Utf8JsonReader reader)
        {
            if (reader.CurrentDepth == 1)
            {
                if (reader.ValueTextEquals("model"u8)) return Key.Model;
                if (reader.ValueTextEquals("max_tokens"u8) || reader.ValueTextEquals("max_completion_tokens"u8) || reader.ValueTextEquals("max_output_tokens"u8)) return Key.Output;
                if (reader.ValueTextEquals("n"u8) || reader.ValueTextEquals("best_of"u8)) return Key.Answers;
                if (reader.ValueTextEquals("tools"u8) || reader.ValueTextEquals("functions"u8)) return Key.Tools;
            }
            if (reader.ValueTextEquals("cache_control"u8)) return Key.Caching;
            if (reader.ValueTextEquals("ttl"u8)) return Key.Lifetime;
            if (reader.ValueTextEquals("type"u8)) return Key.Type;
            if (reader.ValueTextEquals("data"u8)) return Key.Data;
            return reader.ValueTextEquals("media_type"u8) ? Key.MediaType : Key.Other;
        }

        private void TakeText(ref Utf8JsonReader reader)
        {
            var text = reader.ValueSpan;
            switch (_key)
            {
                case Key.Model:
                    _model = reader.GetString();
                    break;
                case Key.Type:
                    if (text.SequenceEqual("image_url"u8) || text.SequenceEqual("input_image"u8) || text.SequenceEqual("image"u8)) _images++;
                    break;
                case Key.Data:
                    _data = text.Length;
                    break;
                case Key.MediaType:
                    _isImage = text.StartsWith("image"u8);
                    break;
                case Key.Lifetime:
                    if (text.SequenceEqual("1h"u8)) _caching = 2;
                    break;
                default:
                    if (text.StartsWith("data:image"u8)) TakePayload(text.Length);
                    break;
            }
        }

        private void TakePayload(long bytes)
        {
            _payloads++;
            _payloadBytes += bytes;
        }

        private static long Count(ref Utf8JsonReader reader, long most) =>
            reader.TryGetDouble(out var count) ? (long)Math.Clamp(Math.Ceiling(count), 0, most) : most;
    }
}
