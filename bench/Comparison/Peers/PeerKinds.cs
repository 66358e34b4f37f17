using System.Diagnostics;
using System.Globalization;
using EventGateway.Comparison.Programs;

namespace EventGateway.Comparison.Peers;

/// <summary>Everything that is measured.</summary>
internal static class PeerKinds
{
    private const string GatewayCounters = "/metrics";

    /// <summary>As shipped, but for the access log: metrics, correlation, breakers, its other logs.</summary>
    public static PeerKind Gateway { get; } = new("gateway", (site, port) => StartGateway(site.Gateway, site, port)) { AllocatedPath = GatewayCounters };

    /// <summary>As shipped, with the access log, which somebody reads through a pipe.</summary>
    public static PeerKind GatewayWithLog { get; } =
        new("gateway + log", (site, port) => StartGateway(site.Gateway, site, port, ("ACCESS_LOG", "on"))) { AllocatedPath = GatewayCounters };

    /// <summary>The gateway of another directory, to see what a change is worth; there where one is given.</summary>
    public static PeerKind GatewayBefore { get; } = new("gateway before", (site, port) => StartGateway(site.Before!, site, port))
    {
        AllocatedPath = GatewayCounters,
        Needs = site => site.Before ?? "/none",
    };

    public static PeerKind Yarp { get; } = Own("yarp", "yarp");

    /// <summary>The same again: how far two equal programs differ is what a difference has to exceed.</summary>
    public static PeerKind YarpAgain { get; } = Yarp with { Name = "yarp again" };

    public static PeerKind Invoker { get; } = Own("kestrel + invoker", "invoker");

    public static PeerKind Nginx { get; } = new("nginx", (site, port) => StartNginx("nginx.conf", site, port)) { Needs = _ => "nginx", Package = "apt-get install nginx" };

    public static PeerKind HaProxy { get; } = new(
        "haproxy", (site, port) => new ProcessStartInfo("haproxy", ["-q", "-db", "-f", Path.Combine(site.Configure("haproxy.cfg", port), "haproxy.cfg")]))
    {
        Needs = _ => "haproxy",
        Package = "apt-get install haproxy",
    };

    public static PeerKind Caddy { get; } = new("caddy", StartCaddy) { Needs = _ => "caddy", Package = "apt-get install caddy" };

    public static PeerKind Node { get; } = new("node http-proxy", (site, port) => StartNode("gateway.cjs", site, port))
    {
        Needs = site => Path.Combine(site.NodeModules, "@fastify/http-proxy"),
        Package = "bench/compare --install",
    };

    private static PeerKind Own(string name, string program) => new(name, (site, port) => StartOwn(program, port, site.Upstream)) { AllocatedPath = PeerProgram.AllocatedPath };

    /// <summary>This program again, as another one.</summary>
    public static ProcessStartInfo StartOwn(string program, int port, string upstream) =>
        new(Environment.ProcessPath!, ["peer", program, port.ToString(CultureInfo.InvariantCulture), upstream]) { RedirectStandardInput = true };

    private static ProcessStartInfo StartGateway(string directory, Site site, int port, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(directory, "eventgateway.dll")]) { WorkingDirectory = site.Directory };
        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["MANAGEMENT_PORT"] = Site.FreePort().ToString(CultureInfo.InvariantCulture);
        start.Environment["EVENT_API_BASE_URL"] = site.Upstream;
        start.Environment["ACCESS_LOG"] = "off";
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static ProcessStartInfo StartNginx(string name, Site site, int port)
    {
        var directory = site.Configure(name, port);
        return new ProcessStartInfo(PeerKind.FindProgram("nginx")!, ["-p", directory, "-c", Path.Combine(directory, name), "-e", "stderr"]);
    }

    private static ProcessStartInfo StartCaddy(Site site, int port)
    {
        var directory = site.Configure("Caddyfile", port);
        var start = new ProcessStartInfo("caddy", ["run", "--adapter", "caddyfile", "--config", Path.Combine(directory, "Caddyfile")]);
        start.Environment["HOME"] = start.Environment["XDG_DATA_HOME"] = start.Environment["XDG_CONFIG_HOME"] = directory;
        return start;
    }

    private static ProcessStartInfo StartNode(string name, Site site, int port)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(site.Configure(name, port), name)]);
        start.Environment["NODE_PATH"] = site.NodeModules;
        start.Environment["NODE_ENV"] = "production";
        return start;
    }
}
