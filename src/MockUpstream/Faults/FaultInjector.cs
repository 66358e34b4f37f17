using EventGateway.MockUpstream.Events;

namespace EventGateway.MockUpstream.Faults;

/// <summary>Stands between an endpoint and its caller: makes the caller wait, and breaks answers as the dials say.</summary>
internal sealed class FaultInjector(FaultBoard board, Chance chance, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private static readonly Answer Injected =
        Answer.Error(StatusCodes.Status500InternalServerError, "Injected failure", "The mock fails as its dials say");

    /// <param name="context">The request to answer.</param>
    /// <param name="endpoint">Whose dials hold.</param>
    /// <param name="ask">The endpoint. It isn't asked when no part of its answer would be shown: such a failure changes nothing.</param>
    public async Task AnswerAsync(HttpContext context, string endpoint, Func<EndpointFaults, CancellationToken, Task<Answer>> ask)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var dials = board[endpoint];
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(dials.LatencyMs), time, leaving.Token);
            await (chance.Falls(dials.FailureShare)
                ? FailAsync(context, dials, () => ask(dials, leaving.Token), leaving.Token)
                : context.SendAsync(await ask(dials, leaving.Token), dials.RetryAfter));
        }
        catch (BadHttpRequestException e)
        {
            await context.SendAsync(Answer.Error(e.StatusCode, "Bad Request", e.Message), dials.RetryAfter);
        }
        catch (Exception e) when (e is IOException || leaving.IsCancellationRequested)
        {
            context.Abort();   // nobody is there any more, or the server stops
        }
    }

    private static async Task FailAsync(HttpContext context, EndpointFaults dials, Func<Task<Answer>> ask, CancellationToken leaving)
    {
        switch (dials.Failure)
        {
            case FailureKind.Reset:
                context.Abort();
                return;
            case FailureKind.Status:
                await context.SendAsync(Injected with { Status = dials.Status }, dials.RetryAfter);
                return;
            case FailureKind.StallBody:
                await context.SendHalfAsync(await ask());
                break;
            case FailureKind.Truncate:
                await context.SendHalfAndCloseAsync(await ask());
                break;
            case FailureKind.Garbage:
                await context.SendGarbageAndCloseAsync();
                break;
        }

        await Task.Delay(Timeout.Infinite, leaving);
    }
}
