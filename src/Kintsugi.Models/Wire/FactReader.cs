using System.Text.Json;

namespace Kintsugi.Models.Wire;

/// <summary>Reads the few facts of an answer out of its bytes. Read several objects, newest first: what was found stays.</summary>
internal struct FactReader
{
    public readonly string? ServedModel => _servedModel;

    public readonly string? FinishReason => _finishReason;

    /// <summary>Whether a completion came without a choice: it answers nothing.</summary>
    public bool HasNoChoice { get; private set; }

    /// <summary>Whether it holds what an answer of any format is made of.</summary>
    public bool IsAnswer { get; private set; }

    /// <summary>Whether an event said that the response is over.</summary>
    public bool IsEnd { get; private set; }

    /// <summary>Whether it is of a stream whose end is an event of its own, as Anthropic's and that of OpenAI's responses.</summary>
    public bool HasEndEvent { get; private set; }

    private string? _servedModel;
    private string? _finishReason;
    private string? _fingerprint;
    private long? _inputTokens;
    private long? _outputTokens;
    private long? _cachedTokens; // OpenAI, within the input
    private long? _cacheReadTokens; // Anthropic, beside the input
    private long? _cacheWriteTokens;
    private long? _longCacheWriteTokens;
    private bool _isError;

    /// <summary>What says that it used more than this says nothing.</summary>
    private const long MostTokens = 1_000_000_000;

    /// <returns>False when it is not one JSON object.</returns>
    public bool TryRead(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            ReadAnswer(ref reader);
            return !reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a string that is not valid Unicode
        {
            return false;
        }
    }

    public readonly AnswerFacts ToFacts(bool isComplete) =>
        new(_servedModel, _inputTokens + (_cacheReadTokens ?? 0) + (_cacheWriteTokens ?? 0), _outputTokens, _finishReason, _fingerprint, _isError, isComplete)
        {
            CachedTokens = _cacheReadTokens ?? _cachedTokens ?? 0,
            CacheWriteTokens = _cacheWriteTokens ?? 0,
            LongCacheWriteTokens = _longCacheWriteTokens ?? 0,
        };

    private void ReadAnswer(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"u8)) ReadText(ref reader, ref _servedModel);
            else if (reader.ValueTextEquals("system_fingerprint"u8)) ReadText(ref reader, ref _fingerprint);
            else if (reader.ValueTextEquals("status"u8)) ReadText(ref reader, ref _finishReason);
            else if (reader.ValueTextEquals("usage"u8)) ReadObject(ref reader, isUsage: true);
            else if (reader.ValueTextEquals("response"u8) || reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("delta"u8)) ReadObject(ref reader, isUsage: false);
            else if (reader.ValueTextEquals("stop_reason"u8)) ReadText(ref reader, ref _finishReason);
            else if (reader.ValueTextEquals("choices"u8)) ReadChoices(ref reader);
            else if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("output"u8) || reader.ValueTextEquals("data"u8) || reader.ValueTextEquals("input_tokens"u8)) PassAnswer(ref reader);
            else if (reader.ValueTextEquals("type"u8)) ReadType(ref reader);
            else if (reader.ValueTextEquals("error"u8)) ReadError(ref reader);
            else Pass(ref reader);
        }
    }

    private void ReadObject(ref Utf8JsonReader reader, bool isUsage)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) reader.Skip();
        else if (isUsage) ReadUsage(ref reader);
        else ReadAnswer(ref reader);
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8)) ReadCount(ref reader, ref _inputTokens);
            else if (reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8)) ReadCount(ref reader, ref _outputTokens);
            else if (!ReadCaching(ref reader)) Pass(ref reader);
        }
    }

    /// <returns>False when the property is none of caching.</returns>
    private bool ReadCaching(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("cached_tokens"u8)) ReadCount(ref reader, ref _cachedTokens);
        else if (reader.ValueTextEquals("cache_read_input_tokens"u8)) ReadCount(ref reader, ref _cacheReadTokens);
        else if (reader.ValueTextEquals("cache_creation_input_tokens"u8)) ReadCount(ref reader, ref _cacheWriteTokens);
        else if (reader.ValueTextEquals("ephemeral_1h_input_tokens"u8)) ReadCount(ref reader, ref _longCacheWriteTokens);
        else if (reader.ValueTextEquals("prompt_tokens_details"u8) || reader.ValueTextEquals("input_tokens_details"u8) || reader.ValueTextEquals("cache_creation"u8))
            ReadObject(ref reader, isUsage: true);
        else return false;
        return true;
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        HasNoChoice = IsAnswer = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            HasNoChoice = false;
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("finish_reason"u8)) ReadText(ref reader, ref _finishReason);
                else Pass(ref reader);
            }
        }
    }

    private void ReadType(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return;
        }
        HasEndEvent |= !reader.HasValueSequence
            && (reader.ValueSpan.StartsWith("message_"u8) || reader.ValueSpan.StartsWith("content_block"u8) || reader.ValueSpan.StartsWith("response."u8));
        if (reader.ValueTextEquals("response.completed"u8) || reader.ValueTextEquals("response.incomplete"u8) || reader.ValueTextEquals("message_stop"u8)) IsEnd = true;
        else if (reader.ValueTextEquals("response.failed"u8) || reader.ValueTextEquals("error"u8)) IsEnd = _isError = true;
    }

    private void ReadError(ref Utf8JsonReader reader)
    {
        reader.Read();
        _isError |= reader.TokenType != JsonTokenType.Null;
        reader.Skip();
    }

    private static void ReadText(ref Utf8JsonReader reader, ref string? known)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) known ??= reader.GetString();
        else reader.Skip();
    }

    private static void ReadCount(ref Utf8JsonReader reader, ref long? known)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) && count is >= 0 and <= MostTokens) known ??= count;
        else reader.Skip();
    }

    private void PassAnswer(ref Utf8JsonReader reader)
    {
        IsAnswer = true;
        Pass(ref reader);
    }

    private static void Pass(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }
}
