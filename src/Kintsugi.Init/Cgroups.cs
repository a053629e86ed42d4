using System.Runtime.InteropServices;

namespace Kintsugi.Init;

/// <summary>The product's cgroups for this sandbox.</summary>
internal static class Cgroups
{
    private const int BadDescriptor = 9;

    /// <summary>Joins by descriptors that the product opened: the user that this runs as may not open them.</summary>
    public static unsafe int Join()
    {
        for (var descriptor = InitProtocol.FirstCgroupDescriptor; descriptor < InitProtocol.FirstCgroupDescriptor + InitProtocol.MostCgroups; descriptor++)
        {
            var self = (byte)'0';
            if (LibC.Write(descriptor, &self, 1) == 1)
                _ = LibC.Close(descriptor);
            else if (Marshal.GetLastPInvokeError() != BadDescriptor)
                return Say.FailLast("joining the cgroup");
        }

        return 0;
    }
}
