using EventGateway.Gateway.Access;
using EventGateway.Gateway.Terminal;

namespace EventGateway.Gateway.Commands.Explain;

/// <summary>What a route or an aggregation asks of its clients, by the policies that it names.</summary>
internal static class PolicyExplanation
{
    public static void Write(TextTable table, EndpointPolicies policies)
    {
        if (policies.Cors is { } cors)
        {
            var origins = cors.AllowAnyOrigin ? "any origin" : string.Join(", ", cors.Origins);
            table.Add("cors", $"pages of {origins} may read the answers{(cors.SupportsCredentials ? ", and send cookies" : "")}");
        }
    }
}
