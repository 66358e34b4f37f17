namespace EventGateway.CircuitBreaking.Tests;

/// <summary>The sample of the library's README, between the markers.</summary>
internal static class ReadmeSample
{
    // README begins
    public static async Task<string> AddEventAsync(CircuitBreaker breaker, TimeProvider time, Func<Task<int>> callUpstream)
    {
        if (!breaker.TryAcquire(out var permit, out var rejection))
        {
            return $"Rejected while {rejection.State}: come back in {rejection.RetryAfter.TotalSeconds} s.";
        }

        var started = time.GetTimestamp();
        var result = CallResult.Ignored(CallCause.GatewayError);   // unless the lines below know better
        try
        {
            var status = await callUpstream();
            result = status >= 500
                ? CallResult.Failure(CallCause.Status5xx, time.GetElapsedTime(started), status)
                : CallResult.Success;
            return $"The upstream answered {status}.";
        }
        catch (HttpRequestException)
        {
            result = CallResult.Failure(CallCause.Connect, time.GetElapsedTime(started));
            return "The upstream can't be reached.";
        }
        finally
        {
            breaker.Record(permit, result);   // exactly once, whatever happened
        }
    }
    // README ends
}
