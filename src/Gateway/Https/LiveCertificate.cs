namespace EventGateway.Gateway.Https;

/// <summary>The certificate that new connections get. Connections that are open keep the one with which they began.</summary>
internal sealed class LiveCertificate(HttpsPlan initial, TimeProvider time)
{
    private readonly Lock _gate = new();
    private CertificateFiles? _files = initial.Files;   // guarded by _gate
    private volatile ServerCertificate? _current = initial.Certificate;
    private volatile RejectedCertificate? _rejected;

    /// <summary>Null while HTTPS is off.</summary>
    public ServerCertificate? Current => _current;

    /// <summary>What stands on disk and was refused, until something else stands there.</summary>
    public RejectedCertificate? Rejected => _rejected;

    /// <summary>Of a new configuration, which may name other files. Without HTTPS what is there stays: the listener does as well.</summary>
    public void Apply(HttpsPlan plan)
    {
        lock (_gate)
        {
            _files = plan.Files;
            if (plan.Certificate is { } certificate)
            {
                Offer(plan.Files!, certificate);
            }
        }
    }

    /// <summary>Takes up what the files have now, unless they aren't those of the configuration any more, or it is in use already.</summary>
    /// <returns>Whether it was taken up, and why not if it was refused.</returns>
    public (bool TakenUp, string? Problem) Offer(CertificateFiles files, ServerCertificate certificate)
    {
        lock (_gate)
        {
            if (files != _files)
            {
                return (false, null);
            }

            if (certificate.Fingerprint == _current?.Fingerprint)
            {
                _rejected = null;
                return (false, null);
            }

            // Whatever put it there was wrong: the one in use serves clients better.
            var now = time.GetUtcNow();
            if (certificate.FaultAt(now) is { } fault && _current is { } current && current.FaultAt(now) is null)
            {
                Reject(files, $"{files.Path}: {fault}");
                return (false, _rejected!.Problem);
            }

            _current = certificate;
            _rejected = null;
            return (true, null);
        }
    }

    public void Reject(CertificateFiles files, string problem)
    {
        lock (_gate)
        {
            if (files == _files)
            {
                _rejected = new RejectedCertificate(_rejected?.Since ?? time.GetUtcNow(), problem);
            }
        }
    }

    /// <summary>The files have again what is in use.</summary>
    public void Confirm(CertificateFiles files)
    {
        lock (_gate)
        {
            if (files == _files)
            {
                _rejected = null;
            }
        }
    }
}

/// <summary>A certificate that was not taken up, and why.</summary>
internal sealed record RejectedCertificate(DateTimeOffset Since, string Problem);
