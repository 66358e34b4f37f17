using EventGateway.EndToEnd.Tests.Processes;

namespace EventGateway.EndToEnd.Tests.Demo;

/// <summary>A Demo that runs, and the tour that it has printed.</summary>
public sealed class DemoFixture : IAsyncLifetime
{
    private ProcessUnderTest? _process;

    /// <summary>The commands of the tour, in their order.</summary>
    public IReadOnlyList<string> Commands { get; private set; } = [];

    /// <summary>The whole tour.</summary>
    public IReadOnlyList<string> Tour { get; private set; } = [];

    public Uri Gateway => AddressBehind("gateway");

    public Uri EventApi => AddressBehind("event API");

    public async ValueTask InitializeAsync()
    {
        _process = ProcessUnderTest.Start(new DemoLaunch());
        await _process.StartedAsync(line => line.Contains("Ctrl+C", StringComparison.Ordinal));
        Tour = _process.Output.All;
        Commands = [.. Tour.Where(IsCommand)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private static bool IsCommand(string line) =>
        line.StartsWith("curl ", StringComparison.Ordinal) || line.StartsWith("for i in ", StringComparison.Ordinal);

    private Uri AddressBehind(string name)
    {
        var line = Tour.First(l => l.Trim().StartsWith(name, StringComparison.Ordinal));
        return new Uri(line.Split(' ').Single(word => word.StartsWith("http://", StringComparison.Ordinal)));
    }
}
