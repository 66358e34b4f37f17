using System.Text;
using EventGateway.Gateway.Requests;
using EventGateway.Gateway.Telemetry;
using EventGateway.Gateway.Tests.Wire;
using EventGateway.Testing;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace EventGateway.Gateway.Tests.Telemetry;

/// <summary>Standard output at its worst: requests go on, and no line is lost without being counted.</summary>
public sealed class AccessLogOutputTests
{
    private readonly ManualClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_OutputThatBlocks_DropsTheOldestAndCountsThem()
    {
        using var output = new Output { Blocked = true };
        var log = new AccessLog(output, _clock);
        await log.StartAsync(Token);
        Write(log, 1);
        await output.Entered.InTime();   // the writer stands in its first write, with one line

        Write(log, AccessLog.QueueLength + 100);

        Assert.Equal(100, log.Dropped);
        output.Blocked = false;
        await log.StopAsync(Token).InTime();
        Assert.Equal(1 + AccessLog.QueueLength, output.Lines);
    }

    [Fact]
    public async Task Write_OutputThatThrows_CountsWhatItRefusedAndGoesOn()
    {
        using var output = new Output { Failure = new ObjectDisposedException("stdout") };
        var log = new AccessLog(output, _clock);
        await log.StartAsync(Token);
        Write(log, 1);
        await output.Entered.InTime();

        output.Failure = null;
        Write(log, 5);
        await log.StopAsync(Token).InTime();

        Assert.Equal((1, 5), (log.Dropped, output.Lines));
    }

    [Fact]
    public async Task Stop_OutputThatBlocks_GivesUpAfterAWhile()
    {
        using var output = new Output { Blocked = true };
        var log = new AccessLog(output, _clock);
        await log.StartAsync(Token);
        Write(log, 1);
        await output.Entered.InTime();

        var stopping = log.StopAsync(Token);
        Assert.False(stopping.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(2));

        await stopping.InTime();
        output.Blocked = false;
    }

    [Fact]
    public async Task Request_OutputThatBlocks_IsAnswered()
    {
        await using var upstream = RawUpstream.Start((_, connection) => connection.RespondAsync("[]"));
        using var output = new Output { Blocked = true };
        await using var gateway = await TestGateway.StartAsync(upstream.Address, output: output);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("[]", await gateway.Client.GetStringAsync("/getUsers", Token).InTime());
        }

        output.Blocked = false;
    }

    // The framework's console logger has a queue of its own, and by default waits for a place in it.
    [Fact]
    public async Task Logger_OutputThatBlocks_DropsInsteadOfWaiting()
    {
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:1");

        var options = gateway.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value;

        Assert.Equal(ConsoleLoggerQueueFullMode.DropWrite, options.QueueFullMode);
    }

    private static void Write(AccessLog log, int lines)
    {
        for (var i = 0; i < lines; i++)
        {
            log.Write(new DefaultHttpContext(), new RequestRecord("id", CancellationToken.None), TimeSpan.Zero);
        }
    }

    private sealed class Output : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile Exception? _failure;
        private int _lines;

        public Task Entered => _entered.Task;

        public int Lines => Volatile.Read(ref _lines);

        public Exception? Failure
        {
            get => _failure;
            set => _failure = value;
        }

        public bool Blocked
        {
            set
            {
                if (value)
                {
                    _open.Reset();
                }
                else
                {
                    _open.Set();
                }
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var failure = Failure;
            _entered.TrySetResult();
            _open.Wait(CancellationToken.None);
            if (failure is not null)
            {
                throw failure;
            }

            Interlocked.Add(ref _lines, Encoding.UTF8.GetString(buffer.Span).Count(c => c == '\n'));
            return ValueTask.CompletedTask;
        }

        protected override void Dispose(bool disposing)
        {
            _open.Dispose();
            base.Dispose(disposing);
        }
    }
}
