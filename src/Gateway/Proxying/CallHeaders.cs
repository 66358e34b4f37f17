using System.Net.Http.Headers;

namespace EventGateway.Gateway.Proxying;

internal static class CallHeaders
{
    /// <summary>Gives a call what the client sent under this name, if it sent anything: for calls to which YARP copies nothing.</summary>
    public static void Pass(this HttpRequestHeaders call, IHeaderDictionary request, string name)
    {
        if (request.TryGetValue(name, out var values))
        {
            call.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }
}
