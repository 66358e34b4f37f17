using System.Text;
using EventGateway.MockUpstream.Events;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.MockUpstream.Faults;

/// <summary>Ways to put an answer on the wire, whole or not.</summary>
internal static class AnswerWriter
{
    public static Task SendAsync(this HttpContext context, Answer answer, string? retryAfter)
    {
        if (retryAfter is not null && answer.Status >= StatusCodes.Status400BadRequest)
        {
            context.Response.Headers.RetryAfter = retryAfter;
        }

        SetHead(context.Response, answer, answer.Body.Length);
        return context.Response.Body.WriteAsync(answer.Body, context.RequestAborted).AsTask();
    }

    public static async Task SendHalfAsync(this HttpContext context, Answer answer)
    {
        SetHead(context.Response, answer, DeclaredLength(answer));
        await context.Response.Body.WriteAsync(Half(answer), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    public static Task SendHalfAndCloseAsync(this HttpContext context, Answer answer)
    {
        var head = $"HTTP/1.1 {answer.Status} \r\nContent-Type: {Answer.ContentType}\r\nContent-Length: {DeclaredLength(answer)}\r\n\r\n";
        var body = HttpMethods.IsHead(context.Request.Method) ? default : Half(answer);
        return SendRawAndCloseAsync(context, (byte[])[.. Encoding.ASCII.GetBytes(head), .. body.Span]);
    }

    public static Task SendGarbageAndCloseAsync(this HttpContext context) =>
        SendRawAndCloseAsync(context, "\u0007this is not HTTP\r\n\r\n"u8.ToArray());

    private static void SetHead(HttpResponse response, Answer answer, int length)
    {
        response.StatusCode = answer.Status;
        response.ContentLength = length;
        if (length > 0)
        {
            response.ContentType = Answer.ContentType;
        }
    }

    // Even an empty answer must miss a byte.
    private static int DeclaredLength(Answer answer) => Math.Max(answer.Body.Length, 1);

    private static ReadOnlyMemory<byte> Half(Answer answer) => answer.Body[..(answer.Body.Length / 2)];

    // Kestrel guards the form of its answers, so these bytes go past it. Completing the pipe closes the connection in order, after
    // the last byte, where Abort would reset it; the caller must not let the request end before the client has noticed.
    private static async Task SendRawAndCloseAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        var wire = context.Features.GetRequiredFeature<IConnectionTransportFeature>().Transport.Output;
        await wire.WriteAsync(bytes, context.RequestAborted);
        await wire.CompleteAsync();
    }
}
