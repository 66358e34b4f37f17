using System.CommandLine;
using EventGateway.Gateway.Commands.Explain;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Commands;

/// <summary>Says what would serve a request, and why nothing else does.</summary>
internal static class ExplainCommand
{
    public static Command Create(Option<string?> config)
    {
        var method = new Argument<string>("METHOD") { Description = "GET, POST, …" };
        var path = new Argument<string>("PATH") { Description = "The path as a client sends it, perhaps with a query." };
        var headers = new Option<string[]>("--header", "-H")
        {
            Description = "A header of the request, Host included; may be repeated.",
            HelpName = "Name: value",
        };
        var command = new Command("explain", "Says what would serve a request, and why nothing else does. Opens no port and calls nobody.")
        {
            method, path, headers,
        };
        command.TreatUnmatchedTokensAsErrors = false;   // they are settings
        command.SetAction(async (parsed, _) =>
        {
            var (plan, source, exitCode) = await CommandConfiguration.LoadAsync(parsed, config);
            return plan is null
                ? exitCode
                : await RunAsync(plan, source!, parsed.GetRequiredValue(method), parsed.GetRequiredValue(path), parsed.GetValue(headers) ?? []);
        });
        return command;
    }

    private static async Task<int> RunAsync(GatewayPlan plan, ConfigurationSource source, string method, string path, string[] headers)
    {
        var problems = new List<string>();
        if (SyntheticRequest.Parse(method, path, headers, $"localhost:{plan.Options.Port}", problems) is not { } request)
        {
            foreach (var problem in problems)
            {
                await Console.Error.WriteLineAsync(problem);
            }

            return ExitCode.BadConfiguration;
        }

        // Built, but never started: it opens no port.
        await using var gateway = await ServeCommand.TryBuildAsync(source, plan, Stream.Null);
        if (gateway is null)
        {
            return ExitCode.BadConfiguration;
        }

        var explanation = await Explanation.OfAsync(request, plan, gateway);
        await Console.Out.WriteAsync(explanation.Text);
        return explanation.IsServed ? ExitCode.Success : ExitCode.Failure;
    }
}
