using System.Globalization;

namespace EventGateway.Gateway.Terminal;

/// <summary>Durations, sizes and numbers as people read them: <c>30 s</c>, <c>64 KiB</c>, <c>10 000</c>.</summary>
internal static class Quantities
{
    private static readonly NumberFormatInfo Format = new() { NumberGroupSeparator = " " };

    public static string ToText(this TimeSpan duration)
    {
        var (number, unit) = Split(duration);
        return $"{number} {unit}";
    }

    /// <summary>Durations that follow each other, each unit once: <c>500 ms→1→2 s</c>.</summary>
    public static string ToText(this IReadOnlyList<TimeSpan> sequence)
    {
        var parts = sequence.Select(Split).ToList();
        return string.Join("→", parts.Select((part, i) =>
            i + 1 < parts.Count && parts[i + 1].Unit == part.Unit ? part.Number : $"{part.Number} {part.Unit}"));
    }

    public static string ToText(this int number) => ((long)number).ToText();

    public static string ToText(this long number) => number.ToString("#,0", Format);

    public static string BytesToText(long bytes) => bytes switch
    {
        > 0 when bytes % (1024 * 1024) == 0 => $"{(bytes / (1024 * 1024)).ToText()} MiB",
        > 0 when bytes % 1024 == 0 => $"{(bytes / 1024).ToText()} KiB",
        _ => $"{bytes.ToText()} bytes",
    };

    /// <summary>"1 failure", "3 failures".</summary>
    public static string Of(this long number, string noun) => $"{number.ToText()} {noun}{(number == 1 ? "" : "s")}";

    public static string Of(this int number, string noun) => ((long)number).Of(noun);

    // Minutes and hours only where they come out even: "90 s" says more than "1.5 min".
    private static (string Number, string Unit) Split(TimeSpan duration)
    {
        var (value, unit) = duration.Ticks switch
        {
            0 => (0, "s"),
            < TimeSpan.TicksPerSecond => (duration.TotalMilliseconds, "ms"),
            >= TimeSpan.TicksPerHour when duration.Ticks % TimeSpan.TicksPerHour == 0 => (duration.TotalHours, "h"),
            >= 2 * TimeSpan.TicksPerMinute when duration.Ticks % TimeSpan.TicksPerMinute == 0 => (duration.TotalMinutes, "min"),
            _ => (duration.TotalSeconds, "s"),
        };
        return (value.ToString("#,0.###", Format), unit);
    }
}
