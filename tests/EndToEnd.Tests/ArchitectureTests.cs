using System.Reflection;
using System.Xml.Linq;

namespace EventGateway.EndToEnd.Tests;

/// <summary>The arrows between the projects, and no others, so that the drawing can't rot.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Projects_References_AreTheArrowsOfTheDrawing() => Assert.Equal(
        [
            "Aggregator -> ",
            "CircuitBreaking -> ",
            "Demo -> Gateway, MockUpstream",
            "Gateway -> Aggregator, CircuitBreaking",
            "MockUpstream -> ",
        ],
        Projects().Select(project => $"{project.Name} -> {string.Join(", ", ReferencesOf(project.File, "ProjectReference"))}"));

    [Theory]
    [InlineData("Aggregator")]
    [InlineData("CircuitBreaking")]
    public void Libraries_Need_NothingButTheBaseClassLibrary(string project)
    {
        var file = Projects().Single(p => p.Name == project).File;
        Assert.Equal("Microsoft.NET.Sdk", (string?)file.Attribute("Sdk"));   // the web's would bring ASP.NET Core along
        Assert.Empty(ReferencesOf(file, "PackageReference"));
        Assert.Empty(ReferencesOf(file, "FrameworkReference"));
        Assert.Empty(ReferencesOf(file, "Reference"));

        // What the compiler wrote down, whatever the project file says or imports.
        var baseClassLibrary = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Assert.All(
            AssembliesBehind($"EventGateway.{project}"),
            name => Assert.True(File.Exists(Path.Combine(baseClassLibrary, name + ".dll")), name));
    }

    [Theory]
    [InlineData("eventgateway", new[] { "EventGateway.Aggregator", "EventGateway.CircuitBreaking" })]
    [InlineData("EventGateway.Demo", new[] { "EventGateway.MockUpstream", "eventgateway" })]
    [InlineData("EventGateway.MockUpstream", new string[0])]
    public void Programs_Assemblies_AreThoseOfTheArrows(string assembly, string[] expected) => Assert.Equal(
        expected,
        AssembliesBehind(assembly).Where(name => name.StartsWith("EventGateway", StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Breakers_OfOthers_AreForComparisonOnly()
    {
        Assert.DoesNotContain(Projects().SelectMany(project => ReferencesOf(project.File, "PackageReference")), name => name.Contains("Polly", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(AppContext.BaseDirectory, "*Polly*"));   // nor does a package bring one along
    }

    private static IEnumerable<string> AssembliesBehind(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!).Order(StringComparer.Ordinal);

    private static IEnumerable<string> ReferencesOf(XElement project, string kind) =>
        project.Descendants(kind)
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!))
            .Order(StringComparer.Ordinal);

    private static IEnumerable<(string Name, XElement File)> Projects() =>
        Directory.GetFiles(Repository.PathTo("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => (Path.GetFileNameWithoutExtension(file), XElement.Load(file)))
            .OrderBy(project => project.Item1, StringComparer.Ordinal);
}
