// The agent's own tests: is what was agreed what it does?
using System;
using System.Linq;

namespace HotelDesk;

public static class Check
{
    /// <summary>0 when everything is as it was agreed.</summary>
    public static int Run()
    {
        var agreed = Files.Json("Tests/agreed.json");
        var lines = Files.Text("Prompts/weigh.md").Split('\n');
        foreach (var line in agreed["prompt"]!.AsArray().Where(l => !lines.Contains((string)l!)))
        {
            Console.Error.WriteLine("The prompt does not say: " + line);
            return 1;
        }
        foreach (var (name, value) in agreed["code"]!.AsObject())
        {
            var found = (int)typeof(Pricing).GetField(name)!.GetRawConstantValue()!;
            if (found == (int)value!) continue;
            Console.Error.WriteLine(name + " is not what was agreed: " + found);
            return 1;
        }
        return 0;
    }
}
