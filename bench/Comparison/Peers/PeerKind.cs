using System.Diagnostics;

namespace EventGateway.Comparison.Peers;

/// <summary>A program to measure, and how it is started.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Start">How it is started to listen on a port.</param>
internal sealed record PeerKind(string Name, Func<Site, int, ProcessStartInfo> Start)
{
    /// <summary>What has to be there, a program or a file of the site; null where nothing has to.</summary>
    public Func<Site, string?>? Needs { get; init; }

    /// <summary>What to install where it isn't.</summary>
    public string? Package { get; init; }

    /// <summary>Where it tells how much it has allocated, as a number alone or as Prometheus text; null where nobody can tell.</summary>
    public string? AllocatedPath { get; init; }

    /// <summary>Whether somebody reads its metrics each second meanwhile.</summary>
    public bool IsScraped { get; init; }

    /// <summary>What it needs is there.</summary>
    public bool IsInstalled(Site site) => Needs?.Invoke(site) is not { } needed || (needed.Contains('/') ? Path.Exists(needed) : FindProgram(needed) is not null);

    /// <summary>Finds a program where shells do, and where root's programs are.</summary>
    public static string? FindProgram(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin".Split(':').Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
}
