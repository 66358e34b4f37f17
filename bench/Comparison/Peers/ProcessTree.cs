using System.Globalization;
using System.Runtime.InteropServices;

namespace EventGateway.Comparison.Peers;

/// <summary>What a process and those that it started use: nginx does its work in children.</summary>
internal sealed partial class ProcessTree
{
    private readonly int[] _processes;

    /// <summary>The tree as it is now.</summary>
    public ProcessTree(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var process) && ParentOf(process) is { } parent)
            {
                parents[process] = parent;
            }
        }

        var tree = new List<int> { root };
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(parents.Where(pair => pair.Value == tree[i]).Select(pair => pair.Key));
        }

        _processes = [.. tree];
    }

    /// <summary>
    /// The processor time of all, user and system. It is what <c>utime</c> and <c>stime</c> in <c>/proc/PID/stat</c> say, read where it isn't
    /// rounded to hundredths of a second.
    /// </summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            var sum = TimeSpan.Zero;
            foreach (var process in _processes)
            {
                var clock = (~process << 3) | 2;   // CPUCLOCK_SCHED of a process, see clock_getcpuclockid(3)
                if (GetTime(clock, out var time) != 0)
                {
                    throw new InvalidOperationException($"Process {process} has ended.");
                }

                sum += TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
            }

            return sum;
        }
    }

    /// <summary>Resident memory in bytes: all of it, and with what is shared divided among those who share it.</summary>
    public (long Rss, long Pss) Memory
    {
        get
        {
            var (rss, pss) = (0L, 0L);
            foreach (var line in _processes.SelectMany(process => File.ReadLines($"/proc/{process}/smaps_rollup")))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                rss += words[0] == "Rss:" ? long.Parse(words[1], CultureInfo.InvariantCulture) * 1024 : 0;
                pss += words[0] == "Pss:" ? long.Parse(words[1], CultureInfo.InvariantCulture) * 1024 : 0;
            }

            return (rss, pss);
        }
    }

    private static int? ParentOf(int process)
    {
        try
        {
            // The name, in parentheses, may have anything in it.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 1)..].Split(' ')[2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;   // it has ended meanwhile
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
