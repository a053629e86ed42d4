using Kintsugi.Sandbox.Processes;

namespace Kintsugi.EndToEnd.BadInput;

/// <summary>A heal that is ended from outside: nothing of it runs on or stays behind, and the same command goes on.</summary>
public class InterruptionTests
{
    [Theory]
    [InlineData(2, 130)] // Ctrl+C
    [InlineData(15, 130)]
    [InlineData(9, -9)]
    public async Task A_heal_that_is_ended_leaves_no_temporary_files_and_goes_on_when_asked_again(int signal, int status)
    {
        await using var repository = await UserRepository.CreateAsync();
        var good = await repository.GitAsync("rev-parse", "HEAD");
        repository.Replace("rules.txt", "high=50", "high=90");
        await repository.CommitAsync("second");
        var temporary = Directory.CreateDirectory(repository.Beside("temporary")).FullName;
        var before = repository.Snapshot();
        using var heal = await Shell.StartKintsugiAsync(new Dictionary<string, string> { ["TMPDIR"] = temporary }, "heal", repository.Top, "--base", good);
        using var progress = new StreamReader(heal.Error);
        while (await progress.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("evaluate", StringComparison.Ordinal))
        {
        }

        Assert.Equal(0, LibC.Kill(heal.Id, signal));

        Assert.Equal(status, await heal.Ended.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary, "kintsugi*"));
        repository.AssertUntouched(before);
        await repository.AssertMendedAsync("rules.txt", "@@ -2,1 +2,1 @@", "", "--base", good);
    }
}
