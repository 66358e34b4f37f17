using System.Text.Json;

namespace EventGateway.MockUpstream.Events;

/// <summary>What an endpoint says, before a fault gets at it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">A JSON text, or nothing.</param>
internal readonly record struct Answer(int Status, ReadOnlyMemory<byte> Body)
{
    public const string ContentType = "application/json; charset=utf-8";

    public static Answer Added { get; } = new(StatusCodes.Status200OK, """{"success":true}"""u8.ToArray());

    public static Answer Overloaded { get; } =
        Error(StatusCodes.Status503ServiceUnavailable, "Service temporarily unavailable", "Event API is experiencing high load");

    public static Answer Ok(ReadOnlyMemory<byte> body) => new(StatusCodes.Status200OK, body);

    public static Answer Error(int status, string error, string message) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(new { success = false, error, message }));
}
