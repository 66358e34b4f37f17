using System.Globalization;
using EventGateway.Gateway.Requests;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Caching;

/// <summary>Writes answers that are kept: what of them is kept, what of that goes out again, and what is added.</summary>
internal static class AnswerWriter
{
    /// <summary>What of these headers belongs to the answer, and not to the message on its way or to the request.</summary>
    public static KeyValuePair<string, StringValues>[] Kept(IHeaderDictionary headers, KeyValuePair<string, StringValues>[] ofTheRequest) =>
        [.. headers.Where(header => IsKept(header.Key) && !Array.Exists(ofTheRequest, own => own.Key.Equals(header.Key, StringComparison.OrdinalIgnoreCase)))];

    /// <summary>Says what the cache did. Errors clear the headers that were set before: it is added when the answer begins.</summary>
    public static void Announce(HttpResponse response, Func<string> status) => response.OnStarting(() =>
    {
        response.Headers.Append(CacheStatus.Header, status());
        return Task.CompletedTask;
    });

    /// <summary>The answer, or a 304 to a client that has it; with what the cache did, where that isn't announced.</summary>
    public static async Task WriteAsync(HttpContext context, StoredAnswer answer, Conditions conditions, bool withAge, string? status = null)
    {
        var response = context.Response;
        var clientGone = RequestRecord.Of(context).ClientGone;
        var isKnown = conditions.AreMetBy(answer);
        foreach (var (name, value) in answer.Headers)
        {
            if (!isKnown || IsOfNotModified(name))
            {
                response.Headers[name] = value;
            }
        }

        if (status is not null)
        {
            response.Headers.Append(CacheStatus.Header, status);
        }

        if (withAge)
        {
            response.Headers.Age = ((long)answer.Age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        response.StatusCode = isKnown ? StatusCodes.Status304NotModified : StatusCodes.Status200OK;
        if (!isKnown)
        {
            response.ContentLength = answer.Length;
            if (answer.Body.Length > 0 && !HttpMethods.IsHead(context.Request.Method))
            {
                await response.Body.WriteAsync(answer.Body, clientGone);
                return;
            }
        }

        await response.StartAsync(clientGone);
    }

    private static bool IsKept(string header) =>
        header != HeaderNames.ContentLength && header != HeaderNames.TransferEncoding && header != HeaderNames.Connection
        && header != HeaderNames.KeepAlive && header != HeaderNames.Upgrade && header != HeaderNames.Age && header != RequestRecord.CorrelationHeader;

    // RFC 9110 §15.4.5, and what is about the caching itself.
    private static bool IsOfNotModified(string name) =>
        name == HeaderNames.CacheControl || name == HeaderNames.ContentLocation || name == HeaderNames.Date || name == HeaderNames.ETag
        || name == HeaderNames.Expires || name == HeaderNames.Vary || name == HeaderNames.LastModified || name == CacheStatus.Header;
}
