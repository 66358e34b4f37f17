using System.Globalization;
using EventGateway.MockUpstream;
using Microsoft.Extensions.Options;

const int CannotListen = 1;
const int BadConfiguration = 78;   // EX_CONFIG of sysexits.h

WebApplication app;
try
{
    app = MockUpstreamHost.Build(ReadOptions(args));
}
catch (Exception e) when (e is OptionsValidationException or InvalidOperationException or FormatException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return BadConfiguration;
}

await using (app)
{
    try
    {
        await app.StartAsync();
    }
    catch (IOException e)
    {
        await Console.Error.WriteLineAsync(e.Message);
        return CannotListen;
    }

    var port = new Uri(app.Urls.Single()).Port;
    await Console.Out.WriteLineAsync($"The event API's mock listens on http://localhost:{port}; its dials are at /__mock/faults.");
    await app.WaitForShutdownAsync();
}

return 0;

static MockUpstreamOptions ReadOptions(string[] args)
{
    var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
    var options = new MockUpstreamOptions();
    configuration.GetSection("Mock").Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
    if (configuration["MOCK_PORT"] is { Length: > 0 } text)
    {
        options.Port = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new FormatException($"MOCK_PORT is '{text}'; a port is a number from 0 (a free one) to 65535.");
    }

    return options;
}
