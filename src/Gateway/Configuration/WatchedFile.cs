namespace EventGateway.Gateway.Configuration;

/// <summary>
/// A file that is looked at again and again. Reading it may hang, while a pipe has no writer or a network mount is away: nobody waits for
/// that, and another read begins only when something else stands in the file's place.
/// </summary>
/// <param name="path">Where it stands.</param>
/// <param name="read">Reads it.</param>
/// <param name="time">The clock of the waits.</param>
internal sealed class WatchedFile(string path, Func<string, byte[]?> read, TimeProvider time)
{
    // One look waits so long for what takes microseconds as a rule; what isn't there after many of them counts as unreadable.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private Read? _read;
    private Task<Version?>? _asked;

    public string Path => path;

    /// <summary>What the file says, or why that can't be told; null while it isn't known yet.</summary>
    public async Task<FileText?> LookAsync(CancellationToken stopping)
    {
        if (_read is null || await IsReplacedAsync(_read, stopping))
        {
            _read = new Read(path, read, time.GetTimestamp());
        }

        var pending = _read;
        await WaitAsync(pending.Text, stopping);
        if (pending.Text.IsCompleted)
        {
            _read = null;
            _asked = null;
            return await pending.Text;
        }

        return time.GetElapsedTime(pending.Began) < Patience
            ? null
            : new FileText(null, $"{path}: reading the file hasn't ended after {Patience.TotalSeconds} seconds.");
    }

    private async Task<bool> IsReplacedAsync(Read pending, CancellationToken stopping)
    {
        if (pending.Text.IsCompleted || pending.Version is not { } version)
        {
            return false;
        }

        // Where this hangs as well, the next look goes on waiting for it.
        _asked ??= FileThread.Run(() => Version.Of(path));
        await WaitAsync(_asked, stopping);
        if (!_asked.IsCompleted)
        {
            return false;
        }

        var now = await _asked;
        _asked = null;
        return now != version;
    }

    private async Task WaitAsync(Task task, CancellationToken stopping) =>
        await task.WaitAsync(Look, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>One read, from the moment at which it began.</summary>
    private sealed class Read
    {
        private volatile Version? _version;

        public Read(string path, Func<string, byte[]?> read, long began)
        {
            Began = began;
            Text = FileThread.Run(() =>
            {
                _version = Version.Of(path);
                try
                {
                    return new FileText(read(path), null);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return new FileText(null, $"{path}: the file is gone or can't be read.");
                }
            });
        }

        public long Began { get; }

        /// <summary>What was about to be read; null before that is known.</summary>
        public Version? Version => _version;

        public Task<FileText> Text { get; }
    }

    /// <summary>Tells one file at a path from the next, without opening it.</summary>
    private sealed record Version(string Target, DateTime Created, DateTime Written)
    {
        public static Version? Of(string path)
        {
            try
            {
                var link = new FileInfo(path);
                var file = link.ResolveLinkTarget(returnFinalTarget: true) ?? link;
                return new Version(file.FullName, file.CreationTimeUtc, file.LastWriteTimeUtc);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}

/// <summary>The text of a file, if it is there, or why it can't be read.</summary>
internal readonly record struct FileText(byte[]? Bytes, string? Fault);
