using System.Text;

namespace EventGateway.Gateway.Tests.Wire;

/// <summary>Requests as text, one character per byte, as raw clients send them.</summary>
internal static class Http
{
    public static string Get(string target, params IEnumerable<string> headers) => Head("GET", target, headers);

    /// <summary>A <c>POST /addEvent</c> with a JSON body, which goes as UTF-8.</summary>
    public static string Post(string body, params IEnumerable<string> headers)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return PostHead([$"Content-Length: {bytes.Length}", "Content-Type: application/json", .. headers]) + Encoding.Latin1.GetString(bytes);
    }

    /// <summary>The head of a <c>POST /addEvent</c>, with these headers only.</summary>
    public static string PostHead(params IEnumerable<string> headers) => Head("POST", "/addEvent", headers);

    public static string Head(string method, string target, params IEnumerable<string> headers) =>
        string.Join("\r\n", (IEnumerable<string>)[$"{method} {target} HTTP/1.1", "Host: gateway.test", .. headers, "", ""]);
}
