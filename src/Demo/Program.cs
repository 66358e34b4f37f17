using System.Globalization;
using EventGateway.Demo;
using EventGateway.Gateway.Commands;
using EventGateway.Gateway.Configuration;
using EventGateway.Gateway.Telemetry;
using EventGateway.MockUpstream;

var defaults = new Dictionary<string, string>
{
    ["Logging:LogLevel:Default"] = "Warning",
    ["ACCESS_LOG"] = "off",
};

// The mock fails by count, not by time: with the normal waits its ten failures would last five minutes.
string[] waits = ["CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS"];
if (!Array.Exists(waits, variable => Environment.GetEnvironmentVariable(variable) is { Length: > 0 }))
{
    defaults["CIRCUIT_BREAKER_RESET_TIMEOUT_MS"] = "1000";
    defaults["CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS"] = "2000";
}

var located = ConfigurationSource.Locate(file: null, new Dictionary<string, string>(), defaults);
if (!int.TryParse(located.GetVariable("MOCK_PORT") ?? "4000", NumberStyles.None, CultureInfo.InvariantCulture, out var mockPort) || mockPort > ushort.MaxValue)
{
    await Console.Error.WriteLineAsync("MOCK_PORT must be a number from 0 (a free port) to 65535.");
    return ExitCode.BadConfiguration;
}

await using var mock = MockUpstreamHost.Build(new MockUpstreamOptions { Port = mockPort });
if (!await ServeCommand.TryStartAsync(mock, ("MOCK_PORT", mockPort)))
{
    return ExitCode.Failure;
}

var upstream = mock.Urls.Single().Replace("[::]", "localhost", StringComparison.Ordinal);
var source = located with { CommandLine = new Dictionary<string, string> { ["EVENT_API_BASE_URL"] = upstream } };
var (plan, exitCode) = await ServeCommand.LoadAsync(source);
if (plan is null)
{
    return exitCode;
}

await using var gateway = await ServeCommand.TryBuildAsync(source, plan, StandardOutput.Share());
if (gateway is null)
{
    return ExitCode.BadConfiguration;
}

if (!await ServeCommand.TryStartAsync(gateway, ServeCommand.ListenersOf(plan)))
{
    return ExitCode.Failure;
}

var addresses = gateway.Urls.Select(url => url.Replace("[::]", "localhost", StringComparison.Ordinal)).ToList();
await Console.Out.WriteAsync(Tour.Text(addresses[0], addresses.Skip(1).FirstOrDefault(address => address.StartsWith("http:", StringComparison.Ordinal)), upstream, plan));
await gateway.WaitForShutdownAsync();
await mock.StopAsync();
return ExitCode.Success;
