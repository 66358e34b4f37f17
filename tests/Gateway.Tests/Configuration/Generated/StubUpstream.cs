using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration.Generated;

/// <summary>Answers each request with what it was asked, so that a test can tell where a request went and what became of it on the way.</summary>
internal sealed class StubUpstream : IAsyncDisposable
{
    public const string Marker = "X-Marker";

    private readonly string _name;
    private readonly RawUpstream _server;

    public StubUpstream(string name)
    {
        _name = name;
        _server = RawUpstream.Start((request, connection) => connection.RespondAsync(AnswerTo(request.Target, request.Headers[Marker])));
    }

    /// <summary>What a list has for items.</summary>
    public static IReadOnlyList<string> Items { get; } = ["x", "y"];

    public string Address => _server.Address;

    public string AnswerTo(string target, string? marker) => target.Contains("/list/", StringComparison.Ordinal)
        ? $$"""{"at":"{{_name}}","items":["{{string.Join("\",\"", Items)}}"]}"""
        : $$"""{"at":"{{_name}}","target":"{{target}}","marker":"{{marker}}"}""";

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
