namespace Kintsugi.Sandbox.Git;

/// <summary>A commit, as much of it as triage and reports need. Subject and author are strangers' words.</summary>
public sealed record Commit(string Id, string Tree, IReadOnlyList<string> Parents, string Author, DateTimeOffset At, string Subject);

/// <summary>One file of a tree.</summary>
/// <param name="Path">Relative to the repository's top, with '/' and any bytes but NUL (invalid UTF-8 is refused when the tree is read).</param>
/// <param name="Mode">100644, 100755, 120000 (symbolic link) or 160000 (submodule).</param>
public sealed record TreeFile(string Path, string Mode, string Blob);

/// <summary>A change to one path of a tree; a null <paramref name="Content"/> removes the file. Of a symbolic link the content is the target, of a
/// submodule the commit's id.</summary>
public sealed record TreeEdit(string Path, string Mode, ReadOnlyMemory<byte>? Content);

/// <summary>Git cannot do what was asked: no such revision, no repository, a broken object. The message says what to do.</summary>
public sealed class GitException(string message) : Exception(message);
