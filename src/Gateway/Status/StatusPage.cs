using System.Security.Cryptography;
using System.Text;

namespace EventGateway.Gateway.Status;

/// <summary>
/// The page: its parts lie as files in the folder Page and go out as one document. Script and style are known to the browser by
/// their hashes, so that nothing else on the page can ever run.
/// </summary>
internal static class StatusPage
{
    static StatusPage()
    {
        var style = Read("status.css");
        var script = Read("status.js");
        Document = Encoding.UTF8.GetBytes(Read("status.html")
            .Replace("<style></style>", $"<style>{style}</style>", StringComparison.Ordinal)
            .Replace("<script type=\"module\"></script>", $"<script type=\"module\">{script}</script>", StringComparison.Ordinal));
        ContentSecurityPolicy =
            $"default-src 'none'; script-src '{HashOf(script)}'; style-src '{HashOf(style)}'; connect-src 'self'; img-src data:; " +
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    }

    public static byte[] Document { get; }

    public static string ContentSecurityPolicy { get; }

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(StatusPage).Assembly.GetManifestResourceStream($"Status.{name}")!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");   // browsers hash what is left of them
    }

    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}
