using System.Buffers;
using System.Diagnostics;
using System.Net.Http.Headers;
using EventGateway.Gateway.Proxying;
using Microsoft.Net.Http.Headers;

namespace EventGateway.Gateway.Telemetry.Tracing;

/// <summary>
/// The trace that a client's request belongs to (W3C Trace Context) while no spans are made: then it goes on as it came. With spans the framework
/// does this; its activities for each request and each call, only to carry the ids on, would be a third of what a request allocates.
/// </summary>
internal static class TraceContext
{
    private const int Length = 55;         // 00-<trace, 32>-<parent, 16>-<flags, 2>
    private const int TraceIdStart = 3;
    private const int TraceIdLength = 32;
    private const int ParentIdStart = 36;
    private const int ParentIdLength = 16;
    private const int FlagsStart = 53;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The fields of a request that may be passed on.</summary>
    public static IReadOnlyList<string> Headers { get; } = [HeaderNames.Baggage, HeaderNames.TraceParent, HeaderNames.TraceState];

    /// <summary>What the client sent, if it is a <c>traceparent</c>: one of a later version begins as those of this one do (§3.2).</summary>
    public static string? ParentOf(IHeaderDictionary request) => request.TraceParent is [{ } parent] && IsParent(parent) ? parent : null;

    /// <summary>The trace of a span, or that of the client; null for none.</summary>
    public static string? TraceIdOf(string? parent) => Activity.Current?.TraceId.ToHexString() ?? parent?.Substring(TraceIdStart, TraceIdLength);

    /// <summary>Takes out of a proxied call what isn't the context of any trace.</summary>
    public static void DropBroken(HttpRequestHeaders call, IHeaderDictionary request, string? parent)
    {
        if (parent is null && (request.TraceParent.Count > 0 || request.TraceState.Count > 0) && Activity.Current is null)
        {
            call.Remove(HeaderNames.TraceParent);
            call.Remove(HeaderNames.TraceState);
        }
    }

    /// <summary>Gives the client's trace to a call to which its headers aren't copied.</summary>
    public static void Pass(IHeaderDictionary call, IHeaderDictionary request, string? parent)
    {
        if (Activity.Current is not null)
        {
            return;
        }

        call.Pass(request, HeaderNames.Baggage);
        if (parent is not null)
        {
            call.Pass(request, HeaderNames.TraceParent);
            call.Pass(request, HeaderNames.TraceState);
        }
    }

    private static bool IsParent(ReadOnlySpan<char> text) =>
        text.Length >= Length
        && text[2] == '-' && text[ParentIdStart - 1] == '-' && text[FlagsStart - 1] == '-'
        && IsHex(text[..2]) && !text.StartsWith("ff")
        && (text.Length == Length || (!text.StartsWith("00") && text[Length] == '-'))
        && IsId(text.Slice(TraceIdStart, TraceIdLength), TraceIdLength)
        && IsId(text.Slice(ParentIdStart, ParentIdLength), ParentIdLength)
        && IsHex(text.Slice(FlagsStart, 2));

    private static bool IsId(ReadOnlySpan<char> text, int length) => text.Length == length && IsHex(text) && text.ContainsAnyExcept('0');

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(HexDigits);
}
