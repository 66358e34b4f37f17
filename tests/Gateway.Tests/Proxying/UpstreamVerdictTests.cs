using EventGateway.Aggregator;
using EventGateway.CircuitBreaking;
using EventGateway.Gateway.CircuitBreaking;
using EventGateway.Gateway.Proxying;
using EventGateway.Gateway.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Yarp.ReverseProxy.Forwarder;

namespace EventGateway.Gateway.Tests.Proxying;

public sealed class UpstreamVerdictTests : IDisposable
{
    private readonly CancellationTokenSource _clientGone = new();
    private readonly CancellationTokenSource _routeTimeout = new();
    private readonly ProxiedCall _call;

    public UpstreamVerdictTests()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestTimeoutFeature>(new Timeout(_routeTimeout.Token));
        _call = new(context, new RequestRecord("id", _clientGone.Token), new Connection(), _ => { });
        _call.Begin();
    }

    public static TheoryData<ForwarderError, CallOutcome, CallCause> WhileEverybodyIsThere => new()
    {
        { ForwarderError.Request, CallOutcome.Failure, CallCause.Transport },
        { ForwarderError.RequestTimedOut, CallOutcome.Failure, CallCause.Timeout },
        { ForwarderError.RequestCanceled, CallOutcome.Failure, CallCause.Timeout },
        { ForwarderError.RequestBodyCanceled, CallOutcome.Failure, CallCause.Timeout },
        { ForwarderError.RequestBodyClient, CallOutcome.Ignored, CallCause.ClientAbort },
        { ForwarderError.RequestBodyDestination, CallOutcome.Failure, CallCause.Transport },
        { ForwarderError.ResponseHeaders, CallOutcome.Failure, CallCause.GatewayError },
        { ForwarderError.ResponseBodyCanceled, CallOutcome.Failure, CallCause.Timeout },
        { ForwarderError.ResponseBodyClient, CallOutcome.Ignored, CallCause.ClientAbort },
        { ForwarderError.ResponseBodyDestination, CallOutcome.Failure, CallCause.Body },
        { ForwarderError.UpgradeRequestCanceled, CallOutcome.Failure, CallCause.Transport },
        { ForwarderError.UpgradeRequestClient, CallOutcome.Ignored, CallCause.ClientAbort },
        { ForwarderError.UpgradeRequestDestination, CallOutcome.Failure, CallCause.Transport },
        { ForwarderError.UpgradeResponseCanceled, CallOutcome.Failure, CallCause.Transport },
        { ForwarderError.UpgradeResponseClient, CallOutcome.Ignored, CallCause.ClientAbort },
        { ForwarderError.UpgradeResponseDestination, CallOutcome.Failure, CallCause.Transport },
        { ForwarderError.UpgradeActivityTimeout, CallOutcome.Failure, CallCause.Timeout },
        { ForwarderError.NoAvailableDestinations, CallOutcome.NotAttempted, CallCause.Local },
        { ForwarderError.RequestCreation, CallOutcome.Failure, CallCause.GatewayError },
    };

    [Theory]
    [MemberData(nameof(WhileEverybodyIsThere))]
    public void Judge_ErrorWhileTheClientWaits_HasItsCause(ForwarderError error, CallOutcome outcome, CallCause cause) =>
        Assert.Equal(new Verdict(outcome, cause), Judge(error));

    [Fact]
    public void Judge_EveryErrorOfTheForwarder_StandsInTheTable() => Assert.Equal(
        Enum.GetValues<ForwarderError>().Except([ForwarderError.None]).Order(),
        WhileEverybodyIsThere.Select(row => row.Data.Item1).Order());

    [Fact]
    public void Judge_ClientHasLeft_IsIgnoredWhateverYarpSays()
    {
        _clientGone.Cancel();

        Assert.All(
            Enum.GetValues<ForwarderError>().Except(
                [ForwarderError.None, ForwarderError.NoAvailableDestinations, ForwarderError.ResponseHeaders, ForwarderError.RequestCreation]),
            error => Assert.Equal(new Verdict(CallOutcome.Ignored, CallCause.ClientAbort), Judge(error)));
    }

    public static TheoryData<PartOutcome, CallOutcome, CallCause> OfParts => new()
    {
        { PartOutcome.Success, CallOutcome.Success, CallCause.None },
        { PartOutcome.NotFound, CallOutcome.Success, CallCause.None },
        { PartOutcome.BadStatus, CallOutcome.Success, CallCause.None },
        { PartOutcome.TooLarge, CallOutcome.Success, CallCause.None },
        { PartOutcome.TooDeep, CallOutcome.Success, CallCause.None },
        { PartOutcome.Connect, CallOutcome.Failure, CallCause.Connect },
        { PartOutcome.Transport, CallOutcome.Failure, CallCause.Transport },
        { PartOutcome.Timeout, CallOutcome.Failure, CallCause.Timeout },
        { PartOutcome.Body, CallOutcome.Failure, CallCause.Body },
        { PartOutcome.BadResponse, CallOutcome.Failure, CallCause.BadResponse },
        { PartOutcome.BadFraming, CallOutcome.Failure, CallCause.BadResponse },
        { PartOutcome.BadEncoding, CallOutcome.Failure, CallCause.BadResponse },
        { PartOutcome.BadJson, CallOutcome.Failure, CallCause.BadResponse },
        { PartOutcome.Cancelled, CallOutcome.Ignored, CallCause.ClientAbort },
        { PartOutcome.Unavailable, CallOutcome.NotAttempted, CallCause.Local },
    };

    [Theory]
    [MemberData(nameof(OfParts))]
    public void Of_PartOfAnAggregation_HasItsCause(PartOutcome part, CallOutcome outcome, CallCause cause) =>
        Assert.Equal(new Verdict(outcome, cause), UpstreamVerdict.Of(new PartResult(part, null, default, null), StatusSet.ServerErrors));

    [Fact]
    public void Of_EveryOutcomeOfAPart_StandsInTheTable() =>
        Assert.Equal(Enum.GetValues<PartOutcome>().Order(), OfParts.Select(row => row.Data.Item1).Order());

    [Theory]
    [InlineData(500, "502-504", CallOutcome.Success)]
    [InlineData(503, "502-504", CallOutcome.Failure)]
    [InlineData(429, "429", CallOutcome.Failure)]
    [InlineData(404, "404", CallOutcome.Failure)]
    public void Of_PartWithAStatus_GoesByTheBreakersOwnStatuses(int status, string failures, CallOutcome outcome)
    {
        Assert.True(StatusSet.TryParse(failures, out var statuses));

        Assert.Equal(outcome, UpstreamVerdict.Of(new PartResult(PartOutcome.BadStatus, status, default, null), statuses).Outcome);
    }

    // The route's own timeout reaches YARP as a client that left.
    [Theory]
    [InlineData(ForwarderError.RequestCanceled)]
    [InlineData(ForwarderError.RequestBodyCanceled)]
    [InlineData(ForwarderError.ResponseBodyCanceled)]
    [InlineData(ForwarderError.RequestBodyClient)]
    public void Judge_RouteTimeout_IsTheUpstreamsTimeout(ForwarderError error)
    {
        _routeTimeout.Cancel();

        Assert.Equal(new Verdict(CallOutcome.Failure, CallCause.Timeout), Judge(error));
    }

    [Fact]
    public async Task Judge_RouteTimeoutWhileTheClientHadToSend_IsIgnored()
    {
        var client = new System.IO.Pipelines.Pipe().Reader;   // never sends
        _call.Context.Request.Body = new WatchedBody(client, long.MaxValue, TimeProvider.System);
        var read = _call.Context.Request.Body.ReadAsync(new byte[1], _routeTimeout.Token);
        await _routeTimeout.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);

        Assert.Equal(new Verdict(CallOutcome.Ignored, CallCause.ClientAbort), Judge(ForwarderError.RequestBodyCanceled));
    }

    // Its token is cancelled with the connection's.
    [Fact]
    public void Judge_ClientHasLeftAndSoTheRouteTimeoutFired_IsIgnored()
    {
        _clientGone.Cancel();
        _routeTimeout.Cancel();

        Assert.Equal(new Verdict(CallOutcome.Ignored, CallCause.ClientAbort), Judge(ForwarderError.RequestCanceled));
    }

    // YARP cuts the connection to the client when the upstream's body breaks off: that is no client that left.
    [Fact]
    public void Judge_ConnectionCutByTheGatewayItself_IsTheUpstreamsBody()
    {
        _call.HeadersArrived(200);
        ((IHttpRequestLifetimeFeature)_call).Abort();
        _clientGone.Cancel();

        Assert.Equal(new Verdict(CallOutcome.Failure, CallCause.Body), Judge(ForwarderError.ResponseBodyDestination));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    [InlineData(302)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(429)]
    public void Judge_AnswerThatIsNoFailure_IsASuccess(int status)
    {
        _call.HeadersArrived(status);

        Assert.Equal(new Verdict(CallOutcome.Success, CallCause.None), Judge(ForwarderError.None));
    }

    [Theory]
    [InlineData(ForwarderError.None)]
    [InlineData(ForwarderError.ResponseBodyDestination)]
    [InlineData(ForwarderError.ResponseBodyClient)]
    public void Judge_FailureStatus_IsAFailureWhateverBecameOfTheBody(ForwarderError error)
    {
        _call.HeadersArrived(503);
        _clientGone.Cancel();

        Assert.Equal(new Verdict(CallOutcome.Failure, CallCause.Status5xx), Judge(error));
    }

    [Fact]
    public void Judge_StatusesOfTheBreaker_AreTheOnesThatCount()
    {
        _call.HeadersArrived(429);
        Assert.True(StatusSet.TryParse("429", out var statuses));

        Assert.Equal(CallCause.Status5xx, UpstreamVerdict.Judge(_call, ForwarderError.None, null, statuses).Cause);
        _call.HeadersArrived(500);
        Assert.Equal(CallOutcome.Success, UpstreamVerdict.Judge(_call, ForwarderError.None, null, statuses).Outcome);
    }

    [Fact]
    public void Judge_NoErrorAndNoAnswer_WasNotAttempted() =>
        Assert.Equal(new Verdict(CallOutcome.NotAttempted, CallCause.Local), Judge(ForwarderError.None));

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, CallCause.Connect)]
    [InlineData(HttpRequestError.ConnectionError, CallCause.Connect)]
    [InlineData(HttpRequestError.SecureConnectionError, CallCause.Connect)]
    [InlineData(HttpRequestError.InvalidResponse, CallCause.BadResponse)]
    [InlineData(HttpRequestError.ConfigurationLimitExceeded, CallCause.BadResponse)]
    [InlineData(HttpRequestError.ResponseEnded, CallCause.Transport)]
    [InlineData(HttpRequestError.Unknown, CallCause.Transport)]
    public void Judge_RequestThatFailed_HasTheCauseOfTheHttpClient(HttpRequestError error, CallCause cause) =>
        Assert.Equal(cause, Judge(ForwarderError.Request, new HttpRequestException(error)).Cause);

    [Fact]
    public void Judge_RequestThatWasCancelledByATimer_IsATimeout() =>
        Assert.Equal(CallCause.Timeout, Judge(ForwarderError.Request, new OperationCanceledException()).Cause);

    [Fact]
    public void Judge_HeadersThatCannotBePassedOn_AreABadResponse() => Assert.All(
        new Exception[] { new InvalidOperationException(), new FormatException(), new ArgumentException("") },
        e => Assert.Equal(new Verdict(CallOutcome.Failure, CallCause.BadResponse), Judge(ForwarderError.ResponseHeaders, e)));

    [Theory]
    [InlineData(true, CallOutcome.Failure)]
    [InlineData(false, CallOutcome.Ignored)]
    public void OfException_OfTheGateway_CountsOnceTheCallHasBegun(bool attempted, CallOutcome outcome)
    {
        var verdict = UpstreamVerdict.OfException(new NotSupportedException(), attempted);

        Assert.Equal((outcome, CallCause.GatewayError), (verdict.Outcome, verdict.Cause));
    }

    public void Dispose()
    {
        _clientGone.Dispose();
        _routeTimeout.Dispose();
    }

    private Verdict Judge(ForwarderError error, Exception? exception = null) =>
        UpstreamVerdict.Judge(_call, error, exception, StatusSet.ServerErrors);

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public void Abort()
        {
        }
    }

    private sealed class Timeout(CancellationToken token) : IHttpRequestTimeoutFeature
    {
        public CancellationToken RequestTimeoutToken => token;

        public void DisableTimeout()
        {
        }
    }
}
