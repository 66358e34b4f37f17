namespace EventGateway.EndToEnd.Tests.Windows;

/// <summary>The end of a wait, as one window tells it.</summary>
/// <param name="Window">Which.</param>
/// <param name="Earliest">When the next probe may go.</param>
/// <param name="Latest">The same, where the window tells whole seconds only.</param>
internal sealed record Countdown(string Window, DateTimeOffset Earliest, DateTimeOffset Latest)
{
    public static Countdown Of(string window, DateTimeOffset at, double seconds) => new(window, at.AddSeconds(seconds), at.AddSeconds(seconds));
}
