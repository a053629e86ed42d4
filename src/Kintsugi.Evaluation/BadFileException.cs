namespace Kintsugi.Evaluation;

/// <summary>A file that a person wrote cannot be used as it is. The message is `file(line): what is wrong. What to do.`</summary>
public sealed class BadFileException(string file, int? line, string problem)
    : Exception(line is null ? $"{file}: {problem}" : $"{file}({line}): {problem}");
