namespace EventGateway.Gateway.Errors;

/// <summary>What every answer says that the gateway makes itself; what comes from the upstream keeps the headers that it came with.</summary>
internal static class OwnAnswers
{
    /// <summary>Has browsers take the answer for the data that it is: never for a page, a script or part of another page.</summary>
    public static void SetSecurityHeaders(this HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }
}
