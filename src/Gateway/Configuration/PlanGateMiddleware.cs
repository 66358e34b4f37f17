namespace EventGateway.Gateway.Configuration;

/// <summary>
/// Lets a request find its route, cluster, destinations and plan while nobody changes them. YARP updates clusters before routes, so
/// that a request in between would have the headers of one configuration and the address of another.
/// </summary>
internal sealed class PlanGateMiddleware(RequestDelegate next, PlanGate gate)
{
    public Task InvokeAsync(HttpContext context) => gate.TryEnter() ? PassAsync(context) : WaitAsync(context);

    // Everything is found before the first wait for anybody: the request leaves the gate where the pipeline returns its task. Thus
    // no slow client and no slow upstream can ever hold a reload up.
    private Task PassAsync(HttpContext context)
    {
        try
        {
            return next(context);
        }
        finally
        {
            gate.Leave();
        }
    }

    private async Task WaitAsync(HttpContext context)
    {
        do
        {
            await gate.Opened;
        }
        while (!gate.TryEnter());

        await PassAsync(context);
    }
}
