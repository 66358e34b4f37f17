using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>Event APIs that answer with their name, so that a test sees to which one a gateway was pointed.</summary>
internal static class NamedUpstream
{
    public static RawUpstream Start(string name) => RawUpstream.Start((_, connection) => connection.RespondAsync($"\"{name}\""));

    /// <summary>The name of the event API that this gateway uses.</summary>
    public static async Task<string> AskAsync(GatewayProcess gateway) => (await gateway.GetJsonAsync("/getUsers")).Body.GetValue<string>();
}
