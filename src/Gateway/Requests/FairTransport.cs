using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.Requests;

/// <summary>
/// A client's connection that gives way to others. Where the threads that wait for sockets do the work (<see cref="SocketThreads"/>), a client that always has more
/// to send, or to take, would keep its thread for as long as it likes, and all other connections in that thread's care waiting: requests sent one after the
/// other without waiting for answers, uploads, downloads. Here such a connection's work goes on in the thread pool after a while, until it has to wait again.
/// For a client that nobody else waits with, its thread looks out before it sleeps (<see cref="BusyPolling"/>).
/// </summary>
/// <param name="transport">Of the server.</param>
/// <param name="socket">The client's; null where there is none to look at.</param>
/// <param name="polling">Who looks.</param>
internal sealed class FairTransport(IDuplexPipe transport, Socket? socket, BusyPolling polling) : IDuplexPipe
{
    // Of small requests 64, of bodies some megabytes: a millisecond at most.
    private const int Turn = 128;

    [ThreadStatic]
    private static int _steps;

    public PipeReader Input { get; } = new Reader(transport.Input, socket, polling);

    public PipeWriter Output { get; } = new Writer(transport.Output);

    private static bool EndsTurn()
    {
        if (++_steps < Turn)
        {
            return false;
        }

        _steps = 0;
        return !Thread.CurrentThread.IsThreadPoolThread;
    }

    // The clients' bytes come in here before anything is made of them: requests of HTTP/1.1, frames of HTTP/2, and what either has in TLS.
    private sealed class Reader(PipeReader pipe, Socket? socket, BusyPolling polling) : PipeReader
    {
        private BusyPolling.Backoff _backoff;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            if (EndsTurn())
            {
                return ReadInPoolAsync(cancellationToken);
            }

            var reading = pipe.ReadAsync(cancellationToken);
            if (!reading.IsCompleted && socket is not null)
            {
                // What it finds is taken up before this thread hears of other sockets: their turn comes the sooner for it, after eleven such requests.
                _steps += polling.AwaitRequest(socket, ref _backoff) ? Turn / 16 : 0;
            }

            return reading;
        }

        public override bool TryRead(out ReadResult result) => pipe.TryRead(out result);

        public override void AdvanceTo(SequencePosition consumed) => pipe.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => pipe.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => pipe.CancelPendingRead();

        public override void Complete(Exception? exception = null) => pipe.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => pipe.CompleteAsync(exception);

        private async ValueTask<ReadResult> ReadInPoolAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            return await pipe.ReadAsync(cancellationToken);
        }
    }

    private sealed class Writer(PipeWriter pipe) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => pipe.CanGetUnflushedBytes;

        public override long UnflushedBytes => pipe.UnflushedBytes;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            var flushed = pipe.FlushAsync(cancellationToken);
            return EndsTurn() ? ContinueInPoolAsync(flushed) : flushed;
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => pipe.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => pipe.GetSpan(sizeHint);

        public override void Advance(int bytes) => pipe.Advance(bytes);

        public override void CancelPendingFlush() => pipe.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => pipe.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => pipe.CompleteAsync(exception);

        private static async ValueTask<FlushResult> ContinueInPoolAsync(ValueTask<FlushResult> flushed)
        {
            var result = await flushed;
            await Task.Yield();
            return result;
        }
    }
}

/// <summary>The registration of <see cref="FairTransport"/>.</summary>
internal static class FairTransportRegistration
{
    /// <summary>Where the thread pool does the work, its threads' turns are the system's to end.</summary>
    public static void UseFairTransport(this ListenOptions listener)
    {
        if (SocketThreads.Work)
        {
            var polling = listener.ApplicationServices.GetRequiredService<BusyPolling>();
            listener.Use(next => connection =>
            {
                connection.Transport = new FairTransport(connection.Transport, connection.Features.Get<IConnectionSocketFeature>()?.Socket, polling);
                return next(connection);
            });
        }
    }
}
