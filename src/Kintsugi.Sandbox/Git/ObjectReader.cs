using System.Globalization;
using System.Text;
using Kintsugi.Sandbox.Processes;

namespace Kintsugi.Sandbox.Git;

/// <summary>Reads objects through one `git cat-file --batch` that stays, since a process for each would cost more than the reading.</summary>
internal sealed class ObjectReader(IReadOnlyList<string> repository) : IAsyncDisposable
{
    /// <summary>Larger objects are refused rather than held in memory.</summary>
    private const long MostBytes = 256L << 20;

    private readonly SemaphoreSlim _turn = new(1);
    private HostProcess? _process;
    private BufferedStream? _output;

    /// <exception cref="GitException">There is no such object, or it is of another type or too large.</exception>
    public async Task<byte[]> ReadAsync(string id, string type, CancellationToken cancellationToken)
    {
        var request = Encoding.ASCII.GetBytes(GitFormat.Id(id) + "\n");
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var output = await StartedAsync();
            await _process!.Input.WriteAsync(request, CancellationToken.None);
            var header = (await ReadLineAsync(output)).Split(' ');
            if (header is not [_, var found, var length])
                throw new GitException($"The {type} {id} is not in the repository: if the clone is shallow or partial, run `git fetch --unshallow` or `git fetch --refetch`.");
            var size = long.Parse(length, CultureInfo.InvariantCulture);
            if (size > MostBytes)
            {
                Stop(); // the rest of the answer would have to be read first
                throw new GitException($"The {found} {id} has {length} bytes; at most {MostBytes.ToString(CultureInfo.InvariantCulture)} can be read.");
            }

            var content = new byte[size];
            await output.ReadExactlyAsync(content, CancellationToken.None);
            if (output.ReadByte() != '\n')
                throw new EndOfStreamException();
            return found == type ? content : throw new GitException($"{id} is a {found}, not a {type}.");
        }
        catch (Exception error) when (error is IOException)
        {
            Stop();
            throw new GitException($"Git ended while it read the {type} {id}: run `git fsck` to see whether the repository is sound.");
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        Stop();
        _turn.Dispose();
    }

    private async Task<BufferedStream> StartedAsync()
    {
        if (_output is not null)
            return _output;
        _process = await GitProgram.StartAsync([.. repository, "cat-file", "--batch"], []);
        _process.Error.Dispose();
        return _output = new BufferedStream(_process.Output, 64 * 1024);
    }

    private void Stop()
    {
        _process?.Dispose();
        _process = null;
        _output = null;
    }

    private static async Task<string> ReadLineAsync(BufferedStream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await stream.ReadExactlyAsync(one, CancellationToken.None);
            if (one[0] == '\n')
                return line.ToString();
            line.Append((char)one[0]);
        }
    }
}
