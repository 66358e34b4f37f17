using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Tests.Configuration;

/// <summary>Every kind of mistake, alone in a file: told once, where it was made, and nothing else told besides.</summary>
public class MistakeTests
{
    private const string RouteTimeout = ",\n        \"Timeout\": \"00:00:20\"";

    private const string Sound =
        """
        {
          "ReverseProxy": {
            "Routes": {
              "read": {
                "ClusterId": "api",
                "Match": { "Path": "/read", "Methods": [ "GET" ] }
              },
              "write": {
                "ClusterId": "api",
                "Match": { "Path": "/write", "Methods": [ "POST" ] },
                "Transforms": [ { "PathPrefix": "/v1" }, { "CircuitBreaker": "guard" } ],
                "Metadata": { "RequestBody": "newEvent" },
                "Timeout": "00:00:20"
              }
            },
            "Clusters": {
              "api": {
                "Destinations": { "one": { "Address": "http://localhost:4000" } },
                "LoadBalancingPolicy": "RoundRobin",
                "HttpRequest": { "ActivityTimeout": "00:00:30" }
              }
            }
          },
          "CircuitBreakers": {
            "guard": {
              "ResetTimeout": "00:00:10",
              "MaxResetTimeout": "00:01:00",
              "ProbeTimeout": "00:00:35"
            }
          },
          "Aggregations": {
            "both": {
              "Match": { "Path": "/both/{id}" },
              "Steps": [
                { "Id": "user", "Cluster": "api", "Path": "/user/{id}" },
                { "Id": "event", "Cluster": "api", "Path": "/event/{item}", "ForEach": "user#/events" }
              ],
              "Output": "event",
              "TotalTimeout": "00:00:10"
            }
          }
        }
        """;

    [Fact]
    public void SoundFile_HasNoProblem() => Assert.Empty(Reading.Text(Sound).Problems);

    [Theory]
    // Keys, types and ranges, in our sections and in YARP's.
    [InlineData("\"ResetTimeout\": \"", "\"ResetTimeot\": \"", "26:22: error: CircuitBreakers.guard.ResetTimeot: there is no such key here; known are FailureStatuses, "
        + "FailureThreshold, FailureWindow, MinimumFailureRatio, FailureRatio, SlowCallDuration, SlowCallRatio, MinimumCalls, ResetTimeout, MaxResetTimeout, "
        + "Jitter, HalfOpenMaxProbes, SuccessesToClose, ProbeTimeout, Mode; did you mean 'ResetTimeout'?")]
    [InlineData("\"Timeout\": \"00:00:20\"", "\"TimeOutPolicies\": \"x\"", "13:28: error: ReverseProxy.Routes.write.TimeOutPolicies: there is no such key here; *"
        + "did you mean 'TimeoutPolicy'?")]
    [InlineData("\"ProbeTimeout\": \"00:00:35\"", "\"ProbeTimeout\": 35", "28:23: error: CircuitBreakers.guard.ProbeTimeout: '35' is not a duration in the form hh:mm:ss or "
        + "hh:mm:ss.fff; ProbeTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("\"ProbeTimeout\": \"00:00:35\"", "\"Jitter\": 2", "28:17: error: CircuitBreakers.guard.Jitter: 2 is out of range; Jitter goes from 0 to 0.9.")]
    [InlineData("\"Output\": \"event\"", "\"Mode\": \"Partail\", \"Output\": \"event\"", "38:15: error: Aggregations.both.Mode: 'Partail' is not one of FailFast, Partial; did you mean 'Partial'?")]
    [InlineData("[ { \"PathPrefix\": \"/v1\" }, { \"CircuitBreaker\": \"guard\" } ]", "{ \"CircuitBreaker\": \"guard\" }",
        "11:23: error: ReverseProxy.Routes.write.Transforms: this must be a list: [ … ].")]
    // Names.
    [InlineData("\"ClusterId\": \"api\",\n        \"Match\": { \"Path\": \"/read\"", "\"ClusterId\": \"apo\",\n        \"Match\": { \"Path\": \"/read\"",
        "5:22: error: ReverseProxy.Routes.read.ClusterId: there is no cluster 'apo'; known are api; did you mean 'api'?")]
    [InlineData("\"CircuitBreaker\": \"guard\"", "\"CircuitBreaker\": \"gaurd\"",
        "11:70: error: ReverseProxy.Routes.write.Transforms[1].CircuitBreaker: there is no circuit breaker 'gaurd'; known are guard; did you mean 'guard'?")]
    [InlineData("\"newEvent\"", "\"newEvents\"",
        "12:38: error: ReverseProxy.Routes.write.Metadata.RequestBody: there is no request body policy 'newEvents'; known are newEvent; did you mean 'newEvent'?")]
    [InlineData("\"RequestBody\"", "\"RequestBdy\"",
        "12:37: warning: ReverseProxy.Routes.write.Metadata.RequestBdy: 'RequestBdy' has no meaning to this gateway; known are RequestBody, AttemptTimeout, RetryPolicy, Compress, OutputCachePolicy; did you mean 'RequestBody'?")]
    [InlineData("\"RoundRobin\"", "\"RoundRobbin\"", "19:32: error: ReverseProxy.Clusters.api.LoadBalancingPolicy: there is no load balancing policy 'RoundRobbin'; *"
        + "did you mean 'RoundRobin'?")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"HealthCheck\": { \"Passive\": { \"Enabled\": true, \"Policy\": \"Rate\" } }",
        "19:66: error: ReverseProxy.Clusters.api.HealthCheck.Passive.Policy: there is no passive health check policy 'Rate'; known are TransportFailureRate.")]
    [InlineData("\"Cluster\": \"api\", \"Path\": \"/user", "\"Cluster\": \"ap\", \"Path\": \"/user",
        "35:36: error: Aggregations.both.Steps[0].Cluster: there is no cluster 'ap'; known are api; did you mean 'api'?")]
    [InlineData("\"Path\": \"/user/{id}\"", "\"Path\": \"/user/{id}\", \"CircuitBreaker\": \"none\"",
        "35:83: error: Aggregations.both.Steps[0].CircuitBreaker: there is no circuit breaker 'none'; known are guard.")]
    // What YARP would find at the first request, or tell without a place.
    [InlineData("\"http://localhost:4000\"", "\"localhost:4000\"",
        "18:47: error: ReverseProxy.Clusters.api.Destinations.one.Address: 'localhost:4000' is not an absolute http or https URI (without credentials, query and fragment).")]
    [InlineData("{ \"one\": { \"Address\": \"http://localhost:4000\" } }", "{ }", "18:25: error: ReverseProxy.Clusters.api.Destinations: the cluster has no destination.")]
    [InlineData("{ \"Address\": \"http://localhost:4000\" }", "{ }",
        "18:34: error: ReverseProxy.Clusters.api.Destinations.one.Address: the address is missing: an absolute http or https URI.")]
    [InlineData("\"PathPrefix\"", "\"PathPrefex\"",
        "11:41: error: ReverseProxy.Routes.write.Transforms[0].PathPrefex: there is no transform 'PathPrefex'; known are *; did you mean 'PathPrefix'?")]
    [InlineData("[ \"POST\" ]", "[ \"PSOT\" ]",
        "10:51: error: ReverseProxy.Routes.write.Match.Methods[0]: there is no method 'PSOT'; known are GET, HEAD, *; did you mean 'POST'?")]
    [InlineData("\"Timeout\": \"00:00:20\"", "\"CorsPolicy\": \"x\"",
        "13:23: error: ReverseProxy.Routes.write.CorsPolicy: there is no CORS policy 'x'; none is configured.")]
    // Paths that get in each other's way.
    [InlineData("\"Path\": \"/read\"", "\"Path\": \"/read/{\"", "6:28: error: ReverseProxy.Routes.read.Match.Path: '/read/{' is no valid path pattern: *")]
    [InlineData("\"Path\": \"/read\"", "\"Path\": \"/both/{x}\"", "33:26: error: Aggregations.both.Match.Path: aggregation 'both' and route 'read' collide: both match "
        + "GET '/both/{id}', and neither goes before the other. See also ReverseProxy.Routes.read.Match.Path (appsettings.json:6:28).")]
    [InlineData("\"Match\": { \"Path\": \"/read\", \"Methods\": [ \"GET\" ] }", "\"Order\": -1, \"Match\": { \"Path\": \"/write\" }",
        "10:28: error: ReverseProxy.Routes.write.Match.Path: route 'write' is unreachable: every request that it matches goes to route 'read', which matches it too "
        + "and whose Order is lower. See also ReverseProxy.Routes.read.Match.Path (appsettings.json:6:41).")]
    // Aggregations.
    [InlineData("user#/events", "event#/events", "36:80: error: Aggregations.both.Steps[1].ForEach: A step can't wait for its own answer.")]
    [InlineData("\"/user/{id}\" }", "\"/user/{item}\", \"ForEach\": \"event#/x\" }",
        "35:78: error: Aggregations.both.Steps[0].ForEach: Step 'event' must stand before the step that uses it.",
        "36:80: error: Aggregations.both.Steps[1].ForEach: Step 'user' is repeated itself: its many answers have no one list.")]
    [InlineData("user#/events", "usr#/events", "36:80: error: Aggregations.both.Steps[1].ForEach: There is no step 'usr'; known are user, event; did you mean 'user'?")]
    [InlineData("user#/events", "user#events", "36:80: error: Aggregations.both.Steps[1].ForEach: 'user#events' is no step id, '#' and JSON Pointer, like 'user#/events'.")]
    [InlineData("/user/{id}", "/user/{uid}", "35:51: error: Aggregations.both.Steps[0].Path: '{uid}' is no parameter of '/both/{id}'; known are id; did you mean 'id'?")]
    [InlineData("/user/{id}", "/user/{id", "35:51: error: Aggregations.both.Steps[0].Path: '/user/{id' has a '{' without '}'.")]
    [InlineData("\"/both/{id}\"", "\"/both/{id\"", "33:26: error: Aggregations.both.Match.Path: '/both/{id' has a '{' without '}'.")]
    [InlineData("\"Output\": \"event\"", "\"Output\": { \"all\": \"evnet\", \"user\": \"user\" }",
        "38:26: error: Aggregations.both.Output.all: There is no step 'evnet'; known are user, event; did you mean 'event'?")]
    [InlineData("\"TotalTimeout\": \"00:00:10\"", "\"TotalTimeout\": \"00:00:04\"",
        "35:9: error: Aggregations.both.Steps[0].Timeout: 00:00:05 is longer than the whole aggregation may take, 00:00:04. *",
        "36:9: error: Aggregations.both.Steps[1].Timeout: 00:00:05 is longer than the whole aggregation may take, 00:00:04. *")]
    // Settings that contradict each other.
    [InlineData("\"ResetTimeout\": \"00:00:10\"", "\"ResetTimeout\": \"00:02:00\"",
        "26:23: error: CircuitBreakers.guard.ResetTimeout: ResetTimeout (00:02:00) is longer than MaxResetTimeout (00:01:00). "
        + "See also CircuitBreakers.guard.MaxResetTimeout (appsettings.json:27:26).")]
    [InlineData("\"Timeout\": \"00:00:20\"", "\"Timeout\": \"00:00:36\"",
        "28:23: error: CircuitBreakers.guard.ProbeTimeout: ProbeTimeout (00:00:35) is shorter than the route's Timeout (00:00:36): a probe would count as failed "
        + "while its call still runs. See also ReverseProxy.Routes.write.Timeout (appsettings.json:13:20).")]
    [InlineData("\"newEvent\" },\n        \"Timeout\": \"00:00:20\"", "\"newEvent\" }",
        "")]   // the cluster's 30 s are shorter
    // Parameters that the path doesn't have.
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"PathPattern\": \"/v1/{id}\" }",
        "11:42: error: ReverseProxy.Routes.write.Transforms[0].PathPattern: the route's path has no parameter 'id'.")]
    [InlineData("\"/write\", \"Methods\": [ \"POST\" ] },\n        \"Transforms\": [ { \"PathPrefix\": \"/v1\" }",
        "\"/write/{id}\", \"Methods\": [ \"POST\" ] },\n        \"Transforms\": [ { \"QueryRouteParameter\": \"x\", \"Set\": \"ib\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Set: the route's path has no parameter 'ib'; it has id; did you mean 'id'?")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeaderRouteValue\": \"X-Id\", \"Append\": \"id\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Append: the route's path has no parameter 'id'.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"PathPattern\": \"/v1/{\" }",
        "11:42: error: ReverseProxy.Routes.write.Transforms[0].PathPattern: '/v1/{' is no valid path pattern.")]
    // Numbers in Metadata, which YARP would pass over.
    [InlineData("\"HttpRequest\"", "\"Metadata\": { \"ConsecutiveFailuresHealthPolicy.Threshold\": \"x\" }, \"HttpRequest\"",
        "20:*'x' is not a whole number, at least 1.")]
    [InlineData("\"HttpRequest\"", "\"Metadata\": { \"TransportFailureRateHealthPolicy.RateLimit\": \"7\" }, \"HttpRequest\"",
        "20:*'7' is not a number between 0 and 1.")]
    // Transforms that can't be built, or with which every call would fail.
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"HttpMethodChange\": \"GET\", \"Set\": \"P T\" }",
        "11:25: error: ReverseProxy.Routes.write.Transforms[0]: The format of the HTTP method is invalid.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"HttpMethodChange\": \"GET\", \"Set\": \"TRACE\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Set: TRACE never goes to an upstream.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"HttpMethodChange\": \"GET\", \"Set\": \"connect\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Set: connect never goes to an upstream.")]
    [InlineData("\"/write\", \"Methods\": [ \"POST\" ]", "\"/write\", \"Methods\": [ \"TRACE\" ]", "10:*'TRACE'*")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeader\": \"\", \"Set\": \"x\" }",
        "11:44: error: ReverseProxy.Routes.write.Transforms[0].RequestHeader: '' is no header name; letters, digits and !#$%&'*+-.^_`|~ can be in one.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeader\": \"X Y\", \"Set\": \"x\" }",
        "11:44: error: ReverseProxy.Routes.write.Transforms[0].RequestHeader: 'X Y' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeader\": \"X-Y\", \"Set\": \"a\\nb\" }",
        "11:58: error: ReverseProxy.Routes.write.Transforms[0].Set: a header can't carry the character U+000A; tabs and the printable characters of "
            + "Latin-1 can be in one.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeader\": \"X-Y\", \"Append\": \"\\u0142\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Append: a header can't carry the character U+0142; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeader\": \"content-length\", \"Set\": \"5\" }",
        "11:44: error: ReverseProxy.Routes.write.Transforms[0].RequestHeader: 'content-length' belongs to the message itself and can't be set.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeader\": \"Host\", \"Set\": \"a b\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Set: 'a b' is no host; a host and perhaps a port can stand here, like example.com or "
            + "example.com:8080.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeader\": \"Host\", \"Append\": \"b\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Append: there can be no second Host; Set replaces it.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeaderRouteValue\": \"X:Y\", \"Set\": \"id\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].RequestHeaderRouteValue: 'X:Y' is no header name; *",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Set: the route's path has no parameter 'id'.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeaderRemove\": \"X Y\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].RequestHeaderRemove: 'X Y' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"RequestHeadersAllowed\": \"Accept,X-Y\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].RequestHeadersAllowed: 'Accept,X-Y' is no header name; *can be in one, and semicolons go "
            + "between several.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ResponseHeader\": \"Transfer-Encoding\", \"Set\": \"chunked\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].ResponseHeader: 'Transfer-Encoding' belongs to the message itself and can't be set.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ResponseHeader\": \"X-Y\", \"Set\": \"\\r\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].Set: a header can't carry the character U+000D; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ResponseHeaderRemove\": \"\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].ResponseHeaderRemove: '' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ResponseHeadersAllowed\": \"A; B; C D\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].ResponseHeadersAllowed: 'C D' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ResponseTrailer\": \"Connection\", \"Append\": \"close\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].ResponseTrailer: 'Connection' belongs to the message itself and can't be set.")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ResponseTrailerRemove\": \"(x)\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].ResponseTrailerRemove: '(x)' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ResponseTrailersAllowed\": \"a b\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].ResponseTrailersAllowed: 'a b' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"ClientCert\": \"X Cert\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].ClientCert: 'X Cert' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"X-Forwarded\": \"Set\", \"HeaderPrefix\": \"X Forwarded-\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].HeaderPrefix: 'X Forwarded-' is no header name; *")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"PathSet\": \"v1\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].PathSet: 'v1' doesn't begin with '/'; did you mean '/v1'?")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"PathPrefix\": \"v1\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].PathPrefix: 'v1' doesn't begin with '/'; did you mean '/v1'?")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"PathRemovePrefix\": \"v1\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].PathRemovePrefix: 'v1' doesn't begin with '/'; did you mean '/v1'?")]
    [InlineData("{ \"PathPrefix\": \"/v1\" }", "{ \"PathPrefix\": \"/v1?a=b\" }",
        "11:*error: ReverseProxy.Routes.write.Transforms[0].PathPrefix: '/v1?a=b' has a query or fragment; here is place for a path alone.")]
    // Clusters with which every call would fail.
    [InlineData("\"http://localhost:4000\" }", "\"http://localhost:4000\", \"Host\": \"a b\" }",
        "18:*error: ReverseProxy.Clusters.api.Destinations.one.Host: 'a b' is no host; a host and perhaps a port can stand here, like example.com or "
            + "example.com:8080.")]
    [InlineData("\"Methods\": [ \"GET\" ]", "\"Hosts\": [ \"a b\" ]",
        "6:*error: ReverseProxy.Routes.read.Match.Hosts[0]: 'a b' is neither a host nor a host and a port, like example.com or *.example.com:8080.")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"SessionAffinity\": { \"Enabled\": true, \"AffinityKeyName\": \"a b\" }",
        "19:*error: ReverseProxy.Clusters.api.SessionAffinity.AffinityKeyName: 'a b' is no name of a cookie or header; letters, digits and !#$%&'*+-.^_`|~ "
            + "can be in one.")]
    [InlineData("\"HttpRequest\": { ", "\"HttpRequest\": { \"Version\": \"3.0\", \"VersionPolicy\": \"RequestVersionExact\", ",
        "20:*error: ReverseProxy.Clusters.api.HttpRequest.VersionPolicy: HTTP/3 needs https, and with RequestVersionExact no lower version will do. See "
            + "also ReverseProxy.Clusters.api.Destinations.one.Address (appsettings.json:18:47).")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"HttpClient\": { \"WebProxy\": { \"Address\": \"ftp://proxy\" } }",
        "19:*error: ReverseProxy.Clusters.api.HttpClient.WebProxy.Address: 'ftp://proxy' is no address of a proxy; allowed are absolute URIs "
            + "with the scheme http, https, socks4, socks4a, socks5.")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"HealthCheck\": { \"Active\": { \"Interval\": \"50.00:00:00\" } }",
        "19:*error: ReverseProxy.Clusters.api.HealthCheck.Active.Interval: 50.00:00:00 is out of range; Interval goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"HealthCheck\": { \"Active\": { \"Enabled\": true, \"Timeout\": \"00:00:00\" } }",
        "19:*error: ReverseProxy.Clusters.api.HealthCheck.Active.Timeout: 00:00:00 is out of range; Timeout goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"HealthCheck\": { \"Passive\": { \"Enabled\": true, \"ReactivationPeriod\": \"-00:00:01\" } }",
        "19:*error: ReverseProxy.Clusters.api.HealthCheck.Passive.ReactivationPeriod: -00:00:01 is out of range; ReactivationPeriod goes from 00:00:00.001 "
            + "to 1.00:00:00.")]
    [InlineData("\"ActivityTimeout\": \"00:00:30\"", "\"ActivityTimeout\": \"1.00:00:01\"",
        "20:*error: ReverseProxy.Clusters.api.HttpRequest.ActivityTimeout: 1.00:00:01 is out of range; ActivityTimeout goes from 00:00:00.001 to 1.00:00:00.")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"HealthCheck\": { \"Active\": { \"Path\": \"health\" } }",
        "19:*error: ReverseProxy.Clusters.api.HealthCheck.Active.Path: 'health' doesn't begin with '/'; did you mean '/health'?")]
    [InlineData("\"LoadBalancingPolicy\": \"RoundRobin\"", "\"HealthCheck\": { \"Active\": { \"Path\": \"/health#x\" } }",
        "19:*error: ReverseProxy.Clusters.api.HealthCheck.Active.Path: '/health#x' has a query or fragment; here is place for a path alone.")]
    // Nothing wrong, and nothing used.
    [InlineData("\"CircuitBreakers\": {", "\"CircuitBreakers\": { \"spare\": {},", "24:33: warning: CircuitBreakers.spare: nothing uses this circuit breaker.")]
    [InlineData("\"Clusters\": {", "\"Clusters\": { \"spare\": { \"Destinations\": { \"x\": { \"Address\": \"http://x\" } } },",
        "16:28: warning: ReverseProxy.Clusters.spare: nothing uses this cluster.")]
    [InlineData("{\n  \"ReverseProxy\"", "{ \"$schema\": \"./appsettings.schema.json\",\n  \"ReverseProxy\"", "")]
    // Unreadable things have no consequences.
    [InlineData("\"ForEach\": \"user#/events\"", "\"ForEch\": \"user#/events\"", "36:79: error: Aggregations.both.Steps[1].ForEch: there is no such key here; *")]
    [InlineData("{ \"Id\": \"user\", \"Cluster\": \"api\", \"Path\": \"/user/{id}\" }", "\"user\"", "35:9: error: Aggregations.both.Steps[0]: this must be an object: { … }.")]
    [InlineData("\"Id\": \"user\", ", "", "35:9: error: Aggregations.both.Steps[0].Id: Id is missing.")]
    [InlineData("\"Path\": \"/both/{id}\"", "\"Pth\": \"/both/{id}\"", "33:25: error: Aggregations.both.Match.Pth: there is no such key here; *",
        "33:16: error: Aggregations.both.Match.Path: Path is missing.")]
    [InlineData("\"guard\": {", "\"guard\": { \"ProbeTimout\": \"00:00:01\",", "25:31: error: CircuitBreakers.guard.ProbeTimout: there is no such key here; *")]
    [InlineData("\"ClusterId\": \"api\",\n        \"Match\": { \"Path\": \"/read\"", "\"Cluster\": \"api\",\n        \"Match\": { \"Path\": \"/read\"",
        "5:20: error: ReverseProxy.Routes.read.Cluster: there is no such key here; *did you mean 'ClusterId'?")]
    public void Mistake_AloneInAFile_IsToldWhereItWasMade(string right, string wrong, params string[] told)
    {
        var text = Sound.ReplaceLineEndings("\n");
        Assert.Contains(right, text, StringComparison.Ordinal);
        var at = text.IndexOf(right, StringComparison.Ordinal);

        var lines = Reading.Text(text[..at] + wrong + text[(at + right.Length)..]).Problems.Select(p => p.ToString()).ToList();

        var expected = told.Where(t => t.Length > 0).Select(t => $"appsettings.json:{t}").ToList();
        Assert.True(expected.Count == lines.Count && expected.Order().Zip(lines.Order()).All(pair => Matches(pair.First, pair.Second)), string.Join('\n', lines));
    }

    [Fact]
    public void Mistakes_OfDifferentKinds_AreAllTold()
    {
        var text = Sound
            .Replace("\"ClusterId\": \"api\",\n        \"Match\": { \"Path\": \"/read\"", "\"ClusterId\": \"ap\",\n        \"Match\": { \"Path\": \"/read\"", StringComparison.Ordinal)
            .Replace("\"RoundRobin\"", "\"RoundRobbin\"", StringComparison.Ordinal)
            .Replace("\"MaxResetTimeout\": \"00:01:00\"", "\"MaxResetTimeout\": \"00:00:01\"", StringComparison.Ordinal)
            .Replace("user#/events", "usr#/events", StringComparison.Ordinal)
            .Replace("\"TotalTimeout\"", "\"TotalTimout\"", StringComparison.Ordinal);

        Assert.Equal(
            [
                "ReverseProxy.Routes.read.ClusterId", "ReverseProxy.Clusters.api.LoadBalancingPolicy", "CircuitBreakers.guard.ResetTimeout",
                "Aggregations.both.Steps[1].ForEach", "Aggregations.both.TotalTimout",
            ],
            Reading.Text(text).Problems.Where(p => !p.IsWarning).Select(p => p.Path));
    }

    [Fact]
    public void ActivityTimeout_NotWritten_IsAWarning()
    {
        var lines = Reading.Text(Sound.Replace(RouteTimeout, "", StringComparison.Ordinal)
            .Replace(",\n        \"HttpRequest\": { \"ActivityTimeout\": \"00:00:30\" }", "", StringComparison.Ordinal)).Problems;

        var problem = Assert.Single(lines);
        Assert.True(problem.IsWarning);
        Assert.Equal("CircuitBreakers.guard.ProbeTimeout", problem.Path);
        Assert.Contains("00:01:40", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ActivityTimeout_LongerThanAProbeMayTake_NamesBoth()
    {
        var text = Sound.Replace(RouteTimeout, "", StringComparison.Ordinal).Replace("00:00:30", "00:00:36", StringComparison.Ordinal);

        var problem = Assert.Single(Reading.Text(text).Problems);
        Assert.False(problem.IsWarning);
        Assert.Equal("ReverseProxy.Clusters.api.HttpRequest.ActivityTimeout", Assert.Single(problem.Related).Path);
    }

    [Theory]
    [InlineData("", "00:00:05", null)]
    [InlineData("", "00:00:06",
        "appsettings.json:28:23: error: CircuitBreakers.guard.ProbeTimeout: ProbeTimeout (00:00:35) is shorter than the cluster's ActivityTimeout and QueueTimeout "
        + "together (00:00:36): a probe would count as failed while its call still runs. "
        + "See also ReverseProxy.Clusters.api.HttpRequest.ActivityTimeout (appsettings.json:19:45), "
        + "ReverseProxy.Clusters.api.Metadata.QueueTimeout (appsettings.json:20:89).")]
    [InlineData(RouteTimeout, "00:00:06", null)]   // the wait is a part of it
    public void ProbeTimeout_CallMayWaitForAPlace_IsComparedWithBothTimes(string routeTimeout, string queueTimeout, string? told)
    {
        var metadata = $$"""{ "MaxConcurrentCalls": "8", "MaxQueuedCalls": "8", "QueueTimeout": "{{queueTimeout}}" }""";
        var text = Sound.ReplaceLineEndings("\n")
            .Replace(RouteTimeout, routeTimeout, StringComparison.Ordinal)
            .Replace("\"00:00:30\" }", $"\"00:00:30\" }},\n        \"Metadata\": {metadata}", StringComparison.Ordinal)
            .Replace("\"ForEach\"", "\"MaxConcurrency\": 8, \"ForEach\"", StringComparison.Ordinal);

        Assert.Equal(told is null ? [] : [told], Reading.Text(text).Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void GuardedStep_LongerThanAProbeMayTake_NamesBoth()
    {
        var text = Sound.Replace("/user/{id}\"", "/user/{id}\", \"CircuitBreaker\": \"guard\", \"Timeout\": \"00:00:36\"", StringComparison.Ordinal)
            .Replace("\"TotalTimeout\": \"00:00:10\"", "\"TotalTimeout\": \"00:00:40\"", StringComparison.Ordinal);

        Assert.Equal(
            "appsettings.json:28:23: error: CircuitBreakers.guard.ProbeTimeout: ProbeTimeout (00:00:35) is shorter than the step's Timeout (00:00:36): a probe would "
                + "count as failed while its call still runs. See also Aggregations.both.Steps[0].Timeout (appsettings.json:35:103).",
            Assert.Single(Reading.Text(text).Problems).ToString());
    }

    // A star stands for any text.
    private static bool Matches(string expected, string actual) => Regex.IsMatch(actual, $"^{Regex.Escape(expected).Replace("\\*", ".*", StringComparison.Ordinal)}$");
}
