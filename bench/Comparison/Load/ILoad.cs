namespace EventGateway.Comparison.Load;

/// <summary>Clients that send one request again and again.</summary>
internal interface ILoad : IDisposable
{
    /// <summary>Sends for <paramref name="duration"/>, and waits for what is still on its way.</summary>
    /// <param name="duration">How long requests are sent, or are due.</param>
    /// <param name="rate">Requests per second that are due; null where each answer calls for the next request.</param>
    LoadResult Run(TimeSpan duration, double? rate = null);
}
