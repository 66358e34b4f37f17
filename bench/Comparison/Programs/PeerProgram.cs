using System.Net;

namespace EventGateway.Comparison.Programs;

/// <summary>The peers that are written in C#: this program starts itself again as one of them.</summary>
internal static class PeerProgram
{
    /// <summary>Where each tells how many bytes it has allocated so far.</summary>
    public const string AllocatedPath = "/_allocated";

    public static Task RunAsync(string name, int port, string upstream) => name switch
    {
        "upstream" => UpstreamProgram.RunAsync(port),
        "yarp" => YarpProgram.RunAsync(port, upstream),
        "invoker" => InvokerProgram.RunAsync(port, upstream),
        "minimal-api" => MinimalApiProgram.RunAsync(port, upstream),
        "constant" => ConstantProgram.RunAsync(port),
        _ => throw new ArgumentException($"There is no program '{name}'."),
    };

    /// <summary>Nothing but the server: no routing, no filter of hosts.</summary>
    public static WebApplicationBuilder BareKestrel()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        return builder;
    }

    /// <summary>Serves what <paramref name="map"/> says on loopback, as a default host does but for the log, until standard input ends: with whoever started it.</summary>
    public static async Task ServeAsync(WebApplicationBuilder builder, int port, Action<WebApplication> map)
    {
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        await using var app = builder.Build();
        app.Use(static (context, next) =>
            context.Request.Path.Value == AllocatedPath ? context.Response.WriteAsJsonAsync(GC.GetTotalAllocatedBytes()) : next(context));   // no endpoint: nor routing where there is none
        map(app);
        await app.StartAsync();
        await Console.In.ReadToEndAsync();
    }
}
