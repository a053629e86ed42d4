namespace Kintsugi.Models.Cassettes;

/// <summary>Whether recordings answer, and whether answers are recorded. Stored and shown: only ever added to.</summary>
public enum CassetteMode
{
    /// <summary>Recordings answer where <see cref="Recall"/> allows it; every answer is recorded.</summary>
    Auto = 0,

    /// <summary>Always asks, keeps nothing.</summary>
    Live = 1,

    /// <summary>Always asks, keeps everything.</summary>
    Record = 2,

    /// <summary>Only recordings answer; what is not recorded is an error, and nobody is asked.</summary>
    Replay = 3,
}
