using System.Collections.Concurrent;

namespace EventGateway.Gateway.Aggregation;

/// <summary>Messages for .NET's client, a GET each, used again when their call has ended well: one made anew, with its headers, would be 0.5 kB of each call.</summary>
internal static class CallMessages
{
    private const int Most = 1024;   // that wait for their next use

    private static readonly ConcurrentQueue<HttpRequestMessage> Free = new();

    /// <summary>Nobody needs to dispose of it: it has no body.</summary>
    public static HttpRequestMessage Rent(Version version, HttpVersionPolicy policy) =>
        // A connection that was begun for a message, and then not needed for it, asks for its version even after its end: that must stay as it was.
        Free.TryDequeue(out var message) && message.Version == version && message.VersionPolicy == policy
            ? message
            : new() { Version = version, VersionPolicy = policy };

    /// <summary>Only after an answer that has been read to its end: before that, the client may look at the message.</summary>
    public static void Return(HttpRequestMessage message)
    {
        message.RequestUri = null;
        message.Headers.Clear();   // keeps room for as many
        if (Free.Count < Most)
        {
            Free.Enqueue(message);
        }
    }
}
