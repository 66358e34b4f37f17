using System.Globalization;

namespace EventGateway.Gateway.Tests.Telemetry.Otlp;

/// <summary>A span as a receiver sees it; field numbers are those of OTLP's trace.proto.</summary>
internal sealed record ReceivedSpan(string Scope, ProtobufMessage Message)
{
    public string TraceId => Message.Hex(1);

    public string Id => Message.Hex(2);

    public string ParentId => Message.Hex(4);

    public string Name => Message.Text(5);

    public int Kind => (int)Message.Number(6);

    public bool IsError => Message.All(15).Any(status => status.Number(3) == 2);

    public IReadOnlyDictionary<string, string> Attributes => AttributesOf(Message, 9);

    public IReadOnlyList<(string Name, IReadOnlyDictionary<string, string> Attributes)> Events =>
        [.. Message.All(11).Select(e => (e.Text(2), AttributesOf(e, 3)))];

    public IReadOnlyList<(string TraceId, string Id)> Links => [.. Message.All(13).Select(link => (link.Hex(1), link.Hex(2)))];

    /// <summary>What was received in one export.</summary>
    public static IEnumerable<ReceivedSpan> In(ProtobufMessage export) =>
        from scope in export.All(1, 2)
        let name = scope.All(1).Single().Text(1)
        from span in scope.All(2)
        select new ReceivedSpan(name, span);

    public static IReadOnlyDictionary<string, string> AttributesOf(ProtobufMessage message, int field) =>
        message.All(field).ToDictionary(pair => pair.Text(1), pair => ValueOf(pair.All(2).Single()));

    private static string ValueOf(ProtobufMessage value) =>
        value.Has(1) ? value.Text(1)
        : value.Has(2) ? (value.Number(2) != 0 ? "true" : "false")
        : value.Has(4) ? BitConverter.UInt64BitsToDouble(value.Number(4)).ToString(CultureInfo.InvariantCulture)
        : value.Number(3).ToString(CultureInfo.InvariantCulture);
}
