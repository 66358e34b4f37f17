using System.Security.Cryptography;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Https;

/// <summary>Where the certificate is, and what opens it.</summary>
internal sealed record CertificateFiles(string Path, string? KeyPath, string? Password)
{
    public static CertificateFiles Of(CertificateOptions options, SettingsNode node) => new(
        node[nameof(options.Path)]!.ToFullPath(options.Path),
        string.IsNullOrEmpty(options.KeyPath) ? null : node[nameof(options.KeyPath)]!.ToFullPath(options.KeyPath),
        string.IsNullOrEmpty(options.Password) ? null : options.Password);

    /// <exception cref="UnusableCertificateException">A file can't be read, or what it says can't be used.</exception>
    public ServerCertificate Read() => ServerCertificate.Read(this, new CertificateText(
        Read(nameof(CertificateOptions.Path), Path), KeyPath is null ? null : Read(nameof(CertificateOptions.KeyPath), KeyPath)));

    /// <summary>Not the password.</summary>
    public override string ToString() => KeyPath is null ? Path : $"{Path}, {KeyPath}";

    private static byte[] Read(string key, string path)
    {
        try
        {
            return NamedFile.Read(path);
        }
        catch (IOException e)
        {
            throw new UnusableCertificateException(key, $"{path}: {e.Message}");
        }
    }
}

/// <summary>What the files said at one time. <see cref="Key"/> is null where the certificate's file has the key.</summary>
internal sealed record CertificateText(byte[] Certificate, byte[]? Key)
{
    /// <summary>Tells it from what the files say later.</summary>
    public string Fingerprint { get; } = Convert.ToHexString(SHA256.HashData([.. SHA256.HashData(Certificate), .. SHA256.HashData(Key ?? [])]));
}

/// <summary>Why a certificate can't be used. The message never has a password in it.</summary>
internal sealed class UnusableCertificateException : Exception
{
    public UnusableCertificateException()
    {
    }

    public UnusableCertificateException(string message)
        : base(message)
    {
    }

    public UnusableCertificateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="key">The key of <see cref="CertificateOptions"/> at which an operator has to look.</param>
    /// <param name="message">What is wrong.</param>
    public UnusableCertificateException(string key, string message)
        : base(message) => Key = key;

    public string Key { get; } = nameof(CertificateOptions.Path);
}
