using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EventGateway.EndToEnd.Tests.Processes;

/// <summary>A gateway that has said where it listens.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private readonly ProcessUnderTest _process;

    private GatewayProcess(ProcessUnderTest process, int port)
    {
        _process = process;
        Port = port;
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public int Port { get; }

    public HttpClient Client { get; }

    public ProcessLines Output => _process.Output;

    public static async Task<GatewayProcess> StartAsync(GatewayLaunch launch)
    {
        var process = ProcessUnderTest.Start(launch);
        try
        {
            var line = await process.StartedAsync(Listening().IsMatch);
            return new GatewayProcess(process, int.Parse(Listening().Match(line).Groups["port"].ValueSpan, provider: null));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gets JSON, whatever the status.</summary>
    public async Task<(int Status, JsonNode Body)> GetJsonAsync(string path)
    {
        using var response = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    /// <summary>Asks for JSON until it is as wanted: for what nothing announces. A hundred times at most.</summary>
    public async Task<(int Status, JsonNode Body)> GetJsonUntilAsync(string path, Func<int, JsonNode, bool> wanted)
    {
        for (var i = 0; i < 100; i++)
        {
            var (status, body) = await GetJsonAsync(path);
            if (wanted(status, body))
            {
                return (status, body);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"{path} never answered as wanted.");
    }

    public Task TerminateAsync() => _process.TerminateAsync();

    public Task<Ended> WaitForExitAsync(TimeSpan? patience = null) => _process.WaitForExitAsync(patience);

    /// <summary>Replaces a file of its working directory in one step, as editors do: one byte for each character.</summary>
    public void Edit(string file, string text)
    {
        var target = Path.Combine(_process.Directory.FullName, file);
        File.WriteAllText(target + ".new", text, Encoding.Latin1);
        File.Move(target + ".new", target, overwrite: true);
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return _process.DisposeAsync();
    }

    [GeneratedRegex(@"listen.*?https?://[^\s""/]+:(?<port>\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex Listening();
}
