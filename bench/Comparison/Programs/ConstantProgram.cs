using System.Text;

namespace EventGateway.Comparison.Programs;

/// <summary>A refusal that nobody has thought about: bare Kestrel writes the same 503 to everybody.</summary>
internal static class ConstantProgram
{
    // As long as the gateway's, which tells more.
    private static readonly byte[] Body = Encoding.ASCII.GetBytes($$"""{"type":"urn:eventgateway:error:circuit_open","status":503,"detail":"{{new string('.', 400)}}"}""");

    public static Task RunAsync(int port) => PeerProgram.ServeAsync(PeerProgram.BareKestrel(), port, app => app.Run(static context =>
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.ContentType = "application/problem+json";
        response.ContentLength = Body.Length;
        return response.Body.WriteAsync(Body).AsTask();
    }));
}
