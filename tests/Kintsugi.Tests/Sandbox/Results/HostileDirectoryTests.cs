using System.Runtime.Versioning;
using System.Text;
using Kintsugi.Sandbox;
using Kintsugi.Sandbox.Processes;
using Kintsugi.Sandbox.Results;

namespace Kintsugi.Tests.Sandbox.Results;

[SupportedOSPlatform("linux")]
public sealed class HostileDirectoryTests : IDisposable
{
    private const string Secret = "the host's secret";

    private readonly Scratch _scratch = Scratch.Create();
    private readonly string _tree;
    private readonly string _secret;

    public HostileDirectoryTests()
    {
        _tree = _scratch.Directory("tree");
        _secret = Path.Combine(_scratch.Directory("outside"), "secret");
        File.WriteAllText(_secret, Secret);
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("result.json")]
    [InlineData("deep/er/result.json")]
    [InlineData("line\nbreak\u001b[2J")]
    [InlineData("./deep//result.json")]
    public void A_plain_file_is_read_whatever_its_name(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), "[1]");

        Assert.Equal("[1]", Text(Read(name)));
    }

    public static TheoryData<string, string> Traps => new()
    {
        { "symlink", "is or lies below a symbolic link" },
        { "symlink-to-inside", "is or lies below a symbolic link" },
        { "symlinked-directory/secret", "is or lies below a symbolic link" },
        { "magic/cwd", "is or lies below a symbolic link" },
        { "pipe", "is no regular file" },
        { "zero", "is or lies below a symbolic link" },
        { "directory", "is no regular file" },
        { "../outside/secret", "leads out of the directory" },
        { "directory/../../outside/secret", "leads out of the directory" },
        { "..", "leads out of the directory" },
        { "", "is not there" },
        { "missing", "is not there" },
        { "plain/below", "is or lies below something that is no directory" },
        { "sparse", "is larger than 1048576 bytes" },
        { "hard-link", "has other names beside this one (hard links), maybe outside" },
        { "a\0b", "is no name that a file can have" },
        { "\ud800", "is no name that a file can have" },
        { new string('x', 300), "is no name that a file can have" },
    };

    [Theory]
    [MemberData(nameof(Traps))]
    public void Attack_63_a_trap_is_refused_with_its_reason(string name, string reason)
    {
        File.CreateSymbolicLink(At("symlink"), _secret);
        File.CreateSymbolicLink(At("symlink-to-inside"), "plain");
        File.CreateSymbolicLink(At("symlinked-directory"), Path.GetDirectoryName(_secret)!);
        File.CreateSymbolicLink(At("magic"), "/proc/self");
        File.CreateSymbolicLink(At("zero"), "/dev/zero");
        Planted.Pipe(At("pipe"));
        Planted.HardLink(_secret, At("hard-link"));
        Directory.CreateDirectory(At("directory"));
        File.WriteAllText(At("plain"), "");
        using (var sparse = File.Create(At("sparse"))) sparse.SetLength(200 << 20);

        var read = Read(name);

        Assert.Null(read.Content);
        Assert.Equal(reason, read.Refusal);
    }

    [Fact]
    public void An_absolute_path_is_refused_even_when_it_names_a_file_inside()
    {
        File.WriteAllText(At("plain"), "");

        Assert.Equal("leads out of the directory", Read(At("plain")).Refusal);
    }

    [Fact]
    public void A_device_is_not_read_when_it_could_be()
    {
        using var devices = HostileDirectory.Open("/dev");

        Assert.Equal("is no regular file", devices.Read("zero", 1 << 20).Refusal);
    }

    [Fact]
    public void A_whiteout_is_no_file()
    {
        Planted.Whiteout(At("whiteout"));

        Assert.Null(Read("whiteout").Content);
    }

    [Fact]
    public void A_file_of_another_user_is_refused()
    {
        Assert.SkipUnless(LibC.EffectiveUser() == 0, "only root can give files away");
        File.WriteAllText(At("given"), "");
        SandboxUser.Give(At("given"));

        Assert.Equal("belongs to another user than the directory", Read("given").Refusal);
    }

    [Fact]
    public void A_file_of_just_the_bound_is_read_and_one_byte_more_is_not()
    {
        File.WriteAllBytes(At("whole"), new byte[100_000]);

        using var directory = HostileDirectory.Open(_tree);

        Assert.Equal(100_000, directory.Read("whole", 100_000).Content!.Value.Length);
        Assert.Equal("is larger than 99999 bytes", directory.Read("whole", 99_999).Refusal);
    }

    [Fact]
    public async Task A_file_that_grows_while_it_is_read_is_never_read_beyond_the_bound()
    {
        using var end = new CancellationTokenSource();
        var growing = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                using var file = File.Create(At("growing"));
                for (var n = 0; n < 40; n++) file.Write(new byte[50_000]);
            }
        }, TestContext.Current.CancellationToken);
        using var directory = HostileDirectory.Open(_tree);

        var longest = Enumerable.Range(0, 3_000).Max(_ => directory.Read("growing", 1_000_000).Content?.Length ?? 0);
        await end.CancelAsync();
        await growing;

        Assert.InRange(longest, 0, 1_000_000);
    }

    [Fact]
    public async Task Attack_72_whoever_swaps_a_file_or_its_directory_for_a_link_meanwhile_shows_nothing_from_outside()
    {
        Directory.CreateDirectory(At("real"));
        File.WriteAllText(At("real/secret"), "inside");
        File.CreateSymbolicLink(At("link"), Path.GetDirectoryName(_secret)!);
        using var end = new CancellationTokenSource();
        var swapping = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                File.CreateSymbolicLink(At("next"), _secret);
                Planted.Rename(At("next"), At("file"));
                Planted.Rename(At("real"), At("directory"));
                File.WriteAllText(At("next"), "inside");
                Planted.Rename(At("next"), At("file"));
                Planted.Rename(At("directory"), At("real"));
                Planted.Rename(At("link"), At("directory"));
                Planted.Rename(At("directory"), At("link"));
            }
        }, TestContext.Current.CancellationToken);
        using var directory = HostileDirectory.Open(_tree);

        var seen = new HashSet<string?>();
        for (var n = 0; n < 20_000 || (n < 2_000_000 && !(seen.Contains("inside") && seen.Contains(null))); n++) // how often the two meet is the scheduler's
        {
            seen.Add(Text(directory.Read("file", 1 << 20)));
            seen.Add(Text(directory.Read("directory/secret", 1 << 20)));
            if (n % 20 == 0) Assert.DoesNotContain(directory.List(new HostileBounds()).Entries, e => e.Path == "link/secret");
        }
        await end.CancelAsync();
        await swapping;

        Assert.Contains("inside", seen);
        Assert.Contains(null, seen);
        Assert.DoesNotContain(seen, text => text is not (null or "" or "inside"));
    }

    [Fact]
    public void A_directory_that_is_not_there_or_gone_is_the_worlds_failure()
    {
        Assert.Throws<DirectoryNotFoundException>(() => HostileDirectory.Open(At("missing")));
        using var directory = HostileDirectory.Open(_tree);

        Directory.Delete(_tree);

        Assert.Throws<DirectoryNotFoundException>(() => directory.Read("x", 1));
        Assert.Throws<DirectoryNotFoundException>(() => directory.List(new HostileBounds()));
    }

    [Fact]
    public void A_directory_that_is_itself_a_link_is_not_opened()
    {
        File.CreateSymbolicLink(At("link"), Path.GetDirectoryName(_secret)!);

        Assert.Throws<DirectoryNotFoundException>(() => HostileDirectory.Open(At("link")));
    }

    [Fact]
    public void A_listing_says_what_an_overlay_changed()
    {
        Directory.CreateDirectory(At("kept"));
        File.WriteAllText(At("kept/changed.py"), "12345");
        File.WriteAllText(At("run.sh"), "");
        File.SetUnixFileMode(At("run.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Planted.Whiteout(At("deleted.py"));
        Directory.CreateDirectory(At("emptied"));
        Planted.Attribute(At("emptied"), "user.overlay.opaque", "y");
        File.WriteAllText(At("emptied/new.py"), "1");
        Directory.CreateDirectory(At("whiteouts"));
        Planted.Attribute(At("whiteouts"), "user.overlay.opaque", "x");
        File.WriteAllText(At("whiteouts/gone"), "");
        Planted.Attribute(At("whiteouts/gone"), "user.overlay.whiteout", "");
        Directory.CreateDirectory(At("renamed"));
        Planted.Attribute(At("renamed"), "user.overlay.redirect", "elsewhere, under a name longer than any value that counts");
        File.WriteAllText(At("hollow"), "");
        Planted.Attribute(At("hollow"), "user.overlay.metacopy", "");
        File.CreateSymbolicLink(At("link"), "/");
        Planted.Pipe(At("pipe"));

        var listing = List(new HostileBounds());

        Assert.Null(listing.Refusal);
        Assert.Equal(
            [
                new HostileEntry("deleted.py", HostileEntryKind.Deleted, 0, false),
                new HostileEntry("emptied", HostileEntryKind.Emptied, 0, false),
                new HostileEntry("emptied/new.py", HostileEntryKind.File, 1, false),
                new HostileEntry("hollow", HostileEntryKind.Other, 0, false),
                new HostileEntry("kept/changed.py", HostileEntryKind.File, 5, false),
                new HostileEntry("link", HostileEntryKind.SymbolicLink, 0, false),
                new HostileEntry("pipe", HostileEntryKind.Other, 0, false),
                new HostileEntry("renamed", HostileEntryKind.Other, 0, false),
                new HostileEntry("run.sh", HostileEntryKind.File, 0, true),
                new HostileEntry("whiteouts/gone", HostileEntryKind.Deleted, 0, false),
            ],
            listing.Entries);
    }

    [Fact]
    public async Task What_the_kernel_writes_into_an_upper_directory_is_read_as_it_means_it()
    {
        var (lower, work, merged) = (_scratch.Directory("lower"), _scratch.Directory("work"), _scratch.Directory("merged"));
        foreach (var file in (string[])["gone", "kept/changed", "kept/run", "kept/from", "kept/untouched", "replaced/old"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(lower, file))!);
            File.WriteAllText(Path.Combine(lower, file), "1");
        }
        using var process = await Launcher.StartAsync(new LaunchPlan(
            [
                "/usr/bin/unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c",
                """
                mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3,userxattr" "$4" || exit 77
                set -e; cd "$4"; rm gone; rm -r replaced; mkdir replaced; echo 1 > replaced/new; echo 12 > kept/changed; chmod 755 kept/run; mv kept/from kept/to
                """,
                "sh", lower, _tree, work, merged,
            ],
            [],
            new Dictionary<int, Microsoft.Win32.SafeHandles.SafeFileHandle>()));
        var code = await process.Ended;
        Assert.SkipWhen(code is 1 or 77, "no overlay can be mounted in a user namespace here");
        Assert.Equal(0, code);

        Assert.Equal(
            [
                new HostileEntry("gone", HostileEntryKind.Deleted, 0, false),
                new HostileEntry("kept/changed", HostileEntryKind.File, 3, false),
                new HostileEntry("kept/from", HostileEntryKind.Deleted, 0, false),
                new HostileEntry("kept/run", HostileEntryKind.File, 1, true),
                new HostileEntry("kept/to", HostileEntryKind.File, 1, false),
                new HostileEntry("replaced", HostileEntryKind.Emptied, 0, false),
                new HostileEntry("replaced/new", HostileEntryKind.File, 2, false),
            ],
            List(new HostileBounds()).Entries);
    }

    [Fact]
    public void A_directory_can_be_listed_again()
    {
        File.WriteAllText(At("a"), "");
        using var directory = HostileDirectory.Open(_tree);

        Assert.Equal(directory.List(new HostileBounds()).Entries, directory.List(new HostileBounds()).Entries);
    }

    [Fact]
    public void A_listing_of_more_entries_or_bytes_than_the_bounds_is_refused_as_a_whole()
    {
        for (var n = 0; n < 20; n++) File.WriteAllText(At($"{n}"), "12345");

        Assert.Equal(20, List(new HostileBounds(Entries: 20, Bytes: 100)).Entries.Count);
        Assert.Equal("It holds more than 19 entries.", List(new HostileBounds(Entries: 19)).Refusal);
        Assert.Equal("Its files are larger than 99 bytes together.", List(new HostileBounds(Bytes: 99)).Refusal);
        Assert.Empty(List(new HostileBounds(Bytes: 99)).Entries);
    }

    [Fact]
    public void Files_that_claim_to_be_huge_do_not_overflow_the_bound()
    {
        for (var n = 0; n < 3; n++)
            using (var sparse = File.Create(At($"{n}"))) sparse.SetLength(1L << 43);

        Assert.Equal("Its files are larger than 67108864 bytes together.", List(new HostileBounds()).Refusal);
    }

    [Fact]
    public async Task A_tree_of_4000_levels_is_refused_and_not_walked()
    {
        using var process = await Launcher.StartAsync(new LaunchPlan(
            ["/usr/bin/python3", "-c", "import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(4000):\n  os.mkdir('deeper'); os.chdir('deeper')", _tree],
            [],
            new Dictionary<int, Microsoft.Win32.SafeHandles.SafeFileHandle>()));
        Assert.Equal(0, await process.Ended);

        Assert.Equal("Its directories are more than 64 deep.", List(new HostileBounds()).Refusal);
        Assert.Equal("is no name that a file can have", Read(string.Concat(Enumerable.Repeat("deeper/", 4000)) + "x").Refusal);
    }

    [Fact]
    public void A_name_that_is_not_utf_8_refuses_the_listing_and_one_with_a_line_break_is_kept()
    {
        File.WriteAllText(At("line\nbreak"), "");
        Assert.Equal("line\nbreak", Assert.Single(List(new HostileBounds()).Entries).Path);

        Planted.EmptyFile(_tree, [0xFF, 0xFE]);

        Assert.Equal("A name in '' is not valid UTF-8.", List(new HostileBounds()).Refusal);
    }

    [Fact]
    public void Directories_and_files_that_were_closed_hide_nothing_silently()
    {
        Directory.CreateDirectory(At("closed/inner"));
        File.WriteAllText(At("closed/file"), "1");
        File.WriteAllText(At("unreadable"), "1");
        File.SetUnixFileMode(At("unreadable"), UnixFileMode.None);
        File.SetUnixFileMode(At("closed"), UnixFileMode.UserRead);
        File.SetUnixFileMode(_tree, UnixFileMode.None);

        var listing = List(new HostileBounds());

        Assert.Null(listing.Refusal);
        Assert.Equal(["closed/file", "unreadable"], listing.Entries.Select(e => e.Path).Where(p => p != "closed/inner"));
        Assert.All(listing.Entries, e => Assert.True(e.Kind == (LibC.EffectiveUser() == 0 ? HostileEntryKind.File : HostileEntryKind.Other)));
    }

    [Fact]
    public void Random_trees_show_nothing_from_outside_and_all_of_their_own()
    {
        using var memory = Scratch.Create("/dev/shm"); // thousands of trees, which no disk needs to see
        var trees = new TreeFuzz(memory.Directory("fuzz"));

        for (var seed = 0; trees.Cases < 20_000; seed++)
        {
            var broken = trees.Broken(new Random(seed));
            Assert.True(broken is null, $"seed {seed}: {broken}");
        }

        Assert.InRange(trees.Given, trees.Cases / 20, trees.Cases);
    }

    private string At(string name) => Path.Combine(_tree, name);

    private HostileFile Read(string name)
    {
        using var directory = HostileDirectory.Open(_tree);
        return directory.Read(name, 1 << 20);
    }

    private HostileListing List(HostileBounds bounds)
    {
        using var directory = HostileDirectory.Open(_tree);
        return directory.List(bounds);
    }

    private static string? Text(HostileFile file) => file.Content is { } content ? Encoding.UTF8.GetString(content.Span) : null;
}
