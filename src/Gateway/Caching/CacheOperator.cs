namespace EventGateway.Gateway.Caching;

/// <summary>Has answers forgotten as an operator asks for, and sees to it that everybody can know.</summary>
internal sealed partial class CacheOperator(AnswerStore store, ILogger<CacheOperator> logger)
{
    /// <returns>How many answers are gone.</returns>
    public int PurgeRoute(string route, string reason) =>
        Told($"route {route}", store.Purge(source => source.Route.Equals(route, StringComparison.OrdinalIgnoreCase)), reason);

    /// <returns>How many answers are gone.</returns>
    public int PurgeTag(string tag, string reason) => Told($"tag {tag}", store.Purge(source => source.Plan.Options.Tags.Contains(tag)), reason);

    private int Told(string chosen, int answers, string reason)
    {
        Log.Purged(logger, answers, chosen, reason);
        return answers;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 901, EventName = "CachePurged", Level = LogLevel.Warning, Message = "An operator has purged {Answers} answers of {Chosen}: {Reason}")]
        public static partial void Purged(ILogger logger, int answers, string chosen, string reason);
    }
}
