using EventGateway.MockUpstream.Faults;
using Microsoft.AspNetCore.Http.Features;

namespace EventGateway.MockUpstream.Events;

/// <summary>The event API.</summary>
internal static class EventEndpoints
{
    public static void MapEventApi(this WebApplication app)
    {
        var store = app.Services.GetRequiredService<EventStore>();
        app.MapRead(EndpointNames.GetUsers, "/getUsers", _ => store.Users());
        app.MapRead(EndpointNames.GetEvents, "/getEvents", _ => store.Events());
        app.MapRead(EndpointNames.GetUserById, "/getUserById/{id}", context => store.UserById(LastSegment(context)));
        app.MapRead(EndpointNames.GetEventById, "/getEventById/{id}", context => store.EventById(LastSegment(context)));
        app.MapAddEvent(store);
    }

    private static void MapRead(this WebApplication app, string name, string route, Func<HttpContext, ReadOnlyMemory<byte>> read)
    {
        var injector = app.Services.GetRequiredService<FaultInjector>();
        app.MapMethods(route, [HttpMethods.Get, HttpMethods.Head], AnswerAsync);

        Task AnswerAsync(HttpContext context) => injector.AnswerAsync(context, name, (_, _) => Task.FromResult(Answer.Ok(read(context))));
    }

    private static void MapAddEvent(this WebApplication app, EventStore store)
    {
        var injector = app.Services.GetRequiredService<FaultInjector>();
        var cycle = app.Services.GetRequiredService<AddEventCycle>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.MapPost("/addEvent", AnswerAsync);

        Task AnswerAsync(HttpContext context) => injector.AnswerAsync(
            context, EndpointNames.AddEvent, (dials, leaving) => AddAsync(context.Request, (AddEventFaults)dials, leaving));

        async Task<Answer> AddAsync(HttpRequest request, AddEventFaults dials, CancellationToken leaving)
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, leaving);
            if (cycle.NextSucceeds(dials.Succeed, dials.Fail))
            {
                return Add(store, body.ToArray());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(dials.FailLatencyMs), time, leaving);
            return Answer.Overloaded;
        }
    }

    private static Answer Add(EventStore store, ReadOnlyMemory<byte> body)
    {
        if (!NewEvent.TryParse(body, out var added, out var problem))
        {
            return Answer.Error(StatusCodes.Status400BadRequest, "Bad Request", problem);
        }

        return store.TryAdd(added) ? Answer.Added : Answer.Error(StatusCodes.Status404NotFound, "Not Found", $"No user {added.UserId}");
    }

    // Not the route value: Kestrel decodes the path but leaves %2F, so "a%2Fb" and "a%252Fb" would be the same id.
    private static string LastSegment(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?', 2)[0].TrimEnd('/');
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }
}
