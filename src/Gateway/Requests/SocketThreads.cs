namespace EventGateway.Gateway.Requests;

/// <summary>
/// .NET has threads that wait for all sockets, as many as processors. Here they also do what follows upon what they hear, of clients and of upstreams, instead of
/// handing it to the thread pool: a fifth of what a request costs. That is only for code that never waits for anything, as the gateway's is
/// (docs/decisions/0025), and that gives way (<see cref="FairTransport"/>).
/// </summary>
internal static class SocketThreads
{
    // .NET has no other switch. It looks for just this value.
    private const string Switch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string On = "1";

    /// <summary>Whether they do the work; in a process that hasn't asked for it, the thread pool does.</summary>
    public static bool Work => Environment.GetEnvironmentVariable(Switch) == On;

    /// <summary>To be called before the process has its first socket. Who has set it in the environment has decided.</summary>
    public static void PutToWork()
    {
        if (Environment.GetEnvironmentVariable(Switch) is null)
        {
            Environment.SetEnvironmentVariable(Switch, On);
        }

        if (Work)
        {
            // What is left for the pool comes seldom. After each piece its threads would look around for more, with a fifteenth of what requests cost.
            AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
        }
    }
}
