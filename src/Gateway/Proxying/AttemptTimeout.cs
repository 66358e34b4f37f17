namespace EventGateway.Gateway.Proxying;

/// <summary>How long one attempt of a route's call may take until its response headers. Routes that have it carry it as endpoint metadata.</summary>
internal sealed record AttemptTimeout(TimeSpan Duration);
