using System.Buffers;
using System.IO.Pipelines;
using EventGateway.Gateway.Requests;

namespace EventGateway.Gateway.Tests.Requests;

public sealed class FairTransportTests
{
    // Several turns: the pool may be done before this thread looks, which then goes on until the next.
    private const int Steps = 10_000;

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
        var transport = new FairTransport(new Duplex(pipe.Reader, pipe.Writer));
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
        return new FairTransport(new Duplex(PipeReader.Create(new ReadOnlySequence<byte>(new byte[1])), output.Writer));
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

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
