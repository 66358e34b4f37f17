using System.Globalization;
using System.Text.Json;
using EventGateway.Gateway.Configuration;

namespace EventGateway.Gateway.Tests.Configuration.Generated;

/// <summary>
/// A valid configuration always serves; an invalid one always changes nothing and is explained. <c>GATEWAY_TEST_SEED</c> repeats a run.
/// </summary>
public class GeneratedConfigurationTests
{
    private const int Configurations = 100;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public async Task Edit_RandomConfigurations_ValidOnesServeAndInvalidOnesAreExplained()
    {
        var given = Environment.GetEnvironmentVariable("GATEWAY_TEST_SEED");
        var seed = given is null ? Guid.NewGuid().GetHashCode() : int.Parse(given, CultureInfo.InvariantCulture);
        var random = new Random(seed);
        var mistake = random.Next(Mistakes.Count);
        await using var first = new StubUpstream("first");
        await using var second = new StubUpstream("second");
        await using var edited = await EditedGateway.StartAsync(TestGateway.Configuration(first.Address));
        for (var i = 0; i < Configurations; i++)
        {
            var text = "";
            try
            {
                var configuration = RandomConfiguration.Draw(random, [first, second]);
                text = configuration.Root.ToJsonString(Indented);
                await ServesAsync(edited, text, configuration);
                for (var j = 0; j < 3; j++)
                {
                    // One after the other, so that each run makes them all.
                    mistake = (mistake + 1) % Mistakes.Count;
                    var (root, path) = Mistakes.Make(mistake, configuration.Root, random);
                    text = root.ToJsonString(Indented);
                    await IsRefusedAsync(edited, text, path);
                    await configuration.Probes[random.Next(configuration.Probes.Count)].CheckAsync(edited.Gateway.Client);
                }

                // However far a writer got: until its last brace this is no configuration.
                text = configuration.Root.ToJsonString(Indented);
                text = text[..random.Next(text.Length - 1)];
                await IsRefusedAsync(edited, text, path: "");
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw new InvalidOperationException($"Seed {seed}, configuration {i}, mistake {mistake}: {e.Message}\n{text}", e);
            }
        }
    }

    private static async Task ServesAsync(EditedGateway edited, string text, RandomConfiguration configuration)
    {
        Reading.Text(text).IsTakenUp();
        await edited.ApplyAsync(text);
        foreach (var probe in configuration.Probes)
        {
            await probe.CheckAsync(edited.Gateway.Client);
        }
    }

    private static async Task IsRefusedAsync(EditedGateway edited, string text, string path)
    {
        var before = edited.Live.Current;
        edited.Replace(text);
        await edited.RefusesAsync();

        Assert.Same(before, edited.Live.Current);
        var problems = Reading.Text(text).Problems.Where(p => !p.IsWarning).ToList();
        Assert.NotEmpty(problems);
        Assert.All(problems, problem => Names(problem, text, path));
    }

    // The problem speaks of the place of the mistake, of one within it or of the nearest around it, and gives the line of what it speaks of.
    private static void Names(ConfigurationProblem problem, string text, string path)
    {
        Assert.True(path.Length == 0 || problem.Path.Length > 0, $"{problem} has no place.");
        Assert.True(
            path.StartsWith(problem.Path, StringComparison.Ordinal) || problem.Path.StartsWith(path, StringComparison.Ordinal),
            $"{problem} doesn't speak of {path}.");
        Assert.NotEmpty(problem.Message);
        if (problem.Path.Length > 0)
        {
            Assert.Contains($"appsettings.json:{FilePlace.LineOf(text, problem.Path)}:", problem.Origin, StringComparison.Ordinal);
        }
    }
}
