using System.Buffers;
using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using EventGateway.Aggregator;

namespace EventGateway.Benchmarks.Aggregation;

/// <summary>
/// The shipped aggregation with an upstream that answers at once and costs next to nothing: what is left is the aggregator's own price, for a user's
/// events read, called for, judged and put together.
/// </summary>
[MemoryDiagnoser]
public class AggregationBenchmarks
{
    private readonly ArrayBufferWriter<byte> _body = new(64 * 1024);
    private AggregationPlan _plan = null!;
    private NoUpstream _upstream = null!;

    /// <summary>Events of the user.</summary>
    [Params(10, 50)]
    public int Events { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var options = new AggregationOptions
        {
            Match = { Path = "/getEventsByUserId/{id}", Methods = ["GET"] },
            Steps =
            [
                new() { Id = "user", Cluster = "event-api", Path = "/getUserById/{id}" },
                new() { Id = "event", Cluster = "event-api", Path = "/getEventById/{item}", ForEach = "user#/events", MaxConcurrency = 256 },
            ],
            Output = new() { Step = "event" },
        };
        _plan = AggregationPlan.Compile("eventsByUser", options, [])!;
        _upstream = new NoUpstream(Events);
    }

    [Benchmark]
    public async Task<int> Run()
    {
        _body.ResetWrittenCount();
        using var answer = await _plan.RunAsync(["1"], _upstream, TimeProvider.System, CancellationToken.None);
        answer.WriteTo(_body);
        return _body.WrittenCount;
    }

    /// <summary>The least that an answer can be, to be taken off: message, content and two headers, eleven times for ten events.</summary>
    [Benchmark]
    public int AnswersAlone()
    {
        var total = 0;
        for (var i = 0; i <= Events; i++)
        {
            using var answer = NoUpstream.Answer(_upstream.Event);
            total += (int)answer.StatusCode;
        }

        return total;
    }

    private sealed class NoUpstream(int events) : IUpstream
    {
        private readonly byte[] _user = Encoding.UTF8.GetBytes($$"""{"id":1,"events":[{{string.Join(',', Enumerable.Range(1, events))}}]}""");

        public byte[] Event { get; } = [.. """{"id":1,"name":"Event 1","userId":"1","details":"This is event 1"}"""u8];

        public static HttpResponseMessage Answer(byte[] body)
        {
            var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body) };
            answer.Headers.TryAddWithoutValidation("Date", "Mon, 05 Jan 2026 12:00:00 GMT");
            answer.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            return answer;
        }

        // Through the thread pool, as an answer over a connection comes: a call that ends at once would leave out what waiting for it takes.
        public async Task<HttpResponseMessage> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Answer(call.Step.IsFanOut ? Event : _user);
        }

        public void Finished(UpstreamCall call, PartResult result)
        {
        }

        public UInt128 CallerOf(StepPlan step) => 0;

        public IUpstream Detach(StepPlan step) => this;

        public void Joined(UpstreamCall call, IUpstream way)
        {
        }
    }
}
