namespace EventGateway.MockUpstream.Events;

/// <summary>The event API's endpoints, as paths and dials name them.</summary>
internal static class EndpointNames
{
    public const string GetUsers = "getUsers";
    public const string GetEvents = "getEvents";
    public const string GetUserById = "getUserById";
    public const string GetEventById = "getEventById";
    public const string AddEvent = "addEvent";
}
