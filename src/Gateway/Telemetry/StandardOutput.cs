using System.Text;

namespace EventGateway.Gateway.Telemetry;

/// <summary>
/// Standard output, shared line by line: the framework's console writes a long line in pieces, between which the access log
/// could put one of its own.
/// </summary>
public static class StandardOutput
{
    private const int LongestLine = 64 * 1024;

    /// <summary>Makes <see cref="Console.Out"/> write whole lines, and returns the stream that it shares with the access log.</summary>
    public static Stream Share()
    {
        var shared = Stream.Synchronized(Console.OpenStandardOutput());
        Console.SetOut(new StreamWriter(shared, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), LongestLine) { AutoFlush = true });
        return shared;
    }
}
