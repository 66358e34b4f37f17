namespace EventGateway.Gateway.Proxying;

internal static class CallHeaders
{
    /// <summary>Gives a call what the client sent under this name, if it sent anything: for calls to which YARP copies nothing.</summary>
    public static void Pass(this IHeaderDictionary call, IHeaderDictionary request, string name)
    {
        if (request.TryGetValue(name, out var values))
        {
            call.Append(name, values);
        }
    }
}
