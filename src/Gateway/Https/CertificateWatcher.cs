using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Https;

/// <summary>
/// Takes up the certificate when its files change. Like those of the configuration they are looked at again and again, and their bytes compared:
/// whether they were written, moved or reached through a symlink that was swapped makes no difference.
/// </summary>
internal sealed partial class CertificateWatcher(LiveConfiguration live, LiveCertificate certificate, TimeProvider time, ILogger<CertificateWatcher> logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    // Of the watching thread alone.
    private Watched? _watched;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = Task.Run(() => WatchAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _stopping.Cancel();   // of a start that failed, nobody stops anything
        _stopping.Dispose();
    }

    private async Task WatchAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        await using var stop = stopping.Register(timer.Dispose);   // ends the loop without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            if (live.Current.Https.Files is { } files)
            {
                _watched = _watched?.Files == files ? _watched : new Watched(files, time);
                await LookAsync(_watched, stopping);
            }
        }
    }

    private async Task LookAsync(Watched watched, CancellationToken stopping)
    {
        if (await watched.LookAsync(stopping) is not { } look)
        {
            return;
        }

        if (look.Fingerprint == certificate.Current?.Fingerprint)
        {
            watched.Forget();
            certificate.Confirm(watched.Files);
            return;
        }

        if (look.Fingerprint == watched.Refused)
        {
            if (watched.Waiting is { } due && due.FaultAt(time.GetUtcNow()) is null)
            {
                TakeUp(watched, due);   // its time has come
            }

            return;
        }

        try
        {
            TakeUp(watched, look.Text is { } text ? ServerCertificate.Read(watched.Files, text) : throw new UnusableCertificateException(look.Fingerprint));
        }
        catch (UnusableCertificateException e)
        {
            // Two files can't be written at once: only what stays wrong is a mistake.
            if (watched.IsWrongAgain(look.Fingerprint))
            {
                certificate.Reject(watched.Files, e.Message);
                Refuse(watched, look.Fingerprint, e.Message);
            }
        }
    }

    private void TakeUp(Watched watched, ServerCertificate offered)
    {
        var (takenUp, problem) = certificate.Offer(watched.Files, offered);
        if (problem is not null)
        {
            Refuse(watched, offered.Fingerprint, problem);
            watched.Waiting = offered;
            return;
        }

        watched.Forget();
        if (takenUp)
        {
            Log.TakenUp(logger, watched.Files.Path, offered.Subject, offered.NotAfter);
        }
    }

    private void Refuse(Watched watched, string fingerprint, string problem)
    {
        watched.Forget();
        watched.Refused = fingerprint;
        Log.Rejected(logger, watched.Files.Path, problem);
    }

    /// <summary>The files, and what was seen of them.</summary>
    private sealed class Watched(CertificateFiles files, TimeProvider time)
    {
        private readonly WatchedFile _certificate = new(files.Path, File.ReadAllBytes, time);
        private readonly WatchedFile? _key = files.KeyPath is { } path ? new(path, File.ReadAllBytes, time) : null;
        private string? _wrongBefore;

        public CertificateFiles Files => files;

        /// <summary>Fingerprint of what has been refused, and said to be so.</summary>
        public string? Refused { get; set; }

        /// <summary>What was refused only because of the time.</summary>
        public ServerCertificate? Waiting { get; set; }

        public void Forget() => (Refused, Waiting, _wrongBefore) = (null, null, null);

        public bool IsWrongAgain(string fingerprint)
        {
            var again = _wrongBefore == fingerprint;
            _wrongBefore = fingerprint;
            return again;
        }

        // Where there is no text, why not stands for its fingerprint. Null while one of the files doesn't say what it has.
        public async Task<(CertificateText? Text, string Fingerprint)?> LookAsync(CancellationToken stopping)
        {
            if (await _certificate.LookAsync(stopping) is not { } certificate || await LookAtKeyAsync(stopping) is not { } key)
            {
                return null;
            }

            if (certificate.Fault is not null || key.Fault is not null)
            {
                return (null, certificate.Fault ?? key.Fault!);
            }

            var text = new CertificateText(certificate.Bytes!, key.Bytes);
            return (text, text.Fingerprint);
        }

        private async Task<FileText?> LookAtKeyAsync(CancellationToken stopping) => _key is null ? default(FileText) : await _key.LookAsync(stopping);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 801, EventName = "CertificateApplied", Level = LogLevel.Information,
            Message = "{File} was taken up: new connections get the certificate of {Subject}, valid until {NotAfter}.")]
        public static partial void TakenUp(ILogger logger, string file, string subject, DateTimeOffset notAfter);

        [LoggerMessage(EventId = 802, EventName = "CertificateRejected", Level = LogLevel.Error,
            Message = "{File} was refused; the certificate before it serves on.\n{Problem}")]
        public static partial void Rejected(ILogger logger, string file, string problem);
    }
}
