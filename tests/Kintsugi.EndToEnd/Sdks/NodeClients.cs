using System.Text.Json;
using Kintsugi.Tests.Models.Sdks;

namespace Kintsugi.EndToEnd.Sdks;

/// <summary>The client libraries of npm.</summary>
internal static class NodeClients
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private static readonly string Scripts = Path.Combine(Checkout.Root, "tests", "Kintsugi.EndToEnd", "Sdks", "clients");

    private static readonly Lazy<Task<string>> Installed = new(() => NodePackages.InstallAsync(Scripts));

    /// <param name="script">In the folder `clients`.</param>
    /// <param name="wire">What the script is to speak, where it has a choice.</param>
    public static SdkUser User(string script, string wire = "") => async (gateway, asks) =>
    {
        var folder = await Installed.Value;
        var ended = await Shell.RunAsync(
            ["/usr/bin/env", "node", Path.Combine(folder, script), wire], new Dictionary<string, string>(), JsonSerializer.Serialize(new { gateway, asks }, Web));
        Assert.True(ended.Status == 0 && ended.Error.Length == 0, $"{script} ended with {ended.Status}.\n{ended.Error}");
        return JsonSerializer.Deserialize<List<Heard>>(ended.Output, Web)!;
    };
}
