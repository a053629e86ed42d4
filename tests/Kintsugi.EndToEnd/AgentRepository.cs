using System.Text;
using Kintsugi.Sandbox;

namespace Kintsugi.EndToEnd;

/// <summary>A repository with an agent, on disk, as its owner has it.</summary>
internal sealed class AgentRepository : IDisposable
{
    private readonly Scratch _scratch = Scratch.Create();

    private AgentRepository() => Top = _scratch.Directory("agent");

    public string Top { get; }

    /// <summary>Makes the repository; nothing is committed yet.</summary>
    public static async Task<AgentRepository> WithAsync(params (string Path, string Text)[] files)
    {
        var made = new AgentRepository();
        await Shell.GitAsync(made.Top, "init", "-q", "-b", "main");
        foreach (var (path, text) in files) made.Write(path, text);
        return made;
    }

    public void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    public void Write(string path, byte[] content)
    {
        var full = Path.Combine(Top, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Top, path));

    /// <summary>Puts one text for another that stands in the file.</summary>
    public void Edit(string path, string old, string @new)
    {
        var text = Read(path);
        Assert.Contains(old, text, StringComparison.Ordinal);
        Write(path, text.Replace(old, @new, StringComparison.Ordinal));
    }

    public async Task<string> CommitAsync(string message)
    {
        await Shell.GitAsync(Top, "add", "-A");
        await Shell.GitAsync(Top, "commit", "-q", "-m", message);
        return await Shell.GitAsync(Top, "rev-parse", "HEAD");
    }

    /// <summary>A verb on this agent that must end so.</summary>
    public Task<Ended> KintsugiAsync(int status, string verb, params string[] options) => KintsugiAsync(status, new Dictionary<string, string>(), verb, options);

    /// <summary>The same, with variables.</summary>
    public async Task<Ended> KintsugiAsync(int status, IReadOnlyDictionary<string, string> variables, string verb, params string[] options)
    {
        string[] at = verb == "bless" || verb.StartsWith("cassette ", StringComparison.Ordinal) ? ["--dir", Top] : [Top];
        var ended = await Shell.KintsugiAsync(new Dictionary<string, string>(variables) { ["KINTSUGI_CACHE"] = _scratch.Directory("cache") }, [.. verb.Split(' '), .. at, .. options]);
        Assert.True(ended.Status == status, $"kintsugi {verb} ended with {ended.Status}, not {status}.\n{ended.Output}\n{ended.Error}");
        return ended;
    }

    public void Dispose() => _scratch.Dispose();
}
