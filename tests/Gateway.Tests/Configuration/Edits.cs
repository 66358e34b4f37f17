using System.Text.Json.Nodes;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>Edits of a running gateway's file. The file is watched by looking at it, so that a test can only wait until it has been seen.</summary>
internal static class Edits
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Puts another file in the place of the gateway's, and waits until it serves.</summary>
    public static Task EditAsync(this TestGateway gateway, string upstream, Action<JsonNode> edit) =>
        gateway.ReplaceAsync(TestGateway.Configuration(upstream, edit), "applied");

    /// <summary>Puts another file in the place of the gateway's, and waits until that has had this result.</summary>
    public static async Task ReplaceAsync(this TestGateway gateway, string text, string result)
    {
        var before = await gateway.ReloadsAsync(result);
        var other = $"{gateway.File}.new";
        await File.WriteAllTextAsync(other, text, TestContext.Current.CancellationToken);
        File.Move(other, gateway.File, overwrite: true);
        await UntilAsync(async () => await gateway.ReloadsAsync(result) > before);
    }

    /// <summary>How many edits had this result: applied, unchanged or rejected.</summary>
    public static async Task<double> ReloadsAsync(this TestGateway gateway, string result) =>
        (await gateway.MetricAsync($"gateway_config_reloads_total{{result=\"{result}\"}}"))!.Value;

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!await condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }
}
