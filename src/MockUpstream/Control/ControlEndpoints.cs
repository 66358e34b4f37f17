using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventGateway.MockUpstream.Events;
using EventGateway.MockUpstream.Faults;

namespace EventGateway.MockUpstream.Control;

/// <summary>The mock's own endpoints, under <c>/__mock</c>: they have no counterpart in the event API.</summary>
internal static class ControlEndpoints
{
    private const string Root = "/__mock";

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,   // for a terminal, not for a web page
    };

    public static void UseRequestLog(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<RequestLog>();
        app.Use((context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments(Root, StringComparison.Ordinal))
            {
                var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
                log.Add(route is null ? "other" : $"{context.Request.Method} {route}", context.Request);
            }

            return next(context);
        });
    }

    public static void MapControl(this WebApplication app)
    {
        var services = app.Services;
        var faults = services.GetRequiredService<FaultBoard>();
        var log = services.GetRequiredService<RequestLog>();
        var control = app.MapGroup(Root);
        control.MapGet("/faults", context => WriteAsync(context, faults.ToJson()));
        control.MapPut("/faults", context => SetFaultsAsync(context, faults));
        control.MapGet("/requests", context => WriteAsync(context, log.Report()));
        control.MapPost("/reset", context =>
        {
            services.GetRequiredService<EventStore>().Reset();
            services.GetRequiredService<AddEventCycle>().Reset();
            services.GetRequiredService<Chance>().Reset();
            faults.Reset();
            log.Clear();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        });
    }

    private static async Task SetFaultsAsync(HttpContext context, FaultBoard faults)
    {
        try
        {
            using var reader = new StreamReader(context.Request.Body);
            faults.Change(await reader.ReadToEndAsync(context.RequestAborted));
            await WriteAsync(context, faults.ToJson());
        }
        catch (FormatException e)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await WriteAsync(context, new JsonObject { ["error"] = e.Message });
        }
    }

    private static Task WriteAsync<T>(HttpContext context, T answer) => context.Response.WriteAsJsonAsync(answer, Readable);
}
