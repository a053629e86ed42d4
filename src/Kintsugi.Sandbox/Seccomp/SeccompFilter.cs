using System.Buffers.Binary;

namespace Kintsugi.Sandbox.Seccomp;

/// <summary>The filter as bwrap loads it: classic BPF over `struct seccomp_data`.</summary>
internal static class SeccompFilter
{
    // Opcodes: load a 32-bit word, jump if equal, jump if greater or equal, and with a constant, return.
    private const ushort Load = 0x20, JumpEqual = 0x15, JumpAtLeast = 0x35, And = 0x54, Return = 0x06;

    private const uint Allow = 0x7fff0000, KillProcess = 0x80000000, Fail = 0x00050000;

    // Offsets into seccomp_data. Of a 64-bit argument only the low word is looked at: the kernel itself takes these as 32-bit.
    private const uint Number = 0, Architecture = 4, FirstArgument = 16, ArgumentBytes = 8;

    private const uint ArchitectureX64 = 0xC000003E, ArchitectureArm64 = 0xC00000B7;

    /// <summary>Calls from here on are the x32 ABI, whose numbers would slip past the list.</summary>
    private const uint FirstX32 = 0x40000000;

    /// <returns>The filter as an array of `struct sock_filter`, 8 bytes each, little-endian.</returns>
    /// <exception cref="PlatformNotSupportedException">Neither x64 nor arm64.</exception>
    public static byte[] For(System.Runtime.InteropServices.Architecture architecture)
    {
        var x64 = architecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => true,
            System.Runtime.InteropServices.Architecture.Arm64 => false,
            _ => throw new PlatformNotSupportedException($"There is no system call filter for {architecture}; x64 and arm64 have one."),
        };
        var program = new List<(ushort Code, byte True, byte False, uint Value)>();
        void Add(ushort code, uint value, byte whenTrue = 0, byte whenFalse = 0) => program.Add((code, whenTrue, whenFalse, value));
        uint? NumberOf(SystemCall call) => x64 ? call.X64 : call.Arm64;

        // `body` decides about the call and, where it does not, falls through with the number loaded again.
        void When(SystemCall call, params (ushort Code, uint Value, byte True, byte False)[] body)
        {
            if (NumberOf(call) is not { } number)
                return;
            Add(JumpEqual, number, whenFalse: (byte)(body.Length + 1));
            foreach (var (code, value, whenTrue, whenFalse) in body)
                Add(code, value, whenTrue, whenFalse);
            Add(Load, Number);
        }

        void Refuse(SystemCall call, uint error)
        {
            if (NumberOf(call) is not { } number)
                return;
            Add(JumpEqual, number, whenFalse: 1);
            Add(Return, Fail | error);
        }

        static uint Argument(uint index) => FirstArgument + (index * ArgumentBytes);

        Add(Load, Architecture);
        Add(JumpEqual, x64 ? ArchitectureX64 : ArchitectureArm64, whenTrue: 1);
        Add(Return, KillProcess);
        Add(Load, Number);
        if (x64)
        {
            Add(JumpAtLeast, FirstX32, whenFalse: 1);
            Add(Return, KillProcess);
        }

        foreach (var call in SystemCalls.Forbidden)
            Refuse(call, SystemCalls.NotPermitted);
        foreach (var call in SystemCalls.Absent)
            Refuse(call, SystemCalls.NotImplemented);

        When(SystemCalls.Clone,
            (Load, Argument(0), 0, 0),
            (And, SystemCalls.NewNamespaces, 0, 0),
            (JumpEqual, 0, 1, 0),
            (Return, Fail | SystemCalls.NotPermitted, 0, 0));
        When(SystemCalls.Ioctl,
            (Load, Argument(1), 0, 0),
            (JumpEqual, SystemCalls.PushCharacter, 1, 0),
            (JumpEqual, SystemCalls.ConsoleControl, 0, 1),
            (Return, Fail | SystemCalls.NotPermitted, 0, 0));
        foreach (var call in (ReadOnlySpan<SystemCall>)[SystemCalls.Socket, SystemCalls.SocketPair])
        {
            When(call,
                (Load, Argument(0), 0, 0),
                (JumpEqual, SystemCalls.FamilyUnix, 3, 0),
                (JumpEqual, SystemCalls.FamilyInternet, 2, 0),
                (JumpEqual, SystemCalls.FamilyInternet6, 1, 0),
                (Return, Fail | SystemCalls.NoSuchFamily, 0, 0),
                (Load, Argument(1), 0, 0),
                (And, SystemCalls.TypeMask, 0, 0),
                (JumpEqual, SystemCalls.TypeRaw, 0, 1),
                (Return, Fail | SystemCalls.NotPermitted, 0, 0));
        }

        foreach (var (call, mode) in (ReadOnlySpan<(SystemCall, uint)>)[(SystemCalls.MakeNode, 1), (SystemCalls.MakeNodeAt, 2)])
        {
            When(call,
                (Load, Argument(mode), 0, 0),
                (And, SystemCalls.FileTypeMask, 0, 0),
                (JumpEqual, SystemCalls.CharacterDevice, 1, 0),
                (JumpEqual, SystemCalls.BlockDevice, 0, 1),
                (Return, Fail | SystemCalls.NotPermitted, 0, 0));
        }

        Add(Return, Allow);
        return Encode(program);
    }

    private static byte[] Encode(List<(ushort Code, byte True, byte False, uint Value)> program)
    {
        var bytes = new byte[program.Count * 8];
        for (var i = 0; i < program.Count; i++)
        {
            var at = bytes.AsSpan(i * 8, 8);
            BinaryPrimitives.WriteUInt16LittleEndian(at, program[i].Code);
            at[2] = program[i].True;
            at[3] = program[i].False;
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], program[i].Value);
        }

        return bytes;
    }
}
