using System.Diagnostics.Tracing;

namespace EventGateway.Aggregator.Tests;

/// <summary>Counts arrays of one size that the shared pool lends and gets back. Choose one that nobody else asks for.</summary>
internal sealed class PoolWatch(int size) : EventListener
{
    private int _rented;     // by Interlocked
    private int _returned;   // by Interlocked

    public int Rented => Volatile.Read(ref _rented);

    public int Returned => Volatile.Read(ref _returned);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
        {
            EnableEvents(eventSource, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.Payload is [_, int length, ..] && length == size)
        {
            switch (eventData.EventName)
            {
                case "BufferRented":
                    Interlocked.Increment(ref _rented);
                    break;
                case "BufferReturned":
                    Interlocked.Increment(ref _returned);
                    break;
            }
        }
    }
}
