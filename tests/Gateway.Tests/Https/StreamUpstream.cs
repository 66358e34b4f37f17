using System.Collections.Concurrent;
using System.Net;
using EventGateway.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Tests.Https;

/// <summary>An upstream that speaks whole protocols, HTTP/2 and WebSockets among them, on a free port.</summary>
internal sealed class StreamUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Protocol, string Connection)> _requests = [];

    private StreamUpstream(RequestDelegate answer, HttpProtocols protocols, TestCertificate? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener =>
        {
            listener.Protocols = protocols;
            if (certificate is not null)
            {
                listener.UseHttps(certificate.Whole());
            }
        }));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(context =>
        {
            _requests.Enqueue((context.Request.Protocol, context.Connection.Id));
            return answer(context);
        });
    }

    public string Address => _app.Urls.Single();

    /// <summary>Protocol and connection of each request so far.</summary>
    public IReadOnlyCollection<(string Protocol, string Connection)> Requests => _requests;

    public static async Task<StreamUpstream> StartAsync(RequestDelegate answer, HttpProtocols protocols, TestCertificate? certificate = null)
    {
        var upstream = new StreamUpstream(answer, protocols, certificate);
        await upstream._app.StartAsync();
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
