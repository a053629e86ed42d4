using System.Numerics;
using System.Text.Json.Nodes;

namespace Kintsugi.Sandbox.Seccomp;

/// <summary>The filter as the JSON that podman and docker take; the runtime makes it a program, and one that ends a process which calls by a foreign ABI.</summary>
/// <remarks>The format is containers/common's `seccomp.json`. Rules of one call are alternatives, conditions of one rule hold together; each looks at 64 bits.</remarks>
internal static class SeccompProfile
{
    private const ulong LowWord = 0xffffffff;

    private const string Fail = "SCMP_ACT_ERRNO";

    /// <exception cref="PlatformNotSupportedException">Neither x64 nor arm64.</exception>
    public static string For(System.Runtime.InteropServices.Architecture architecture)
    {
        var x64 = architecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => true,
            System.Runtime.InteropServices.Architecture.Arm64 => false,
            _ => throw new PlatformNotSupportedException($"There is no system call filter for {architecture}; x64 and arm64 have one."),
        };
        bool Exists(SystemCall call) => (x64 ? call.X64 : call.Arm64) is not null;

        return new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ALLOW",
            ["architectures"] = new JsonArray(x64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64"),
            ["syscalls"] = new JsonArray(
            [
                Refuse(SystemCalls.Forbidden.Where(Exists), SystemCalls.NotPermitted),
                Refuse(SystemCalls.Absent.Where(Exists), SystemCalls.NotImplemented),
                .. Conditional().Where(rule => Exists(rule.Call)).Select(rule => Refuse([rule.Call], rule.Error, rule.Condition)),
            ]),
        }.ToJsonString(new System.Text.Json.JsonSerializerOptions(System.Text.Json.JsonSerializerOptions.Default) { WriteIndented = true });
    }

    private static IEnumerable<(SystemCall Call, uint Error, JsonObject Condition)> Conditional()
    {
        for (var left = SystemCalls.NewNamespaces; left != 0; left &= left - 1)
        {
            var one = 1u << BitOperations.TrailingZeroCount(left);
            yield return (SystemCalls.Clone, SystemCalls.NotPermitted, Masked(0, one, one));
        }

        foreach (var request in (uint[])[SystemCalls.PushCharacter, SystemCalls.ConsoleControl])
            yield return (SystemCalls.Ioctl, SystemCalls.NotPermitted, Masked(1, LowWord, request));

        foreach (var call in (SystemCall[])[SystemCalls.Socket, SystemCalls.SocketPair])
        {
            foreach (var family in Enumerable.Range(0, (int)SystemCalls.FamilyInternet6).Where(family => family is not ((int)SystemCalls.FamilyUnix or (int)SystemCalls.FamilyInternet)))
                yield return (call, SystemCalls.NoSuchFamily, Masked(0, LowWord, (uint)family));
            yield return (call, SystemCalls.NoSuchFamily, Above(0, SystemCalls.FamilyInternet6));
            yield return (call, SystemCalls.NotPermitted, Masked(1, SystemCalls.TypeMask, SystemCalls.TypeRaw));
        }

        foreach (var kind in (uint[])[SystemCalls.CharacterDevice, SystemCalls.BlockDevice])
        {
            yield return (SystemCalls.MakeNode, SystemCalls.NotPermitted, Masked(1, SystemCalls.FileTypeMask, kind));
            yield return (SystemCalls.MakeNodeAt, SystemCalls.NotPermitted, Masked(2, SystemCalls.FileTypeMask, kind));
        }
    }

    private static JsonObject Refuse(IEnumerable<SystemCall> calls, uint error, params IEnumerable<JsonObject> conditions) => new()
    {
        ["names"] = new JsonArray([.. calls.Select(call => (JsonNode)call.Name)]),
        ["action"] = Fail,
        ["errnoRet"] = error,
        ["args"] = new JsonArray([.. conditions]),
    };

    private static JsonObject Masked(uint argument, ulong mask, uint value) => Condition(argument, mask, value, "SCMP_CMP_MASKED_EQ");

    private static JsonObject Above(uint argument, uint value) => Condition(argument, value, 0, "SCMP_CMP_GT");

    private static JsonObject Condition(uint argument, ulong value, ulong second, string comparison) => new()
    {
        ["index"] = argument,
        ["value"] = value,
        ["valueTwo"] = second,
        ["op"] = comparison,
    };
}
