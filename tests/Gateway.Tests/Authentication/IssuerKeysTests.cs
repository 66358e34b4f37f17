using System.Text.Json.Nodes;
using EventGateway.Gateway.Authentication;
using EventGateway.Gateway.Tests.Configuration;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;

namespace EventGateway.Gateway.Tests.Authentication;

/// <summary>Issuers that change their keys, and issuers that are away.</summary>
public sealed class IssuerKeysTests
{
    private const int KeysMissing = 702;
    private const int KeysStale = 703;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    private static readonly TestKey A = TestKey.Rsa("a");
    private static readonly TestKey B = TestKey.Ec("b");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_AreFetchedBeforeAnybodyAsks_AndOnce()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        await Edits.UntilAsync(() => Task.FromResult(gateway.Issuer.Requests.Count == 2));

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.StatusAsync(gateway.Token(A))));

        Assert.All(statuses, status => Assert.Equal(200, status));
        Assert.Equal(["/.well-known/openid-configuration", "/keys"], gateway.Issuer.Requests);
    }

    [Fact]
    public async Task Rotation_TokenOfANewKey_IsGoodAtItsFirstUse()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        gateway.Issuer.Keys = [A, B];
        gateway.Clock.Advance(IssuerKeys.Pause);

        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(B)));
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
    }

    [Fact]
    public async Task Rotation_OfAKeyUnderItsFormerId_IsNoticed()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        var successor = TestKey.Rsa("a");
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        gateway.Issuer.Keys = [successor];
        gateway.Clock.Advance(IssuerKeys.Pause);

        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(successor)));
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(A)));
    }

    [Fact]
    public async Task Rotation_TokenOfAKeyThatIsGone_IsRefusedWithoutAnyNewOneComing()
    {
        await using var gateway = await GuardedGateway.StartAsync(new TestIssuer(A, B));
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        gateway.Issuer.Keys = [B];
        gateway.Clock.Advance(Interval);

        await Edits.UntilAsync(async () => await gateway.StatusAsync(gateway.Token(A)) == 401);
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(B)));
    }

    [Fact]
    public async Task UnknownKeys_ManyOfThem_CauseOneFetch()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        gateway.Clock.Advance(IssuerKeys.Pause);

        var statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => gateway.StatusAsync(gateway.Token(TestKey.Ec($"made-up-{i}")))));

        Assert.All(statuses, status => Assert.Equal(401, status));
        Assert.Equal(2, gateway.Issuer.Requests.Count(target => target == "/keys"));
    }

    [Fact]
    public async Task Issuer_DownAtTheStart_Is503UntilItIsBack()
    {
        await using var gateway = await GuardedGateway.StartAsync(new TestIssuer(A) { IsDown = true });
        var token = gateway.Token(A);

        var response = await gateway.GetAsync(token);
        Problem.Of(response, 503, "authentication_unavailable");
        Assert.Equal(("5", null), (response.Headers["Retry-After"], response.Headers["WWW-Authenticate"]));
        Assert.Equal(503, await gateway.StatusAsync(token));
        Assert.Contains(gateway.Issuer.Name, Assert.Single(gateway.Log.Of(KeysMissing)), StringComparison.Ordinal);
        Assert.Equal($"issuer:{gateway.Issuer.Name} keys_missing", await ReasonAsync(gateway));

        // Nobody asks meanwhile.
        gateway.Issuer.IsDown = false;
        gateway.Clock.Advance(IssuerKeys.Pause);
        await Edits.UntilAsync(() => Task.FromResult(gateway.Issuer.Requests.Contains("/keys")));

        Assert.Equal(200, await gateway.StatusAsync(token));
        Assert.Null(await ReasonAsync(gateway));
        Assert.Single(gateway.Log.Of(KeysMissing));
    }

    // What is wrong with a token whatever the keys are needs none.
    [Fact]
    public async Task Issuer_Down_DoesNotHideWhatIsNoTokenOfItsOwn()
    {
        await using var gateway = await GuardedGateway.StartAsync(new TestIssuer(A) { IsDown = true });
        Assert.Equal(401, (await gateway.SendAsync(Http.Get("/getUsers"))).Status);
        Assert.Equal(401, await gateway.StatusAsync("x"));
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(TestKey.None())));
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(A, payload => payload["iss"] = "other")));
    }

    [Fact]
    public async Task Issuer_DownLater_KeepsItsKeysAndTheGatewaySaysSo()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        gateway.Issuer.IsDown = true;
        gateway.Clock.Advance(Interval);
        await Edits.UntilAsync(() => Task.FromResult(gateway.Log.Of(KeysStale).Count > 0));

        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        Assert.Equal(503, await gateway.StatusAsync(gateway.Token(B)));   // it may be a new one
        Assert.Equal($"issuer:{gateway.Issuer.Name} keys_stale", await ReasonAsync(gateway));
    }

    [Theory]
    [InlineData("https://login.example.com", null)]
    [InlineData(null, "http://192.0.2.1/keys")]
    [InlineData(null, "file:///etc/passwd")]
    [InlineData(null, "keys")]
    public async Task Discovery_ThatIsAboutAnotherOrPointsElsewhere_IsNotBelieved(string? issuer, string? keys)
    {
        await using var gateway = await GuardedGateway.StartAsync(new TestIssuer(A) { Claimed = issuer, KeysAddress = keys });

        Assert.Equal(503, await gateway.StatusAsync(gateway.Token(A)));
        Assert.DoesNotContain("/keys", gateway.Issuer.Requests);
        Assert.Single(gateway.Log.Of(KeysMissing));
    }

    [Theory]
    [InlineData("200 OK", "<html>")]
    [InlineData("200 OK", "")]
    [InlineData("200 OK", "[]")]
    [InlineData("200 OK", "{}")]
    [InlineData("200 OK", """{"issuer":1,"jwks_uri":2}""")]
    [InlineData("302 Found", "")]
    [InlineData("500 Internal Server Error", "")]
    public async Task Discovery_ThatIsNone_Is503(string status, string body)
    {
        await using var provider = RawUpstream.Start((_, connection) => connection.RespondAsync(body, status, "Location: http://127.0.0.1:1/"));
        await using var gateway = await GuardedGateway.StartAsync(A, root => root["Authentication"]!["JwtBearer"]!["corp"]!["MetadataAddress"] = provider.Address);

        Assert.Equal(503, await gateway.StatusAsync(gateway.Token(A)));
        Assert.Single(gateway.Log.Of(KeysMissing));
    }

    // It takes the connection, and says nothing: no request waits longer than for the first fetch.
    [Fact]
    public async Task Issuer_ThatHangs_Is503AfterFiveSeconds()
    {
        var asked = new TaskCompletionSource();
        await using var provider = RawUpstream.Start(async (_, connection) =>
        {
            asked.TrySetResult();
            await connection.WaitForClientToLeaveAsync();
        });
        await using var gateway = await GuardedGateway.StartAsync(A, root => root["Authentication"]!["JwtBearer"]!["corp"]!["MetadataAddress"] = provider.Address);
        await asked.Task.InTime();

        var waiting = gateway.GetAsync(gateway.Token(A));
        gateway.Clock.Advance(TimeSpan.FromSeconds(5));

        Problem.Of(await waiting.InTime(), 503, "authentication_unavailable");
    }

    [Fact]
    public async Task Edit_OfSomethingElse_KeepsTheKeys()
    {
        await using var gateway = await GuardedGateway.StartAsync(A);
        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
        gateway.Issuer.IsDown = true;

        await gateway.EditAsync(root =>
        {
            root["Authentication"]!["JwtBearer"]!["corp"]!["Audiences"] = new JsonArray("events", "more");
            root["Authentication"]!["JwtBearer"]!["corp"]!["ClockSkew"] = "00:00:05";
        });

        Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A, payload => payload["aud"] = "more")));
        Assert.Equal(2, gateway.Issuer.Requests.Count);
    }

    [Fact]
    public async Task Edit_ThatNamesAnotherIssuer_IsJudgedByItsKeys()
    {
        await using var other = new TestIssuer(B);
        await using var gateway = await GuardedGateway.StartAsync(A);

        await gateway.EditAsync(root =>
        {
            root["Authentication"]!["JwtBearer"]!["corp"]!["Issuer"] = other.Name;
            root["Authentication"]!["JwtBearer"]!["corp"]!["MetadataAddress"] = other.MetadataAddress;
        });

        Assert.Equal(200, await gateway.StatusAsync(other.Token(B, gateway.Clock.GetUtcNow())));
        Assert.Equal(401, await gateway.StatusAsync(gateway.Token(A)));
    }

    [Fact]
    public async Task File_ThatChanges_IsReadAgainAndABrokenOneIsNot()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, TestIssuer.SetOf(A), Token);
            await using var gateway = await GuardedGateway.StartAsync(A, root =>
            {
                root["Authentication"]!["JwtBearer"]!["corp"]!.AsObject().Remove("MetadataAddress");
                root["Authentication"]!["JwtBearer"]!["corp"]!["JwksFile"] = file;
            });
            Assert.Equal(200, await gateway.StatusAsync(gateway.Token(A)));
            Assert.Equal(401, await gateway.StatusAsync(gateway.Token(B)));

            await File.WriteAllTextAsync(file, TestIssuer.SetOf(B), Token);
            await UntilStatusAsync(gateway, A, 401);
            Assert.Equal(200, await gateway.StatusAsync(gateway.Token(B)));

            await File.WriteAllTextAsync(file, "{", Token);
            await UntilAsync(gateway, () => Task.FromResult(gateway.Log.Of(KeysStale).Count > 0));
            Assert.Equal(200, await gateway.StatusAsync(gateway.Token(B)));

            File.Delete(file);
            Assert.Equal(200, await gateway.StatusAsync(gateway.Token(B)));

            await File.WriteAllTextAsync(file, TestIssuer.SetOf(A), Token);
            await UntilStatusAsync(gateway, A, 200);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Task UntilStatusAsync(GuardedGateway gateway, TestKey key, int status) =>
        UntilAsync(gateway, async () => await gateway.StatusAsync(gateway.Token(key)) == status);

    // The file is looked at by the gateway's clock.
    private static Task UntilAsync(GuardedGateway gateway, Func<Task<bool>> condition) => Edits.UntilAsync(() =>
    {
        gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        return condition();
    });

    private static async Task<string?> ReasonAsync(GuardedGateway gateway)
    {
        var report = JsonNode.Parse((await gateway.SendAsync(Http.Get("/ready"))).Text)!;
        return report["reasons"]!.AsArray().Where(reason => ((string)reason!["component"]!).StartsWith("issuer:", StringComparison.Ordinal))
            .Select(reason => $"{reason!["component"]} {reason["reason"]}").SingleOrDefault();
    }
}
