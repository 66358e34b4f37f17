using System.Globalization;
using System.Reflection;

namespace EventGateway.CircuitBreaking.Tests;

public class ReadmeTests
{
    [Fact]
    public async Task Sample_UpstreamFails_RejectsAndRecovers()
    {
        var circuit = new TestCircuit();
        Func<Task<int>>[] failures =
            [() => Task.FromResult(500), () => throw new HttpRequestException("refused"), () => Task.FromResult(503)];
        foreach (var failure in failures)
        {
            await ReadmeSample.AddEventAsync(circuit.Breaker, circuit.Clock, failure);
        }

        Assert.Equal("Rejected while Open: come back in 10 s.", await Call());
        circuit.WaitOut();
        Assert.Equal("The upstream answered 201.", await Call());
        Assert.Equal(CircuitState.Closed, circuit.State);

        Task<string> Call() => ReadmeSample.AddEventAsync(circuit.Breaker, circuit.Clock, () => Task.FromResult(201));
    }

    [Fact]
    public void Readme_Sample_IsTheOneThatRuns()
    {
        var readme = Between(Read("README.md"), "```csharp\n", "```");
        var sample = Between(Read("ReadmeSample.cs"), "    // README begins\n", "    // README ends");

        Assert.Equal(sample.Replace("\n    ", "\n", StringComparison.Ordinal).Trim(), readme.Trim());
    }

    [Fact]
    public void Readme_OptionsTable_HasEveryOptionWithItsDefault()
    {
        var readme = Read("README.md");
        var defaults = new CircuitBreakerOptions();

        Assert.All(typeof(CircuitBreakerOptions).GetProperties(), property =>
        {
            var value = property.GetValue(defaults);
            var shown = value is null ? "–" : $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`";
            Assert.Contains($"| `{property.Name}` | {shown} |", readme, StringComparison.Ordinal);
        });
    }

    private static string Between(string text, string begin, string end)
    {
        var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return text[start..text.IndexOf(end, start, StringComparison.Ordinal)];
    }

    private static string Read(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
