using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>Edits of <c>.env</c>, while the file beside it stays as it is.</summary>
public sealed class DotEnvEditTests : IAsyncLifetime
{
    private const string Threshold = "CIRCUIT_BREAKER_FAILURE_THRESHOLD";

    private RawUpstream _upstream = null!;
    private EditedGateway _edited = null!;

    private int FailureThreshold => _edited.Live.Current.Breakers["addEvent"].Settings.FailureThreshold;

    public async ValueTask InitializeAsync()
    {
        _upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("[]"));
        _edited = await EditedGateway.StartAsync(Configuration());
    }

    public async ValueTask DisposeAsync()
    {
        await _edited.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Edit_OfDotEnvAlone_IsTakenUpUnderTheSameHash()
    {
        var hash = _edited.Live.Current.Hash;
        foreach (var threshold in (int[])[5, 6])
        {
            Write($"{Threshold}={threshold}");
            await _edited.TakesUpAsync();
            Assert.Equal((threshold, hash), (FailureThreshold, _edited.Live.Current.Hash));
        }

        File.Delete(_edited.DotEnv);
        await _edited.TakesUpAsync();

        Assert.Equal(3, FailureThreshold);
        Assert.All(_edited.Log.Of(401), line => Assert.Equal($"{_edited.DotEnv} was taken up; hash {hash}.", line));
    }

    [Fact]
    public async Task Edit_OfDotEnvWithAMistake_IsRefusedOnceUntilItIsMendedByItself()
    {
        Write($"{Threshold}=5");
        await _edited.TakesUpAsync();

        Write($"\n{Threshold}=0");
        var refused = await _edited.RefusesAsync();
        Assert.StartsWith(".env:2: error: CircuitBreakers.addEvent.FailureThreshold: ", Assert.Single(refused.Problems), StringComparison.Ordinal);
        Assert.Equal(5, FailureThreshold);

        Write($"{Threshold}=5");
        await _edited.ConfirmsAsync();
        Assert.StartsWith(_edited.DotEnv, Assert.Single(_edited.Log.Of(403)), StringComparison.Ordinal);
    }

    // The file alone is what serves, and yet not all is as it was.
    [Fact]
    public async Task Edit_OfDotEnvWhileTheFileIsWrong_IsTakenUpWithTheMendedFile()
    {
        _edited.Replace("{");
        await _edited.RefusesAsync();
        Write($"{Threshold}=7");
        await _edited.RefusesAsync();

        _edited.Replace(Configuration());
        await _edited.TakesUpAsync();

        Assert.Equal(7, FailureThreshold);
        Assert.Empty(_edited.Log.Of(402));
    }

    private string Configuration() => TestGateway.Configuration(_upstream.Address);

    private void Write(string text)
    {
        File.WriteAllText(_edited.DotEnv + ".new", text);
        File.Move(_edited.DotEnv + ".new", _edited.DotEnv, overwrite: true);
    }
}
