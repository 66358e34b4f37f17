using System.Globalization;
using System.Text;

namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>The mock of the event API as a program of its own, and its dials.</summary>
internal sealed class MockProcess : IAsyncDisposable
{
    private readonly ProcessUnderTest _process;
    private readonly HttpClient _control;

    private MockProcess(ProcessUnderTest process, string address)
    {
        _process = process;
        Address = address;
        _control = new HttpClient { BaseAddress = new Uri($"{address}/__mock/") };
    }

    public string Address { get; }

    public static async Task<MockProcess> StartAsync()
    {
        const string Before = "http://localhost:";
        var process = ProcessUnderTest.Start(new MockLaunch());
        try
        {
            var line = await process.StartedAsync(l => l.Contains(Before, StringComparison.Ordinal));
            var port = line[(line.IndexOf(Before, StringComparison.Ordinal) + Before.Length)..].Split(';')[0];
            return new MockProcess(process, $"http://127.0.0.1:{int.Parse(port, CultureInfo.InvariantCulture)}");
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Turns the dials that this JSON names.</summary>
    public async Task SetFaultsAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await _control.PutAsync("faults", content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>All dials as at the start.</summary>
    public async Task ResetAsync()
    {
        using var answer = await _control.PostAsync("reset", content: null);
        answer.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync()
    {
        _control.Dispose();
        return _process.DisposeAsync();
    }
}
