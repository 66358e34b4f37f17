using System.Diagnostics.Tracing;
using System.Text.RegularExpressions;

namespace EventGateway.Gateway.Telemetry.Otlp;

/// <summary>
/// Tells when the receiver stops taking what it is sent, and when it takes it again. The SDK says so to event sources only, once for
/// each try.
/// </summary>
internal sealed partial class OtlpWatch(Uri endpoint, ILogger logger) : EventListener
{
    private const string Source = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private const string Success = "ExportSuccess";
    private const string BrokenOff = "OperationUnexpectedlyCanceled";   // by the end of the process, which is no news of the receiver

    private readonly Lock _gate = new();
    private readonly HashSet<string> _failing = [];   // addresses, one per signal; guarded by _gate

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Source)
        {
            EnableEvents(eventSource, EventLevel.Informational);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The listener hears of all exports of the process; those of other receivers are somebody else's.
        if (eventData.EventName == BrokenOff || eventData.Payload is not [string address, ..] || !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.Authority != endpoint.Authority)
        {
            return;
        }

        lock (_gate)
        {
            if (eventData.EventName == Success)
            {
                if (_failing.Remove(address) && _failing.Count == 0)
                {
                    Log.Delivered(logger, endpoint);
                }
            }
            else if (eventData.Level <= EventLevel.Warning && _failing.Add(address) && _failing.Count == 1)
            {
                Log.NotDelivered(logger, endpoint, ReasonOf(eventData));
            }
        }
    }

    // Behind the address comes an exception with its stack, or what the receiver answered.
    private static string ReasonOf(EventWrittenEventArgs eventData)
    {
        var details = eventData.Payload!.Skip(1).OfType<string>().Select(text => ExceptionName().Replace(text.Split('\n')[0], "").Trim());
        var reason = string.Join("; ", details.Where(line => line.Length > 0)).TrimEnd('.');
        return reason.Length > 0 ? reason : eventData.EventName!;
    }

    [GeneratedRegex(@"^[\w.]+Exception: ")]
    private static partial Regex ExceptionName();

    private static partial class Log
    {
        [LoggerMessage(EventId = 602, EventName = "TelemetryNotDelivered", Level = LogLevel.Warning,
            Message = "{Endpoint} doesn't take traces and metrics: {Reason}. What the queue can't hold until it does is lost.")]
        public static partial void NotDelivered(ILogger logger, Uri endpoint, string reason);

        [LoggerMessage(EventId = 603, EventName = "TelemetryDelivered", Level = LogLevel.Information, Message = "{Endpoint} takes traces and metrics again.")]
        public static partial void Delivered(ILogger logger, Uri endpoint);
    }
}
