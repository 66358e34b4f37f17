using System.Security.Claims;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Errors;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Authorization;

/// <summary>
/// Finds out who the client is, where the route or aggregation asks for that, and lets through who may. The framework's own middleware knows
/// its schemes and policies by name, in tables of the process; these are the request's own configuration's.
/// </summary>
internal sealed class AuthorizationMiddleware(RequestDelegate next, BearerTokens tokens)
{
    public Task InvokeAsync(HttpContext context) =>
        RequestRecord.Of(context).Policies.Authorization is { } policy ? AuthorizeAsync(context, policy) : next(context);

    private async Task AuthorizeAsync(HttpContext context, AuthorizationPlan policy)
    {
        var record = RequestRecord.Of(context);
        ClientProof? proof;
        try
        {
            proof = await ProveAsync(context, policy);
        }
        catch (OperationCanceledException) when (!record.ClientGone.IsCancellationRequested)
        {
            proof = ClientProof.Unknown;   // the route's whole time was spent on waiting for keys
        }
        catch (OperationCanceledException)
        {
            record.Cause = CallCause.ClientAbort.ToLabel();
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;   // for logs and metrics; nobody reads it
            return;
        }

        if (Refuse(proof, policy) is { } error)
        {
            await context.WriteErrorAsync(error);
            return;
        }

        context.User = proof!.Client!;
        record.Client = ClientClaims.ApiClientOf(context.User);
        await next(context);
    }

    private async ValueTask<ClientProof?> ProveAsync(HttpContext context, AuthorizationPlan policy)
    {
        // It ends here, whatever it proves and whether keys are taken or not: the upstream would only learn what lets others in.
        var key = StringValues.Empty;
        if (RequestRecord.Of(context).Policies.ApiKeyHeader is { } header)
        {
            context.Request.Headers.Remove(header, out key);
        }

        // Who sends both is who the token says.
        var proof = policy.Tokens.Count > 0 ? await tokens.JudgeAsync(context, policy.Tokens) : null;
        return proof ?? (policy.ApiKeys is { } keys ? Judge(key, keys) : null);
    }

    private static ClientProof? Judge(StringValues presented, ApiKeyPlan keys) => presented switch
    {
        [] => null,
        [{ } key] when keys.Find(key) is { } client => ClientProof.Of(new ClaimsPrincipal(client.Identity)),
        [_] => ClientProof.Invalid("The API key isn't known.") with { IsOfApiKey = true },
        _ => ClientProof.Invalid($"There is more than one {keys.Header} header.") with { IsOfApiKey = true },
    };

    private static GatewayError? Refuse(ClientProof? proof, AuthorizationPlan policy)
    {
        if (proof is null)
        {
            return GatewayError.Unauthenticated($"The request doesn't say who sends it; {Wanted(policy)} is needed.", Challenges(policy, bearer: ""));
        }

        if (proof.Client is { } client)
        {
            return policy.Admits(client) ? null : Forbid(client, policy);
        }

        return proof.Fault is { } fault
            ? GatewayError.Unauthenticated(fault, Challenges(policy, proof.IsOfApiKey ? "" : $" error=\"invalid_token\", error_description=\"{fault}\""))
            : GatewayError.AuthenticationUnavailable(IssuerKeys.Pause);
    }

    private static GatewayError Forbid(ClaimsPrincipal client, AuthorizationPlan policy)
    {
        // RFC 6750 §3.1: the scopes that it takes are no secret, and a client may be able to ask its issuer for them.
        var scopes = policy.Options.Scopes is [] ? "" : $", scope=\"{string.Join(' ', policy.Options.Scopes)}\"";
        return GatewayError.Forbidden(ClientClaims.ApiClientOf(client) is null ? $"Bearer error=\"insufficient_scope\"{scopes}" : null);
    }

    private static string Wanted(AuthorizationPlan policy) =>
        policy is { Tokens: [], ApiKeys: { } keys } ? $"an API key in the header {keys.Header}"
        : policy.ApiKeys is { } also ? $"a bearer token, or an API key in the header {also.Header},"
        : "a bearer token";

    // RFC 9110 §11.6.1: a challenge for each way to be known. Only tokens have words for what is wrong.
    private static string[] Challenges(AuthorizationPlan policy, string bearer) =>
        [.. policy.Tokens.Count > 0 ? [$"Bearer{bearer}"] : Array.Empty<string>(), .. policy.ApiKeys is null ? Array.Empty<string>() : [AuthenticationPlan.ApiKey]];
}
