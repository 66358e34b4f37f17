using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EventGateway.Comparison.Load;

/// <summary>
/// Linux's epoll: which of many sockets have something to read. One thread that does little else than read and write is the cheapest upstream
/// and the cheapest client there is, and its waits end on the microsecond, where a timer's end on the millisecond.
/// </summary>
internal sealed partial class Epoll : IDisposable
{
    private const int Capacity = 512;

    // struct epoll_event is packed on x64, and only there.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventSize = DataOffset + 8;

    private readonly SafeFileHandle _epoll = new(Create(0), ownsHandle: true);
    private readonly byte[] _events = new byte[Capacity * EventSize];

    /// <summary>From now on <see cref="Wait"/> tells of <paramref name="socket"/>, as <paramref name="token"/>, while it has something to read. Closing it ends that.</summary>
    public void Add(Socket socket, int token)
    {
        const int Add = 1;
        const uint Readable = 1;
        Span<byte> registration = stackalloc byte[16];
        MemoryMarshal.Write(registration, Readable);
        MemoryMarshal.Write(registration[DataOffset..], (long)token);
        if (Control(_epoll, Add, (int)socket.Handle, ref registration[0]) != 0)
        {
            throw new IOException($"epoll_ctl failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Waits until something can be read, or for <paramref name="atMost"/>; tells how many sockets there are for <see cref="Token"/>.</summary>
    public int Wait(TimeSpan atMost)
    {
        var timeout = new TimeSpec { Seconds = (nint)atMost.TotalSeconds, Nanoseconds = (nint)(atMost.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick) };
        return Math.Max(0, PWait(_epoll, ref _events[0], Capacity, in timeout, 0));   // a signal interrupts it: as if nothing had come
    }

    /// <summary>The token of the <paramref name="index"/>th socket of the last <see cref="Wait"/>.</summary>
    public int Token(int index) => BinaryPrimitives.ReadInt32LittleEndian(_events.AsSpan((index * EventSize) + DataOffset));

    public void Dispose() => _epoll.Dispose();

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "epoll_create1")]
    private static partial int Create(int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle epoll, int operation, int descriptor, ref byte registration);

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "epoll_pwait2")]
    private static partial int PWait(SafeFileHandle epoll, ref byte events, int capacity, in TimeSpec timeout, nint signals);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
