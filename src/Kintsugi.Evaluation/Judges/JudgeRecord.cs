namespace Kintsugi.Evaluation.Judges;

/// <summary>What is known of one judge.</summary>
/// <param name="Card">Null where it was never calibrated.</param>
/// <param name="Items">Likewise, or where the file was lost.</param>
public sealed record JudgeRecord(JudgeCard? Card, JudgedItems? Items)
{
    public static readonly JudgeRecord None = new(null, null);

    /// <summary>Reads what lies beside the agent.</summary>
    /// <param name="directory">The agent's.</param>
    /// <exception cref="BadFileException">A file is there and cannot be used.</exception>
    public static JudgeRecord Read(string directory, string judge) => new(
        Bytes(directory, JudgeCard.RelativePath(judge), JudgeCard.LargestBytes) is { } card ? JudgeCard.Parse(card, JudgeCard.RelativePath(judge)) : null,
        Bytes(directory, JudgedItems.RelativePath(judge), JudgedItems.LargestBytes) is { } items ? JudgedItems.Parse(items, JudgedItems.RelativePath(judge)) : null);

    /// <summary>Writes both files, each whole or not at all; the card last, since it is what gates.</summary>
    /// <exception cref="BadFileException">The place is a symbolic link.</exception>
    public void Write(string directory)
    {
        if (Items is not null) Write(directory, JudgedItems.RelativePath(Items.Judge), Items.Write());
        if (Card is not null) Write(directory, JudgeCard.RelativePath(Card.Judge), Card.Write());
    }

    private static byte[]? Bytes(string directory, string relative, int largest)
    {
        var file = new FileInfo(Path.Combine(directory, relative));
        if (!file.Exists) return null;
        ThrowIfLink(directory, relative);
        return file.Length > largest
            ? throw new BadFileException(relative, null, $"the file has {file.Length} bytes, at most {largest} are read. Restore the file from git, or calibrate the judge again.")
            : File.ReadAllBytes(file.FullName);
    }

    private static void Write(string directory, string relative, string text)
    {
        ThrowIfLink(directory, relative);
        var file = Path.Combine(directory, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
    }

    /// <summary>A link may lead anywhere on this machine.</summary>
    private static void ThrowIfLink(string directory, string relative)
    {
        foreach (var place in new[] { relative, Path.GetDirectoryName(relative)!, ".kintsugi" })
            if (new FileInfo(Path.Combine(directory, place)).LinkTarget is not null)
                throw new BadFileException(place, null, "it is a symbolic link. Remove it: the judges' cards are files of the repository itself.");
    }
}
