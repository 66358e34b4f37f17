namespace EventGateway.Aggregator;

/// <summary>Whether an upstream's answer says in one way only where it ends. .NET's client chooses one where there are two, and passes on what it took.</summary>
public static class AnswerFraming
{
    private const int FirstStatus = 100;

    /// <summary>Whether the answer has a status, and one length: a number, or chunks (RFC 9112 §6.3).</summary>
    public static bool IsSound(HttpResponseMessage answer)
    {
        if ((int)answer.StatusCode < FirstStatus)
        {
            return false;
        }

        return !answer.Headers.NonValidated.TryGetValues("Transfer-Encoding", out var codings)
            || (codings.Count == 1
                && codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase)
                && !answer.Content.Headers.NonValidated.Contains("Content-Length"));
    }
}
