using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using EventGateway.Gateway.Health;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Tests.Requests;

public sealed class FairTransportTests
{
    // Several turns: the pool may be done before this thread looks, which then goes on until the next.
    private const int Steps = 10_000;

    private static readonly BusyPolling Nobody = new(new InFlightRequests());

    [Fact]
    public async Task Read_AlwaysMoreToTake_GoesOnInThePoolBeforeLong() =>
        Assert.InRange(await StepsBeforeThePoolTakesOverAsync(static transport => ReadAsync(transport.Input)), 1, Steps - 1);

    [Fact]
    public async Task Flush_AlwaysRoomForMore_GoesOnInThePoolBeforeLong() =>
        Assert.InRange(await StepsBeforeThePoolTakesOverAsync(static transport => FlushAsync(transport.Output)), 1, Steps - 1);

    [Fact]
    public async Task ReadAndFlush_InThePool_AreNotInterrupted() => await Task.Run(async () =>
    {
        var transport = Endless();
        for (var i = 0; i < Steps; i++)
        {
            var read = ReadAsync(transport.Input);
            var flushed = FlushAsync(transport.Output);
            Assert.True(read.IsCompleted && flushed.IsCompleted);
            await read;
            await flushed;
        }
    }, TestContext.Current.CancellationToken);

    [Fact]
    public async Task Read_InThePoolMeanwhile_LosesNothing()
    {
        var pipe = new Pipe();
        var transport = new FairTransport(new Duplex(pipe.Reader, pipe.Writer), socket: null, Nobody);
        var received = new List<byte>();

        var reading = OnAThreadOfItsOwn(async () =>
        {
            while (true)
            {
                var result = await transport.Input.ReadAsync();
                received.AddRange(result.Buffer.ToArray());
                transport.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return received;
                }
            }
        });
        for (var i = 0; i < Steps; i++)
        {
            transport.Output.GetSpan()[0] = (byte)i;
            transport.Output.Advance(1);
            await transport.Output.FlushAsync(TestContext.Current.CancellationToken);
        }

        await transport.Output.CompleteAsync();
        Assert.Equal(Enumerable.Range(0, Steps).Select(i => (byte)i), await reading);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_BehindAnAnswerThatWasFound_LooksForTheNextRequest(bool wasFound)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        using var socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var requests = new InFlightRequests();
        var polling = new BusyPolling(requests) { Patience = TimeSpan.FromSeconds(10) };
        var begun = new TaskCompletionSource();
        var pipe = new Pipe();
        var transport = new FairTransport(new Duplex(new Announced(pipe.Reader, begun), pipe.Writer), socket, polling);

        await socket.SendAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        var seen = OnAThreadOfItsOwn(() =>
        {
            if (wasFound)
            {
                using var request = requests.Begin(new DefaultHttpContext());
                BusyPolling.Backoff backoff = default;
                polling.AwaitAnswer(client.Client, ref backoff);
            }

            var reading = transport.Input.ReadAsync();
            return Task.FromResult((reading.IsCompleted, socket.Available));
        });
        if (wasFound)
        {
            await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
            Assert.False(seen.IsCompleted);
            await client.GetStream().WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Assert.Equal((false, wasFound ? 1 : 0), await seen);
    }

    private static Task<int> StepsBeforeThePoolTakesOverAsync(Func<FairTransport, Task> step)
    {
        var transport = Endless();
        return OnAThreadOfItsOwn(async () =>
        {
            for (var i = 1; i <= Steps; i++)
            {
                await step(transport);
                if (Thread.CurrentThread.IsThreadPoolThread)
                {
                    return i;
                }
            }

            return Steps;
        });
    }

    // Such as the threads that wait for sockets.
    private static Task<T> OnAThreadOfItsOwn<T>(Func<Task<T>> work)
    {
        var result = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => result.SetResult(work())).Start();
        return result.Task.Unwrap();
    }

    // There is always a byte to read, and always room to write.
    private static FairTransport Endless()
    {
        var output = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        return new FairTransport(new Duplex(PipeReader.Create(new ReadOnlySequence<byte>(new byte[1])), output.Writer), socket: null, Nobody);
    }

    private static async Task ReadAsync(PipeReader input)
    {
        var result = await input.ReadAsync();
        input.AdvanceTo(result.Buffer.Start);
    }

    private static async Task FlushAsync(PipeWriter output)
    {
        output.GetSpan()[0] = 1;
        output.Advance(1);
        await output.FlushAsync();
    }

    /// <summary>Tells when it is read.</summary>
    private sealed class Announced(PipeReader pipe, TaskCompletionSource begun) : PipeReader
    {
        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            begun.TrySetResult();
            return pipe.ReadAsync(cancellationToken);
        }

        public override bool TryRead(out ReadResult result) => pipe.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => pipe.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => pipe.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => pipe.CancelPendingRead();

        public override void Complete(Exception? exception = null) => pipe.Complete(exception);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
