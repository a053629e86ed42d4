using Kintsugi.Tracing.Wire;

namespace Kintsugi.Tracing.LangSmith;

/// <summary>How late in a run's life a half of it was sent: of two that say a field, the later one counts, whatever came first.</summary>
internal enum RunHalf
{
    /// <summary>Its start.</summary>
    Post = 0,

    /// <summary>Something in between.</summary>
    Patch = 1,

    /// <summary>Whatever holds an `end_time`.</summary>
    End = 2,
}

/// <summary>What is known of one run, each field from the latest half that says it.</summary>
/// <remarks>
/// In JSON the order of fields keeps where they came from, so that halves give the same run in any order and however often they come:
/// before `id` stands what the end said, behind it what another patch did, behind `trace_id` what the start said. A field that is `null` says nothing.
/// </remarks>
internal sealed class RunFields
{
    /// <summary>Of one half.</summary>
    public const int Most = 100;

    private const int MostTogether = 3 * Most;
    private const int MostBytes = 20 << 20;

    private readonly List<(JsonField Field, RunHalf Half)> _fields = new(20);
    private long _bytes;

    public IReadOnlyList<(JsonField Field, RunHalf Half)> All => _fields;

    /// <param name="json">As <see cref="RunBody"/> writes it.</param>
    public static RunFields Of(ReadOnlyMemory<byte> json)
    {
        var run = new RunFields();
        var half = RunHalf.End;
        foreach (var field in JsonBytes.TakenFields(json))
        {
            if (field.Name.Span.SequenceEqual("id"u8)) half = RunHalf.Patch;
            else if (field.Name.Span.SequenceEqual("trace_id"u8)) half = RunHalf.Post;
            else run.Set(field, half);
        }
        return run;
    }

    /// <summary>Adds a half.</summary>
    public void Add(IReadOnlyList<JsonField> fields, RunHalf half)
    {
        foreach (var field in fields)
            if (!field.Name.Span.SequenceEqual("id"u8) && !field.Name.Span.SequenceEqual("trace_id"u8)) Set(field, half);
    }

    /// <summary>What another says, which came later if nothing else tells.</summary>
    public void Add(RunFields newer)
    {
        foreach (var (field, half) in newer._fields) Set(field, half);
    }

    /// <returns>Empty when there is none.</returns>
    public ReadOnlySpan<byte> this[ReadOnlySpan<byte> name] => Of(_fields, name);

    /// <summary>A field that makes the run too large is left out: a run that grows with every patch must not take the store with it.</summary>
    public void Set(JsonField field, RunHalf half)
    {
        if (JsonBytes.IsNull(field.Value.Span) || _bytes + field.Value.Length > MostBytes) return;
        for (var i = 0; i < _fields.Count; i++)
        {
            if (!_fields[i].Field.Name.Span.SequenceEqual(field.Name.Span)) continue;
            if (half < _fields[i].Half) return;
            _bytes += field.Value.Length - _fields[i].Field.Value.Length;
            _fields[i] = (field, half);
            return;
        }
        if (_fields.Count == MostTogether) return;
        _bytes += field.Value.Length;
        _fields.Add((field, half));
    }

    private static ReadOnlySpan<byte> Of(List<(JsonField Field, RunHalf Half)> fields, ReadOnlySpan<byte> name)
    {
        foreach (var (field, _) in fields)
            if (field.Name.Span.SequenceEqual(name)) return field.Value.Span;
        return default;
    }
}
