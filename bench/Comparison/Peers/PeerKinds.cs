using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventGateway.Comparison.Programs;
using EventGateway.Testing;

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

    /// <summary>As shipped, while Prometheus reads the metrics each second.</summary>
    public static PeerKind GatewayScraped { get; } = Gateway with { Name = "gateway scraped", IsScraped = true };

    /// <summary>The list of users is kept by the output cache.</summary>
    public static PeerKind GatewayWithCache { get; } = Variant("gateway cache", ("OutputCachePolicies__day__Duration", "1.00:00:00"), ("ReverseProxy__Routes__getUsers__Metadata__OutputCachePolicy", "day"));

    /// <summary>Once open its breaker stays so.</summary>
    public static PeerKind GatewayWithLongWait { get; } = Variant("gateway open", ("CIRCUIT_BREAKER_RESET_TIMEOUT_MS", "3600000"), ("CIRCUIT_BREAKER_MAX_RESET_TIMEOUT_MS", "3600000"));

    /// <summary>A thousand routes besides.</summary>
    public static PeerKind GatewayWithManyRoutes { get; } = new("gateway 1000 routes", (site, port) => StartGateway(site.Gateway, site, port, ("GATEWAY_CONFIG", WriteManyRoutes(site))))
    {
        AllocatedPath = GatewayCounters,
    };

    public static PeerKind Yarp { get; } = Own("yarp", "yarp");

    /// <summary>The same again: how far two equal programs differ is what a difference has to exceed.</summary>
    public static PeerKind YarpAgain { get; } = Yarp with { Name = "yarp again" };

    public static PeerKind Invoker { get; } = Own("kestrel + invoker", "invoker");

    public static PeerKind Nginx { get; } = new("nginx", (site, port) => StartNginx("nginx.conf", site, port)) { Needs = _ => "nginx", Package = "apt-get install nginx" };

    /// <summary>With a cache of its own, in shared memory and files.</summary>
    public static PeerKind NginxWithCache { get; } = Nginx with { Name = "nginx cache", Start = (site, port) => StartNginx("nginx-cache.conf", site, port) };

    /// <summary>An aggregation in Lua, within nginx: <c>ngx.location.capture_multi</c>.</summary>
    public static PeerKind NginxWithLua { get; } = new("nginx + lua", (site, port) => StartNginx("nginx-lua.conf", site, port))
    {
        Needs = _ => "/usr/share/nginx/modules/ngx_http_lua_module.so",
        Package = "apt-get install libnginx-mod-http-lua lua-cjson",
    };

    public static PeerKind HaProxy { get; } = new("haproxy", (site, port) => StartHaProxy("haproxy.cfg", site, port)) { Needs = _ => "haproxy", Package = "apt-get install haproxy" };

    /// <summary>It knows that there is nobody to ask.</summary>
    public static PeerKind HaProxyDown { get; } = HaProxy with { Name = "haproxy down", Start = (site, port) => StartHaProxy("haproxy-down.cfg", site, port) };

    public static PeerKind Caddy { get; } = new("caddy", StartCaddy) { Needs = _ => "caddy", Package = "apt-get install caddy" };

    public static PeerKind Node { get; } = new("node http-proxy", (site, port) => StartNode("gateway.cjs", site, port))
    {
        Needs = site => Path.Combine(site.NodeModules, "@fastify/http-proxy"),
        Package = "bench/compare --install",
    };

    /// <summary>An aggregation as one writes it in Node.</summary>
    public static PeerKind NodeAggregation { get; } = new("node Promise.all", (site, port) => StartNode("aggregation.cjs", site, port)) { Needs = _ => "node", Package = "apt-get install nodejs" };

    /// <summary>An aggregation as one writes it in ASP.NET Core.</summary>
    public static PeerKind MinimalApi { get; } = Own("minimal API", "minimal-api");

    public static PeerKind Constant { get; } = Own("kestrel 503", "constant");

    /// <summary>No proxy at all: what the upstream and the client take for themselves.</summary>
    public static PeerKind Direct { get; } = new("direct", static (_, port) => StartOwn("upstream", port, ""));

    private static PeerKind Variant(string name, params (string Name, string Value)[] variables) =>
        new(name, (site, port) => StartGateway(site.Gateway, site, port, variables)) { AllocatedPath = GatewayCounters };

    private static PeerKind Own(string name, string program) => new(name, (site, port) => StartOwn(program, port, site.Upstream, site)) { AllocatedPath = PeerProgram.AllocatedPath };

    /// <summary>The event API with constant answers that all of them stand in front of.</summary>
    public static PeerKind Upstream { get; } = Direct with { Name = "upstream" };

    /// <summary>This program again, as another one.</summary>
    private static ProcessStartInfo StartOwn(string program, int port, string upstream, Site? site = null)
    {
        var start = new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, typeof(PeerKinds).Assembly.GetName().Name!), ["peer", program, port.ToString(CultureInfo.InvariantCulture), upstream])
        {
            RedirectStandardInput = true,
        };
        if (site?.SecurePort is { } securePort)
        {
            // What Kestrel itself understands.
            start.Environment["Kestrel__Endpoints__Secure__Url"] = $"https://127.0.0.1:{securePort}";
            start.Environment["Kestrel__Endpoints__Secure__Certificate__Path"] = site.CertificatePath;
            start.Environment["Kestrel__Endpoints__Secure__Certificate__KeyPath"] = site.KeyPath;
        }

        return start;
    }

    private static ProcessStartInfo StartGateway(string directory, Site site, int port, params (string Name, string Value)[] variables)
    {
        // As it ships it is one native program; what is compared with it may have been published without -p:PublishAot=true.
        var assembly = Path.Combine(directory, "eventgateway.dll");
        var start = File.Exists(assembly) ? new ProcessStartInfo("dotnet", [assembly]) : new ProcessStartInfo(Path.Combine(directory, "eventgateway"));
        start.WorkingDirectory = site.Directory;
        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["MANAGEMENT_PORT"] = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        start.Environment["EVENT_API_BASE_URL"] = site.Upstream;
        start.Environment["ACCESS_LOG"] = "off";
        if (site.SecurePort is { } securePort)
        {
            start.Environment["Https__Port"] = securePort.ToString(CultureInfo.InvariantCulture);
            start.Environment["Https__Certificate__Path"] = site.CertificatePath;
            start.Environment["Https__Certificate__KeyPath"] = site.KeyPath;
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private static string WriteManyRoutes(Site site)
    {
        var shipped = File.ReadAllText(Path.Combine(site.Gateway, "appsettings.json"));
        var file = JsonNode.Parse(shipped, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })!;
        var routes = file["ReverseProxy"]!["Routes"]!;
        for (var i = 0; i < 1_000; i++)
        {
            routes[$"route{i}"] = new JsonObject { ["ClusterId"] = "event-api", ["Match"] = new JsonObject { ["Path"] = $"/service{i / 10}/resource{i}/{{id}}" } };
        }

        var path = Path.Combine(site.Directory, "many-routes.json");
        File.WriteAllText(path, file.ToJsonString());
        return path;
    }

    private static ProcessStartInfo StartHaProxy(string name, Site site, int port) =>
        new("haproxy", ["-q", "-db", "-f", Path.Combine(site.Configure(name, port), name)]);

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
