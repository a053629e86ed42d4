using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Kintsugi.Tests.Sandbox;

/// <summary>What hostile code tries first. Each attempt prints what it got hold of; nothing is what it must get.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileTests(SandboxFixture fixture) : IClassFixture<SandboxFixture>
{
    private const string Prelude = """
        import ctypes, os, socket, sys, errno, platform, struct, resource, signal, stat, subprocess
        libc = ctypes.CDLL(None, use_errno=True)
        arm = platform.machine() == 'aarch64'
        def call(x64, arm64, *args):
            n = arm64 if arm else x64
            if n is None: return -1
            ctypes.set_errno(0)
            return libc.syscall(n, *[a if isinstance(a, (bytes, type(None))) else ctypes.c_long(a) for a in args])
        def refused(what, x64, arm64, *args):
            if call(x64, arm64, *args) != -1: print(what)
            elif ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS): print(what, 'reached the kernel:', os.strerror(ctypes.get_errno()))
        def openable(path, mode=os.O_RDONLY):
            try: os.close(os.open(path, mode)); print('opened', path)
            except OSError: pass
        def connectable(family, kind, address):
            try:
                with socket.socket(family, kind) as s: s.settimeout(1); s.connect(address); print('connected to', address)
            except OSError: pass

        """;

    public static TheoryData<string, string> Attempts => new()
    {
        { "read the host's secrets", "for p in ['/root', '/home', '/etc/shadow', '/etc/ssh', '/var', '/opt', '/srv', '/sys', '/boot', '/mnt', sys.argv[1]]:\n  if os.path.exists(p) and p != '/home': print(p)\nprint([x for x in os.listdir('/home') if x != 'somebody'] or '', end='')" },
        { "find the host's environment", "for p in os.listdir('/proc'):\n  if p.isdigit():\n    e = open(f'/proc/{p}/environ', 'rb').read() if os.access(f'/proc/{p}/environ', os.R_OK) else b''\n    if sys.argv[3].encode() in e or b'KINTSUGI' in e: print(p)" },
        { "see or signal other processes", "pids = [int(p) for p in os.listdir('/proc') if p.isdigit()]\nif len(pids) > 3: print(pids)\nif os.getppid() not in (0, 1): print('parent', os.getppid())" },
        { "write system files", "for p in ['/etc/passwd', '/usr/bin/python3', '/etc/hosts', '/etc/new', '/usr/new', '/new', '/dev/new', '/run/new', '/home/new', '/proc/sysrq-trigger']:\n  openable(p, os.O_WRONLY | (0 if os.path.exists(p) else os.O_CREAT))" },
        { "reach the host's loopback", "connectable(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', int(sys.argv[2])))\nconnectable(socket.AF_INET6, socket.SOCK_STREAM, ('::1', int(sys.argv[2])))" },
        { "reach the metadata service, the internet, DNS", "connectable(socket.AF_INET, socket.SOCK_STREAM, ('169.254.169.254', 80))\nconnectable(socket.AF_INET, socket.SOCK_STREAM, ('192.0.2.1', 443))\nconnectable(socket.AF_INET, socket.SOCK_DGRAM, ('192.0.2.1', 53))\nconnectable(socket.AF_INET6, socket.SOCK_STREAM, ('2001:db8::1', 443))\ntry: print(socket.getaddrinfo('example.org', 80))\nexcept OSError: pass" },
        { "reach an abstract socket of the host", "connectable(socket.AF_UNIX, socket.SOCK_STREAM, '\\0' + sys.argv[4])" },
        { "find sockets of daemons", "for p in ['/var/run/docker.sock', '/run/docker.sock', '/run/dbus', '/tmp/.X11-unix', '/run/user', '/run/podman']:\n  if os.path.exists(p): print(p)" },
        { "open sockets of other families", "for f, k in [(40, 1), (16, 3), (17, 3), (38, 5), (31, 3), (44, 3), (29, 3), (2, 3), (10, 3), (30, 5), (21, 5)]:\n  try: socket.socket(f, k).close(); print('family', f, k)\n  except OSError as e:\n    if e.errno not in (errno.EAFNOSUPPORT, errno.EPERM): print(f, k, e)" },
        { "trace and read other processes", "refused('ptrace', 101, 117, 16, 1, 0, 0)\nrefused('process_vm_readv', 310, 270, 1, None, 0, None, 0, 0)\nrefused('kcmp', 312, 272, 1, 1, 0, 0, 0)\nrefused('pidfd_getfd', 438, 438, 0, 0, 0)" },
        { "use kernel keys", "refused('add_key', 248, 217, b'user', b'x', b'y', 1, -3)\nrefused('request_key', 249, 218, b'user', b'x', None, 0)\nrefused('keyctl', 250, 219, 0, -3, 0)" },
        { "mount", "refused('mount', 165, 40, b'none', b'/tmp', b'tmpfs', 0, None)\nrefused('umount2', 166, 39, b'/tmp', 2)\nrefused('pivot_root', 155, 41, b'/tmp', b'/tmp')\nrefused('open_tree', 428, 428, -100, b'/', 1)\nrefused('fsopen', 430, 430, b'tmpfs', 0)\nrefused('mount_setattr', 442, 442, -100, b'/', 0, None, 0)" },
        { "make or enter namespaces", "refused('unshare', 272, 97, 0x10000000)\nrefused('clone', 56, 220, 0x10000000 | 17, 0, 0, 0, 0)\nrefused('clone3', 435, 435, None, 0)\nrefused('setns', 308, 268, os.open('/proc/self/ns/user', os.O_RDONLY), 0)" },
        { "put words into a terminal", "for request in (0x5412, 0x541C, 0x100005412, 0xff0000005412):\n  refused('ioctl', 16, 29, 0, request, b'x')\nopenable('/dev/tty', os.O_RDWR)" },
        { "gain privileges", "s = open('/proc/self/status').read()\nfor want in ('NoNewPrivs:\\t1', 'CapEff:\\t0000000000000000', 'CapBnd:\\t0000000000000000', 'Seccomp:\\t2'):\n  if want not in s: print(want)\nfor f in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0])):\n  try: f(); print('changed user')\n  except OSError: pass" },
        { "make and open devices", "for m in (stat.S_IFCHR, stat.S_IFBLK):\n  try: os.mknod('/tmp/n%d' % m, m | 0o666, os.makedev(1, 1)); print('made', m)\n  except OSError: pass\nfor p in ['mem', 'kmem', 'kvm', 'fuse', 'vda', 'sda', 'net/tun', 'vsock', 'kmsg', 'port']: openable('/dev/' + p)" },
        { "change clock, name, swap, modules", "refused('clock_settime', 227, 112, 0, None)\nrefused('settimeofday', 164, 170, None, None)\nrefused('sethostname', 170, 161, b'x', 1)\nrefused('reboot', 169, 142, 0, 0, 0, None)\nrefused('swapon', 167, 224, b'/x', 0)\nrefused('init_module', 175, 105, None, 0, b'')\nrefused('kexec_load', 246, 104, 0, 0, None, 0)" },
        { "use the kernel's risky interfaces", "refused('bpf', 321, 280, 0, None, 0)\nrefused('perf_event_open', 298, 241, None, 0, -1, -1, 0)\nrefused('userfaultfd', 323, 282, 0)\nrefused('io_uring_setup', 425, 425, 1, None)\nrefused('fanotify_init', 300, 262, 0, 0)\nrefused('vmsplice', 278, 75, 1, None, 0, 0)\nrefused('modify_ldt', 154, None, 0, None, 0) if not arm else None" },
        { "write kernel settings", "for p in ['/proc/sys/kernel/core_pattern', '/proc/sys/vm/overcommit_memory', '/proc/sys/kernel/hostname', '/proc/sysrq-trigger', '/proc/sys/net/ipv4/ip_forward']: openable(p, os.O_WRONLY)\nf = os.open('/proc/self/oom_score_adj', os.O_RDWR)\nnow = int(os.read(f, 9))\ntry:\n  if now > -1000: os.write(f, b'%d' % (now - 1)); print('oom', now)\nexcept OSError: pass" },
        { "read the kernel's memory and log", "for p in ['/proc/kcore', '/proc/kmsg', '/dev/kmsg']: openable(p)\nif os.path.exists('/proc/kallsyms') and any(int(l.split()[0], 16) for l in open('/proc/kallsyms')): print('addresses')" },
        { "leave by chroot or a file handle", "refused('chroot', 161, 51, b'/tmp')\nrefused('open_by_handle_at', 304, 265, -100, b'x' * 64, 0)\nrefused('name_to_handle_at', 303, 264, -100, b'/', b'x' * 64, b'x' * 8, 0)" },
        { "link out of the tree", "os.symlink('/root/.ssh/id', 'l')\nopenable('l')\ntry: os.link('/usr/bin/env', 'hard'); print('linked')\nexcept OSError: pass" },
        { "raise its limits", "for r in (resource.RLIMIT_NPROC, resource.RLIMIT_DATA, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):\n  soft, hard = resource.getrlimit(r)\n  if hard == resource.RLIM_INFINITY: print('no limit', r)\n  try: resource.setrlimit(r, (hard, hard + 1)); print('raised', r)\n  except (OSError, ValueError): pass" },
        { "write a file of 100 GB", "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\ntry:\n  with open('big', 'wb') as f: f.truncate(100 << 30); print('sparse')\nexcept OSError: pass" },
        { "fill /tmp, /dev/shm and the tree", "for p, most in [('/tmp/f', 256), ('/dev/shm/f', 64), ('f', 256)]:\n  n = 0\n  try:\n    for i in range(400):\n      with open(f'{p}{i}', 'wb') as f: f.write(b'x' * (1 << 20)); n += 1\n  except OSError: pass\n  if n > most: print(p, n)" },
        { "make files without end", "n = 0\ntry:\n  for n in range(60000): os.close(os.open(f'/tmp/i{n}', os.O_CREAT | os.O_WRONLY))\n  print(n)\nexcept OSError: pass" },
        { "take real-time priority or lock memory", "try: os.nice(-20) ; print('nice')\nexcept OSError: pass\ntry: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); print('fifo')\nexcept OSError: pass\nif libc.mlockall(3) == 0: print('mlockall')" },
        { "see the host's cgroup", "if os.path.exists('/sys/fs/cgroup'): print('cgroup')\nprint(''.join(l for l in open('/proc/self/cgroup') if l.strip().split(':')[2] != '/'), end='')" },
        { "use inherited descriptors", "print([n for n in range(3, 1024) if os.path.exists(f'/proc/self/fd/{n}')] or '', end='')" },
        { "call through a foreign ABI", "if not arm:\n  pid = os.fork()\n  if pid == 0: libc.syscall(0x40000000 + 39); os._exit(0)\n  if os.waitpid(pid, 0)[1] == 0: print('x32')" },
        { "reach the gateway of another", "for p in ('/run/gateway/sock', '/run/serve'):\n  if os.path.exists(p): print(p)\nconnectable(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', 8080))" },
    };

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task Nothing_comes_of_an_attempt_to(string attempt, string script)
    {
        using var tree = new TestTree();
        var secret = Guid.NewGuid().ToString("N");
        var bait = Path.Combine(tree.Beside("bait"), secret);
        await File.WriteAllTextAsync(bait, secret, TestContext.Current.CancellationToken);
        using var loopback = new TcpListener(IPAddress.Loopback, 0);
        loopback.Start();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint("\0" + secret));
        listener.Listen();

        var result = await fixture.Sandbox.RunAsync(tree.Python(
            Prelude + script, bait, ((IPEndPoint)loopback.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture), "HOME=" + Environment.GetEnvironmentVariable("HOME"), secret));

        Assert.True(result is { Output: "", Error: "", Succeeded: true }, $"{attempt}: {result}");
    }

    [Fact]
    public async Task The_gateway_is_the_only_way_out_and_cannot_be_moved()
    {
        using var tree = new TestTree();
        var path = Path.Combine(tree.Beside("gateway"), "s");
        using var gateway = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        gateway.Bind(new UnixDomainSocketEndPoint(path));
        gateway.Listen();
        const string script = """
            for act in (lambda: os.unlink('/run/gateway/sock'), lambda: os.rename('/run/gateway/sock', '/tmp/s'), lambda: os.chmod('/run/gateway/sock', 0)):
              try: act(); print('changed')
              except OSError: pass
            with socket.socket(socket.AF_UNIX) as s: s.connect('/run/gateway/sock')
            with socket.socket() as s: s.connect(('127.0.0.1', 8080))
            """;

        var result = await fixture.Sandbox.RunAsync(tree.Python(Prelude + script) with { GatewaySocket = path });

        Assert.True(result is { Output: "", Error: "", Succeeded: true }, result.ToString());
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_served_socket_replaced_by_a_link_leads_nowhere()
    {
        using var tree = new TestTree();
        var elsewhere = Path.Combine(tree.Beside("elsewhere"), "s");
        using var secret = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        secret.Bind(new UnixDomainSocketEndPoint(elsewhere));
        secret.Listen();
        var request = tree.Python(
            """
            import os, socket, sys, time
            s = socket.create_server(('127.0.0.1', 9000))
            while not os.path.exists('/run/serve/sock'): os.sched_yield()
            os.unlink('/run/serve/sock'); os.symlink(sys.argv[1], '/run/serve/sock')
            print('swapped', flush=True); sys.stdin.read()
            """,
            elsewhere) with
        { ServesOn = 9000 };
        await using var process = await fixture.Sandbox.StartAsync(request, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(process.StandardOutput);
        Assert.Equal("swapped", await reader.ReadLineAsync(TestContext.Current.CancellationToken));

        await Assert.ThrowsAsync<IOException>(() => process.ConnectAsync(TestContext.Current.CancellationToken));
    }
}
