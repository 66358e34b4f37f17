namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Files that the configuration names. What stands at such a path is the operator's choice of the moment: a pipe without a writer, a device
/// without an end or a mount that hangs must hold up neither a check nor an edit for good.
/// </summary>
internal static class NamedFile
{
    private const int MostBytes = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The file's bytes.</summary>
    /// <exception cref="IOException">It isn't there, can't be read, doesn't end in time or is too large to be what it should be.</exception>
    public static byte[] Read(string path)
    {
        // A thread of its own: one that hangs stays behind, and the pool of a small machine has no more than one or two.
        var read = Task.Factory.StartNew(() => ReadAll(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.WaitAny([read], Patience) < 0 ? throw new IOException($"reading hasn't ended after {Patience.TotalSeconds} seconds.") : read.GetAwaiter().GetResult();
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[MostBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= MostBytes ? bytes[..length] : throw new IOException($"the file has more than {MostBytes} bytes.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException("the file isn't there or can't be read.", e);
        }
    }
}
