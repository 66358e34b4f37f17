using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EventGateway.EndToEnd.Tests.Processes;
using EventGateway.Gateway.Configuration;
using EventGateway.MockUpstream;
using EventGateway.Testing;

namespace EventGateway.EndToEnd.Tests.Deploy;

/// <summary>Dockerfile and compose.yml agree with the programs and with each other, as far as that can be told without building an image.</summary>
public sealed partial class ContainerTests
{
    private static readonly string[] Dockerfile = Repository.Read("deploy/Dockerfile").Split('\n');
    private static readonly JsonNode Services = Yaml.Read("deploy/compose.yml")["services"]!;

    [Fact]
    public void Image_OfTheGateway_StartsTheNativeProgram()
    {
        Assert.Equal(["./eventgateway"], JsonSerializer.Deserialize<string[]>(Instruction("gateway", "ENTRYPOINT"))!);
        var copied = Dockerfile.Single(line => line.StartsWith("COPY --from=build /publish/gateway/eventgateway ", StringComparison.Ordinal)).Split(' ');
        Assert.Equal(["eventgateway", "appsettings.json", "appsettings.schema.json"], copied[2..^1].Select(Path.GetFileName));
        Assert.Contains(Dockerfile, line => line.Contains("publish src/Gateway ", StringComparison.Ordinal) && line.Contains("-p:PublishAot=true", StringComparison.Ordinal));
        Assert.True(File.Exists(Launch.Beside("eventgateway.dll")));   // a native program has its assembly's name
    }

    [Fact]
    public void Image_OfTheMock_StartsItsAssembly()
    {
        var command = JsonSerializer.Deserialize<string[]>(Instruction("mock", "ENTRYPOINT"))!;
        Assert.Equal("dotnet", command[0]);
        Assert.True(File.Exists(Launch.Beside(command[1])));
    }

    [Fact]
    public void Image_Port_IsTheProgramsDefault()
    {
        var gateway = new GatewayOptions();
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{gateway.Port} {gateway.ManagementPort}"), Instruction("gateway", "EXPOSE"));
        Assert.Equal(new MockUpstreamOptions().Port.ToString(CultureInfo.InvariantCulture), Instruction("mock", "EXPOSE"));
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("mock")]
    public void Image_User_IsNotRoot(string stage) => Assert.Equal("$APP_UID", Instruction(stage, "USER"));

    [Fact]
    public void Image_CopiedFiles_Exist()
    {
        var sources = Dockerfile.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from=", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[1]);
        Assert.All(sources, source => Assert.True(Path.Exists(Repository.PathTo(source)), source));
        var projects = Project().Matches(string.Join('\n', Dockerfile)).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(["src/Gateway", "src/MockUpstream"], projects);
        Assert.All(projects, project => Assert.Single(Directory.GetFiles(Repository.PathTo(project), "*.csproj")));
    }

    [Fact]
    public async Task HealthCheck_GatewayAlive_Passes()
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayLaunch());
        Assert.Equal(0, (await CheckHealthAsync(gateway.Port)).ExitCode);
    }

    [Fact]
    public async Task HealthCheck_NobodyListens_Fails()
    {
        using var nobody = new NobodysPort();
        Assert.NotEqual(0, (await CheckHealthAsync(new Uri(nobody.Address).Port)).ExitCode);
    }

    [Fact]
    public async Task HealthCheck_AnotherAnswer_Fails()
    {
        await using var server = RawUpstream.Start((_, connection) => connection.RespondAsync("", "503 Service Unavailable"));
        Assert.NotEqual(0, (await CheckHealthAsync(server.Port)).ExitCode);
    }

    [Fact]
    public void Compose_Builds_NameStagesOfTheDockerfile() => Assert.All(new[] { "gateway", "mock" }, name =>
    {
        var build = Services[name]!["build"]!;
        Assert.Equal("deploy/Dockerfile", (string?)build["dockerfile"]);
        Assert.True(File.Exists(Repository.PathTo(Path.Combine("deploy", (string)build["context"]!, (string)build["dockerfile"]!))));
        Assert.Contains(Dockerfile, line => line.EndsWith($" AS {build["target"]}", StringComparison.Ordinal));
    });

    [Fact]
    public void Compose_Programs_RunWithoutAWritableRoot() => Assert.All(new[] { "gateway", "mock" }, name =>
    {
        Assert.Equal("true", (string?)Services[name]!["read_only"]);
        Assert.Equal("/tmp", (string?)Services[name]!["tmpfs"]![0]);
    });

    [Fact]
    public void Compose_MountedFiles_Exist() => Assert.All(Volumes(), volume =>
        Assert.True(Path.Exists(Repository.PathTo(Path.Combine("deploy", volume.Source))), volume.Source));

    [Fact]
    public void Compose_Variables_AreKnownToThePrograms()
    {
        HashSet<string> known =
        [
            .. Repository.Read(".env.example").Split('\n').Where(line => !line.StartsWith('#')).Select(line => line.Split('=')[0]),
            .. typeof(GatewayOptions).GetProperties().Select(setting => setting.Name),
        ];
        Assert.All(VariablesOf("gateway").Concat(VariablesOf("mock")), variable => Assert.Contains(variable.Key, known));
        Assert.All(VariablesOf("grafana"), variable => Assert.StartsWith("GF_", variable.Key, StringComparison.Ordinal));
    }

    // What is told to the container is told to a process: who watches and operates finds it, and who is a client doesn't.
    [Fact]
    public async Task Compose_GatewaysVariables_OpenManagementToTheHostAndKeepItFromClients()
    {
        var management = FreePort.Find().ToString(CultureInfo.InvariantCulture);
        var launch = new GatewayLaunch { Variables = { ["MANAGEMENT_PORT"] = management } };
        foreach (var (name, value) in VariablesOf("gateway"))
        {
            launch.Variables[name] = (string)value! == "${ADMIN_TOKEN:-}" ? "" : (string)value!;
        }

        await using var gateway = await GatewayProcess.StartAsync(launch);
        using var operating = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{management}") };
        foreach (var path in new[] { "/metrics", "/status", "/admin/breakers", "/health" })
        {
            Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(operating, path));
        }

        Assert.Equal(HttpStatusCode.NotFound, await StatusOfAsync(gateway.Client, "/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOfAsync(gateway.Client, "/status"));
        using var change = await operating.PostAsync(
            "/admin/breakers/addEvent/reset", new StringContent("{\"reason\":\"x\"}", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, change.StatusCode);   // without ADMIN_TOKEN
    }

    [Fact]
    public void Compose_PortsOfOperators_AreOnTheHostsLoopbackOnly()
    {
        var published = Services.AsObject().SelectMany(service => service.Value!["ports"]!.AsArray()).Select(port => (string)port!);
        Assert.Equal(["3000:3000"], published.Where(port => !port.StartsWith("127.0.0.1:", StringComparison.Ordinal)));
    }

    [Fact]
    public void Compose_Addresses_AreThoseOfTheServices()
    {
        Assert.Equal($"http://mock:{Services["mock"]!["environment"]!["MOCK_PORT"]}", (string?)Services["gateway"]!["environment"]!["EVENT_API_BASE_URL"]);
        var scraped = Yaml.Read("deploy/prometheus/prometheus.yml")["scrape_configs"]![0]!;
        Assert.Equal("eventgateway", (string?)scraped["job_name"]);
        Assert.Equal($"gateway:{ContainerPorts("gateway")[1]}", (string?)scraped["static_configs"]![0]!["targets"]![0]);
        var datasource = Yaml.Read("grafana/provisioning/datasources/prometheus.yml")["datasources"]![0]!;
        Assert.Equal($"http://prometheus:{ContainerPorts("prometheus").Single()}", (string?)datasource["url"]);
        Assert.Equal(Instruction("gateway", "EXPOSE").Split(' '), ContainerPorts("gateway"));
        Assert.Equal(Instruction("mock", "EXPOSE").Split(' '), ContainerPorts("mock"));
    }

    [Fact]
    public void Compose_HostPorts_DontCollide() =>
        Assert.Distinct(Services.AsObject().SelectMany(service => service.Value!["ports"]!.AsArray()).Select(port => ((string)port!).Split(':')[^2]));

    [Fact]
    public void Compose_GrafanaFolders_AreThoseThatItIsToldOf()
    {
        var mounted = Volumes().ToDictionary(volume => volume.Target, volume => volume.Source);
        var provider = Yaml.Read("grafana/provisioning/dashboards/eventgateway.yml")["providers"]![0]!;
        Assert.Equal("../grafana/dashboards", mounted[(string)provider["options"]!["path"]!]);
        Assert.Equal("../grafana/provisioning", mounted["/etc/grafana/provisioning"]);

        var home = (string)Services["grafana"]!["environment"]!["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]!;
        Assert.True(File.Exists(Repository.PathTo(Path.Combine("deploy", mounted[Path.GetDirectoryName(home)!], Path.GetFileName(home)))));
    }

    [Fact]
    public void Compose_RunbookAndStatusPage_LieWhereTheDashboardsLinkTo()
    {
        const string PublicFolder = "/usr/share/grafana";   // what Grafana serves at /
        var mounted = Volumes().ToDictionary(volume => volume.Target, volume => volume.Source);
        var host = ((string)Services["gateway"]!["ports"]![1]!).Split(':')[1];
        Assert.All(Grafana.Dashboard.Names, name =>
        {
            var dashboard = Grafana.Dashboard.Read(name);
            Assert.True(File.Exists(Repository.PathTo(Path.Combine("deploy", mounted[PublicFolder + dashboard.Constant("docs")], "operations.md"))));
            Assert.Equal($"http://localhost:{host}/status", dashboard.Constant("status"));
        });
    }

    private static Task<Ended> CheckHealthAsync(int port)
    {
        var copied = Dockerfile.Single(line => line.EndsWith(" /healthcheck.sh", StringComparison.Ordinal)).Split(' ')[1];
        Assert.Contains(Dockerfile, line => line.StartsWith("HEALTHCHECK ", StringComparison.Ordinal)
            && line.EndsWith(" CMD [\"bash\", \"/healthcheck.sh\"]", StringComparison.Ordinal));
        return new Launch("bash", Repository.PathTo(copied)) { Variables = { ["PORT"] = port.ToString(CultureInfo.InvariantCulture) } }.RunAsync();
    }

    // The argument of an instruction of one stage.
    private static string Instruction(string stage, string name) => Dockerfile
        .SkipWhile(line => !line.EndsWith($" AS {stage}", StringComparison.Ordinal))
        .Skip(1)
        .TakeWhile(line => !line.StartsWith("FROM ", StringComparison.Ordinal))
        .Single(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..];

    private static IReadOnlyList<string> ContainerPorts(string service) =>
        [.. Services[service]!["ports"]!.AsArray().Select(port => ((string)port!).Split(':')[^1])];

    private static JsonObject VariablesOf(string service) => Services[service]!["environment"]!.AsObject();

    private static async Task<HttpStatusCode> StatusOfAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static IEnumerable<(string Source, string Target)> Volumes() => Services.AsObject()
        .SelectMany(service => service.Value!["volumes"]?.AsArray() ?? [])
        .Select(volume => ((string)volume!).Split(':'))
        .Select(parts => (parts[0], parts[1]));

    [GeneratedRegex(@"dotnet publish (\S+)")]
    private static partial Regex Project();
}
