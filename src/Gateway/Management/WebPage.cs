using System.Security.Cryptography;
using System.Text;

namespace EventGateway.Gateway.Management;

/// <summary>
/// A page for operators: its parts lie as files in a folder and go out as one document. Script and style are known to the browser by
/// their hashes, so that nothing else on the page can ever run.
/// </summary>
internal sealed class WebPage
{
    private readonly Lazy<(byte[] Document, string ContentSecurityPolicy)> _page;   // most gateways never show it

    private WebPage(string folder, string name) => _page = new(() => Build(ReadPart(folder, $"{name}.html"), ReadPart(folder, $"{name}.css"), ReadPart(folder, $"{name}.js")));

    /// <summary>The page whose parts are embedded as <c>folder.name.html</c>, <c>.css</c> and <c>.js</c>.</summary>
    public static WebPage Of(string folder, string name) => new(folder, name);

    public Task WriteAsync(HttpResponse response)
    {
        var (document, contentSecurityPolicy) = _page.Value;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = document.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = contentSecurityPolicy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        return HttpMethods.IsHead(response.HttpContext.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(document).AsTask();
    }

    private static (byte[] Document, string ContentSecurityPolicy) Build(string html, string style, string script) => (
        Encoding.UTF8.GetBytes(html
            .Replace("<style></style>", $"<style>{style}</style>", StringComparison.Ordinal)
            .Replace("<script type=\"module\"></script>", $"<script type=\"module\">{script}</script>", StringComparison.Ordinal)),
        $"default-src 'none'; script-src '{HashOf(script)}'; style-src '{HashOf(style)}'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'");

    private static string ReadPart(string folder, string name)
    {
        using var reader = new StreamReader(typeof(WebPage).Assembly.GetManifestResourceStream($"{folder}.{name}")!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");   // browsers hash what is left of them
    }

    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}
